"""The default price list of a currency: the general list that has no window and comes last."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, select
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.currencies import exponent
from commerce.kernel.ids import PriceListId, new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.pricing.manage_lists import keep_terms
from commerce.pricing.tables import price_lists

_list = price_lists.c
MAKE = Statement(
    insert(price_lists)
    .values(
        id=given("id", _list.id.type),
        code=given("code", Text),
        name=given("name", Text),
        currency=given("currency", Text),
        priority=0,
        active=True,
        includes_tax=given("includes_tax", _list.includes_tax.type),
        created_at=given("at", _list.created_at.type),
        updated_at=given("at", _list.created_at.type),
    )
    .on_conflict_do_nothing(index_elements=["code"])
)
FIND = Statement(select(_list.id).where(_list.code == given("code", Text)))


def default_code(currency: str) -> str:
    """Gives the code by which the default list of a currency is known: `default-eur`."""
    return f"default-{currency.lower()}"


async def default_list(tx: Tx, currency: str, *, at: datetime, includes_tax: bool = True) -> PriceListId:
    """Gives the default list of a currency, making it on first use: all channels, priority 0, no window, active.

    `includes_tax` says how the list is made when there is none; a list that is there keeps what it says.
    Raises UnknownCurrency for a code that is no currency in use.
    """
    exponent(currency)
    code = default_code(currency)
    found = await tx.fetch_value(FIND, code=code)
    if found is None:
        made = new_id()
        mine = await tx.execute(
            MAKE,
            id=made,
            code=code,
            name=f"Default ({currency})",
            currency=currency,
            includes_tax=includes_tax,
            at=at,
        )
        if mine:
            await keep_terms(tx, made, at=at)
        found = await tx.fetch_value(FIND, code=code)
    identifier: UUID = found
    return PriceListId(identifier)
