"""Opening orders: the carts end, orders and payments begin, goods are kept, in one transaction; those that wait at the same moment share it.

Docs: docs/decisions/0142-orders-that-share-a-transaction.md.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from structlog.contextvars import get_contextvars

from commerce import carts, inventory, orders, payments, promise
from commerce.carts import Cart
from commerce.checkout.ahead import claims_of_draft
from commerce.checkout.facts import Outcome, PayBy, Plan
from commerce.checkout.supplies import Supplies, write_down
from commerce.checkout.uses import keep_uses
from commerce.inventory import OrderDemands, Place
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import ChannelId, HoldId, PaymentId, VariantId
from commerce.orders import Order, OrderDraft
from commerce.payments import Attempt, PartIn, Payment
from commerce.platform import idempotency
from commerce.platform.database import Database, Tx
from commerce.platform.grouped import Grouped
from commerce.platform.http import Caller, Kept
from commerce.stores import Locations
from commerce.supplies import claim

Told = Callable[[Outcome], Kept | None]
"""Gives the key of the request with what is answered, to be stored in the transaction that opens the order."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """An order about to be opened, with what is written down beside it."""

    command_id: UUID
    caller: Caller
    cart: Cart
    plan: Plan
    draft: OrderDraft
    pay_by: PayBy
    supplies: Supplies
    places: Locations
    account_id: UUID | None
    at: datetime
    gifts_missing: Mapping[UUID, UUID]
    taxed_by: Literal["rates", "engine"] | None
    told: Told | None = None
    request_id: str | None = None

    @property
    def now(self) -> bool:
        """Whether the order is placed as it is opened."""
        return self.pay_by.kind == "on_collection"

    @property
    def plain(self) -> bool:
        """Whether it touches nothing that others share but shelves: then it can be opened together with others like it.

        What staff does is written down as theirs, and one transaction has one author.
        """
        return not (
            self.caller.is_staff_side
            or self.plan.windows
            or self.draft.elsewhere
            or self.supplies.sale
            or self.supplies.exempt
            or any(each.limited for each in self.draft.promotions)
            or any(group.kind == "none" for group in self.draft.groups)
        )


class _NotAllError(Exception):
    """One of several orders cannot be opened: nothing of any was written, and each is tried by itself."""


async def open_order(db: Database, opening: Opening) -> Outcome | None:
    """Opens an order; gives None when somebody else was quicker with the cart. Refuses with InsufficientStock, PromotionUsedUp, DayFull,
    SlotFull, DistanceThresholdCrossed, KeyTaken, and what payments refuse; then nothing is written.
    """
    if not opening.plain:
        return await db.transact(_open_one, opening)
    return await _TOGETHER(db, msgspec.structs.replace(opening, request_id=get_contextvars().get("request_id")))


async def _open_together(db: Database, openings: Sequence[Opening]) -> list[Outcome | Refusal | None]:
    """Opens those that belong to one channel and are paid alike in one transaction; where one fails, each by itself, in the order in which
    they came.
    """
    found: dict[int, Outcome | Refusal | None] = {}
    alike: dict[object, list[int]] = {}
    for nth, each in enumerate(openings):
        alike.setdefault((each.draft.channel_id, each.now), []).append(nth)
    for nths in alike.values():
        mine = [openings[nth] for nth in nths]
        if len(mine) > 1:
            try:
                found |= zip(nths, await db.transact(_open_several, mine), strict=True)
                continue
            except (_NotAllError, Refusal):
                pass
        for nth, each in zip(nths, mine, strict=True):
            try:
                found[nth] = await db.transact(_open_one, each)
            except Refusal as refused:
                found[nth] = refused
    return [found[nth] for nth in range(len(openings))]


_TOGETHER: Grouped[Database, Opening, Outcome | None] = Grouped(_open_together)


async def _open_several(tx: Tx, openings: Sequence[Opening]) -> list[Outcome]:
    """Opens plain orders of one channel, all of which are placed at once, or none of which is."""
    at, now = max(each.at for each in openings), openings[0].now
    if not await carts.ordered(tx, {each.draft.id: each.cart for each in openings}, at=at):
        raise _NotAllError
    outcomes = await _begun(tx, openings, at)
    wanted = [
        OrderDemands(outcome.order.id, HoldId(each.draft.hold_id), each.plan.demands)
        for each, outcome in zip(openings, outcomes, strict=True)
    ]
    channel_id = ChannelId(openings[0].draft.channel_id)
    if now and not await inventory.reserve_together(tx, wanted, at=at, channel_id=channel_id):
        raise _NotAllError
    return outcomes


async def _open_one(tx: Tx, opening: Opening) -> Outcome | None:
    draft, at, now = opening.draft, opening.at, opening.now
    if not await carts.ordered(tx, {draft.id: opening.cart}, at=at):
        return None
    (outcome,) = await _begun(tx, [opening], at)
    order = outcome.order
    tx.changed("order", order.id, after={"number": order.number, "state": order.state, "total": order.total})
    waiting = claims_of_draft(draft)
    demands = opening.plan.demands if now else ()
    if waiting:  # the shelves of both in their one order, and what is there before what is not: a claim is kept back from everybody
        await inventory.lock_shelves(tx, {*(Place(*each[:2]) for each in demands), *(each.place for each in waiting)})
    if demands:
        hold_id, channel_id = HoldId(draft.hold_id), ChannelId(draft.channel_id)
        await inventory.reserve(tx, demands, order.id, hold_id, at=at, channel_id=channel_id)
    until = None if now else opening.plan.until
    if waiting:
        await claim(tx, order.id, waiting, opening.places.by_id, at=at, expires_at=until)
    await keep_uses(tx, order, opening.account_id, at=at)
    await write_down(tx, opening.supplies, at=at)
    await promise.book(tx, order.id, opening.plan.windows, at=at, until=until)
    return outcome


async def _begun(tx: Tx, openings: Sequence[Opening], at: datetime) -> list[Outcome]:
    """Writes orders and their payments down, and the keys of their requests where the answers are known with them."""
    drafts = [(each.draft, each.caller.principal) for each in openings]
    opened = await orders.open_orders(tx, drafts, at=at, placed=openings[0].now)
    tx.asked_by |= {each.draft.id: each.request_id for each in openings if each.request_id is not None}
    attempts = [
        attempt_of(order, each.pay_by, PaymentId(each.command_id)) for each, order in zip(openings, opened, strict=True)
    ]
    outcomes = [
        _outcome(each, order, payment)
        for each, order, payment in zip(openings, opened, await payments.intend_first(tx, attempts), strict=True)
    ]
    told = [each.told(outcome) for each, outcome in zip(openings, outcomes, strict=True) if each.told is not None]
    if keys := [kept for kept in told if kept is not None]:
        await idempotency.store_all(tx, keys)
    return outcomes


def _outcome(opening: Opening, order: Order, payment: Payment) -> Outcome:
    gifts = tuple((promotion_id, VariantId(gift)) for promotion_id, gift in opening.gifts_missing.items())
    return Outcome(order=order, payment=payment, gifts_missing=gifts, taxed_by=opening.taxed_by)


def attempt_of(order: Order, pay_by: PayBy, payment_id: PaymentId) -> Attempt:
    """Gives the attempt to pay an order in this way, a part for each of its groups."""
    return Attempt(
        payment_id=payment_id,
        order_id=order.id,
        shopper_id=order.shopper_id,
        kind=pay_by.kind,
        currency=order.currency,
        payment_method=pay_by.payment_method,
        return_url=pay_by.return_url,
        parts=[PartIn(group_id=group.id, amount=group.total, location_id=group.location_id) for group in order.groups],
    )
