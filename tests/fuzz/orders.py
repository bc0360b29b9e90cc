"""Orders in each of their states, and the work that brought them there."""

from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from commerce import fulfilment, uncollected
from commerce.kernel.ids import FulfilmentOrderId
from tests.fuzz import awaited, counters, instead, traced

if TYPE_CHECKING:
    from tests.fuzz.world import Builder

VISA, DECLINED = "pm_card_visa", "pm_card_visa_chargeDeclined"
Json: TypeAlias = Any

STATES: dict[str, tuple[str, ...]] = {
    "offered": (),
    "rejected": (),
    "refused": ("reject",),
    "ignored": (),
    "accepted": ("accept",),
    "picked": ("accept", "pick"),
    "picked_too": ("accept", "pick"),
    "packed": ("accept", "pick", "pack"),
    "ready": ("accept", "pick", "ready"),
    "waiting": ("accept", "pick", "ready"),
    "collected": ("accept", "pick", "ready"),
    "forgotten": ("accept", "pick", "ready"),
    **counters.STATES,
    **instead.STATES,
}
"""Orders to collect at one store, by the steps that their work has gone."""


async def place(builder: "Builder") -> None:
    """Places them, for a shopper and for another one."""
    await builder.order("unpaid", [builder.collected("cup"), builder.sent("plate")], method=DECLINED)
    for name in ("cancelled", "open"):
        await builder.order(name, [builder.collected("cup")])
    await builder.order("other", [builder.collected("cup", at="sants")], who="other")
    for name in ("elsewhere", "afar", "walked"):
        await builder.order(name, [builder.collected("plate", at="sants")])
    await builder.order("card", [builder.collected("cup", 2), builder.sent("plate")], method=VISA)
    for name in STATES:
        await builder.order(name, [builder.collected("cup", 2)])
    await builder.order("sending", [builder.sent("cup")], method=VISA)
    await builder.order("sent", [builder.sent("cup", 2)], method=VISA)
    await builder.order("returned", [builder.collected("cup", 40)])
    await builder.order("traced", [builder.collected("drill", 2), builder.collected("yoghurt", 2)])
    await builder.server.work()
    reason = {"reason": "changed_mind"}
    await builder.as_("shopper").post(f"/v1/orders/{builder.world.id('order.cancelled')}/cancel", reason)


async def work(builder: "Builder") -> None:
    """Takes the work of each as far as its name says."""
    listed = await builder.admin.get("/v1/fulfilment-orders?limit=100")
    by_order = {order["id"]: name.partition(".")[2] for name, order in builder.named("order")}
    for work in listed["items"]:
        name = by_order[work["order_id"]]
        builder.seen[f"work.{name}" if f"work.{name}" not in builder.seen else f"work.{name}.2"] = work
    for name, acts in STATES.items():
        for act in acts:
            await builder.act(name, act)
    for name in ("sending", "sent"):
        for act in ("accept", "pick", "pack"):
            await builder.act(name, act)
    parcel = {"carrier": "Parcel Post", "tracking_number": "PP1"}
    sent = await builder.admin.post(f"/v1/fulfilment-orders/{builder.world.id('work.sent')}/ship", parcel)
    builder.seen["shipment.sent"] = sent
    await _recourse(builder)
    await _uncollected(builder)
    await counters.serve(builder)
    await instead.serve(builder)
    for act in ("accept", "pick", "ready"):
        await builder.act("returned", act)
    await builder.act("returned", "hand-over", {"identity_checked": True})
    await traced.serve(builder)
    await awaited.serve(builder)
    await builder.server.work()


async def _recourse(builder: "Builder") -> None:
    """A rejection that waits for its customer, and one of work that nobody took on, which waits for a person too."""
    await builder.db.transact(fulfilment.not_accepted, FulfilmentOrderId(UUID(builder.world.id("work.ignored"))))
    for name in ("refused", "ignored"):
        found = await builder.admin.get(f"/v1/orders/{builder.world.id(f'order.{name}')}/rejections")
        (builder.seen[f"rejection.{name}"],) = found["items"]
    (builder.seen["exception.ignored"],) = (await builder.admin.get("/v1/admin/exceptions"))["items"]


async def _uncollected(builder: "Builder") -> None:
    """How long cups wait at a store, and a pickup that nobody came for."""
    kept = {"wait_days": 5, "location_id": builder.world.id("location.gracia")}
    builder.seen["collection_policy.gracia"] = await builder.admin.post("/v1/admin/collection-policies", kept)
    found = await uncollected.wait_of(builder.db.reading, FulfilmentOrderId(UUID(builder.world.id("work.forgotten"))))
    assert found is not None
    assert found.due_at is not None
    await uncollected.expire_one(builder.db, b"a secret of nobody's", found.id, found.due_at)
