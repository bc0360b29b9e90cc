"""What comes out: each figure, and the trace of how it came about.

All amounts are whole minor units of one currency. On each level the header is the exact sum of its parts:
- line:   total = net + tax; subtotal = unit × quantity; subtotal - discount = total (or net, where the price excludes tax)
- group:  total = lines + delivery + rounding, and lines + delivery = net + tax
- rate:   gross = net + tax, summed from lines and deliveries already rounded
- basket: total = subtotal - discount_total + tax_added + delivery_total + rounding = net_total + tax_total + rounding
          = the sum of the groups
Fees and gifts are lines: a fee is in `subtotal`; a gift is in `subtotal` and, whole, in `discount_total`. What is taken off a
delivery is inside `delivery_total` and not in `discount_total`. The tax on top of a delivery is inside `delivery_total` too.
"""

from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from commerce.kernel.currencies import Currency
from commerce.price_engine.facts import Allocation, Measured, ReliefKind
from commerce.price_engine.trace import (
    PromotionWhy,
    TraceStep,
)

ENGINE_VERSION: Final = 2
"""Raised when the same basket and facts would give other figures, so that an old quote can name its arithmetic."""


class PricedLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: `total` is what is paid for it, tax included, discounts taken off.

    A fee is a line of its own, `of` the line that it comes with, key `<line>+<fee code>`. So is a gift, with
    `kind="gift"`, key `gift+<promotion id>`, and a discount of its whole price. `list_unit` is the list's price where a
    person gave another; `unit_price` is that of `measure` after no discount (Directive 98/6/EC, article 3).
    """

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
    kind: Literal["article", "eco_fee", "deposit", "gift"] = "article"
    of: str | None = None
    list_unit: int | None = None
    prior: int | None = None
    unit_price: int | None = None
    measure: Measured | None = None
    points: Decimal | None = None
    relief: ReliefKind | None = None


class PricedDelivery(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The delivery of one group: `amount` as charged by the method less `discount`; `total` with tax.

    amount - discount = total (or net, where the charge excludes tax).
    """

    group: str
    method_id: UUID
    amount: int
    discounts: tuple[Allocation, ...] = ()
    discount: int = 0
    includes_tax: bool
    net: int
    tax: int
    total: int
    tax_category: str
    tax_country: str
    tax_rate: Decimal
    relief: ReliefKind | None = None


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


class CodeAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What became of an offered code: applied, with what it saves (minor units), or why not."""

    code: str
    promotion: UUID
    applied: bool
    saved: int = 0
    why: PromotionWhy | None = None


class Applied(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A promotion that gave something: what it took off lines and deliveries together, and whether its uses are counted."""

    promotion: UUID
    version: int
    saved: int
    limited: bool
    code: str | None = None


class Priced(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A basket with its price. Lines stand in the order asked; deliveries, groups and taxes are sorted.

    `subtotal` and `discount_total` are of lines, in the prices' own terms (with tax where prices include it); `tax_added` is
    the tax on top of lines whose prices exclude it; `delivery_total` is with tax, its discounts taken off.
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
    engine: int
    trace: tuple[TraceStep, ...]
    applied: tuple[Applied, ...] = ()
    codes: tuple[CodeAnswer, ...] = ()


def _line_key(line: PricedLine) -> str:
    return line.key


def _delivery_group(delivery: PricedDelivery) -> str:
    return delivery.group


def canonical(priced: Priced) -> bytes:
    """The bytes that are signed: JSON with each list in one order, the same for a basket whatever its lines' order.

    The trace is in the order of the work, which goes by canonical order and not by the order asked.

    `msgspec.json.decode(data, type=Priced)` reads them back, and canonical of that gives the same bytes again.
    """
    return msgspec.json.encode(
        msgspec.structs.replace(
            priced,
            lines=tuple(sorted(priced.lines, key=_line_key)),
            deliveries=tuple(sorted(priced.deliveries, key=_delivery_group)),
            trace=priced.trace,
        )
    )
