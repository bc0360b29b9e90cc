"""Transfers: reserved, on the road, received, lost, brought back; the sum over all places never changes by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from commerce.inventory import InsufficientStock, reserve
from commerce.inventory.facts import Demand
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, NotFound
from commerce.kernel.ids import HoldId, OrderId, OrderLineId, new_id
from commerce.platform.database import Database
from commerce.platform.http import Caller, Forbidden
from commerce.platform.statement import Statement
from commerce.replenishment import (
    InTransitChoiceNeeded,
    MoreThanInTransit,
    OtherSidesTurn,
    Peg,
    TransferState,
    TransferWish,
    request_transfer,
    unpeg,
)
from commerce.replenishment.draft_transfer import approve_transfer
from commerce.replenishment.end_transfer import cancel_transfer, close_transfer
from commerce.replenishment.errors import CartonReceived, NotInTransfer, NotOnThatLine, SamePerson, ScanDiffers
from commerce.replenishment.queries import TRANSFER, seen, shipments_of
from commerce.replenishment.ship_transfer import delay_shipment
from tests.conftest import AT
from tests.replenishment.world import BOSS, WORK, World, world

DELAYED = Statement(
    text(
        "SELECT jsonb_array_length(payload->'pegs') AS pegs FROM events WHERE tag = 'replenishment.transfer_delayed.v1'"
    )
)


@pytest.fixture
async def pots(db: Database, clock: HeldClock) -> World:
    return await world(db, POT=26, JUG=10)


async def test_approving_reserves_at_the_origin_and_takes_nothing_off_its_shelf(pots: World) -> None:
    await pots.transfer({"POT": 20})
    assert await pots.stock("POT") == {"origin": (26, 20), "destination": (0, 0)}
    assert await pots.beside("POT") == {}
    with pytest.raises(InsufficientStock):
        await pots.transfer({"POT": 7})
    assert await pots.audit() == []


async def test_of_26_dispatched_10_then_16_are_received_and_a_27th_is_refused(pots: World) -> None:
    sent = await pots.transfer({"POT": 26})
    await pots.ship(sent)
    assert await pots.stock("POT") == {"origin": (0, 0), "destination": (0, 0)}
    assert await pots.beside("POT") == {("destination", "in_transit"): 26}
    await pots.receive(sent, "POT", 10)
    assert await pots.stock("POT") == {"origin": (0, 0), "destination": (10, 0)}
    with pytest.raises(MoreThanInTransit, match="16 units"):
        await pots.receive(sent, "POT", 17)
    last = await pots.receive(sent, "POT", 16)
    assert (last.state, last.in_transit) == (TransferState.RECEIVED, 0)
    with pytest.raises(IllegalMove):
        await pots.receive(sent, "POT")
    assert await pots.stock("POT") == {"origin": (0, 0), "destination": (26, 0)}
    assert await pots.beside("POT") == {}
    assert await pots.audit() == []


async def test_of_10_dispatched_7_are_accepted_and_3_rejected_and_none_is_counted_twice(pots: World) -> None:
    sent = await pots.transfer({"JUG": 10})
    await pots.ship(sent)
    await pots.receive(sent, "JUG", 7)
    await pots.receive(sent, "JUG", 3, "damaged")
    assert await pots.stock("JUG") == {"origin": (0, 0), "destination": (7, 0)}
    assert await pots.beside("JUG") == {("destination", "damaged"): 3}
    assert (await pots.now(sent)).state is TransferState.RECEIVED
    assert await pots.audit() == []


async def test_several_shipments_each_leave_what_they_hold(pots: World) -> None:
    sent = await pots.transfer({"POT": 26})
    [line] = sent.lines
    await pots.ship(sent, lines=[{"transfer_line_id": line.id, "quantity": 10}])
    await pots.receive(sent, "POT", 10)
    assert (await pots.now(sent)).state is TransferState.PARTIALLY_RECEIVED
    assert await pots.stock("POT") == {"origin": (16, 16), "destination": (10, 0)}
    with pytest.raises(NotOnThatLine, match="16 approved units"):
        await pots.ship(sent, lines=[{"transfer_line_id": line.id, "quantity": 17}])
    await pots.ship(sent)
    await pots.receive(sent, "POT", 16)
    assert (await pots.now(sent)).state is TransferState.RECEIVED
    assert await pots.audit() == []


async def test_a_scan_that_is_sent_again_gets_the_first_answer_and_moves_nothing(pots: World) -> None:
    sent = await pots.transfer({"POT": 26})
    await pots.ship(sent)
    scan_id = new_id()
    first = await pots.receive(sent, "POT", 10, scan_id=scan_id)
    await pots.receive(sent, "POT", 16)
    assert await pots.receive(sent, "POT", 10, scan_id=scan_id) == first
    with pytest.raises(ScanDiffers):
        await pots.receive(sent, "POT", 9, scan_id=scan_id)
    assert await pots.stock("POT") == {"origin": (0, 0), "destination": (26, 0)}


async def test_a_carton_is_received_by_one_scan_once(pots: World) -> None:
    sent = await pots.transfer({"POT": 26, "JUG": 10})
    pot, jug = sent.lines
    box = {
        "barcode": "00340123450000000018",
        "units": [
            {"transfer_line_id": pot.id, "quantity": 12},
            {"transfer_line_id": jug.id, "quantity": 4},
        ],
    }
    shipment = await pots.ship(sent, cartons=[box])
    assert sorted(each.quantity for each in shipment.units) == [4, 12]
    answer = await pots.receive(sent, "00340123450000000018")
    assert sorted((each.variant_id, each.quantity) for each in answer.units) == sorted(
        [(pot.variant_id, 12), (jug.variant_id, 4)]
    )
    with pytest.raises(CartonReceived):
        await pots.receive(sent, "00340123450000000018")
    assert (await pots.stock("JUG"))["destination"] == (4, 0)
    assert await pots.audit() == []


async def test_an_article_that_is_not_on_it_is_refused_and_booked_as_found_by_who_may(pots: World) -> None:
    sent = await pots.transfer({"POT": 5})
    await pots.ship(sent)
    with pytest.raises(NotInTransfer):
        await pots.receive(sent, "JUG")
    with pytest.raises(Forbidden):
        await pots.receive(sent, "JUG", found=True, reason="in the wrong box")
    answer = await pots.receive(sent, "JUG", 2, by=BOSS, found=True, reason="in the wrong box")
    assert (answer.units[0].transfer_line_id, answer.in_transit) == (None, 5)
    assert await pots.stock("JUG") == {"origin": (10, 0), "destination": (2, 0)}
    assert await pots.audit() == []


async def test_who_shipped_does_not_receive_unless_they_may_approve(pots: World) -> None:
    both = Caller(kind="staff", id=pots.sender.id, scopes=WORK, locations=frozenset({pots.origin, pots.destination}))
    sent = await pots.transfer({"POT": 2})
    await pots.ship(sent)
    with pytest.raises(SamePerson):
        await pots.receive(sent, "POT", by=both)
    assert (await pots.stock("POT"))["destination"] == (0, 0)
    chief = Caller(kind="staff", id=both.id, scopes=WORK | {"stock:approve"}, locations=both.locations)
    await pots.receive(sent, "POT", by=chief)
    assert (await pots.stock("POT"))["destination"] == (1, 0)


async def test_closing_short_writes_off_what_is_on_its_way_and_frees_what_never_left(pots: World) -> None:
    sent = await pots.transfer({"POT": 26})
    [line] = sent.lines
    await pots.ship(sent, lines=[{"transfer_line_id": line.id, "quantity": 20}])
    await pots.receive(sent, "POT", 10)
    closed = await pots.db.transact(close_transfer, pots.receiver, sent.id, "a box is missing", "CLAIM-7")
    [line] = closed.lines
    assert (closed.state, line.received, line.lost, line.cancelled) == (TransferState.RECEIVED, 10, 10, 6)
    assert (closed.close_reason, closed.claim) == ("a box is missing", "CLAIM-7")
    assert await pots.stock("POT") == {"origin": (6, 0), "destination": (10, 0)}
    assert await pots.beside("POT") == {}
    assert await pots.audit() == []


async def test_cancelling_in_transit_asks_what_becomes_of_the_goods(pots: World) -> None:
    sent = await pots.transfer({"POT": 26})
    await pots.ship(sent)
    with pytest.raises(InTransitChoiceNeeded):
        await pots.db.transact(cancel_transfer, pots.sender, sent.id, "recalled", None)
    assert await pots.beside("POT") == {("destination", "in_transit"): 26}
    await pots.db.transact(cancel_transfer, pots.sender, sent.id, "burnt", "write_off")
    assert await pots.stock("POT") == {"origin": (0, 0), "destination": (0, 0)}
    assert await pots.beside("POT") == {}
    assert await pots.audit() == []


async def test_what_is_called_back_travels_to_the_origin_and_is_received_there(pots: World) -> None:
    sent = await pots.transfer({"POT": 26})
    [line] = sent.lines
    box = {"barcode": "BOX-1", "units": [{"transfer_line_id": line.id, "quantity": 6}]}
    await pots.ship(sent, lines=[{"transfer_line_id": line.id, "quantity": 20}], cartons=[box])
    await pots.receive(sent, "POT", 4)
    await pots.db.transact(cancel_transfer, pots.sender, sent.id, "recalled", "return")
    assert await pots.stock("POT") == {"origin": (6, 0), "destination": (4, 0)}
    assert await pots.beside("POT") == {("origin", "in_transit"): 16}
    [back] = [each for each in await pots.all_transfers() if each.returns_id == sent.id]
    assert (back.origin_id, back.destination_id, back.lines[0].in_transit) == (pots.destination, pots.origin, 16)
    other = Caller(kind="staff", id=new_id(), scopes=WORK, locations=frozenset({pots.origin}))
    await pots.receive(back, "BOX-1", by=other)
    await pots.receive(back, "POT", 10, by=other)
    assert await pots.stock("POT") == {"origin": (22, 0), "destination": (4, 0)}
    assert await pots.beside("POT") == {}
    assert await pots.audit() == []


async def test_another_places_transfer_looks_as_if_there_were_none_and_a_turn_belongs_to_one_end(pots: World) -> None:
    sent = await pots.transfer({"POT": 2})
    stranger = Caller(kind="staff", id=new_id(), scopes=WORK, locations=frozenset({new_id()}))
    with pytest.raises(NotFound):
        await seen(pots.db.reading, TRANSFER, sent.id, stranger)
    with pytest.raises(NotFound):
        await pots.db.transact(approve_transfer, stranger, sent.id)
    with pytest.raises(OtherSidesTurn):
        await pots.db.transact(approve_transfer, pots.receiver, sent.id)
    await pots.ship(sent)
    with pytest.raises(OtherSidesTurn):
        await pots.receive(sent, "POT", by=pots.sender)
    assert await pots.beside("POT") == {("destination", "in_transit"): 2}


async def test_what_arrives_for_an_order_is_reserved_for_it_at_once(pots: World) -> None:
    peg = Peg(order_id=OrderId(new_id()), order_line_id=OrderLineId(new_id()))
    wishes = [
        TransferWish(variant_id=pots.articles["POT"], quantity=3, peg=peg),
        TransferWish(variant_id=pots.articles["POT"], quantity=2),
    ]
    sent = await pots.db.transact(request_transfer, "system", pots.origin, pots.destination, wishes, "ship to store")
    assert (sent.state, (await pots.stock("POT"))["origin"]) == (TransferState.READY_TO_SHIP, (26, 5))
    await pots.ship(sent)
    answer = await pots.receive(sent, "POT", 4)
    assert [(each.quantity, each.reserved) for each in answer.units] == [(3, 3), (1, 0)]
    assert (await pots.stock("POT"))["destination"] == (4, 3)
    walk_in = [Demand(pots.articles["POT"], pots.destination, 2)]
    with pytest.raises(InsufficientStock):
        await pots.db.transact(reserve, walk_in, OrderId(new_id()), HoldId(new_id()), at=sent.created_at)
    assert await pots.audit() == []


async def test_a_damaged_unit_that_travelled_for_an_order_is_not_reserved_for_it(pots: World) -> None:
    peg = Peg(order_id=OrderId(new_id()), order_line_id=OrderLineId(new_id()))
    sent = await pots.transfer({"POT": 2}, pegs={"POT": peg})
    await pots.ship(sent)
    await pots.receive(sent, "POT", 1, "damaged")
    await pots.receive(sent, "POT", 1)
    assert (await pots.stock("POT"))["destination"] == (1, 1)
    assert await pots.beside("POT") == {("destination", "damaged"): 1}


async def test_a_transfer_can_take_what_an_order_has_reserved(pots: World) -> None:
    order = OrderId(new_id())
    pot = pots.articles["POT"]
    await pots.db.transact(reserve, [Demand(pot, pots.origin, 26)], order, HoldId(new_id()), at=AT)
    peg = Peg(order_id=order, order_line_id=OrderLineId(new_id()))
    wishes = [TransferWish(variant_id=pot, quantity=4, peg=peg)]
    await pots.db.transact(
        request_transfer, "system", pots.origin, pots.destination, wishes, "ship to store", take_reserved_of=order
    )
    assert (await pots.stock("POT"))["origin"] == (26, 26)
    assert await pots.audit() == []


async def test_units_that_an_order_wants_no_more_go_on_for_the_shelf(pots: World) -> None:
    peg = Peg(order_id=OrderId(new_id()), order_line_id=OrderLineId(new_id()))
    sent = await pots.transfer({"POT": 5}, pegs={"POT": peg})
    await pots.ship(sent)
    await pots.receive(sent, "POT", 1)
    let_go = await pots.db.transact(unpeg, [(peg.order_line_id, 3)], by="system", reason="cancelled")
    assert [each.units for each in let_go] == [3]
    await pots.receive(sent, "POT", 4)
    assert (await pots.stock("POT"))["destination"] == (5, 2)


async def test_a_transfer_that_nobody_waits_for_and_that_has_not_left_is_cancelled(pots: World) -> None:
    peg = Peg(order_id=OrderId(new_id()), order_line_id=OrderLineId(new_id()))
    sent = await pots.transfer({"POT": 5}, pegs={"POT": peg})
    await pots.db.transact(unpeg, [(peg.order_line_id, 5)], by="system", reason="cancelled")
    assert (await pots.now(sent)).state is TransferState.CANCELLED
    assert (await pots.stock("POT"))["origin"] == (26, 0)
    assert await pots.audit() == []


async def test_a_shipment_that_is_late_says_so_once_and_keeps_what_was_told(pots: World, clock: HeldClock) -> None:
    peg = Peg(order_id=OrderId(new_id()), order_line_id=OrderLineId(new_id()))
    sent = await pots.transfer({"POT": 2}, pegs={"POT": peg})
    eta = clock.at + timedelta(days=1)
    shipment = await pots.ship(sent, eta=eta)
    later = eta + timedelta(days=1)
    for _ in range(2):
        await pots.db.transact(delay_shipment, pots.receiver, sent.id, shipment.id, later, "snow")
    assert [each.eta for each in await shipments_of(pots.db.reading, sent.id)] == [later]
    assert [row["pegs"] for row in await pots.db.reading.fetch(DELAYED)] == [1]
