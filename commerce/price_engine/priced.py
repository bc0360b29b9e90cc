"""What comes out: each figure, and the trace of how it came about.

All amounts are whole minor units of one currency. On each level the header is the exact sum of its parts:
- line:   total = net + tax; subtotal = unit × quantity; subtotal - discount = total (or net, where the price excludes tax)
- group:  total = lines + delivery + rounding, and lines + delivery = net + tax
- rate:   gross = net + tax, summed from lines and deliveries already rounded
- basket: total = subtotal - discount_total + tax_added + delivery_total + rounding = net_total + tax_total + rounding
          = the sum of the groups
"""

from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from commerce.kernel.currencies import Currency
from commerce.price_engine.facts import Allocation

ENGINE_VERSION: Final = 1
"""Raised when the same basket and facts would give other figures, so that an old quote can name its arithmetic."""


class ListPrice(Struct, frozen=True, kw_only=True, gc=False, tag="list_price", tag_field="step"):
    """The line took its unit price from this version of this price list."""

    line: str
    list_id: UUID
    list_version: int
    unit: int
    compare_at: int | None


class Discounted(Struct, frozen=True, kw_only=True, gc=False, tag="discount", tag_field="step"):
    """A discount was asked for, and this much of it was given: never more than was left of the line."""

    line: str
    source: str
    asked: int
    given: int


class Taxed(Struct, frozen=True, kw_only=True, gc=False, tag="tax", tag_field="step"):
    """The tax of a line or delivery, taken out of its base (`included`) or put on top of it, rounded once, half-up."""

    of: Literal["line", "delivery"]
    key: str
    tax_id: UUID
    tax_version: int
    category: str
    country: str
    rate: Decimal
    base: int
    included: bool
    tax: int

    @property
    def exact(self) -> Fraction:
        """The tax before it was rounded."""
        rate = Fraction(self.rate)
        return self.base * (rate / (1 + rate) if self.included else rate)


class SteppedTotal(Struct, frozen=True, kw_only=True, gc=False, tag="charge_step", tag_field="step"):
    """The total of a group was moved to the nearest amount that can be charged; carries no tax."""

    group: str
    smallest: int
    exact: int
    rounding: int


TraceStep = ListPrice | Discounted | Taxed | SteppedTotal


class PricedLine(Struct, frozen=True, kw_only=True):
    """One line: `total` is what is paid for it, tax included, discounts taken off."""

    key: str
    variant_id: UUID
    quantity: int
    group: str
    unit: int
    compare_at: int | None
    includes_tax: bool
    subtotal: int
    discounts: tuple[Allocation, ...]
    discount: int
    net: int
    tax: int
    total: int
    tax_category: str
    tax_country: str
    tax_rate: Decimal


class PricedDelivery(Struct, frozen=True, kw_only=True, gc=False):
    """The delivery of one group: `amount` as charged by the method, `total` with tax."""

    group: str
    method_id: UUID
    amount: int
    includes_tax: bool
    net: int
    tax: int
    total: int
    tax_category: str
    tax_country: str
    tax_rate: Decimal


class GroupTotal(Struct, frozen=True, kw_only=True, gc=False):
    """What one fulfilment group comes to: what is authorised and captured for it.

    `lines` and `delivery` are with tax; `rounding` is what was added to reach an amount that can be charged.
    """

    group: str
    lines: int
    delivery: int
    net: int
    tax: int
    rounding: int
    total: int


class TaxTotal(Struct, frozen=True, kw_only=True, gc=False):
    """What one rate of tax comes to, over lines and deliveries."""

    country: str
    category: str
    rate: Decimal
    net: int
    tax: int
    gross: int


class Priced(Struct, frozen=True, kw_only=True):
    """A basket with its price. Lines and deliveries stand in the order asked; groups and taxes are sorted.

    `subtotal` and `discount_total` are in the prices' own terms (with tax where prices include it); `tax_added` is the
    tax on top of lines whose prices exclude it; `delivery_total` is with tax.
    """

    currency: Currency
    lines: tuple[PricedLine, ...]
    deliveries: tuple[PricedDelivery, ...]
    groups: tuple[GroupTotal, ...]
    taxes: tuple[TaxTotal, ...]
    subtotal: int
    discount_total: int
    tax_added: int
    delivery_total: int
    net_total: int
    tax_total: int
    rounding: int
    total: int
    trace: tuple[TraceStep, ...]
    engine: int = ENGINE_VERSION


def _line_key(line: PricedLine) -> str:
    return line.key


def _delivery_group(delivery: PricedDelivery) -> str:
    return delivery.group


def _subject(step: TraceStep) -> tuple[str, str]:
    match step:
        case ListPrice(line=key) | Discounted(line=key):
            return "line", key
        case Taxed(of=of, key=key):
            return of, key
        case SteppedTotal(group=group):
            return "total", group


def canonical(priced: Priced) -> bytes:
    """The bytes that are signed: JSON with each list in one order, the same for a basket whatever its lines' order.

    `msgspec.json.decode(data, type=Priced)` reads them back, and canonical of that gives the same bytes again.
    """
    return msgspec.json.encode(
        msgspec.structs.replace(
            priced,
            lines=tuple(sorted(priced.lines, key=_line_key)),
            deliveries=tuple(sorted(priced.deliveries, key=_delivery_group)),
            trace=tuple(sorted(priced.trace, key=_subject)),
        )
    )
