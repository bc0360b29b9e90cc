"""Packages and labels: what is in which, what is printed, and what an extra package makes void."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import text

from commerce import fulfilment, stores
from commerce.fulfilment import Fulfilment, FulfilmentState as S, Pick, Proof
from commerce.fulfilment.adapters.svg_labels import BUILT_IN
from commerce.fulfilment.errors import WrongUnits
from commerce.fulfilment.labels import good_label, label
from commerce.fulfilment.package_errors import LabelRefused, LabelUnsure, NotAllPacked, PackagesChanged
from commerce.fulfilment.package_facts import Label, Measures, Package, PackageState
from commerce.fulfilment.packages import make_package, packages_of, void_package
from commerce.fulfilment.ports import Labelled, Labeller, Outcome, Parcel, Refused, Unknown
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, NotFound, Refusal
from commerce.kernel.ids import new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from tests.given import fulfilment as given, identity
from tests.given.fulfilment import Shelf, staff
from tests.given.orders import Want
from tests.served import Served

NONE = Measures()


async def proven(db: Database) -> None:
    """Every invariant holds."""
    from commerce.fulfilment.audit import CHECKS
    from commerce.inventory.audit import CHECKS as OF_STOCK
    from commerce.orders.audit import CHECKS as OF_ORDERS

    assert [found for found in await run_checks(db.reading, [*CHECKS, *OF_STOCK, *OF_ORDERS]) if found.rows] == []


async def sent(db: Database, shelf: Shelf, clerk: Caller, quantity: int = 3) -> Fulfilment:
    """Picked work that is sent from the warehouse."""
    want = Want(quantity=quantity, kind="ship", location_id=shelf.warehouse, variant_id=shelf.bowl)
    work = await given.picking(db, clerk, want)
    return await db.transact(fulfilment.pick, clerk, work.id, [Pick(work.lines[0].id, quantity)])


async def labelled(
    db: Database, clerk: Caller, found: Package, maker: Labeller = BUILT_IN, command: UUID | None = None
) -> Label:
    place = await stores.location(db.reading, found.location_id)
    return await label(db, command or new_id(), clerk, maker, place, found.id)


async def rows(db: Database, sql: str) -> list[tuple[Any, ...]]:
    found: list[Any] = await db.reading.fetch(Statement(text(sql)))
    return [tuple(row) for row in found]


class Carrier:
    """A carrier that answers as it is told, does something meanwhile, and remembers what was taken back."""

    name = "carrier"

    def __init__(self, outcome: Outcome, meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
        self.outcome, self.meanwhile, self.asked, self.voided = outcome, meanwhile, list[UUID](), list[UUID]()

    async def label(self, parcel: Parcel) -> Outcome:
        self.asked.append(parcel.id)
        if self.meanwhile is not None:
            await self.meanwhile()
        return self.outcome

    async def void(self, label_id: UUID) -> None:
        self.voided.append(label_id)


PRINTED = Labelled(media_type="application/pdf", document=b"%PDF", tracking_number="T1")


async def test_units_are_in_one_package_and_what_leaves_is_what_they_hold(db: Database, clock: HeldClock) -> None:
    shelf, clerk = await Shelf.filled(db), staff()
    work = await sent(db, shelf, clerk)
    line = work.lines[0].id
    first = await db.transact(make_package, clerk, work.id, {line: 2}, Measures(weight_grams=1500, length_mm=300))
    with pytest.raises(WrongUnits, match="has 1 picked units that are in no package, not 2"):
        await db.transact(make_package, clerk, work.id, {line: 2}, NONE)
    await db.transact(fulfilment.pack, clerk, work.id)
    with pytest.raises(NotAllPacked):
        await db.transact(fulfilment.ship, clerk, work.id, "Post", None, None)
    rest = await db.transact(make_package, clerk, work.id, None, NONE)
    assert rest.units == ((line, 1),)
    parcel = await db.transact(fulfilment.ship, clerk, work.id, "Post", None, None)
    there = await packages_of(db.reading, work.id)
    assert [(each.number, each.state, each.shipment_id) for each in there] == [
        (first.number, PackageState.SENT, parcel.id),
        (rest.number, PackageState.SENT, parcel.id),
    ]
    with pytest.raises(IllegalMove):
        await db.transact(void_package, clerk, first.id)
    with pytest.raises(IllegalMove):
        await db.transact(make_package, clerk, work.id, None, NONE)
    await proven(db)


async def test_two_packages_at_once_never_hold_the_same_units(db: Database, clock: HeldClock) -> None:
    shelf, clerk = await Shelf.filled(db), staff()
    work = await sent(db, shelf, clerk)
    outcomes = await asyncio.gather(
        *(db.transact(make_package, clerk, work.id, {work.lines[0].id: 2}, NONE) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Package) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Package | Refusal) for outcome in outcomes)
    await proven(db)


async def test_an_extra_package_voids_the_earlier_label_and_says_how_many_there_are(
    db: Database, clock: HeldClock
) -> None:
    shelf, clerk = await Shelf.filled(db), staff()
    work = await sent(db, shelf, clerk)
    first = await db.transact(make_package, clerk, work.id, {work.lines[0].id: 2}, Measures(weight_grams=1500))
    made = await labelled(db, clerk, first)
    assert (await labelled(db, clerk, first)).id == made.id
    drawn = "".join(ET.fromstring((made.document or b"").decode()).itertext())  # noqa: S314 -- our own
    assert all(said in drawn for said in (first.number, "1/1", "1.500 kg", "Carrer Gran 1", "08012 Barcelona"))
    await db.transact(make_package, clerk, work.id, None, NONE)
    with pytest.raises(NotFound):
        await good_label(db.reading, clerk, first.id)
    assert await rows(db, "SELECT void_reason, document FROM package_labels") == [("extra_package", None)]
    again = await labelled(db, clerk, first)
    assert (again.nth, again.count, again.id == made.id) == (1, 2, False)
    await db.transact(fulfilment.pack, clerk, work.id)
    await db.transact(fulfilment.ship, clerk, work.id, "Post", None, None)
    assert await rows(db, "SELECT count(*) FROM package_labels WHERE document IS NOT NULL") == [(0,)]
    await proven(db)


async def test_a_label_of_what_is_collected_has_the_order_and_the_code_and_no_name(
    db: Database, clock: HeldClock
) -> None:
    shelf = await Shelf.filled(db)
    clerk = staff(shelf.store)
    work = await given.ready(db, clerk, Want(quantity=2, location_id=shelf.store, variant_id=shelf.cup))
    made = await labelled(db, clerk, await db.transact(make_package, clerk, work.id, None, NONE))
    code = await fulfilment.pickup_code(db.reading, work.id)
    drawn = (made.document or b"").decode()
    assert code is not None
    assert all(said in drawn for said in (work.order_number, code.code))
    assert "Shopper" not in drawn
    await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(identity_checked=True), None)
    assert await rows(db, "SELECT state, shipment_id FROM packages") == [("sent", None)]
    await proven(db)


async def test_unpacking_opens_the_packages_and_their_units_can_be_packed_anew(db: Database, clock: HeldClock) -> None:
    shelf, clerk = await Shelf.filled(db), staff()
    work = await sent(db, shelf, clerk)
    first = await db.transact(make_package, clerk, work.id, None, NONE)
    await labelled(db, clerk, first)
    await db.transact(fulfilment.pack, clerk, work.id)
    unpacked = await db.transact(fulfilment.unpack, clerk, work.id)
    assert (unpacked.state, (await packages_of(db.reading, work.id))[0].state) == (S.PICKING, PackageState.VOIDED)
    with pytest.raises(WrongUnits):
        await db.transact(make_package, clerk, work.id, None, NONE)
    await db.transact(fulfilment.pick, clerk, work.id, [Pick(work.lines[0].id, 3)])
    assert (await db.transact(make_package, clerk, work.id, None, NONE)).units == ((work.lines[0].id, 3),)
    await proven(db)


async def test_a_label_that_comes_too_late_is_taken_back(db: Database, clock: HeldClock) -> None:
    shelf, clerk = await Shelf.filled(db), staff()
    work = await sent(db, shelf, clerk)
    first = await db.transact(make_package, clerk, work.id, {work.lines[0].id: 1}, NONE)

    async def another() -> None:
        await db.transact(make_package, clerk, work.id, None, NONE)

    carrier = Carrier(PRINTED, another)
    with pytest.raises(PackagesChanged):
        await labelled(db, clerk, first, carrier)
    assert (carrier.voided == carrier.asked, await rows(db, "SELECT id FROM package_labels")) == (True, [])
    await proven(db)


async def test_no_answer_is_no_refusal_and_the_same_command_asks_for_the_same_label(
    db: Database, clock: HeldClock
) -> None:
    shelf, clerk = await Shelf.filled(db), staff()
    work = await sent(db, shelf, clerk)
    found, command = await db.transact(make_package, clerk, work.id, None, NONE), new_id()
    with pytest.raises(LabelRefused, match="too heavy"):
        await labelled(db, clerk, found, Carrier(Refused(reason="too heavy")))
    silent, answers = Carrier(Unknown()), Carrier(PRINTED)
    with pytest.raises(LabelUnsure):
        await labelled(db, clerk, found, silent, command)
    made = await labelled(db, clerk, found, answers, command)
    assert (silent.asked, answers.asked, made.tracking_number) == ([command], [command], "T1")
    await proven(db)


async def test_packages_are_made_labelled_and_opened_over_http_at_ones_own_place(server: Served) -> None:
    db = server.program.db
    shelf = await Shelf.filled(db)
    tokens = await identity.tokens(db, server.settings)
    mine = await identity.staff(db, tokens, "depot@shop.example", ("warehouse_operator", shelf.warehouse))
    other = await identity.staff(db, tokens, "store@shop.example", ("store_associate", shelf.store))
    api, stranger = server.api.as_(mine.access_token), server.api.as_(other.access_token)
    work = await sent(db, shelf, staff(shelf.warehouse))
    path = f"/v1/fulfilment-orders/{work.id}/packages"
    body = {"lines": [{"line_id": str(work.lines[0].id), "quantity": 2}], "weight_grams": 900}
    assert (await stranger.call("POST", path, body)).status_code == 404
    made = await api.post(path, body)
    one = f"/v1/packages/{made['id']}"
    assert (await stranger.call("POST", f"{one}/label")).status_code == 404
    got = await api.post(f"{one}/label")
    printed = await api.get(f"{one}/label")
    assert (printed["id"], base64.b64decode(printed["document"])[:4]) == (got["id"], b"<svg")
    assert (await api.post(f"{one}/void"))["state"] == "voided"
    assert (await api.call("GET", f"{one}/label")).status_code == 404
    await api.post(path, {})
    listed = await api.get(path)
    assert [(each["state"], each["units"][0]["quantity"]) for each in listed["items"]] == [("voided", 2), ("packed", 3)]
    await api.post(f"/v1/fulfilment-orders/{work.id}/pack")
    await api.post(f"/v1/fulfilment-orders/{work.id}/ship", {"carrier": "Post"})
    await server.work()
