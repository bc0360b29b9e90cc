"""Another article instead of a missing one: units that are short, proposals that wait, and a valid request for each act."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tests.fuzz.world import Builder, World

Json: TypeAlias = Any
STATES: dict[str, tuple[str, ...]] = {
    "missing": ("accept",),
    "unanswered": ("accept",),
    "mistaken": ("accept",),
}
"""Orders to collect, by the steps that their work has gone before a cup of each is missing."""


async def serve(builder: "Builder") -> None:
    """Makes them, over HTTP: of each a cup is missing, and for two a plate is proposed."""
    for name in STATES:
        line = builder.seen[f"work.{name}"]["lines"][0]["id"]
        short = {"line_id": line, "picked": 1, "short": 1, "reason": "mismatch"}
        await builder.act(name, "pick", {"lines": [short]})
        if name != "missing":
            path = f"/v1/fulfilment-orders/{builder.world.id(f'work.{name}')}/substitutes"
            builder.seen[f"substitute.{name}"] = await builder.admin.post(path, _plate(builder.world, line))


def _plate(world: "World", line_id: str) -> Json:
    return {"line_id": line_id, "code": world.seen["product.plate"]["variants"][0]["sku"], "quantity": 1}


def examples(w: "World") -> dict[str, Json]:
    """Gives the request for each operation."""
    line = w.seen["work.missing"]["lines"][0]["id"]
    return {
        "proposeSubstitute": {
            "who": "terminal",
            "path": {"fulfilment_order_id": w.id("work.missing")},
            "body": _plate(w, line),
        },
        "withdrawSubstitute": {
            "who": "terminal",
            "path": {
                "fulfilment_order_id": w.id("work.mistaken"),
                "substitute_id": w.id("substitute.mistaken"),
            },
        },
        "answerSubstitute": {
            "who": "shopper",
            "path": {"order_id": w.id("order.unanswered"), "substitute_id": w.id("substitute.unanswered")},
            "body": {"accept": True},
        },
    }
