"""Work at a location: who may do what, in which order, and what it does to order, stock and money."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import text

from commerce import fulfilment, inventory, orders, payments
from commerce.fulfilment import FulfilmentState as S, Pick, Proof, ShortReason
from commerce.fulfilment.errors import NotAllPicked, TooManyCodes, WrongKind, WrongPickupCode, WrongUnits
from commerce.fulfilment.offer import cancel_of
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, NotFound, Refusal
from commerce.kernel.ids import new_id
from commerce.orders import OrderCancelled, OrderPlaced, OrderState
from commerce.platform import events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from commerce.platform.work import within, within_reactions
from tests.given import fulfilment as given
from tests.given.fulfilment import Shelf, staff
from tests.given.orders import Want


async def on_hand(db: Database, variant: UUID, place: UUID) -> tuple[int, int]:
    """Gives what is on a shelf and what of it is reserved."""
    (level,) = await inventory.levels(db.reading, [variant], [place])  # type: ignore[list-item]
    return level.on_hand, level.reserved


async def captured(db: Database, order_id: UUID) -> int:
    """Gives what was taken for an order."""
    return sum(each.captured for each in await payments.payments_of(db.reading, order_id))


async def proven(db: Database) -> None:
    """Every invariant holds."""
    from commerce.fulfilment.audit import CHECKS
    from commerce.inventory.audit import CHECKS as OF_STOCK
    from commerce.orders.audit import CHECKS as OF_ORDERS

    assert [found for found in await run_checks(db.reading, [*CHECKS, *OF_STOCK, *OF_ORDERS]) if found.rows] == []


async def test_a_placed_order_becomes_one_fulfilment_order_for_each_group_however_often_it_is_told(
    db: Database, clock: HeldClock
) -> None:
    shelf = await Shelf.filled(db)
    order = await given.placed(
        db,
        Want(quantity=2, location_id=shelf.store, variant_id=shelf.cup),
        Want(quantity=1, kind="ship", location_id=shelf.warehouse, variant_id=shelf.bowl),
    )
    told = OrderPlaced(order_id=order.id, order=order.facts())
    await asyncio.gather(*(db.transact(fulfilment.offer, told) for _ in range(5)))
    works = await fulfilment.fulfilments_of(db.reading, order.id)
    assert sorted((work.kind, work.location_id) for work in works) == [
        ("pickup", shelf.store),
        ("ship", shelf.warehouse),
    ]
    assert {work.state for work in works} == {S.OFFERED}
    assert sum(line.quantity for work in works for line in work.lines) == 3
    await proven(db)


async def test_collected_work_is_charged_counted_and_off_the_shelf_at_once(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    work = await given.ready(db, clerk, Want(quantity=2, unit=1999, location_id=shelf.store, variant_id=shelf.cup))
    code = await fulfilment.pickup_code(db.reading, work.id)
    assert code is not None
    assert await on_hand(db, shelf.cup, shelf.store) == (10, 2)
    done = await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(code=code.code.lower()), None)
    assert done.state is S.HANDED_OVER
    assert await on_hand(db, shelf.cup, shelf.store) == (8, 0)
    assert await captured(db, work.order_id) == 3998
    assert (await orders.order(db.reading, work.order_id)).state is OrderState.COMPLETED
    assert await fulfilment.pickup_code(db.reading, work.id) is None
    await proven(db)


async def test_two_hand_overs_at_once_have_one_effect(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    work = await given.ready(db, clerk, Want(quantity=2, unit=1000, location_id=shelf.store, variant_id=shelf.cup))
    proof = Proof(identity_checked=True)
    outcomes = await asyncio.gather(
        *(fulfilment.hand_over(db, new_id(), clerk, work.id, proof, None) for _ in range(6)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Refusal) for outcome in outcomes if isinstance(outcome, BaseException))
    assert (await on_hand(db, shelf.cup, shelf.store), await captured(db, work.order_id)) == ((8, 0), 2000)


async def test_the_same_hand_over_command_again_changes_nothing(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    work = await given.ready(db, clerk, Want(quantity=2, location_id=shelf.store, variant_id=shelf.cup))
    command, proof = new_id(), Proof(identity_checked=True)
    line = work.lines[0].id
    first = await fulfilment.hand_over(db, command, clerk, work.id, proof, {line: 1})
    again = await fulfilment.hand_over(db, command, clerk, work.id, proof, {line: 1})
    assert (first.lines[0].handed, again.lines[0].handed, again.state) == (1, 1, S.READY_FOR_PICKUP)
    assert await on_hand(db, shelf.cup, shelf.store) == (9, 1)
    last = await fulfilment.hand_over(db, new_id(), clerk, work.id, proof, None)
    assert (last.state, await captured(db, work.order_id)) == (S.HANDED_OVER, 2000)
    await proven(db)


async def test_guessing_the_pickup_code_ends_after_five_attempts(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    work = await given.ready(db, clerk, Want(location_id=shelf.store, variant_id=shelf.cup))
    right = await fulfilment.pickup_code(db.reading, work.id)
    assert right is not None
    for _ in range(5):
        with pytest.raises(WrongPickupCode):
            await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(code="AAAA"), None)
    with pytest.raises(TooManyCodes):
        await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(code=right.code), None)
    assert await on_hand(db, shelf.cup, shelf.store) == (10, 1)
    done = await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(identity_checked=True), None)
    assert done.state is S.HANDED_OVER


async def test_what_is_accepted_already_is_accepted_once_and_told_once(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    (work,) = await given.offered(db, Want(location_id=shelf.store, variant_id=shelf.cup))
    taken = await asyncio.gather(*(db.transact(fulfilment.accept, clerk, work.id) for _ in range(4)))
    told = await db.reading.fetch(Statement(text("SELECT 1 FROM events WHERE tag = 'fulfilment.accepted.v1'")))
    assert ({each.version for each in taken}, {each.state for each in taken}) == ({work.version + 1}, {S.ACCEPTED})
    assert len(told) == 1


async def test_a_code_shown_too_early_is_told_that_it_is_not_ready_and_is_no_guess(
    db: Database, clock: HeldClock
) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    (work,) = await given.offered(db, Want(location_id=shelf.store, variant_id=shelf.cup))
    await db.transact(fulfilment.accept, clerk, work.id)
    with pytest.raises(IllegalMove) as told:
        await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(code="AAAA"), None)
    assert told.value.facts["state"] == "accepted"


async def test_shipped_work_needs_packing_and_leaves_with_a_shipment(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.warehouse)
    want = Want(quantity=3, kind="ship", location_id=shelf.warehouse, variant_id=shelf.bowl, delivery=495)
    work = await given.picking(db, clerk, want)
    await db.transact(fulfilment.pick, clerk, work.id, [Pick(work.lines[0].id, 3)])
    with pytest.raises(IllegalMove):
        await db.transact(fulfilment.ship, clerk, work.id, "Parcel Post", None, None)
    with pytest.raises(WrongKind):
        await db.transact(fulfilment.ready, clerk, work.id, None)
    await db.transact(fulfilment.pack, clerk, work.id)
    sent = await db.transact(fulfilment.ship, clerk, work.id, "Parcel Post", "PP1", None)
    assert sent.units == ((work.lines[0].order_line_id, 3),)
    assert await on_hand(db, shelf.bowl, shelf.warehouse) == (7, 0)
    assert await captured(db, work.order_id) == 3495
    clock.move(days=2)
    arrived = await db.transact(fulfilment.delivered, clerk, sent.id, None)
    again = await db.transact(fulfilment.delivered, clerk, sent.id, None)
    assert (arrived.delivered_at, again.version) == (clock.at, arrived.version)
    await proven(db)


async def damaged(db: Database, variant: UUID, place: UUID) -> int:
    """Gives how many units stand in the house and cannot be sold."""
    found = await inventory.spots(db.reading, [variant], [place])  # type: ignore[list-item]
    return sum(each.units for each in found if each.spot is inventory.Spot.DAMAGED)


async def told(db: Database, tag: str) -> list[dict[str, Any]]:
    """Gives the facts with a tag, as they are told."""
    rows = await db.reading.fetch(Statement[Any](text(f"SELECT payload::text AS fact FROM events WHERE tag = '{tag}'")))
    return [msgspec.json.decode(row["fact"]) for row in rows]


@pytest.mark.parametrize(
    ("reason", "left", "broken", "recounts"),
    [
        (ShortReason.NOT_IN_STOCK, 1, 0, 1),
        (ShortReason.MISMATCH, 8, 0, 1),
        (ShortReason.DAMAGE, 8, 2, 0),
        (ShortReason.NO_CAPACITY, 10, 0, 0),
        (ShortReason.CLOSED, 10, 0, 0),
    ],
)
async def test_a_short_pick_frees_its_units_and_corrects_the_shelf_by_its_reason_while_the_rest_goes_on(
    db: Database, clock: HeldClock, reason: ShortReason, left: int, broken: int, recounts: int
) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    work = await given.picking(db, clerk, Want(quantity=3, unit=1000, location_id=shelf.store, variant_id=shelf.cup))
    line = work.lines[0].id
    after = await db.transact(fulfilment.pick, clerk, work.id, [Pick(line, 1, 2, reason)])
    assert (after.state, after.lines[0].picked, after.lines[0].short) == (S.PICKING, 1, 2)
    assert await on_hand(db, shelf.cup, shelf.store) == (left, 1)
    assert await damaged(db, shelf.cup, shelf.store) == broken
    (fact,) = await told(db, "fulfilment.units_rejected.v1")
    assert [(each["units"], each["reason"]) for each in fact["lines"]] == [(2, reason.value)]
    assert (fact["location_id"], fact["kind"]) == (str(shelf.store), "pickup")
    assert len(await told(db, "fulfilment.recount_wanted.v1")) == recounts
    order = await orders.order(db.reading, work.order_id)
    assert (order.lines[0].open, order.units_at(order.lines[0], orders.UNPLACED)) == (3, 2)
    await db.transact(fulfilment.ready, clerk, work.id, None)
    done = await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(identity_checked=True), None)
    assert (done.state, await captured(db, work.order_id)) == (S.HANDED_OVER, 1000)
    assert (await orders.order(db.reading, work.order_id)).state is OrderState.PLACED
    await proven(db)


async def test_work_of_which_nothing_is_there_ends_as_rejected_and_its_units_wait(
    db: Database, clock: HeldClock
) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    work = await given.picking(db, clerk, Want(quantity=2, location_id=shelf.store, variant_id=shelf.cup))
    after = await db.transact(fulfilment.pick, clerk, work.id, [Pick(work.lines[0].id, 0, 2, ShortReason.NOT_IN_STOCK)])
    assert (after.state, after.reject_reason) == (S.REJECTED, "not_in_stock")
    assert await on_hand(db, shelf.cup, shelf.store) == (0, 0)
    order = await orders.order(db.reading, work.order_id)
    assert (order.state, order.units_at(order.lines[0], orders.UNPLACED)) == (OrderState.PLACED, 2)
    await proven(db)


async def test_two_rejections_of_the_same_work_at_once_are_one(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    (work,) = await given.offered(db, Want(quantity=2, location_id=shelf.store, variant_id=shelf.cup))
    outcomes = await asyncio.gather(
        *(db.transact(fulfilment.reject, staff(shelf.store), work.id, ShortReason.DAMAGE) for _ in range(5)),
        return_exceptions=True,
    )
    assert len([each for each in outcomes if isinstance(each, IllegalMove)]) == 4
    assert await on_hand(db, shelf.cup, shelf.store) == (8, 0)
    assert (await damaged(db, shelf.cup, shelf.store), len(await told(db, "fulfilment.units_rejected.v1"))) == (2, 1)
    await proven(db)


async def test_a_rejection_of_one_group_leaves_the_other_alone(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    pickup, parcel = await given.offered(
        db,
        Want(quantity=2, location_id=shelf.store, variant_id=shelf.cup),
        Want(quantity=1, kind="ship", location_id=shelf.warehouse, variant_id=shelf.bowl),
    )
    rejected = await db.transact(fulfilment.reject, staff(shelf.store), pickup.id, ShortReason.DAMAGE)
    assert (rejected.state, await on_hand(db, shelf.cup, shelf.store)) == (S.REJECTED, (8, 0))
    other = await fulfilment.fulfilment(db.reading, parcel.id, staff(shelf.warehouse))
    order = await orders.order(db.reading, pickup.order_id)
    assert (other.state, order.state) == (S.OFFERED, OrderState.PLACED)
    assert await on_hand(db, shelf.bowl, shelf.warehouse) == (10, 1)
    await proven(db)


async def test_nobody_puts_ready_what_was_not_picked_nor_hands_over_more_than_was(
    db: Database, clock: HeldClock
) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    work = await given.picking(db, clerk, Want(quantity=3, location_id=shelf.store, variant_id=shelf.cup))
    line = work.lines[0].id
    with pytest.raises(WrongUnits, match="has 3 units left to pick, not 4"):
        await db.transact(fulfilment.pick, clerk, work.id, [Pick(line, 4)])
    await db.transact(fulfilment.pick, clerk, work.id, [Pick(line, 2)])
    with pytest.raises(NotAllPicked):
        await db.transact(fulfilment.ready, clerk, work.id, None)
    await db.transact(fulfilment.pick, clerk, work.id, [Pick(line, 1)])
    await db.transact(fulfilment.ready, clerk, work.id, None)
    with pytest.raises(WrongUnits):
        await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(identity_checked=True), {line: 4})


async def test_unpacked_work_is_picked_again(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    work = await given.ready(db, clerk, Want(quantity=2, location_id=shelf.store, variant_id=shelf.cup))
    unpacked = await db.transact(fulfilment.unpack, clerk, work.id)
    assert (unpacked.state, unpacked.lines[0].picked) == (S.PICKING, 0)
    await db.transact(fulfilment.pick, clerk, work.id, [Pick(work.lines[0].id, 2)])
    assert (await db.transact(fulfilment.ready, clerk, work.id, None)).state is S.READY_FOR_PICKUP


async def test_another_stores_work_looks_like_work_that_does_not_exist(db: Database, clock: HeldClock) -> None:
    shelf = await Shelf.filled(db)
    (work,) = await given.offered(db, Want(location_id=shelf.store, variant_id=shelf.cup))
    stranger = staff(shelf.warehouse)
    for act in (fulfilment.accept, fulfilment.pack, fulfilment.unpack, fulfilment.arrived, fulfilment.remind):
        with pytest.raises(NotFound):
            await db.transact(act, stranger, work.id)
    with pytest.raises(NotFound):
        await db.transact(fulfilment.reject, stranger, work.id, ShortReason.DAMAGE)
    assert (await fulfilment.fulfilment(db.reading, work.id, staff())).state is S.OFFERED


async def test_accept_and_cancel_at_once_leave_one_story(dsn: str, clock: HeldClock) -> None:
    db = Database(dsn, before_commit=events.store, within=within_reactions([within(OrderCancelled, cancel_of)]))
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    for _ in range(5):
        (work,) = await given.offered(db, Want(location_id=shelf.store, variant_id=shelf.cup))
        await asyncio.gather(
            db.transact(fulfilment.accept, clerk, work.id),
            db.transact(orders.cancel, work.order_id, "customer", "shopper:test"),
            return_exceptions=True,
        )
        after = await fulfilment.fulfilment(db.reading, work.id, clerk)
        order = await orders.order(db.reading, work.order_id)
        assert (after.state, order.state) == (S.CANCELLED, OrderState.CANCELLED)
    await db.close()
