"""What goes in: a basket, and the facts about prices and taxes that hold for it.

All amounts are whole minor units of the basket's currency. Who gathers the facts chooses which price list and which
rate of tax apply at the moment of asking; the engine takes each as given and names it in the trace.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from commerce.kernel.currencies import Currency


class Allocation(Struct, frozen=True, gc=False):
    """An amount taken off a line, and whose doing it is, such as `promotion:<id>` or `override:<staff id>`."""

    source: str
    amount: int


class BasketLine(Struct, frozen=True, kw_only=True):
    """Some units of one variant, bound for one fulfilment group.

    `key` is the caller's own and unique in the basket; `group` is such as `pickup:<location>` or `ship:<method>`.
    `tax_country` is where the goods are supplied (ISO 3166-1 alpha-2); none means the basket's country.
    `discounts` were granted before, for example frozen on an order that is being edited: each is given as far as
    there is something left of the line, in this order.
    """

    key: str
    variant_id: UUID
    quantity: int
    group: str
    tax_country: str | None = None
    discounts: tuple[Allocation, ...] = ()


class DeliveryCharge(Struct, frozen=True, kw_only=True):
    """What the delivery of one fulfilment group costs; at most one for each group that has lines."""

    group: str
    method_id: UUID
    amount: int
    tax_category: str
    includes_tax: bool
    tax_country: str | None = None


class Basket(Struct, frozen=True, kw_only=True):
    """What is to be priced; the order of its lines and deliveries does not matter to any figure.

    `country` is the tax country (ISO 3166-1 alpha-2) of lines and deliveries that name none.
    """

    currency: Currency
    country: str
    lines: tuple[BasketLine, ...]
    deliveries: tuple[DeliveryCharge, ...] = ()


class PriceFact(Struct, frozen=True, kw_only=True, gc=False):
    """The price of one unit of a variant, from one version of one price list.

    `includes_tax` says whether `unit` and `compare_at` are with tax (European shop prices) or before it.
    """

    variant_id: UUID
    unit: int
    currency: Currency
    list_id: UUID
    list_version: int
    compare_at: int | None = None
    tax_category: str
    includes_tax: bool


class TaxFact(Struct, frozen=True, kw_only=True, gc=False):
    """The rate of tax for a category of goods in a country; 21 % is `Decimal("0.21")`."""

    category: str
    country: str
    rate: Decimal
    id: UUID
    version: int


class Facts(Struct, frozen=True, kw_only=True):
    """All that is known for one basket; more than it needs does no harm.

    `charge_step` is the smallest step that the payment provider can charge in this currency, in minor units
    (10 for KWD, else mostly 1).
    """

    prices: Mapping[UUID, PriceFact]
    taxes: Mapping[tuple[str, str], TaxFact]
    charge_step: int = 1


def facts_of(
    prices: Iterable[PriceFact],
    taxes: Iterable[TaxFact],
    *,
    charge_step: int = 1,
) -> Facts:
    """Keys facts as the engine looks them up: prices by variant, taxes by category and country."""
    return Facts(
        prices={price.variant_id: price for price in prices},
        taxes={(tax.category, tax.country): tax for tax in taxes},
        charge_step=charge_step,
    )
