"""The customer chooses what becomes of units that a place could not give. Stock is judged again when it is chosen: a pickup moves only here."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from commerce import orders, replenishment
from commerce.fulfilment import Fulfilment, offer_units
from commerce.inventory import Demand, InsufficientStock
from commerce.kernel import clock
from commerce.kernel.errors import Bug, invalid
from commerce.kernel.ids import LocationId, OrderId, OrderLineId, RejectionId
from commerce.orders import Address, Order, OrderState
from commerce.platform.database import Database, Reading, Reads, Tx
from commerce.platform.http import Caller
from commerce.promise import CannotPromise, DayFull, promised
from commerce.recourse.errors import AddressAgreed, AddressNeeded, ChoiceOver, NotOffered
from commerce.recourse.events import ChoiceMade
from commerce.recourse.facts import Choice, Rejection, RejectionState as S
from commerce.recourse.keep import keep
from commerce.recourse.on_wire import options_out
from commerce.recourse.options import (
    WaitOption,
    delivery_option,
    options,
    store_options,
    summed,
    wait_option,
)
from commerce.recourse.part import part_of, take_apart
from commerce.recourse.queries import known, lock, rejection
from commerce.recourse.refund import default, give_money_back
from commerce.recourse.reroute import Route, take_on
from commerce.recourse.rules import REJECTION
from commerce.recourse.schemas import OptionsOut
from commerce.recourse.zones import fits
from commerce.replenishment import Peg, Transfer, TransferWish
from commerce.stores import locations


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is chosen, for these units or (None) for all that wait; which store, for a store; to where, for a delivery of an order without an
    address.
    """

    choice: Choice
    units: Sequence[tuple[OrderLineId, int]] | None = None
    location_id: LocationId | None = None
    address: Address | None = None


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a wish would be met, as it was judged before anything was locked, for the units that waited in that version of the rejection, or
    for a part of them.
    """

    wish: Wish
    part: Rejection | None = None
    version: int = 0
    route: Route | None = None
    wait: WaitOption | None = None


async def choose(
    db: Database, command_id: UUID, caller: Caller, order_id: OrderId, rejection_id: RejectionId, wish: Wish
) -> Rejection:
    """Meets a choice, all of its units or none: they are promised, reserved and offered where they will come from, or are not charged.

    Gives the rejection that was chosen about; where the wish is for some of the units only, that is a part of it, and the rest goes on waiting.
    The same command again gives what it did. Refuses with NotFound what the caller may not see; with InsufficientStock, with the options as
    they are now, when others were quicker; with NotOffered; with AddressNeeded or AddressAgreed; with ChoiceOver when the time to choose has
    ended, and with IllegalMove when it was chosen already.
    """
    order = await orders.seen(db.reading, orders.sight_of(caller), order_id)
    case = await rejection(db.reading, rejection_id)
    if case.order_id == order_id and (done := await _done(db.reading, case, command_id)) is not None:
        return done
    at = clock.now()
    if case.order_id == order_id and case.overdue(at):
        await db.transact(default, order_id, rejection_id, at)
        raise ChoiceOver("What was not chosen in time is not charged.")
    if case.order_id == order_id and case.state is S.WAITING_FOR_CHOICE:
        _check_address(order, wish)
        part = case if wish.units is None else part_of(case, wish.units, command_id, at)
        plan = await _plan(db.reading, order, part, wish, at)
        plan = msgspec.structs.replace(plan, version=case.version, part=None if part is case else part)
    else:
        plan = _Plan(wish=wish)  # what follows says why not, with the rejection locked
    try:
        return await db.transact(_choose, command_id, caller.principal, order_id, rejection_id, plan, at)
    except (InsufficientStock, DayFull) as lost:
        now_is = await orders.order(db.reading, order_id)
        left = await options(db.reading, now_is, await rejection(db.reading, rejection_id), clock.now())
        raise _no_more(lost, options_out(left)) from lost


async def _done(reads: Reads, case: Rejection, command_id: UUID) -> Rejection | None:
    """Gives what a command did already: it decided about a rejection, or about a part of it."""
    if case.command_id == command_id:
        return case
    part = await known(reads, RejectionId(command_id))
    return part if part is not None and part.part_of == case.id else None


def _no_more(lost: InsufficientStock | DayFull, left: OptionsOut) -> InsufficientStock:
    lines = list(lost.short) if isinstance(lost, InsufficientStock) else []
    return InsufficientStock(f"{lost.detail} Choose again.", lines=lines, options=left)


def _check_address(order: Order, wish: Wish) -> None:
    if wish.choice is not Choice.DELIVERY:
        if wish.address is not None:
            raise invalid("/address", "belongs to a delivery")
        return
    if order.shipping_address is None and wish.address is None:
        raise AddressNeeded("Give the address to which the units are to be sent.")
    if order.shipping_address is not None and wish.address is not None:
        raise AddressAgreed("Leave the address out.")


async def _plan(reading: Reading, order: Order, case: Rejection, wish: Wish, at: datetime) -> _Plan:
    match wish.choice:
        case Choice.STORE:
            return _Plan(wish=wish, route=await _store_route(reading, order, case, wish.location_id, at))
        case Choice.DELIVERY:
            if wish.address is not None and not fits(await locations(reading), order, case, wish.address):
                raise NotOffered("The units cannot be sent to that address at the price that was agreed.")
            found = await delivery_option(reading, order, case, at)
            if found is None:
                raise NotOffered("A delivery is not possible now; see what is.")
            return _Plan(wish=wish, route=found)
        case Choice.WAIT:
            transfer = await wait_option(reading, case, at)
            if transfer is None:
                raise NotOffered("A transfer is not possible now; see what is.")
            return _Plan(wish=wish, wait=transfer)
        case Choice.REFUND:
            return _Plan(wish=wish)
        case Choice.SUBSTITUTE:
            raise invalid("/choice", "another article is accepted by an answer to its proposal")


async def _store_route(
    reading: Reading, order: Order, case: Rejection, location_id: LocationId | None, at: datetime
) -> Route:
    if location_id is None:
        raise invalid("/location_id", "is needed to choose a store")
    offered = {each.location.id for each in await store_options(reading, order, case, at)}
    if location_id not in offered:
        raise NotOffered("The store does not have the units now, or cannot hand them over; see which ones can.")
    try:
        made = await promised(reading, [(location_id, "pickup")], at)
    except CannotPromise:
        raise NotOffered("The store has no opening hours ahead.") from None
    demands = [Demand(variant_id, location_id, units) for variant_id, units in summed(case).items()]
    return Route(demands, {location_id: made[location_id, "pickup"]})


async def _choose(
    tx: Tx,
    command_id: UUID,
    by: str,
    order_id: OrderId,
    rejection_id: RejectionId,
    plan: _Plan,
    at: datetime,
) -> Rejection:
    order = await orders.lock(tx, order_id)
    case = await lock(tx, order_id, rejection_id)
    if (done := await _done(tx, case, command_id)) is not None:
        return done
    REJECTION.check(case.state, S.CHOSEN)
    if case.overdue(at) or order.state is not OrderState.PLACED:
        raise ChoiceOver("What was not chosen in time is not charged.")
    if case.version != plan.version:
        raise NotOffered("Some of the units became another article, or were chosen about, meanwhile; see what is left.")
    if plan.part is not None:
        await take_apart(tx, case, plan.part, by=by, at=at)
        case = plan.part
    chosen = msgspec.structs.replace(case, state=S.CHOSEN, choice=plan.wish.choice, command_id=command_id)
    chosen, works = await _met(tx, order, case, chosen, plan, at=at, by=by)
    after = await keep(tx, case, chosen, by=by, at=at)
    tx.emit(
        ChoiceMade(
            rejection_id=after.id,
            order_id=after.order_id,
            rejection=after,
            choice=plan.wish.choice,
            defaulted=False,
            amount=after.amount,
            fulfilment_order_ids=tuple(work.id for work in works),
        )
    )
    return after


async def _met(
    tx: Tx, order: Order, case: Rejection, chosen: Rejection, plan: _Plan, *, at: datetime, by: str
) -> tuple[Rejection, list[Fulfilment]]:
    match plan.wish.choice:
        case Choice.REFUND:
            amount = await give_money_back(tx, case, by=by)
            return msgspec.structs.replace(chosen, amount=amount), []
        case Choice.WAIT:
            transfer, work = await _wait(tx, order, case, plan, by=by)
            return msgspec.structs.replace(chosen, transfer_id=transfer.id), [work]
        case Choice.DELIVERY:
            if plan.wish.address is not None:
                await orders.give_address(tx, order, plan.wish.address)
            works, _ = await take_on(tx, case, "ship", _route(plan), at=at, by=by)
            return chosen, works
        case Choice.STORE:
            works, _ = await take_on(tx, case, "pickup", _route(plan), at=at, by=by)
            return msgspec.structs.replace(chosen, chosen_location_id=plan.wish.location_id), works
        case Choice.SUBSTITUTE:
            raise Bug("another article is accepted by an answer to its proposal")


def _route(plan: _Plan) -> Route:
    if plan.route is None:
        raise Bug("a place was chosen and none was found")
    return plan.route


async def _wait(tx: Tx, order: Order, case: Rejection, plan: _Plan, *, by: str) -> tuple[Transfer, Fulfilment]:
    """Asks for a transfer of the units, pegged to their lines; the work waits for it. The units stay nobody's until they have come."""
    if plan.wait is None:
        raise Bug("a transfer was chosen and no origin was found")
    wishes = [
        TransferWish(
            variant_id=line.variant_id,
            quantity=line.open,
            peg=Peg(order_id=case.order_id, order_line_id=OrderLineId(line.order_line_id)),
        )
        for line in case.lines
        if line.open
    ]
    origin, store = plan.wait.origin_id, case.location_id
    transfer = await replenishment.request_transfer(tx, by, origin, store, wishes, "ship_to_store")
    work = await offer_units(
        tx,
        order,
        case.group_id,
        store,
        "pickup",
        case.units,
        ready_by=plan.wait.ready_by,
        attempt=case.attempt + 1,
        waiting_for=transfer.id,
        by=by,
    )
    return transfer, work
