"""Supplies without tax: written down once, proven by documents as the law has it, and named while they lack some."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from commerce import tax
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.tax.audit import CHECKS
from commerce.tax.errors import TooManyProofs
from commerce.tax.exempt import PROOFS_MOST, add_proof, exempt_supplies_page, exempt_supply, missing
from commerce.tax.facts import ProofKind
from commerce.tax.schemas_sellers import ExemptSupplyOut, TransportProofIn
from commerce.tax.tables import exempt_supplies


@pytest.mark.parametrize(
    ("proofs", "enough"),
    [
        ([], False),
        ([("cmr", "DHL")], False),
        ([("cmr", "DHL"), ("carrier_invoice", "dhl")], False),
        ([("cmr", "DHL"), ("carrier_invoice", "Schenker")], True),
        ([("bill_of_lading", "DHL"), ("insurance", "Allianz")], True),
        ([("insurance", "Allianz"), ("bank_document", "BBVA")], False),
        ([("warehouse_receipt", "DHL"), ("airfreight_invoice", "DHL")], False),
        ([("official_document", "Notary"), ("airfreight_invoice", "DHL")], True),
        ([("customs_exit", "AEAT"), ("cmr", "DHL")], False),
    ],
)
def test_transport_to_another_member_state_wants_two_documents_of_two_issuers(
    proofs: list[tuple[ProofKind, str]], enough: bool
) -> None:
    assert (missing("intra_community", proofs) == "") is enough


def test_an_export_wants_the_customs_and_a_reverse_charge_nothing() -> None:
    assert missing("export", [("cmr", "DHL"), ("insurance", "Allianz")]) != ""
    assert missing("export", [("customs_exit", "AEAT")]) == ""
    assert missing("reverse_charge", []) == ""


def supply(kind: str = "intra_community", order_id: UUID | None = None) -> tax.ExemptSupply:
    return tax.ExemptSupply(
        order_id=order_id or new_id(),
        kind=kind,  # type: ignore[arg-type]
        origin="ES",
        destination="CH" if kind == "export" else "DE",
        net=Money(100_000, "EUR"),
        vat_number=None if kind == "export" else "DE136695976",
        consultation="WAPIAAAAW1",
    )


async def recorded(db: Database, clock: HeldClock, kind: str = "intra_community") -> ExemptSupplyOut:
    made = supply(kind)
    await db.transact(tax.record_exempt_supply, made, at=clock.at)
    rows = await exempt_supplies_page(db.reading, lacking=False, at=clock.at, after=None, most=100)
    return next(row for row in rows if row.order_id == made.order_id)


async def lacking(db: Database, at: datetime) -> list[UUID]:
    return [row.id for row in await exempt_supplies_page(db.reading, lacking=True, at=at, after=None, most=100)]


async def prove(db: Database, clock: HeldClock, supply_id: UUID, kind: str, issuer: str) -> ExemptSupplyOut:
    document = TransportProofIn(kind=kind, issuer=issuer, reference=f"{kind}-1")  # type: ignore[arg-type]
    return await db.transact(add_proof, supply_id, document, at=clock.at)


async def test_a_supply_lacks_proof_after_its_time_until_the_second_document_is_there(
    db: Database, clock: HeldClock
) -> None:
    made = await recorded(db, clock)
    export = await recorded(db, clock, "export")
    reverse = await recorded(db, clock, "reverse_charge")
    assert (made.proven_at, made.missing != "", reverse.proven_at, reverse.missing) == (None, True, clock.at, "")
    assert await lacking(db, clock.at + timedelta(days=45) - timedelta(microseconds=1)) == []
    due = clock.at + timedelta(days=45)
    assert await lacking(db, due) == [made.id, export.id]
    clock.move(days=50)
    first = await prove(db, clock, made.id, "cmr", "DHL")
    twice = await prove(db, clock, made.id, "cmr", "DHL")
    assert (len(twice.proofs), twice.proven_at, first.missing) == (1, None, "A second document, by another issuer.")
    done = await prove(db, clock, made.id, "carrier_invoice", "Schenker")
    assert (done.missing, done.proven_at) == ("", clock.at)
    await prove(db, clock, export.id, "customs_exit", "AEAT")
    assert await lacking(db, clock.at) == []
    assert not any(each.rows for each in await run_checks(db.reading, CHECKS))


async def test_a_supply_is_written_down_once_and_nothing_is_to_be_proven_of_a_cancelled_order(
    db: Database, clock: HeldClock
) -> None:
    order_id = new_id()
    for _ in range(3):
        await db.transact(tax.record_exempt_supply, supply(order_id=order_id), at=clock.at)
    (row,) = await exempt_supplies_page(db.reading, lacking=False, at=clock.at, after=None, most=10)
    assert (row.net, row.vat_number, row.consultation) == (Money(100_000, "EUR"), "DE136695976", "WAPIAAAAW1")
    await db.transact(tax.cancel_exempt_supplies, order_id, at=clock.at)
    await db.transact(tax.cancel_exempt_supplies, order_id, at=clock.at + timedelta(days=1))
    found = await exempt_supply(db.reading, row.id)
    assert (found.cancelled_at, found.missing) == (clock.at, "")
    assert await lacking(db, clock.at + timedelta(days=99)) == []


async def test_proofs_are_bounded_and_of_a_supply_that_there_is(db: Database, clock: HeldClock) -> None:
    made = await recorded(db, clock)
    with pytest.raises(NotFound):
        await prove(db, clock, new_id(), "cmr", "DHL")
    with pytest.raises(NotFound):
        await exempt_supply(db.reading, new_id())
    for nth in range(PROOFS_MOST):
        document = TransportProofIn(kind="cmr", issuer="DHL", reference=str(nth))
        await db.transact(add_proof, made.id, document, at=clock.at)
    with pytest.raises(TooManyProofs):
        await prove(db, clock, made.id, "insurance", "Allianz")


async def test_a_walk_gives_each_supply_once(db: Database, clock: HeldClock) -> None:
    made = []
    for _ in range(5):
        made.append((await recorded(db, clock)).id)
        clock.move(minutes=1)
    seen: list[UUID] = []
    after = None
    while page := await exempt_supplies_page(db.reading, lacking=False, at=clock.at, after=after, most=2):
        seen += [row.id for row in page]
        after = (page[-1].supplied_at, page[-1].id)
    assert seen == made


async def test_a_supply_marked_as_proven_without_its_documents_is_found(db: Database, clock: HeldClock) -> None:
    made = await recorded(db, clock)
    export = await recorded(db, clock, "export")
    await prove(db, clock, made.id, "cmr", "DHL")

    async def fault(tx: Tx) -> None:
        await tx.execute(Statement(update(exempt_supplies).values(proven_at=clock.at)))

    await db.transact(fault)
    (found,) = [each for each in await run_checks(db.reading, CHECKS) if each.rows]
    assert (found.name, found.rows) == ("exempt_supply_is_proven_by_its_documents", 2)
    assert export.kind == "export"
