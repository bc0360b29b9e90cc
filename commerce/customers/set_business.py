"""Say which business a customer buys for, or that it is none."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, column, delete, select, table
from sqlalchemy.dialects.postgresql import insert

from commerce.customers import queries
from commerce.customers.events import CustomerBusinessChanged
from commerce.customers.rules import vat_key
from commerce.customers.schemas import BusinessIn, BusinessOut
from commerce.customers.tables import customer_businesses
from commerce.kernel.errors import NotFound
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given

_row = customer_businesses.c
_accounts = table("accounts", column("id", Uuid))
KNOWN = Statement(select(_accounts.c.id).where(_accounts.c.id == given("customer_id", Uuid)))
_values = {name: given(name, Text) for name in ("company_name", "country", "vat_number", "vat_key")}
_at = given("at", _row.created_at.type)
_insert = insert(customer_businesses).values(
    customer_id=given("customer_id", Uuid), created_at=_at, updated_at=_at, **_values
)
PUT = Statement(
    _insert.on_conflict_do_update(
        index_elements=["customer_id"],
        set_={**{name: _insert.excluded[name] for name in _values}, "updated_at": _at, "version": _row.version + 1},
    )
)
REMOVE = Statement(delete(customer_businesses).where(_row.customer_id == given("customer_id", Uuid)))


async def set_business(tx: Tx, customer_id: UUID, data: BusinessIn, *, at: datetime) -> BusinessOut:
    """Say which business a customer buys for; the last word counts.

    Refuses with NotFound somebody without an account, and a VAT number whose form or check digits are wrong (InvalidInput).
    """
    if await tx.fetch_one(KNOWN, customer_id=customer_id) is None:
        raise NotFound("There is no such customer.")
    key = None if data.vat_number is None else vat_key(data.vat_number, data.country)
    before = await tx.fetch_one(queries.BUSINESS, customer_id=customer_id)
    await tx.execute(
        PUT,
        customer_id=customer_id,
        company_name=data.company_name,
        country=data.country,
        vat_number=data.vat_number,
        vat_key=key,
        at=at,
    )
    after = await queries.business(tx, customer_id)
    tx.changed("customer_business", customer_id, before=before, after=after)
    tx.emit(CustomerBusinessChanged(customer_id=customer_id, country=data.country, has_vat_number=key is not None))
    return after


async def remove_business(tx: Tx, customer_id: UUID) -> None:
    """Say that a customer buys for no business. Refuses with NotFound where there is none."""
    before = await queries.business(tx, customer_id)
    await tx.execute(REMOVE, customer_id=customer_id)
    tx.changed("customer_business", customer_id, before=before)
    tx.emit(CustomerBusinessChanged(customer_id=customer_id, country=None, has_vat_number=False))
