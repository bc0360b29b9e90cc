"""Make a price list, change it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, func, insert, select, update

from commerce.kernel.currencies import is_currency
from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.pricing.events import PriceListChanged
from commerce.pricing.lists_now import PRICE_LISTS
from commerce.pricing.queries import price_list
from commerce.pricing.schemas import PriceListIn, PriceListOut, PriceListPatch
from commerce.pricing.tables import price_list_history, price_lists
from commerce.pricing.there import is_customer, is_group

_list = price_lists.c
# What decides whether and where a list holds, and the name, which does not.
TERMS = (
    "channel_id",
    "store_id",
    "group_id",
    "customer_id",
    "priority",
    "active",
    "starts_at",
    "ends_at",
    "store_time",
    "includes_tax",
    "reduction",
)
SETTABLE = ("name", *TERMS)
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
    .values(
        version=_list.version + 1,
        terms=_list.terms + given("other_terms", Integer),
        updated_at=given("at", _list.updated_at.type),
        **_values(),
    )
)
_kept = ("terms", "currency", *TERMS)
_past = price_list_history.alias("past")
# The instants of one list's history never go back, whoever's clock is slow.
_since = func.greatest(
    given("at", price_list_history.c.since.type),
    select(func.max(_past.c.since)).where(_past.c.price_list_id == _list.id).correlate(price_lists).scalar_subquery(),
    type_=price_list_history.c.since.type,
)
KEEP = Statement(
    insert(price_list_history).from_select(
        ["price_list_id", "since", *_kept],
        select(_list.id, _since, *(_list[name] for name in _kept)).where(_list.id == given("list_id", Uuid)),
    )
)


async def create_list(tx: Tx, data: PriceListIn, *, at: datetime) -> PriceListOut:
    """Make a price list, empty at first.

    Refuses a currency that is none in use, a window that ends before it starts, a channel, store, group or customer that is not there,
    a reduction that is not announced to everybody, and a code that is taken (PriceListCodeTaken).
    """
    if not is_currency(data.currency):
        raise invalid("/currency", "Not the ISO 4217 code of a currency in use.")
    values = msgspec.structs.asdict(data)
    await _refuse_wrong_terms(tx, values, None)
    identifier = new_id()
    await tx.execute(INSERT, id=identifier, at=at, **values)
    await keep_terms(tx, identifier, at=at)
    made = await price_list(tx, identifier)
    tx.changed("price_list", identifier, after=made)
    tx.emit(changed(made))
    return made


async def change_list(
    tx: Tx, list_id: UUID, expected_version: int, data: PriceListPatch, *, at: datetime
) -> PriceListOut:
    """Change what the patch names. Refuses as `create_list` does, with NotFound, and with StaleVersion when the list moved on meanwhile."""
    before = await price_list(tx, list_id)
    if before.version != expected_version:
        raise StaleVersion
    old = {name: getattr(before, name) for name in SETTABLE}
    values = old | {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    await _refuse_wrong_terms(tx, values, old)
    other_terms = any(values[name] != old[name] for name in TERMS)
    if not await tx.execute(
        UPDATE, list_id=list_id, expected=expected_version, other_terms=int(other_terms), at=at, **values
    ):
        raise StaleVersion
    if other_terms:
        await keep_terms(tx, list_id, at=at)
    after = await price_list(tx, list_id)
    tx.changed("price_list", list_id, before=before, after=after)
    tx.emit(changed(after))
    return after


async def keep_terms(tx: Tx, list_id: UUID, *, at: datetime) -> None:
    """Keeps a list's terms as they are from now on, and tells every process that they are others."""
    await tx.execute(KEEP, list_id=list_id, at=at)
    await PRICE_LISTS.changed(tx)


def changed(after: PriceListOut) -> PriceListChanged:
    """Gives the fact that a list changed."""
    return PriceListChanged(
        price_list_id=after.id,
        price_list_version=after.version,
        currency=after.currency,
        channel_id=after.channel_id,
    )


async def _refuse_wrong_terms(tx: Tx, values: dict[str, Any], old: dict[str, Any] | None) -> None:
    _refuse_empty_window(values["starts_at"], values["ends_at"])
    named = {name: values[name] for name in ("group_id", "customer_id") if values[name] is not None}
    for name, identifier in named.items():
        if old is not None and old[name] == identifier:
            continue  # who is gone meanwhile does not keep others from changing the list
        there = await (is_group if name == "group_id" else is_customer)(tx, identifier)
        if not there:
            raise invalid(f"/{name}", f"There is no such {'customer group' if name == 'group_id' else 'customer'}.")
    if values["reduction"] and named:
        raise invalid(
            "/reduction", "A price for some customers is no announced reduction: leave out the group and the customer."
        )
    if values["reduction"] and not values["includes_tax"]:
        raise invalid(
            "/reduction", "Reductions are announced to consumers, with tax: the list's prices must include it."
        )


def _refuse_empty_window(starts_at: datetime | None, ends_at: datetime | None) -> None:
    for name, bound in (("starts_at", starts_at), ("ends_at", ends_at)):
        if bound is not None and not FIRST_YEAR <= bound.year <= LAST_YEAR:
            raise invalid(
                f"/{name}", f"An instant in the years {FIRST_YEAR} to {LAST_YEAR}; leave it out for no bound."
            )
    if starts_at is not None and ends_at is not None and starts_at >= ends_at:
        raise invalid("/ends_at", "The list would end before it starts; it holds from `starts_at` up to `ends_at`.")
