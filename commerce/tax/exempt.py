"""Write down supplies without tax, collect the proofs that the goods left, and name those that still lack one.

What proves transport to another member state: Regulation (EU) 282/2011, article 45a(1)(a), for goods that the seller or
a carrier on its behalf moved: two documents of paragraph 3(a), or one of 3(a) and one of 3(b), of different issuers.
An export is proven by the customs' exit certificate (or its equivalent). A domestic reverse charge needs no transport.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record
from sqlalchemy import BigInteger, Boolean, Integer, Select, Text, Uuid, case, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.errors import FieldError, NotFound
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, any_of, given
from commerce.tax.errors import TooManyProofs
from commerce.tax.facts import ExemptSupply, ProofKind
from commerce.tax.schemas_sellers import ExemptSupplyOut, TransportProofIn, TransportProofOut
from commerce.tax.tables import exempt_supplies, transport_proofs

PROOF_DAYS: Final = 45
"""Days after a supply from which it stands among those that lack a proof; the month's end and the carrier's papers."""
PROOFS_MOST: Final = 50
TRANSPORT: Final = frozenset({"cmr", "bill_of_lading", "airfreight_invoice", "carrier_invoice"})
SUPPORTING: Final = frozenset({"insurance", "bank_document", "official_document", "warehouse_receipt"})
_supply = exempt_supplies.c
_proof = transport_proofs.c
_at = given("at", _supply.supplied_at.type)


def missing(kind: str, proofs: Iterable[tuple[ProofKind, str]]) -> str:
    """Says what the law still wants for a supply of a kind, by the kinds and issuers of the documents; empty: nothing."""
    held = list(proofs)
    if kind == "reverse_charge":
        return ""
    if kind == "export":
        return "" if any(each == "customs_exit" for each, _ in held) else "A customs exit certificate."
    transport = [(each, issuer.casefold()) for each, issuer in held if each in TRANSPORT]
    every = [*transport, *((each, issuer.casefold()) for each, issuer in held if each in SUPPORTING)]
    if any(first[1] != second[1] for first in transport for second in every):
        return ""
    if not transport:
        return "A document of transport (CMR, bill of lading, airfreight or carrier's invoice), and a second one."
    return "A second document, by another issuer."


RECORD = Statement(
    insert(exempt_supplies)
    .values(
        id=given("id", Uuid),
        order_id=given("order_id", Uuid),
        kind=given("kind", Text),
        origin=given("origin", Text),
        destination=given("destination", Text),
        vat_number=given("vat_number", Text),
        consultation=given("consultation", Text),
        net=given("net", BigInteger),
        currency=given("currency", Text),
        supplied_at=_at,
        proven_at=case((given("kind", Text) == "reverse_charge", _at)),
    )
    .on_conflict_do_nothing(index_elements=["order_id", "kind"])
)
CANCEL = Statement(
    update(exempt_supplies)
    .where(_supply.order_id == given("order_id", Uuid), _supply.cancelled_at.is_(None))
    .values(cancelled_at=_at)
)
LOCK = Statement(select(_supply.id, _supply.kind).where(_supply.id == given("supply_id", Uuid)).with_for_update())
ADD_PROOF = Statement(
    insert(transport_proofs)
    .values(
        id=given("id", Uuid),
        supply_id=given("supply_id", Uuid),
        kind=given("kind", Text),
        issuer=given("issuer", Text),
        reference=given("reference", Text),
        at=_at,
    )
    .on_conflict_do_nothing(constraint="uq_transport_proofs_document")
)
PROVEN = Statement(
    update(exempt_supplies)
    .where(_supply.id == given("supply_id", Uuid), _supply.proven_at.is_(None))
    .values(proven_at=_at)
)


def _supplies() -> Select[Any]:
    return select(exempt_supplies)


ONE = Statement(_supplies().where(_supply.id == given("supply_id", Uuid)))
PAGE = Statement(
    _supplies()
    .where(
        or_(
            ~given("lacking", Boolean),
            _supply.proven_at.is_(None)
            & _supply.cancelled_at.is_(None)
            & (_supply.supplied_at <= given("before", _supply.supplied_at.type)),
        ),
        or_(
            given("after_id", Uuid).is_(None),
            tuple_(_supply.supplied_at, _supply.id)
            > tuple_(given("after_at", _supply.supplied_at.type), given("after_id", Uuid)),
        ),
    )
    .order_by(_supply.supplied_at, _supply.id)
    .limit(given("most", Integer))
)
PROOFS = Statement(select(transport_proofs).where(any_of(_proof.supply_id, "supplies")).order_by(_proof.id))


async def record_exempt_supply(tx: Tx, supply: ExemptSupply, *, at: datetime) -> None:
    """Write down that a supply was exempt, once for an order and kind. A business has a VAT number."""
    await tx.execute(
        RECORD,
        id=new_id(),
        order_id=supply.order_id,
        kind=supply.kind,
        origin=supply.origin,
        destination=supply.destination,
        vat_number=supply.vat_number,
        consultation=supply.consultation,
        net=supply.net.amount,
        currency=supply.net.currency,
        at=at,
    )


async def cancel_exempt_supplies(tx: Tx, order_id: UUID, *, at: datetime) -> None:
    """Note that an order was cancelled before its goods left: nothing is to be proven any more."""
    await tx.execute(CANCEL, order_id=order_id, at=at)


async def add_proof(tx: Tx, supply_id: UUID, data: TransportProofIn, *, at: datetime) -> ExemptSupplyOut:
    """Add a document to a supply; the same one twice counts once. Notes when nothing is missing any more."""
    locked = await tx.fetch_one(LOCK, supply_id=supply_id)
    if locked is None:
        raise NotFound("There is no such supply.")
    before = await exempt_supply(tx, supply_id)
    if len(before.proofs) >= PROOFS_MOST:
        raise TooManyProofs(f"At most {PROOFS_MOST}.", errors=[FieldError("/reference", "One too many.")])
    await tx.execute(
        ADD_PROOF,
        id=new_id(),
        supply_id=supply_id,
        kind=data.kind,
        issuer=data.issuer,
        reference=data.reference,
        at=at,
    )
    after = await exempt_supply(tx, supply_id)
    if not after.missing:
        await tx.execute(PROVEN, supply_id=supply_id, at=at)
        after = await exempt_supply(tx, supply_id)
    tx.changed("exempt_supply", supply_id, before=before, after=after)
    return after


async def exempt_supply(reads: Reads, supply_id: UUID) -> ExemptSupplyOut:
    """Gives one supply with its proofs; refuses with NotFound."""
    row = await reads.fetch_one(ONE, supply_id=supply_id)
    if row is None:
        raise NotFound("There is no such supply.")
    return (await _with_proofs(reads, [row]))[0]


async def exempt_supplies_page(
    reads: Reads, *, lacking: bool, at: datetime, after: tuple[datetime, UUID] | None, most: int
) -> list[ExemptSupplyOut]:
    """Gives up to `most` supplies by instant; with `lacking` those older than PROOF_DAYS whose proofs are not enough."""
    after_at, after_id = after or (None, None)
    rows = await reads.fetch(
        PAGE,
        lacking=lacking,
        before=at - timedelta(days=PROOF_DAYS),
        after_at=after_at,
        after_id=after_id,
        most=most,
    )
    return await _with_proofs(reads, rows)


async def _with_proofs(reads: Reads, rows: Sequence[Record]) -> list[ExemptSupplyOut]:
    proofs: dict[UUID, list[TransportProofOut]] = defaultdict(list)
    for row in await reads.fetch(PROOFS, supplies=[row["id"] for row in rows]):
        proofs[row["supply_id"]].append(
            TransportProofOut(
                id=row["id"], kind=row["kind"], issuer=row["issuer"], reference=row["reference"], at=row["at"]
            )
        )
    return [
        ExemptSupplyOut(
            id=row["id"],
            order_id=row["order_id"],
            kind=row["kind"],
            origin=row["origin"],
            destination=row["destination"],
            net=Money(row["net"], row["currency"]),
            vat_number=row["vat_number"],
            consultation=row["consultation"],
            supplied_at=row["supplied_at"],
            proven_at=row["proven_at"],
            cancelled_at=row["cancelled_at"],
            proofs=proofs[row["id"]],
            missing=""
            if row["cancelled_at"] is not None
            else missing(row["kind"], [(each.kind, each.issuer) for each in proofs[row["id"]]]),
        )
        for row in rows
    ]
