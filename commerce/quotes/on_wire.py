"""A priced basket as the wire has it."""

from collections.abc import Iterable
from uuid import UUID

from commerce.kernel.money import Money
from commerce.price_engine import Allocation, Priced, PricedDelivery, PricedLine
from commerce.quotes.schemas import (
    AppliedPromotionOut,
    DiscountOut,
    GroupTotalOut,
    PricedDeliveryOut,
    PricedLineOut,
    PricedOut,
    TaxTotalOut,
    UnitPriceOut,
)

PROMOTION = "promotion:"


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
        promotions=[
            AppliedPromotionOut(
                promotion_id=each.promotion, version=each.version, code=each.code, saved=Money(each.saved, currency)
            )
            for each in priced.applied
        ],
    )


def discounts_out(discounts: Iterable[Allocation], currency: str) -> list[DiscountOut]:
    """Gives what was taken off as the wire has it: whose doing it was, and how much."""
    return [
        DiscountOut(
            source=each.source,
            promotion_id=UUID(each.source.removeprefix(PROMOTION)) if each.source.startswith(PROMOTION) else None,
            amount=Money(each.amount, currency),
        )
        for each in discounts
    ]


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)


def _line_out(line: PricedLine, currency: str) -> PricedLineOut:
    unit_price = None
    if line.unit_price is not None and line.measure is not None:
        unit_price = UnitPriceOut(price=Money(line.unit_price, currency), unit=line.measure)
    return PricedLineOut(
        key=line.key,
        variant_id=line.variant_id,
        quantity=line.quantity,
        group=line.group or None,
        unit=Money(line.unit, currency),
        compare_at=_money(line.compare_at, currency),
        includes_tax=line.includes_tax,
        subtotal=Money(line.subtotal, currency),
        discount=Money(line.discount, currency),
        net=Money(line.net, currency),
        tax=Money(line.tax, currency),
        total=Money(line.total, currency),
        tax_category=line.tax_category,
        tax_country=line.tax_country,
        tax_rate=str(line.tax_rate),
        kind=line.kind,
        of=line.of,
        list_unit=_money(line.list_unit, currency),
        prior=_money(line.prior, currency),
        unit_price=unit_price,
        discounts=discounts_out(line.discounts, currency),
        points=None if line.points is None else str(line.points),
        relief=line.relief,
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
        charge=Money(delivery.amount, currency),
        discount=Money(delivery.discount, currency),
        discounts=discounts_out(delivery.discounts, currency),
        relief=delivery.relief,
    )
