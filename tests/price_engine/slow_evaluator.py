"""A second evaluator: slow, written from the decision records (0020, 0040, 0062) and not from the engine, of which it has only the data.

Exact fractions all the way, and rounding only where a rule says so. Units of a line are looked at one by one.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from commerce.price_engine import (
    Basket,
    BasketLine,
    Circumstances,
    Facts,
    PriceFact,
    PriceList,
    Window,
)
from tests.price_engine import slow_promotions
from tests.price_engine.slow_promotions import SlowCharge, SlowLine, half_up, shares


@dataclass
class Part:
    """A line, a fee, a gift or a delivery; `base` is what is left after discounts, in its own terms."""

    key: str
    group: str
    zone: str
    category: str
    rate: Fraction
    includes_tax: bool
    subtotal: int
    discounts: list[tuple[str, int]]
    kind: str = "article"
    points: Decimal | None = None
    tax: int = 0

    @property
    def base(self) -> int:
        """What is taxed."""
        return self.subtotal - sum(amount for _, amount in self.discounts)

    @property
    def total(self) -> int:
        """What is paid."""
        return self.base if self.includes_tax else self.base + self.tax

    @property
    def net(self) -> int:
        """What is paid, without its tax."""
        return self.total - self.tax

    def exact_tax(self) -> Fraction:
        """The tax before it is rounded."""
        return exact_tax(self.base, self.rate, includes_tax=self.includes_tax)


@dataclass
class Expected:
    """All figures of a basket."""

    lines: dict[str, Part]
    deliveries: dict[str, Part]
    group_totals: dict[str, int]
    group_roundings: dict[str, int]
    taxes: dict[tuple[str, str, Fraction], tuple[int, int]]
    total: int
    applied: dict[UUID, int] = field(default_factory=dict)
    codes: list[tuple[str, bool, int, str | None]] = field(default_factory=list)


def exact_tax(base: int, rate: Fraction, *, includes_tax: bool) -> Fraction:
    """Inside a price that includes it, or on top of one that does not."""
    return base - Fraction(base) / (1 + rate) if includes_tax else base * rate


def evaluate(basket: Basket, facts: Facts) -> Expected:
    """Work out each figure anew."""
    in_order = sorted(basket.lines, key=lambda line: (line.variant_id, line.group, line.key))
    lines = [_line(line, basket, facts) for line in in_order]
    charges = [
        SlowCharge(
            charge.group,
            charge.method_id,
            _relieved(charge.amount, charge.relief.inside)
            if charge.relief is not None and charge.includes_tax
            else charge.amount,
        )
        for charge in sorted(basket.deliveries, key=lambda charge: charge.group)
    ]
    promoted = slow_promotions.promote(basket, facts, lines, charges, _gift_price)

    parts = [_part_of_line(work, basket, facts) for work in lines]
    parts += [fee for work in lines for fee in _fees(work.line, basket, facts)]
    parts += [_part_of_gift(gift, basket, facts) for gift in promoted.gifts]
    deliveries = [_part_of_charge(charge, basket, facts) for charge in charges]
    _tax([*parts, *deliveries], facts)
    return _summed(parts, deliveries, promoted, facts)


def _summed(
    parts: list[Part], deliveries: list[Part], promoted: slow_promotions.SlowPromoted, facts: Facts
) -> Expected:
    exact: Counter[str] = Counter()
    taxes: dict[tuple[str, str, Fraction], tuple[int, int]] = {}
    for part in [*parts, *deliveries]:
        exact[part.group] += part.total
        rate = (part.zone, part.category, part.rate)
        net, tax = taxes.get(rate, (0, 0))
        taxes[rate] = (net + part.net, tax + part.tax)
    step = facts.charge_step
    totals = {group: half_up(Fraction(amount, step)) * step for group, amount in exact.items()}
    return Expected(
        lines={part.key: part for part in parts},
        deliveries={part.key: part for part in deliveries},
        group_totals=totals,
        group_roundings={group: total - exact[group] for group, total in totals.items()},
        taxes=taxes,
        total=sum(totals.values()),
        applied=promoted.saved,
        codes=promoted.codes,
    )


# ------------------------------------------------------------------------------------------------- prices (0040)


def wall(around: Circumstances) -> datetime:
    """What the clock on the wall shows, as if it were UTC."""
    return around.at.astimezone(ZoneInfo(around.zone)).replace(tzinfo=UTC)


def in_window(window: Window, around: Circumstances) -> bool:
    """From its beginning on, and before its end."""
    now = wall(around) if window.store_time else around.at
    if window.starts_at is not None and now < window.starts_at:
        return False
    return not (window.ends_at is not None and now >= window.ends_at)


def has_a_say(terms: PriceList, basket: Basket) -> bool:
    """For this currency, this channel, this store, this customer, now."""
    around = basket.circumstances
    return all(
        [
            terms.currency == basket.currency,
            terms.channel_id in {None, around.channel_id},
            terms.store_id in {None, around.store_id},
            terms.group_id is None or terms.group_id in around.groups,
            terms.customer_id in {None, around.customer_id},
            in_window(terms.window, around),
        ]
    )


def chosen_price(basket: Basket, facts: Facts, variant: UUID, units: int) -> tuple[PriceFact, PriceList] | None:
    """The highest priority; then who is more particular, customer 8, group 4, store 2, channel 1; then the oldest; then the tier."""
    candidates = [
        (fact, facts.lists[fact.list_id])
        for fact in facts.prices.get(variant, ())
        if has_a_say(facts.lists[fact.list_id], basket) and fact.min_quantity <= units
    ]
    if not candidates:
        return None

    def weight(terms: PriceList) -> int:
        named = [(terms.customer_id, 8), (terms.group_id, 4), (terms.store_id, 2), (terms.channel_id, 1)]
        return sum(points for who, points in named if who is not None)

    top = max(terms.priority for _, terms in candidates)
    candidates = [each for each in candidates if each[1].priority == top]
    heaviest = max(weight(terms) for _, terms in candidates)
    candidates = [each for each in candidates if weight(each[1]) == heaviest]
    oldest = min(terms.id for _, terms in candidates)
    candidates = [each for each in candidates if each[1].id == oldest]
    return max(candidates, key=lambda each: each[0].min_quantity)


def _relieved(gross: int, inside: Decimal) -> int:
    return half_up(Fraction(gross) / (1 + Fraction(inside)))


def _line(line: BasketLine, basket: Basket, facts: Facts) -> SlowLine:
    units = sum(other.quantity for other in basket.lines if other.variant_id == line.variant_id)
    found = chosen_price(basket, facts, line.variant_id, units)
    assert found is not None
    fact, terms = found
    unit, includes_tax = fact.unit, terms.includes_tax
    if line.override is not None:
        unit = line.override.unit
    if line.relief is not None and includes_tax:
        unit, includes_tax = _relieved(unit, line.relief.inside), False
    article = facts.articles[line.variant_id]
    least = article.floor_net or 0
    if includes_tax:
        rate = facts.taxes[article.tax_category, line.tax_country or basket.country].rate
        least = math.ceil(least * (1 + Fraction(rate)))
    work = SlowLine(
        line=line,
        article=article,
        unit=unit,
        includes_tax=includes_tax,
        left=sum(unit for _ in range(line.quantity)),
        least=sum(least for _ in range(line.quantity)),
        takes_promotions=line.discountable and not line.discounts,
    )
    for agreed in line.discounts:
        given = min(work.left, agreed.amount)
        work.left -= given
        work.given.append((agreed.source, given))
    return work


def _gift_price(basket: Basket, facts: Facts, variant: UUID, units: int) -> int | None:
    found = chosen_price(basket, facts, variant, units)
    if found is None or variant not in facts.articles or not facts.articles[variant].sellable:
        return None
    return found[0].unit * units


# ------------------------------------------------------------------------------------------------- parts and tax (0020)


def _part_of_line(work: SlowLine, basket: Basket, facts: Facts) -> Part:
    zone, category = work.line.tax_country or basket.country, work.article.tax_category
    return Part(
        key=work.line.key,
        group=work.line.group,
        zone=zone,
        category=category,
        rate=Fraction(0) if work.line.relief is not None else Fraction(facts.taxes[category, zone].rate),
        includes_tax=work.includes_tax,
        subtotal=sum(work.unit for _ in range(work.line.quantity)),
        discounts=work.given,
        points=work.points,
    )


def _fees(line: BasketLine, basket: Basket, facts: Facts) -> list[Part]:
    zone = line.tax_country or basket.country
    parts: list[Part] = []
    for fee in sorted(facts.articles[line.variant_id].fees, key=lambda fee: fee.code):
        if fee.currency != basket.currency or fee.zone not in {None, zone}:
            continue
        amount, includes_tax = fee.amount, fee.includes_tax
        rate = Fraction(0) if line.relief is not None else Fraction(facts.taxes[fee.tax_category, zone].rate)
        if line.relief is not None and includes_tax:
            inside = dict(line.inside_fees).get(fee.tax_category, line.relief.inside)
            amount, includes_tax = _relieved(amount, inside), False
        subtotal = amount * line.quantity
        key = f"{line.key}+{fee.code}"
        parts.append(Part(key, line.group, zone, fee.tax_category, rate, includes_tax, subtotal, [], kind=fee.kind))
    return parts


def _part_of_gift(gift: slow_promotions.SlowGift, basket: Basket, facts: Facts) -> Part:
    found = chosen_price(basket, facts, gift.variant, gift.units)
    assert found is not None
    fact, terms = found
    zone, category = gift.zone or basket.country, facts.articles[gift.variant].tax_category
    whole = fact.unit * gift.units
    return Part(
        key=f"gift+{gift.promotion}",
        group=gift.group,
        zone=zone,
        category=category,
        rate=Fraction(facts.taxes[category, zone].rate),
        includes_tax=terms.includes_tax,
        subtotal=whole,
        discounts=[(f"promotion:{gift.promotion}", whole)],
        kind="gift",
    )


def _part_of_charge(work: SlowCharge, basket: Basket, facts: Facts) -> Part:
    (charge,) = (charge for charge in basket.deliveries if charge.group == work.group)
    zone, category, relief = charge.tax_country or basket.country, charge.tax_category, charge.relief
    return Part(
        key=charge.group,
        group=charge.group,
        zone=zone,
        category=category,
        rate=Fraction(0) if relief is not None else Fraction(facts.taxes[category, zone].rate),
        includes_tax=charge.includes_tax and relief is None,
        subtotal=work.amount,
        discounts=work.given,
    )


def _tax(parts: list[Part], facts: Facts) -> None:
    """On each part; or once for each zone, category, rate and kind of price over all of them, and then spread."""
    if facts.profile.rounding == "line":
        for part in parts:
            part.tax = half_up(part.exact_tax())
        return
    kinds = {(part.zone, part.category, part.rate, part.includes_tax) for part in parts}
    for zone, category, rate, includes_tax in kinds:
        members = [
            part
            for part in parts
            if (part.zone, part.category, part.rate, part.includes_tax) == (zone, category, rate, includes_tax)
        ]
        bases = [part.base for part in members]
        tax = half_up(exact_tax(sum(bases), rate, includes_tax=includes_tax))
        for part, share in zip(members, shares(tax, bases), strict=True):
            part.tax = share
