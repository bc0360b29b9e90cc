"""Say which business a customer buys for, or that it is none."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, delete, or_, update
from sqlalchemy.dialects.postgresql import insert

from commerce.customers import queries
from commerce.customers.events import CustomerBusinessChanged
from commerce.customers.rules import vat_key
from commerce.customers.schemas import BusinessIn, BusinessOut
from commerce.customers.tables import customer_businesses
from commerce.kernel.errors import NotFound
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given

_row = customer_businesses.c
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
_its = _row.customer_id == given("customer_id", Uuid)
_expected = given("expected", Integer)
ADD = Statement(_insert.on_conflict_do_nothing())
CHANGE = Statement(
    update(customer_businesses)
    .where(_its, _row.version == _expected)
    .values(**_values, updated_at=_at, version=_row.version + 1)
)
REMOVE = Statement(delete(customer_businesses).where(_its, or_(_expected.is_(None), _row.version == _expected)))


async def set_business(
    tx: Tx, customer_id: UUID, data: BusinessIn, *, at: datetime, expected_version: int | None = None
) -> BusinessOut:
    """Say which business a customer buys for, on the version that was read: 0 where there was none, None where the last word counts.

    Refuses with NotFound somebody without an account, with InvalidInput a VAT number whose form or check digits are wrong, and with
    StaleVersion.
    """
    await queries.require_customer(tx, customer_id)
    key = None if data.vat_number is None else vat_key(data.vat_number, data.country)
    before = await tx.fetch_one(queries.BUSINESS, customer_id=customer_id)
    told: dict[str, object] = {
        "customer_id": customer_id,
        "company_name": data.company_name,
        "country": data.country,
        "vat_number": data.vat_number,
        "vat_key": key,
        "at": at,
    }
    if expected_version is None:
        await tx.execute(PUT, **told)
    elif not (
        await tx.execute(CHANGE, expected=expected_version, **told)
        if expected_version
        else await tx.execute(ADD, **told)
    ):
        raise StaleVersion
    after = await queries.business(tx, customer_id)
    tx.changed("customer_business", customer_id, before=before, after=after)
    tx.emit(CustomerBusinessChanged(customer_id=customer_id, country=data.country, has_vat_number=key is not None))
    return after


async def remove_business(tx: Tx, customer_id: UUID, expected_version: int | None = None) -> None:
    """Say that a customer buys for no business, on the version that was read, or on any. Refuses with NotFound where there is none, and with StaleVersion."""
    before = await queries.business(tx, customer_id)
    if not await tx.execute(REMOVE, customer_id=customer_id, expected=expected_version):
        raise NotFound(queries.NO_BUSINESS) if expected_version is None else StaleVersion
    tx.changed("customer_business", customer_id, before=before)
    tx.emit(CustomerBusinessChanged(customer_id=customer_id, country=None, has_vat_number=False))
