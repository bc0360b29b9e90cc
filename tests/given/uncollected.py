"""Pickups that are ready to be collected, built through the verbs that stores use; what is left on shelves and in quarantine."""

from typing import Any
from uuid import UUID

from commerce import fulfilment, inventory
from commerce.fulfilment import Fulfilment, Pick, Proof
from commerce.fulfilment.audit import CHECKS as OF_WORK
from commerce.inventory import Spot
from commerce.inventory.audit import CHECKS as OF_STOCK
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId, new_id
from commerce.orders import Order
from commerce.orders.audit import CHECKS as OF_ORDERS
from commerce.payments import PaymentProvider
from commerce.payments.audit import CHECKS as OF_MONEY
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.traceability.audit import CHECKS as OF_TRACES
from commerce.uncollected import Terms, Wait, expire_one, wait_of
from commerce.uncollected.audit import CHECKS as OF_PICKUPS
from commerce.uncollected.facts import Policy
from commerce.uncollected.set_policy import write
from tests.given import aftersale
from tests.given.orders import Want

OFFICE = aftersale.office()
SECRET = b"0123456789abcdef0123456789abcdef"


async def work_of(db: Database, order: Order) -> Fulfilment:
    """Gives the only work of an order."""
    (work,) = await fulfilment.fulfilments_of(db.reading, order.id)
    return work


async def made_ready(db: Database, work_id: UUID, *, accepted: bool = False) -> Fulfilment:
    """Lets a place accept, pick and put a pickup ready."""
    work_id = FulfilmentOrderId(work_id)
    work = await fulfilment.fulfilment(db.reading, work_id, OFFICE)
    if not accepted:
        await db.transact(fulfilment.accept, OFFICE, work_id)
    await db.transact(fulfilment.pick, OFFICE, work_id, [Pick(line.id, line.to_pick) for line in work.lines])
    return await db.transact(fulfilment.ready, OFFICE, work_id, "A3")


async def ready(
    db: Database, *wants: Want, who: Caller | None = None, provider: PaymentProvider | None = None
) -> tuple[Order, Wait]:
    """Gives an order that can be collected, and its pickup."""
    order = await aftersale.placed(db, *wants, who=who, provider=provider)
    work = await made_ready(db, (await work_of(db, order)).id)
    return order, await pickup_of(db, work.id)


async def pickup_of(db: Database, work_id: UUID) -> Wait:
    """Gives how a piece of work waits."""
    found = await wait_of(db.reading, FulfilmentOrderId(work_id))
    assert found is not None
    return found


async def handed(db: Database, wait: Wait, units: int | None = None) -> Fulfilment:
    """Hands over what waits: all of it, or some units of its first line."""
    work = await fulfilment.fulfilment(db.reading, wait.fulfilment_order_id, OFFICE)
    some: dict[UUID, int] | None = None if units is None else {work.lines[0].id: units}
    return await fulfilment.hand_over(
        db, new_id(), OFFICE, wait.fulfilment_order_id, Proof(identity_checked=True), some
    )


async def expired(db: Database, wait: Wait) -> Wait:
    """Ends a pickup as it is now, if it is over."""
    return await expire_one(db, SECRET, wait.id, clock.now())


async def policy(
    db: Database, *, location_id: UUID | None = None, category_id: UUID | None = None, **terms: Any
) -> Policy:
    """Publishes terms for a place, a category, both, or the whole shop."""
    return await db.transact(write, OFFICE, location_id, category_id, Terms(**terms))


async def units_at(db: Database, variant: UUID, place: UUID) -> tuple[int, int, int, int]:
    """Gives what is on a shelf, what of it is reserved, what is in quarantine and what is damaged."""
    (level,) = await inventory.levels(db.reading, [variant], [place])  # type: ignore[list-item]
    beside = {each.spot: each.units for each in await inventory.spots(db.reading, [variant], [place])}  # type: ignore[list-item]
    return level.on_hand, level.reserved, beside.get(Spot.QUARANTINE, 0), beside.get(Spot.DAMAGED, 0)


async def proven(db: Database) -> None:
    """Every invariant of orders, their work, their stock, their money and their pickups holds."""
    checks = [*OF_ORDERS, *OF_WORK, *OF_STOCK, *OF_TRACES, *OF_MONEY, *OF_PICKUPS]
    found = [(each.name, each.shown) for each in await run_checks(db.reading, checks) if each.rows]
    assert found == [], found
