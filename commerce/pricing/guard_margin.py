"""How much promotions must leave over an article's cost, by currency."""

from datetime import datetime
from decimal import Decimal

from asyncpg import Record
from sqlalchemy import Numeric, Text, delete, select
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.currencies import is_currency
from commerce.kernel.errors import NotFound, invalid
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, given
from commerce.pricing.events import MarginGuardChanged
from commerce.pricing.schemas import MarginGuardIn, MarginGuardOut
from commerce.pricing.tables import margin_guards

_guard = margin_guards.c
ALL = Statement(select(_guard.currency, _guard.basis, _guard.share, _guard.version).order_by(_guard.currency))
_new = insert(margin_guards).values(
    currency=given("currency", Text),
    basis=given("basis", Text),
    share=given("share", Numeric),
    updated_at=given("at", _guard.updated_at.type),
)
SET = Statement(
    _new.on_conflict_do_update(
        index_elements=["currency"],
        set_={
            "basis": _new.excluded.basis,
            "share": _new.excluded.share,
            "updated_at": _new.excluded.updated_at,
            "version": _guard.version + 1,
        },
    ).returning(_guard.currency, _guard.basis, _guard.share, _guard.version)
)
DROP = Statement(
    delete(margin_guards)
    .where(_guard.currency == given("currency", Text))
    .returning(_guard.currency, _guard.basis, _guard.share, _guard.version)
)


async def margin_guards_now(reads: Reads) -> list[MarginGuardOut]:
    """Gives the guards of all currencies that have one."""
    return [_out(row) for row in await reads.fetch(ALL)]


async def set_margin_guard(tx: Tx, currency: str, data: MarginGuardIn, *, at: datetime) -> MarginGuardOut:
    """Guard the margin in a currency, instead of as before. Refuses with NotFound what is no currency in use, and a share that leaves no price."""
    if not is_currency(currency):
        raise NotFound("There is no such currency.")
    share = Decimal(data.share)
    if data.of == "price" and share >= 1:
        raise invalid("/share", "Of the price, less than all of it can be kept.")
    row = await tx.fetch_one(SET, currency=currency, basis=data.of, share=share, at=at)
    if row is None:
        raise NotFound("There is no such currency.")
    after = _out(row)
    tx.changed("margin_guard", currency, after=after)
    tx.emit(MarginGuardChanged(currency=currency))
    return after


async def drop_margin_guard(tx: Tx, currency: str) -> None:
    """Guard the margin in a currency no longer; refuses with NotFound where none is guarded."""
    row = await tx.fetch_one(DROP, currency=currency)
    if row is None:
        raise NotFound("No margin is guarded in this currency.")
    tx.changed("margin_guard", currency, before=_out(row))
    tx.emit(MarginGuardChanged(currency=currency))


def _out(row: Record) -> MarginGuardOut:
    return MarginGuardOut(currency=row["currency"], of=row["basis"], share=plain(row["share"]), version=row["version"])


def plain(share: Decimal) -> str:
    """Gives a share without zeros at its end, such as 0.3."""
    text = format(share, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
