"""Promotions, sourcing rules, and what they would have done in a month of the past."""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tests.fuzz.world import Builder

Json: TypeAlias = Any
A_MONTH = {"from": "2026-02-01T00:00:00Z", "until": "2026-03-01T00:00:00Z"}


async def promote(builder: "Builder") -> None:
    """Promotions that no basket meets: they want a code, or are drafts."""
    path, post = "/v1/admin/promotions", builder.admin.post
    for name in ("coded", "spare"):
        promotion = {
            "code": name,
            "name": {"en": "Ten off"},
            "effect": {"kind": "percent_off", "rate": "0.1"},
            "conditions": {"code": True},
            "limits": {"uses_most": 5},
        }
        made = await post(path, promotion)
        builder.seen[f"promotion.{name}"] = await post(f"{path}/{made['id']}/publish", {"version": 1})
    coded = f"{path}/{builder.world.id('promotion.coded')}"
    for code in ("SPRING", "AUTUMN"):
        await post(f"{coded}/codes", {"code": code})
    for name in ("whole", "second"):
        builder.seen[f"batch.{name}"] = await post(f"{coded}/code-batches", {"count": 3, "prefix": "XMAS"})
    gift = {"kind": "gift", "variant_id": builder.variant("cup")}
    plate = {"variants": [builder.variant("plate")]}
    for name in ("draft", "unpublished"):
        body = {"code": name, "name": {"en": "A cup"}, "effect": gift, "targets": plate}
        builder.seen[f"promotion.{name}"] = await post(path, body)


async def simulate(builder: "Builder") -> None:
    """A draft was run over a month of the past."""
    path = f"/v1/admin/promotions/{builder.world.id('promotion.draft')}/simulations"
    for name in ("done", "spare"):
        builder.seen[f"simulation.{name}"] = await builder.admin.post(path, A_MONTH)


async def source(builder: "Builder") -> None:
    """Rules that decide nothing yet: what is sent goes by the built-in one. One was run over a month of the past."""
    step = {"name": "fewest", "rank": [{"by": "parcels"}, {"by": "distance"}]}
    for name in ("draft", "unpublished", "spare"):
        body = {"code": name, "name": {"en": "Fewest parcels"}, "routing": {"steps": [step]}}
        builder.seen[f"sourcing.{name}"] = await builder.admin.post("/v1/admin/sourcing-rules", body)
    path = f"/v1/admin/sourcing-rules/{builder.world.id('sourcing.draft')}/simulations"
    for name in ("done", "spare"):
        builder.seen[f"shadow.{name}"] = await builder.admin.post(path, A_MONTH)
