"""Rejected units to start from: orders of a small shop whose stores cannot give what they promised, by the verbs that stores use."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from commerce import fulfilment, inventory, orders
from commerce.fulfilment import Fulfilment, Pick, Proof, ShortReason
from commerce.fulfilment.audit import CHECKS as OF_WORK
from commerce.inventory.audit import CHECKS as OF_STOCK
from commerce.kernel.ids import FulfilmentOrderId, OrderId, new_id
from commerce.orders import Order
from commerce.orders.audit import CHECKS as OF_ORDERS
from commerce.payments import PaymentProvider, payments_of, pursue
from commerce.payments.audit import CHECKS as OF_MONEY
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from commerce.recourse import Proposal, Rejection, Substitute, answer, propose, rejections_of
from commerce.recourse.audit import CHECKS as OF_REJECTIONS
from commerce.replenishment.audit import CHECKS as OF_TRANSFERS
from tests.given import aftersale
from tests.given.checkout import Shop
from tests.given.orders import Want

OFFICE = aftersale.office()


def pickup(shop: Shop, quantity: int = 2, unit: int = 1000) -> Want:
    """Cups to be collected at Gràcia."""
    return Want(quantity=quantity, unit=unit, location_id=shop.gracia, variant_id=shop.cup)


def parcel(shop: Shop, quantity: int = 2, unit: int = 1000) -> Want:
    """Cups to be sent from the warehouse, for 4.95."""
    return Want(
        quantity=quantity, unit=unit, kind="ship", location_id=shop.warehouse, variant_id=shop.cup, delivery=495
    )


async def rejected(
    db: Database,
    *wants: Want,
    who: Caller | None = None,
    provider: PaymentProvider | None = None,
    reason: ShortReason = ShortReason.NOT_IN_STOCK,
) -> tuple[Order, Rejection]:
    """Gives an order whose first group was rejected, and the rejection."""
    order = await aftersale.placed(db, *wants, who=who, provider=provider)
    work = next(
        each for each in await fulfilment.fulfilments_of(db.reading, order.id) if each.group_id == order.groups[0].id
    )
    await db.transact(fulfilment.reject, OFFICE, work.id, reason)
    return await orders.order(db.reading, order.id), await case_of(db, order)


async def sold_there(db: Database, shop: Shop) -> None:
    """Has the orders of the database be of the shop's channel, where articles have their prices."""
    await planted(db, f"UPDATE orders SET channel_id = '{shop.channel_id}'")


async def short(
    db: Database,
    shop: Shop,
    *,
    units: int = 3,
    missing: int = 2,
    unit: int = 1999,
    wish: str = "ask",
    provider: PaymentProvider | None = None,
) -> tuple[Order, Fulfilment]:
    """Gives an order of cups of which some are short at the pick, with its work; one of the shop's plates costs 12.50."""
    order = await aftersale.placed(db, pickup(shop, units, unit), provider=provider)
    await sold_there(db, shop)
    await planted(db, f"UPDATE order_lines SET substitutes = '{wish}' WHERE order_id = '{order.id}'")
    (work,) = await works_of(db, order)
    await db.transact(fulfilment.accept, OFFICE, work.id)
    picks = [Pick(work.lines[0].id, units - missing, missing, ShortReason.MISMATCH)]
    return order, await db.transact(fulfilment.pick, OFFICE, work.id, picks)


async def proposed(db: Database, work: Fulfilment, code: str = "PLATE", units: int = 2) -> Substitute:
    """Proposes another article, as a picker does."""
    return await propose(db, new_id(), OFFICE, work.id, Proposal(line_id=work.lines[0].id, code=code, units=units))


async def answered(db: Database, found: Substitute, *, accept: bool = True) -> Substitute:
    """Answers a proposal."""
    return await answer(db, new_id(), OFFICE, found.order_id, found.id, accept=accept)


async def planted(db: Database, *statements: str) -> None:
    """Runs statements as they are."""

    async def step(tx: Tx) -> None:
        for statement in statements:
            await tx.execute(Statement[Any](text(statement)))

    await db.transact(step)


async def case_of(db: Database, order: Order) -> Rejection:
    """Gives the newest rejection of an order."""
    return (await rejections_of(db.reading, order.id))[-1]


async def works_of(db: Database, order: Order) -> list[Fulfilment]:
    """Gives the open work of an order, the newest last."""
    closed = {"rejected", "cancelled", "handed_over", "shipped", "expired"}
    works = await fulfilment.fulfilments_of(db.reading, OrderId(order.id))
    return sorted((each for each in works if each.state.value not in closed), key=lambda each: each.id)


async def done(db: Database, work_id: UUID, *, provider: PaymentProvider | None = None) -> Fulfilment:
    """Lets a place do its work to the end: collected, or sent."""
    work_id = FulfilmentOrderId(work_id)
    work = await db.transact(fulfilment.accept, OFFICE, work_id)
    await db.transact(fulfilment.pick, OFFICE, work_id, [Pick(line.id, line.to_pick) for line in work.lines])
    if work.kind == "pickup":
        await db.transact(fulfilment.ready, OFFICE, work_id, None)
        await fulfilment.hand_over(db, new_id(), OFFICE, work_id, Proof(identity_checked=True), None)
    else:
        await db.transact(fulfilment.pack, OFFICE, work_id)
        await db.transact(fulfilment.ship, OFFICE, work_id, "Correos", None, None)
    if provider is not None:
        for payment in await payments_of(db.reading, work.order_id):
            await pursue(db, provider, payment.id)
    return await fulfilment.fulfilment(db.reading, work_id, OFFICE)


async def captured(db: Database, order: Order) -> tuple[int, int]:
    """Gives what was taken for an order, and what is still held for it."""
    found = await payments_of(db.reading, order.id)
    return sum(each.captured for each in found), sum(part.held for each in found for part in each.parts)


async def shelf(db: Database, variant: UUID, place: UUID) -> tuple[int, int]:
    """Gives what is on a shelf and what of it is reserved."""
    (level,) = await inventory.levels(db.reading, [variant], [place])  # type: ignore[list-item]
    return level.on_hand, level.reserved


async def emptied(db: Database, variant: UUID, place: UUID) -> None:
    """Takes what is on a shelf off it."""
    on_hand, _ = await shelf(db, variant, place)
    if not on_hand:
        return
    line = inventory.Adjustment(variant, place, delta=-on_hand)  # type: ignore[arg-type]
    await db.transact(inventory.adjust, [line], inventory.Cause("adjustment", None, "staff:test"), f"test:{new_id()}")


async def proven(db: Database) -> None:
    """Every invariant of orders, their work, their stock, their money and their rejections holds."""
    checks = [*OF_ORDERS, *OF_WORK, *OF_STOCK, *OF_MONEY, *OF_TRANSFERS, *OF_REJECTIONS]
    found = [(each.name, each.shown) for each in await run_checks(db.reading, checks) if each.rows]
    assert found == [], found
