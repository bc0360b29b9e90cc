"""Make a price list, change it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, insert, update

from commerce.kernel.currencies import is_currency
from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.pricing.events import PriceListChanged
from commerce.pricing.queries import price_list
from commerce.pricing.schemas import PriceListIn, PriceListOut, PriceListPatch
from commerce.pricing.tables import price_lists

_list = price_lists.c
SETTABLE = ("name", "channel_id", "priority", "active", "starts_at", "ends_at", "includes_tax")
FIRST_YEAR, LAST_YEAR = 2000, 2999


def _values() -> dict[str, Any]:
    return {name: given(name, _list[name].type) for name in SETTABLE}


INSERT = Statement(
    insert(price_lists).values(
        id=given("id", Uuid),
        code=given("code", _list.code.type),
        currency=given("currency", _list.currency.type),
        created_at=given("at", _list.created_at.type),
        updated_at=given("at", _list.created_at.type),
        **_values(),
    )
)
UPDATE = Statement(
    update(price_lists)
    .where(_list.id == given("list_id", Uuid), _list.version == given("expected", Integer))
    .values(version=_list.version + 1, updated_at=given("at", _list.updated_at.type), **_values())
)


async def create_list(tx: Tx, data: PriceListIn, *, at: datetime) -> PriceListOut:
    """Make a price list, empty at first.

    Refuses a currency that is none in use, a window that ends before it starts, a channel that is not there, and a
    code that is taken (PriceListCodeTaken).
    """
    if not is_currency(data.currency):
        raise invalid("/currency", "Not the ISO 4217 code of a currency in use.")
    _refuse_empty_window(data.starts_at, data.ends_at)
    identifier = new_id()
    await tx.execute(INSERT, id=identifier, at=at, **msgspec.structs.asdict(data))
    made = await price_list(tx, identifier)
    tx.changed("price_list", identifier, after=made)
    tx.emit(changed(made))
    return made


async def change_list(
    tx: Tx, list_id: UUID, expected_version: int, data: PriceListPatch, *, at: datetime
) -> PriceListOut:
    """Change what the patch names. Refuses with NotFound, and with StaleVersion when the list moved on meanwhile."""
    before = await price_list(tx, list_id)
    if before.version != expected_version:
        raise StaleVersion
    values = {name: getattr(before, name) for name in SETTABLE}
    values |= {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    _refuse_empty_window(values["starts_at"], values["ends_at"])
    if not await tx.execute(UPDATE, list_id=list_id, expected=expected_version, at=at, **values):
        raise StaleVersion
    after = await price_list(tx, list_id)
    tx.changed("price_list", list_id, before=before, after=after)
    tx.emit(changed(after))
    return after


def changed(after: PriceListOut) -> PriceListChanged:
    """Gives the fact that a list changed."""
    return PriceListChanged(
        price_list_id=after.id,
        price_list_version=after.version,
        currency=after.currency,
        channel_id=after.channel_id,
    )


def _refuse_empty_window(starts_at: datetime | None, ends_at: datetime | None) -> None:
    for name, bound in (("starts_at", starts_at), ("ends_at", ends_at)):
        if bound is not None and not FIRST_YEAR <= bound.year <= LAST_YEAR:
            raise invalid(
                f"/{name}", f"An instant in the years {FIRST_YEAR} to {LAST_YEAR}; leave it out for no bound."
            )
    if starts_at is not None and ends_at is not None and starts_at >= ends_at:
        raise invalid("/ends_at", "The list would end before it starts; it holds from `starts_at` up to `ends_at`.")
