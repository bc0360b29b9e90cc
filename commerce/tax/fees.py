"""Add a fee to an article, end it, and find the fees that hold. Windows of one code and article never overlap in a zone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record
from msgspec import UNSET
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    Text,
    Uuid,
    and_,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from commerce.kernel.currencies import Currency
from commerce.kernel.errors import FieldError, NotFound, invalid
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.database import Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, any_of, given
from commerce.price_engine import FeeFact
from commerce.tax.errors import FeesOverlap
from commerce.tax.events import FeesChanged
from commerce.tax.schemas_fees import FeeIn, FeeOut, FeePatch
from commerce.tax.tables import fees
from commerce.tax.zones import check_zone

TURN: Final = 7_201_018
_fee = fees.c
_instant = fees.c.created_at.type
_at = given("at", _instant)
# Fees change seldom: whoever changes one waits for whoever changes another, so that no two overlap.
TAKE_TURN = Statement(select(func.pg_advisory_xact_lock(literal(TURN, BigInteger))))
ADD = Statement(
    insert(fees).values(
        id=given("id", Uuid),
        code=given("code", Text),
        kind=given("kind", Text),
        variant_id=given("variant_id", Uuid),
        amount=given("amount", BigInteger),
        currency=given("currency", Text),
        includes_tax=given("includes_tax", Boolean),
        tax_category=given("tax_category", Text),
        zone=given("zone", Text),
        starts_at=given("starts_at", _instant),
        ends_at=given("ends_at", _instant),
        created_at=_at,
        updated_at=_at,
    )
)
END = Statement(
    update(fees)
    .where(_fee.id == given("fee_id", Uuid), _fee.version == given("expected", Integer))
    .values(ends_at=given("ends_at", _instant), version=_fee.version + 1, updated_at=_at)
)
_zone, _from, _to = given("zone", Text), given("starts_at", _instant), given("ends_at", _instant)
OVERLAPPING = Statement(
    select(_fee.id)
    .where(
        _fee.variant_id == given("variant_id", Uuid),
        _fee.code == given("code", Text),
        _fee.currency == given("currency", Text),
        _fee.id != given("except_id", Uuid),
        or_(_zone.is_(None), _fee.zone.is_(None), _fee.zone == _zone),
        or_(_to.is_(None), _fee.starts_at.is_(None), _fee.starts_at < _to),
        or_(_from.is_(None), _fee.ends_at.is_(None), _fee.ends_at > _from),
    )
    .order_by(_fee.id)
    .limit(1)
)
ONE = Statement(select(fees).where(_fee.id == given("fee_id", Uuid)))
PAGE = Statement(
    select(fees)
    .where(
        or_(given("variant_id", Uuid).is_(None), _fee.variant_id == given("variant_id", Uuid)),
        or_(
            given("after_id", Uuid).is_(None),
            tuple_(_fee.code, _fee.id) > tuple_(given("after_code", Text), given("after_id", Uuid)),
        ),
    )
    .order_by(_fee.code, _fee.id)
    .limit(given("most", Integer))
)


def holds(currency: ColumnElement[str], at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Gives the condition that a row of fees holds in a currency at an instant."""
    return and_(
        _fee.currency == currency,
        or_(_fee.starts_at.is_(None), _fee.starts_at <= at),
        or_(_fee.ends_at.is_(None), _fee.ends_at > at),
    )


def _held() -> Select[Any]:
    return (
        select(
            _fee.variant_id,
            _fee.code,
            _fee.kind,
            _fee.amount,
            _fee.currency,
            _fee.includes_tax,
            _fee.tax_category,
            _fee.zone,
        )
        .where(holds(given("currency", Text), _at))
        .order_by(_fee.variant_id, _fee.code, _fee.zone)
    )


HELD = Statement(_held().where(any_of(_fee.variant_id, "variants")))


def fees_json(
    variant_id: ColumnElement[UUID], currency: ColumnElement[str], at: ColumnElement[datetime]
) -> ScalarSelect[Any]:
    """Gives the fees of a variant as a column for another slice's statement: a JSON array that decodes as `tuple[FeeFact, ...]`.

    One look into the index of fees by variant; an empty array mostly.
    """
    named: list[ColumnElement[Any]] = []
    for name in ("code", "kind", "amount", "currency", "includes_tax", "tax_category", "zone"):
        named += (literal_column(f"'{name}'"), _fee[name])
    one = func.jsonb_build_object(*named, type_=JSONB)
    empty = literal_column("'[]'::jsonb", JSONB)
    return (
        select(func.coalesce(func.jsonb_agg(aggregate_order_by(one, _fee.code, _fee.zone), type_=JSONB), empty))
        .where(_fee.variant_id == variant_id, holds(currency, at))
        .scalar_subquery()
    )


