"""Price a basket: list price, discounts, tax, sums. Pure: the same input gives the same figures, anywhere."""

from decimal import Decimal
from functools import lru_cache
from typing import Literal

from commerce.kernel.currencies import exponent
from commerce.kernel.money import MAX_AMOUNT, CurrencyMismatch, added_tax, chargeable, included_tax
from commerce.price_engine.errors import CannotPrice, Malformed, Unpriced
from commerce.price_engine.facts import Allocation, Basket, BasketLine, DeliveryCharge, Facts, PriceFact, TaxFact
from commerce.price_engine.priced import (
    Discounted,
    GroupTotal,
    ListPrice,
    Priced,
    PricedDelivery,
    PricedLine,
    SteppedTotal,
    Taxed,
    TaxTotal,
    TraceStep,
)


def price(basket: Basket, facts: Facts) -> Priced:
    """Price each line and delivery on its own, then sum what is already rounded.

    Raises CannotPrice, naming everything that lacks a price or a rate of tax or is too large; Malformed where the input
    contradicts itself (a key twice, no units, a negative price); CurrencyMismatch where a price is in another currency.
    """
    _refuse_malformed(basket, facts)
    problems: list[Unpriced] = []
    trace: list[TraceStep] = []
    lines: list[PricedLine] = []
    deliveries: list[PricedDelivery] = []
    for line in basket.lines:
        country = line.tax_country or basket.country
        fact = facts.prices.get(line.variant_id)
        if fact is None:
            problems.append(Unpriced("line", line.key, "no_price", str(line.variant_id)))
            continue
        tax = facts.taxes.get((fact.tax_category, country))
        if tax is None:
            problems.append(Unpriced("line", line.key, "no_tax_rate", f"{fact.tax_category} in {country}"))
            continue
        if fact.currency != basket.currency:
            raise CurrencyMismatch(basket.currency, fact.currency)
        lines.append(_price_line(line, fact, tax, trace))
    for charge in basket.deliveries:
        country = charge.tax_country or basket.country
        tax = facts.taxes.get((charge.tax_category, country))
        if tax is None:
            problems.append(Unpriced("delivery", charge.group, "no_tax_rate", f"{charge.tax_category} in {country}"))
            continue
        deliveries.append(_price_delivery(charge, tax, trace))
    if problems:
        raise CannotPrice(problems)
    return _summed(basket, lines, deliveries, facts.charge_step, trace)


def _refuse_malformed(basket: Basket, facts: Facts) -> None:
    exponent(basket.currency)
    if facts.charge_step < 1:
        raise Malformed(f"the smallest step that can be charged is {facts.charge_step}")
    keys: set[str] = set()
    groups: set[str] = set()
    for line in basket.lines:
        if line.quantity < 1:
            raise Malformed(f"line {line.key} has {line.quantity} units")
        keys.add(line.key)
        groups.add(line.group)
    if len(keys) != len(basket.lines):
        raise Malformed("two lines have the same key")
    for charge in basket.deliveries:
        if charge.group not in groups:
            raise Malformed(f"the delivery of {charge.group} has no lines, or is charged twice")
        groups.remove(charge.group)
        if charge.amount < 0:
            raise Malformed(f"the delivery of {charge.group} costs {charge.amount}")


@lru_cache(maxsize=256)
def _plain(rate: Decimal) -> Decimal:
    """The rate with no zeros at its end, so that 0.21 and 0.2100 are signed as the same bytes."""
    text = format(rate, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text) if rate else Decimal(0)


def _price_line(line: BasketLine, fact: PriceFact, tax: TaxFact, trace: list[TraceStep]) -> PricedLine:
    if fact.unit < 0:
        raise Malformed(f"the price of {fact.variant_id} is {fact.unit}")
    key = line.key
    trace.append(
        ListPrice(
            line=key,
            list_id=fact.list_id,
            list_version=fact.list_version,
            unit=fact.unit,
            compare_at=fact.compare_at,
        )
    )
    subtotal = fact.unit * line.quantity
    discounts = _given(line, subtotal, trace) if line.discounts else ()
    discount = sum(given.amount for given in discounts) if discounts else 0
    base = subtotal - discount
    step = _tax_step("line", key, base, tax, included=fact.includes_tax)
    trace.append(step)
    total = base if fact.includes_tax else base + step.tax
    return PricedLine(
        key=key,
        variant_id=line.variant_id,
        quantity=line.quantity,
        group=line.group,
        unit=fact.unit,
        compare_at=fact.compare_at,
        includes_tax=fact.includes_tax,
        subtotal=subtotal,
        discounts=discounts,
        discount=discount,
        net=total - step.tax,
        tax=step.tax,
        total=total,
        tax_category=tax.category,
        tax_country=tax.country,
        tax_rate=step.rate,
    )


