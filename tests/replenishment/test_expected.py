"""What is on its way, when it should be there, and what of it nobody waits for yet."""

from datetime import date, timedelta

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import OrderId, OrderLineId, new_id
from commerce.platform.database import Database
from commerce.replenishment import Peg, expected
from tests.replenishment.world import world


async def test_what_is_on_its_way_and_nobody_waits_for_is_expected_when_the_last_shipment_is(
    db: Database, clock: HeldClock
) -> None:
    shop = await world(db, POT=30)
    pot = shop.articles["POT"]
    sent = await shop.transfer({"POT": 12})
    [line] = sent.lines
    soon, later = clock.at + timedelta(days=1), clock.at + timedelta(days=3)
    await shop.ship(sent, lines=[{"transfer_line_id": line.id, "quantity": 5}], eta=soon)
    assert [(each.units, each.eta) for each in await expected(db.reading, [pot])] == [(5, soon)]
    await shop.ship(sent, eta=later)
    await shop.receive(sent, "POT", 2)
    [one] = await expected(db.reading, [pot], [shop.destination])
    assert (one.kind, one.units, one.eta, one.document_id) == ("transfer", 10, later, sent.id)
    assert await expected(db.reading, [pot], [shop.origin]) == []


async def test_what_travels_for_an_order_is_nobody_elses(db: Database, clock: HeldClock) -> None:
    shop = await world(db, POT=30)
    peg = Peg(order_id=OrderId(new_id()), order_line_id=OrderLineId(new_id()))
    sent = await shop.transfer({"POT": 4}, pegs={"POT": peg})
    await shop.ship(sent)
    assert await expected(db.reading, [shop.articles["POT"]]) == []


async def test_what_a_supplier_is_to_bring_is_expected_on_its_day(db: Database, clock: HeldClock) -> None:
    shop = await world(db, POT=0)
    order = await shop.purchase({"POT": 26})
    [one] = await expected(db.reading, [shop.articles["POT"]])
    assert (one.kind, one.units, one.eta, one.expected_on) == ("purchase", 26, None, date(2026, 3, 15))
    assert one.document_id == order.id