async def fees_of(
    reads: Reads, variant_ids: Sequence[UUID], *, currency: Currency, at: datetime
) -> Mapping[UUID, tuple[FeeFact, ...]]:
    """Gives the fees that come with these variants at an instant; those without any are not in the answer."""
    found: dict[UUID, list[FeeFact]] = defaultdict(list)
    for row in await reads.fetch(HELD, variants=list(variant_ids), currency=currency, at=at):
        found[row["variant_id"]].append(
            FeeFact(
                code=row["code"],
                kind=row["kind"],
                amount=row["amount"],
                currency=row["currency"],
                includes_tax=row["includes_tax"],
                tax_category=row["tax_category"],
                zone=row["zone"],
            )
        )
    return {variant: tuple(theirs) for variant, theirs in found.items()}


async def add_fee(tx: Tx, data: FeeIn, *, at: datetime) -> FeeOut:
    """Add a fee to an article.

    Refuses a negative amount, an unknown category or zone, a window without a length, and one that shares an instant
    with another fee of the same code, article and currency where both hold (FeesOverlap).
    """
    if data.amount.amount < 0:
        raise invalid("/amount/amount", "A fee is not negative.")
    if data.zone is not None:
        check_zone(data.zone, "/zone")
    await tx.fetch(TAKE_TURN)
    identifier = new_id()
    await _refuse_overlap(tx, data, identifier)
    await tx.execute(
        ADD,
        id=identifier,
        code=data.code,
        kind=data.kind,
        variant_id=data.variant_id,
        amount=data.amount.amount,
        currency=data.amount.currency,
        includes_tax=data.includes_tax,
        tax_category=data.tax_category,
        zone=data.zone,
        starts_at=data.starts_at,
        ends_at=data.ends_at,
        at=at,
    )
    made = await fee(tx, identifier)
    tx.emit(FeesChanged(fee_id=identifier, variant_ids=(data.variant_id,)))
    tx.changed("fee", identifier, after=made)
    return made


async def change_fee(tx: Tx, fee_id: UUID, expected_version: int, data: FeePatch, *, at: datetime) -> FeeOut:
    """Set the instant up to which a fee holds. Refuses as `add_fee` does, and with StaleVersion."""
    await tx.fetch(TAKE_TURN)
    before = await fee(tx, fee_id)
    ends_at = before.ends_at if data.ends_at is UNSET else data.ends_at
    await _refuse_overlap(tx, before, fee_id, ends_at)
    if not await tx.execute(END, fee_id=fee_id, expected=expected_version, ends_at=ends_at, at=at):
        raise StaleVersion
    after = await fee(tx, fee_id)
    tx.emit(FeesChanged(fee_id=fee_id, variant_ids=(after.variant_id,)))
    tx.changed("fee", fee_id, before=before, after=after)
    return after


_KEPT: Final = object()


async def _refuse_overlap(tx: Tx, wanted: FeeIn | FeeOut, identifier: UUID, ends_at: object = _KEPT) -> None:
    until = wanted.ends_at if ends_at is _KEPT else ends_at
    if isinstance(until, datetime) and wanted.starts_at is not None and until <= wanted.starts_at:
        raise invalid("/ends_at", "The fee holds up to, not at, this instant: it must come after `starts_at`.")
    other = await tx.fetch_value(
        OVERLAPPING,
        variant_id=wanted.variant_id,
        code=wanted.code,
        currency=wanted.amount.currency,
        except_id=identifier,
        zone=wanted.zone,
        starts_at=wanted.starts_at,
        ends_at=until,
    )
    if other is not None:
        raise FeesOverlap(
            f"Another {wanted.code} holds for this article at the same time; end it first.",
            errors=[FieldError("/starts_at", f"Overlaps with the fee {other}.")],
            fee_id=str(other),
        )


async def fee(reads: Reads, fee_id: UUID) -> FeeOut:
    """Gives one fee; refuses with NotFound."""
    row = await reads.fetch_one(ONE, fee_id=fee_id)
    if row is None:
        raise NotFound("There is no such fee.")
    return _out(row)


async def fees_page(
    reads: Reads, *, variant_id: UUID | None, after: tuple[str, UUID] | None, most: int
) -> list[FeeOut]:
    """Gives up to `most` fees by code, of one variant where it is named, after the place named."""
    after_code, after_id = after or (None, None)
    rows = await reads.fetch(PAGE, variant_id=variant_id, after_code=after_code, after_id=after_id, most=most)
    return [_out(row) for row in rows]


def _out(row: Record) -> FeeOut:
    return FeeOut(
        id=row["id"],
        code=row["code"],
        kind=row["kind"],
        variant_id=row["variant_id"],
        amount=Money(row["amount"], row["currency"]),
        includes_tax=row["includes_tax"],
        tax_category=row["tax_category"],
        zone=row["zone"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        version=row["version"],
    )