def _given(line: BasketLine, left: int, trace: list[TraceStep]) -> tuple[Allocation, ...]:
    """Give each discount as far as there is something left; record what was given, not its face value."""
    given: list[Allocation] = []
    for asked in line.discounts:
        if not 0 <= asked.amount <= MAX_AMOUNT:
            raise Malformed(f"the discount {asked.source} on line {line.key} is {asked.amount}")
        amount = min(asked.amount, left)
        left -= amount
        given.append(Allocation(asked.source, amount))
        trace.append(Discounted(line=line.key, source=asked.source, asked=asked.amount, given=amount))
    return tuple(given)


def _tax_step(of: Literal["line", "delivery"], key: str, base: int, tax: TaxFact, *, included: bool) -> Taxed:
    return Taxed(
        of=of,
        key=key,
        tax_id=tax.id,
        tax_version=tax.version,
        category=tax.category,
        country=tax.country,
        rate=_plain(tax.rate),
        base=base,
        included=included,
        tax=included_tax(base, tax.rate) if included else added_tax(base, tax.rate),
    )


def _price_delivery(charge: DeliveryCharge, tax: TaxFact, trace: list[TraceStep]) -> PricedDelivery:
    step = _tax_step("delivery", charge.group, charge.amount, tax, included=charge.includes_tax)
    trace.append(step)
    total = charge.amount if charge.includes_tax else charge.amount + step.tax
    return PricedDelivery(
        group=charge.group,
        method_id=charge.method_id,
        amount=charge.amount,
        includes_tax=charge.includes_tax,
        net=total - step.tax,
        tax=step.tax,
        total=total,
        tax_category=tax.category,
        tax_country=tax.country,
        tax_rate=step.rate,
    )


def _group_totals(
    lines: list[PricedLine], deliveries: list[PricedDelivery], step: int, trace: list[TraceStep]
) -> tuple[GroupTotal, ...]:
    sums: dict[str, list[int]] = {}
    for line in lines:
        of_group = sums.setdefault(line.group, [0, 0, 0])
        of_group[0] += line.total
        of_group[2] += line.tax
    for delivery in deliveries:
        of_group = sums[delivery.group]
        of_group[1] += delivery.total
        of_group[2] += delivery.tax
    groups: list[GroupTotal] = []
    for group, (of_lines, of_delivery, tax) in sorted(sums.items()):
        exact = of_lines + of_delivery
        total = chargeable(exact, step)
        if total != exact:
            trace.append(SteppedTotal(group=group, smallest=step, exact=exact, rounding=total - exact))
        groups.append(
            GroupTotal(
                group=group,
                lines=of_lines,
                delivery=of_delivery,
                net=exact - tax,
                tax=tax,
                rounding=total - exact,
                total=total,
            )
        )
    return tuple(groups)


def _tax_totals(lines: list[PricedLine], deliveries: list[PricedDelivery]) -> tuple[TaxTotal, ...]:
    sums: dict[tuple[str, str, Decimal], list[int]] = {}
    parts: list[PricedLine | PricedDelivery] = [*lines, *deliveries]
    for part in parts:
        of_rate = sums.setdefault((part.tax_country, part.tax_category, part.tax_rate), [0, 0])
        of_rate[0] += part.net
        of_rate[1] += part.tax
    return tuple(
        TaxTotal(country=country, category=category, rate=rate, net=net, tax=tax, gross=net + tax)
        for (country, category, rate), (net, tax) in sorted(sums.items())
    )


def _summed(
    basket: Basket, lines: list[PricedLine], deliveries: list[PricedDelivery], step: int, trace: list[TraceStep]
) -> Priced:
    groups = _group_totals(lines, deliveries, step, trace)
    taxes = _tax_totals(lines, deliveries)
    subtotal = sum(line.subtotal for line in lines)
    total = sum(group.total for group in groups)
    if max(subtotal, total) > MAX_AMOUNT:
        raise CannotPrice([Unpriced("basket", "", "too_large")])
    return Priced(
        currency=basket.currency,
        lines=tuple(lines),
        deliveries=tuple(deliveries),
        groups=groups,
        taxes=taxes,
        subtotal=subtotal,
        discount_total=sum(line.discount for line in lines),
        tax_added=sum(line.tax for line in lines if not line.includes_tax),
        delivery_total=sum(delivery.total for delivery in deliveries),
        net_total=sum(tax.net for tax in taxes),
        tax_total=sum(tax.tax for tax in taxes),
        rounding=sum(group.rounding for group in groups),
        total=total,
        trace=tuple(trace),
    )
