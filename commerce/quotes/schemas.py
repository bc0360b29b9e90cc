"""Baskets and quotes on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from commerce.kernel.money import Money
from commerce.kernel.wire import Country, Quantity, WireIn, WireOut
from commerce.price_engine import Priced, PricedDelivery, PricedLine, TraceStep
from commerce.quotes.signed import Flaw

MOST_LINES = 100
Key = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+\Z", description="The line's own name, unique")
]
GroupKey = Annotated[
    str,
    Meta(
        pattern=r"^(pickup|ship):[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z",
        description="`pickup:<location id>` or `ship:<delivery method id>`; left out: no delivery is charged",
    ),
]
Rate = Annotated[str, Meta(description="Exact decimal: 21 % is 0.21", examples=["0.21"])]


class BasketLineIn(WireIn, frozen=True, kw_only=True):
    """Some units of a variant. Lines of the same variant may stand side by side under different keys."""

    key: Key | None = None
    variant_id: UUID
    quantity: Quantity
    group: GroupKey | None = None


class BasketIn(WireIn, frozen=True, kw_only=True):
    """A basket to be priced. `country` is where shipped goods go to; left out, it is the channel's."""

    channel_id: UUID | None = None
    country: Country | None = None
    lines: Annotated[list[BasketLineIn], Meta(min_length=1, max_length=MOST_LINES)]


class PricedLineOut(WireOut, frozen=True, kw_only=True):
    """One line: subtotal = unit × quantity; total is what is paid for it, with tax and after discounts; net + tax = total."""

    key: str
    variant_id: UUID
    quantity: int
    group: str | None
    unit: Money
    compare_at: Money | None
    includes_tax: bool
    subtotal: Money
    discount: Money
    net: Money
    tax: Money
    total: Money
    tax_category: str
    tax_country: str
    tax_rate: Rate


class PricedDeliveryOut(WireOut, frozen=True, kw_only=True):
    """The delivery of one group: net + tax = total."""

    group: str
    method_id: UUID
    net: Money
    tax: Money
    total: Money
    tax_category: str
    tax_country: str
    tax_rate: Rate


class GroupTotalOut(WireOut, frozen=True, kw_only=True):
    """What one group comes to: lines + delivery + rounding = total; all with tax."""

    group: str | None
    lines: Money
    delivery: Money
    tax: Money
    rounding: Money
    total: Money


class TaxTotalOut(WireOut, frozen=True, kw_only=True):
    """What one rate of tax comes to: net + tax = gross."""

    country: str
    category: str
    rate: Rate
    net: Money
    tax: Money
    gross: Money


class PricedOut(WireOut, frozen=True, kw_only=True):
    """A priced basket. total = subtotal - discount_total + tax_added + delivery_total + rounding = net_total + tax_total + rounding.

    `tax_added` is the tax on top of prices that exclude it; `rounding` is what was added to reach amounts that can be charged.
    """

    currency: str
    lines: list[PricedLineOut]
    deliveries: list[PricedDeliveryOut]
    groups: list[GroupTotalOut]
    taxes: list[TaxTotalOut]
    subtotal: Money
    discount_total: Money
    tax_added: Money
    delivery_total: Money
    net_total: Money
    tax_total: Money
    rounding: Money
    total: Money


class QuoteOut(WireOut, frozen=True, kw_only=True):
    """A basket with its price, which holds until it expires.

    `signed` is the same as a JSON Web Signature (compact, EdDSA) that every channel honours. `trace` says how each figure came about, in
    minor units of the basket's currency; it comes where it was asked for.
    """

    id: UUID
    channel_id: UUID
    country: str
    basket: PricedOut
    created_at: datetime
    expires_at: datetime
    signed: str
    trace: list[TraceStep] | None = None


class SignedQuoteIn(WireIn, frozen=True, kw_only=True):
    """A signed quote to be checked, and the total that somebody was shown for it."""

    signed: Annotated[str, Meta(min_length=1, max_length=400_000, pattern=r"^[A-Za-z0-9_.-]+\Z")]
    total: Money | None = None


class VerifiedOut(WireOut, frozen=True, kw_only=True):
    """Whether a signed quote is ours, holds now, and comes to the total that was shown; if not, `flaw` says why.

    `figures` means that the total is another one. The quote is there when its signature is good, also when it has expired.
    """

    valid: bool
    flaw: Flaw | None
    id: UUID | None = None
    channel_id: UUID | None = None
    country: str | None = None
    expires_at: datetime | None = None
    basket: PricedOut | None = None


def priced_out(priced: Priced) -> PricedOut:
    """Gives a priced basket as the wire has it."""
    currency = priced.currency
    return PricedOut(
        currency=currency,
        lines=[_line_out(line, currency) for line in priced.lines],
        deliveries=[_delivery_out(delivery, currency) for delivery in priced.deliveries],
        groups=[
            GroupTotalOut(
                group=group.group or None,
                lines=Money(group.lines, currency),
                delivery=Money(group.delivery, currency),
                tax=Money(group.tax, currency),
                rounding=Money(group.rounding, currency),
                total=Money(group.total, currency),
            )
            for group in priced.groups
        ],
        taxes=[
            TaxTotalOut(
                country=tax.country,
                category=tax.category,
                rate=str(tax.rate),
                net=Money(tax.net, currency),
                tax=Money(tax.tax, currency),
                gross=Money(tax.gross, currency),
            )
            for tax in priced.taxes
        ],
        subtotal=Money(priced.subtotal, currency),
        discount_total=Money(priced.discount_total, currency),
        tax_added=Money(priced.tax_added, currency),
        delivery_total=Money(priced.delivery_total, currency),
        net_total=Money(priced.net_total, currency),
        tax_total=Money(priced.tax_total, currency),
        rounding=Money(priced.rounding, currency),
        total=Money(priced.total, currency),
    )


def _line_out(line: PricedLine, currency: str) -> PricedLineOut:
    return PricedLineOut(
        key=line.key,
        variant_id=line.variant_id,
        quantity=line.quantity,
        group=line.group or None,
        unit=Money(line.unit, currency),
        compare_at=None if line.compare_at is None else Money(line.compare_at, currency),
        includes_tax=line.includes_tax,
        subtotal=Money(line.subtotal, currency),
        discount=Money(line.discount, currency),
        net=Money(line.net, currency),
        tax=Money(line.tax, currency),
        total=Money(line.total, currency),
        tax_category=line.tax_category,
        tax_country=line.tax_country,
        tax_rate=str(line.tax_rate),
    )


def _delivery_out(delivery: PricedDelivery, currency: str) -> PricedDeliveryOut:
    return PricedDeliveryOut(
        group=delivery.group,
        method_id=delivery.method_id,
        net=Money(delivery.net, currency),
        tax=Money(delivery.tax, currency),
        total=Money(delivery.total, currency),
        tax_category=delivery.tax_category,
        tax_country=delivery.tax_country,
        tax_rate=str(delivery.tax_rate),
    )
