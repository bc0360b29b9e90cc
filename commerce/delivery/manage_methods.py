"""Make a delivery method, change it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, insert, update

from commerce.delivery.queries import METHODS, method, on_wire
from commerce.delivery.schemas import DeliveryMethodIn, DeliveryMethodOut, DeliveryMethodPatch
from commerce.delivery.tables import delivery_methods
from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given

_method = delivery_methods.c
SETTABLE = ("name", "amount", "includes_tax", "tax_category", "countries", "min_days", "max_days", "active")
MOST = 10**15  # minor units, as everywhere on the wire


def _values() -> dict[str, Any]:
    return {name: given(name, _method[name].type) for name in SETTABLE}


INSERT = Statement(
    insert(delivery_methods).values(
        id=given("id", Uuid),
        code=given("code", Text),
        kind=given("kind", Text),
        currency=given("currency", Text),
        created_at=given("at", _method.created_at.type),
        updated_at=given("at", _method.created_at.type),
        **_values(),
    )
)
UPDATE = Statement(
    update(delivery_methods)
    .where(_method.id == given("method_id", Uuid), _method.version == given("expected", Integer))
    .values(version=_method.version + 1, updated_at=given("at", _method.updated_at.type), **_values())
)


async def create_method(tx: Tx, data: DeliveryMethodIn, *, at: datetime) -> DeliveryMethodOut:
    """Make a delivery method.

    Refuses a negative price, a name in no language, days that run backwards, a code that is taken, and a second active
    pickup method in one currency (PickupMethodExists).
    """
    _refuse_nonsense(data.name, data.price.amount, data.min_days, data.max_days)
    identifier = new_id()
    await tx.execute(
        INSERT,
        id=identifier,
        code=data.code,
        kind=data.kind,
        currency=data.price.currency,
        at=at,
        name=data.name,
        amount=data.price.amount,
        includes_tax=data.includes_tax,
        tax_category=data.tax_category,
        countries=_distinct(data.countries),
        min_days=data.min_days,
        max_days=data.max_days,
        active=data.active,
    )
    await METHODS.changed(tx)
    made = on_wire(await method(tx, identifier))
    tx.changed("delivery_method", identifier, after=made)
    return made


async def change_method(
    tx: Tx, method_id: UUID, expected_version: int, data: DeliveryMethodPatch, *, at: datetime
) -> DeliveryMethodOut:
    """Change what the patch names. Refuses as `create_method` does, another currency, and with StaleVersion."""
    before = await method(tx, method_id)
    if before.version != expected_version:
        raise StaleVersion
    asked = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    if isinstance(price := asked.pop("price", None), Money):
        if price.currency != before.currency:
            raise invalid("/price/currency", f"The method is priced in {before.currency}; make another one instead.")
        asked["amount"] = price.amount
    values = {name: getattr(before, name) for name in SETTABLE} | asked
    values["countries"] = _distinct(values["countries"])
    _refuse_nonsense(values["name"], values["amount"], values["min_days"], values["max_days"])
    if not await tx.execute(UPDATE, method_id=method_id, expected=expected_version, at=at, **values):
        raise StaleVersion
    await METHODS.changed(tx)
    after = on_wire(await method(tx, method_id))
    tx.changed("delivery_method", method_id, before=on_wire(before), after=after)
    return after


def _distinct(countries: list[str]) -> list[str]:
    return sorted(set(countries))


def _refuse_nonsense(name: Text3, amount: int, min_days: int, max_days: int) -> None:
    if not 0 <= amount <= MOST:
        raise invalid("/price/amount", f"A delivery costs from 0 to {MOST} minor units.")
    if not name.said("en"):
        raise invalid("/name", "Say the name in one language at least: en, es or ca.")
    if min_days > max_days:
        raise invalid("/max_days", "Not before `min_days`.")
