"""Returns in each of their states, and money that went back or waits for a person."""

from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from sqlalchemy import insert

from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.payments.tables import payment_alerts
from commerce.platform.database import Tx
from commerce.platform.statement import Statement

if TYPE_CHECKING:
    from tests.fuzz.world import Builder

Json: TypeAlias = Any

RETURNS: dict[str, tuple[str, ...]] = {
    "requested": (),
    "unwanted": (),
    "cancelled": (),
    "declined": ("decline",),
    "approved": ("approve",),
    "received": ("approve", "receive"),
    "inspected": ("approve", "receive", "inspect"),
    "refunded": ("approve", "receive", "inspect", "refund"),
}
"""Returns of one order, by the steps that they have gone."""


ALERT = Statement(insert(payment_alerts))


async def bring_back(builder: "Builder") -> None:
    """Takes each return as far as its name says."""
    line = builder.seen["order.returned"]["lines"][0]["id"]
    place = builder.world.id("location.gracia")
    for nth, (name, acts) in enumerate(RETURNS.items()):
        body = {
            "order_id": builder.world.id("order.returned"),
            "reason": "changed_mind",
            "lines": [{"order_line_id": line, "quantity": 1 + nth % 2}],
        }
        made = await builder.as_("shopper").post("/v1/returns", body)
        path = f"/v1/returns/{made['id']}"
        bodies: dict[str, Json] = {"receive": {"location_id": place}, "decline": {"reason": "worn"}}
        for act in acts:
            if act == "inspect":
                bodies[act] = {"lines": [{"line_id": made["lines"][0]["id"], "restock": 1 + nth % 2}]}
            made = await builder.admin.post(f"{path}/{act}", bodies.get(act))
        builder.seen[f"return.{name}"] = made


async def refund(builder: "Builder") -> None:
    """Gives something back for one order, and raises two alerts."""
    await builder.server.work()
    sent = builder.seen["payment.sent"]
    refund = {
        "order_id": sent["order_id"],
        "amount": {"amount": 100, "currency": "EUR"},
        "reason": "a scratch",
    }
    made = await builder.admin.post("/v1/refunds", refund)
    builder.seen["refund.scratch"] = made["items"][0]
    builder.seen["alert.first"] = await _alert(builder, "first")
    builder.seen["alert.second"] = await _alert(builder, "second")


async def _alert(builder: "Builder", name: str) -> Json:
    """Something about money that waits for a person; the provider would have to fail in a rare way for it."""
    sent = builder.seen["payment.sent"]
    id_ = new_id()

    async def raised(tx: Tx) -> None:
        await tx.execute(
            ALERT,
            id=id_,
            payment_id=UUID(sent["id"]),
            part_id=UUID(sent["parts"][0]["id"]),
            order_id=UUID(sent["order_id"]),
            kind="capture_failed",
            effect_key=f"test:{name}",
            facts={"amount": 100},
            raised_at=clock.now(),
            resolved_at=None,
            resolved_by=None,
            resolution=None,
            version=1,
        )

    await builder.db.transact(raised)
    return {"id": str(id_)}
