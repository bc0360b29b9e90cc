"""Delivery methods: resident for who prices and promises, paged for the back office."""

from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, Text, Uuid, or_, select

from commerce.delivery.facts import Method, Methods
from commerce.delivery.schemas import DeliveryMethodOut
from commerce.delivery.tables import delivery_methods
from commerce.kernel.errors import NotFound
from commerce.kernel.money import Money
from commerce.platform.database import Reading, Reads
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement, given

_method = delivery_methods.c


def _methods() -> Select[Any]:
    return select(
        _method.id,
        _method.code,
        _method.name,
        _method.kind,
        _method.amount,
        _method.currency,
        _method.includes_tax,
        _method.tax_category,
        _method.countries,
        _method.min_days,
        _method.max_days,
        _method.active,
        _method.version,
    )


ALL = Statement(_methods(), into=Method)
ONE = Statement(_methods().where(_method.id == given("method_id", Uuid)), into=Method)
PAGE = Statement(
    _methods()
    .where(or_(given("after", Text).is_(None), _method.code > given("after", Text)))
    .order_by(_method.code)
    .limit(given("most", Integer)),
    into=Method,
)


async def _load(reading: Reading) -> Methods:
    return Methods(await reading.fetch(ALL))


METHODS: Resident[Methods] = Resident("delivery", _load)


async def methods(reading: Reading) -> Methods:
    """Gives the delivery methods as they were at most one second ago."""
    return await METHODS.get(reading)


async def method(reads: Reads, method_id: UUID) -> Method:
    """Gives one method, active or not; refuses with NotFound."""
    found = await reads.fetch_one(ONE, method_id=method_id)
    if found is None:
        raise NotFound("There is no such delivery method.")
    return found


async def methods_page(reads: Reads, *, after: str | None, most: int) -> list[DeliveryMethodOut]:
    """Gives up to `most` methods by code, after the code named."""
    return [on_wire(found) for found in await reads.fetch(PAGE, after=after, most=most)]


def on_wire(found: Method) -> DeliveryMethodOut:
    """Gives a method as the wire has it."""
    return DeliveryMethodOut(
        id=found.id,
        code=found.code,
        name=found.name,
        kind=found.kind,
        price=Money(found.amount, found.currency),
        includes_tax=found.includes_tax,
        tax_category=found.tax_category,
        countries=list(found.countries),
        min_days=found.min_days,
        max_days=found.max_days,
        active=found.active,
        version=found.version,
    )
