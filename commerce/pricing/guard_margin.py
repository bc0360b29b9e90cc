"""How much promotions must leave over an article's cost, by currency."""

from datetime import datetime
from decimal import Decimal

from asyncpg import Record
from sqlalchemy import Integer, Numeric, Text, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.currencies import is_currency
from commerce.kernel.errors import NotFound, invalid
from commerce.platform.database import Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.pricing.events import MarginGuardChanged
from commerce.pricing.schemas import MarginGuardIn, MarginGuardOut
from commerce.pricing.tables import margin_guards

_guard = margin_guards.c
_columns = (_guard.currency, _guard.basis, _guard.share, _guard.version)
_of_currency = _guard.currency == given("currency", Text)
_expected = (_of_currency, _guard.version == given("expected", Integer))
_values = {
    "basis": given("basis", Text),
    "share": given("share", Numeric),
    "updated_at": given("at", _guard.updated_at.type),
}
ALL = Statement(select(*_columns).order_by(_guard.currency))
ONE = Statement(select(*_columns).where(_of_currency))
ADD = Statement(
    insert(margin_guards)
    .values(currency=given("currency", Text), **_values)
    .on_conflict_do_nothing()
    .returning(*_columns)
)
CHANGE = Statement(
    update(margin_guards).where(*_expected).values(**_values, version=_guard.version + 1).returning(*_columns)
)
DROP = Statement(delete(margin_guards).where(*_expected))


async def margin_guards_now(reads: Reads) -> list[MarginGuardOut]:
    """Gives the guards of all currencies that have one."""
    return [_out(row) for row in await reads.fetch(ALL)]


async def margin_guard(reads: Reads, currency: str) -> MarginGuardOut:
    """Gives the guard of a currency; refuses with NotFound where none is guarded."""
    row = await reads.fetch_one(ONE, currency=currency)
    if row is None:
        raise NotFound("No margin is guarded in this currency.")
    return _out(row)


async def set_margin_guard(
    tx: Tx, currency: str, expected_version: int, data: MarginGuardIn, *, at: datetime
) -> MarginGuardOut:
    """Guard the margin in a currency, instead of as in the version that was read; 0 where there was none.

    Refuses with NotFound what is no currency in use, with InvalidInput a share that leaves no price, and with StaleVersion.
    """
    if not is_currency(currency):
        raise NotFound("There is no such currency.")
    share = Decimal(data.share)
    if data.of == "price" and share >= 1:
        raise invalid("/share", "Of the price, less than all of it can be kept.")
    before = await tx.fetch_one(ONE, currency=currency)
    told: dict[str, object] = {"currency": currency, "basis": data.of, "share": share, "at": at}
    if expected_version:
        row = await tx.fetch_one(CHANGE, expected=expected_version, **told)
    else:
        row = await tx.fetch_one(ADD, **told)
    if row is None:
        raise StaleVersion
    after = _out(row)
    tx.changed("margin_guard", currency, before=before and _out(before), after=after)
    tx.emit(MarginGuardChanged(currency=currency))
    return after


async def drop_margin_guard(tx: Tx, currency: str, expected_version: int) -> None:
    """Guard the margin in a currency no longer; refuses with NotFound where none is guarded, and with StaleVersion."""
    before = await margin_guard(tx, currency)
    if not await tx.execute(DROP, currency=currency, expected=expected_version):
        raise StaleVersion
    tx.changed("margin_guard", currency, before=before)
    tx.emit(MarginGuardChanged(currency=currency))


def _out(row: Record) -> MarginGuardOut:
    return MarginGuardOut(currency=row["currency"], of=row["basis"], share=plain(row["share"]), version=row["version"])


def plain(share: Decimal) -> str:
    """Gives a share without zeros at its end, such as 0.3."""
    text = format(share, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
