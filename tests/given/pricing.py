"""Price lists, tax rates and delivery methods for a test's world, built by the real verbs."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from commerce import delivery, pricing, tax
from commerce.delivery.schemas import DeliveryMethodIn
from commerce.kernel import clock
from commerce.kernel.ids import VariantId, new_id
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.pricing.guard_margin import margin_guards_now, set_margin_guard
from commerce.pricing.schemas import MarginGuardIn, PriceListIn
from commerce.tax.schemas import TaxCategoryIn, TaxRateIn

ACTOR = "service:test"


async def taxes(db: Database) -> None:
    """The starting categories and rates: standard, reduced, super_reduced and zero; ES 21, 10, 4 and 0 %."""
    await db.transact(tax.seed, at=clock.now())


async def tax_rate(
    db: Database,
    rate: str,
    *,
    country: str = "ES",
    category: str = "standard",
    valid_from: date = date(2020, 1, 1),
    valid_to: date | None = None,
) -> UUID:
    """One rate; its category is made when it is not there."""
    with suppress(tax.TaxCategoryTaken):
        await db.transact(tax.add_category, TaxCategoryIn(code=category, name=category), at=clock.now())
    new = TaxRateIn(
        category=category, country=country, rate=rate, name=category, valid_from=valid_from, valid_to=valid_to
    )
    return (await db.transact(tax.add_rate, new, at=clock.now())).id


def new_list(*, priority: int = 0, currency: str = "EUR") -> PriceListIn:
    """A price list as the back office sends it."""
    return PriceListIn(code=f"list-{new_id().hex[-12:]}", name="A list", currency=currency, priority=priority)


async def price_list(
    db: Database,
    *,
    currency: str = "EUR",
    channel_id: UUID | None = None,
    store_id: UUID | None = None,
    group_id: UUID | None = None,
    customer_id: UUID | None = None,
    priority: int = 0,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    store_time: bool = False,
    includes_tax: bool = True,
    active: bool = True,
    reduction: bool = False,
) -> UUID:
    """A price list of its own, empty."""
    new = PriceListIn(
        code=f"list-{new_id().hex[-12:]}",
        name="A list",
        currency=currency,
        channel_id=channel_id,
        store_id=store_id,
        group_id=group_id,
        customer_id=customer_id,
        priority=priority,
        active=active,
        starts_at=starts_at,
        ends_at=ends_at,
        store_time=store_time,
        includes_tax=includes_tax,
        reduction=reduction,
    )
    return (await db.transact(pricing.create_list, new, at=clock.now())).id


async def prices(
    db: Database,
    amounts: Mapping[VariantId, int] | Mapping[UUID, int | None] | Mapping[UUID, int] | Mapping[VariantId, int | None],
    *,
    currency: str = "EUR",
    list_id: UUID | None = None,
    min_quantity: int = 1,
    starts_at: datetime | None = None,
) -> None:
    """Prices in minor units by variant, on a list or on the default list of the currency; none: off the list."""
    entries = [
        pricing.PriceEntry(variant_id=variant, amount=amount, min_quantity=min_quantity, starts_at=starts_at)
        for variant, amount in amounts.items()
    ]
    await db.transact(pricing.set_prices, list_id, entries, actor=ACTOR, at=clock.now(), currency=currency)


async def delivery_method(
    db: Database,
    *,
    code: str | None = None,
    kind: str = "ship",
    amount: int = 495,
    currency: str = "EUR",
    tax_category: str = "standard",
    includes_tax: bool = True,
    countries: Sequence[str] = (),
    min_days: int = 2,
    max_days: int = 4,
    active: bool = True,
) -> UUID:
    """A delivery method; by default a parcel for 4.95 EUR with tax, to anywhere, in 2 to 4 days."""
    new = DeliveryMethodIn(
        code=code or f"{kind}-{new_id().hex[-12:]}",
        name=Text3(en="Parcel" if kind == "ship" else "Collection"),
        kind="pickup" if kind == "pickup" else "ship",
        price=Money(amount, currency),
        includes_tax=includes_tax,
        tax_category=tax_category,
        countries=list(countries),
        min_days=min_days,
        max_days=max_days,
        active=active,
    )
    return (await db.transact(delivery.create_method, new, at=clock.now())).id


async def costs(db: Database, amounts: Mapping[UUID, int], *, currency: str = "EUR") -> None:
    """What one unit of each variant costs the shop before tax, in minor units."""
    entries = [pricing.CostEntry(variant_id=variant, amount=amount) for variant, amount in amounts.items()]
    await db.transact(pricing.set_costs, entries, currency=currency, actor=ACTOR, at=clock.now())


async def margin_guard(
    db: Database, share: str, *, of: Literal["price", "cost"] = "price", currency: str = "EUR"
) -> None:
    """The share of the net price, or of the cost, that promotions must leave."""
    versions = {each.currency: each.version for each in await margin_guards_now(db.reading)}
    data = MarginGuardIn(of=of, share=share)
    await db.transact(set_margin_guard, currency, versions.get(currency, 0), data, at=clock.now())


async def forgotten_cost(db: Database, variant: UUID, *, currency: str = "EUR") -> None:
    """A cost that is not known any more."""
    entries = [pricing.CostEntry(variant_id=variant, amount=None)]
    await db.transact(pricing.set_costs, entries, currency=currency, actor=ACTOR, at=clock.now())
