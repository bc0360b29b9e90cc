"""Price a basket: list price, override, relief, promotions, fees, tax, sums. Pure: the same input gives the same figures, anywhere."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from commerce.kernel.currencies import exponent
from commerce.kernel.money import MAX_AMOUNT, rounded
from commerce.price_engine.choose_price import choose
from commerce.price_engine.errors import CannotPrice, Malformed, Unpriced
from commerce.price_engine.facts import (
    Allocation,
    ArticleFact,
    Basket,
    BasketLine,
    DeliveryCharge,
    Facts,
    PriceFact,
    Relief,
    TaxFact,
)
from commerce.price_engine.priced import Priced
from commerce.price_engine.promote import promote
from commerce.price_engine.sums import Part, summed, taxed
from commerce.price_engine.trace import Discounted, GiftGiven, ListPrice, Overridden, Relieved, TraceStep
from commerce.price_engine.window import wall_clock
from commerce.price_engine.work import ChargeWork, GiftWork, LineWork


def price(basket: Basket, facts: Facts) -> Priced:
    """Price each line and delivery, apply promotions, round, then sum what is already rounded.

    Raises CannotPrice, naming everything that lacks an article, a price or a rate of tax or is too large; Malformed where
    the input contradicts itself (a key twice, no units, a negative price).
    """
    _refuse_malformed(basket, facts)
    problems: list[Unpriced] = []
    trace: list[TraceStep] = []
    wall = wall_clock(basket.circumstances.at, basket.circumstances.zone)
    lines = _lines(basket, facts, wall, problems, trace)
    charges = [_charge(charge, trace) for charge in sorted(basket.deliveries, key=lambda each: each.group)]
    promoted = promote(lines, charges, basket.currency, basket.circumstances, wall, facts, trace)
    parts = [Part.of_line(work) for work in lines]
    for work in lines:
        if work.article.fees:
            parts += _fees(work, basket)
    parts += [part for gift in promoted.gifts if (part := _gift(gift, basket, facts, wall, trace)) is not None]
    parts += [Part.of_charge(work) for work in charges]
    taxed(parts, basket.country, facts, problems, trace)
    if problems:
        raise CannotPrice(problems)
    return summed(basket, parts, promoted.applied, promoted.codes, facts.charge_step, trace)


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


def _lines(
    basket: Basket, facts: Facts, wall: datetime, problems: list[Unpriced], trace: list[TraceStep]
) -> list[LineWork]:
    """The lines in canonical order: whatever order they were put in, they are priced in this one."""
    units: Counter[UUID] = Counter()
    for line in basket.lines:
        units[line.variant_id] += line.quantity
    found: list[LineWork] = []
    for line in sorted(basket.lines, key=lambda each: (each.variant_id, each.group, each.key)):
        article = facts.articles.get(line.variant_id)
        chosen = choose(
            line.key,
            facts.prices.get(line.variant_id, ()),
            facts.lists,
            units[line.variant_id],
            basket.currency,
            basket.circumstances,
            wall,
            trace,
        )
        if article is None or chosen is None:
            problems.append(Unpriced("line", line.key, "no_price", str(line.variant_id)))
            continue
        fact, terms = chosen
        floor = _floor(article, facts.taxes.get((article.tax_category, line.tax_country or basket.country)))
        found.append(_line(line, article, fact, floor, trace, includes_tax=terms.includes_tax))
    return found


def _floor(article: ArticleFact, tax: TaxFact | None) -> tuple[int, int]:
    """The least that a unit may be sold for, before tax and with it: rounded up, so that the guard is never undercut."""
    net = article.floor_net or 0
    if not net or tax is None:
        return net, net
    part, whole = _shares(tax.rate)
    return net, -(-net * whole // part)


def _line(
    line: BasketLine,
    article: ArticleFact,
    fact: PriceFact,
    floor: tuple[int, int],
    trace: list[TraceStep],
    *,
    includes_tax: bool,
) -> LineWork:
    if fact.unit < 0:
        raise Malformed(f"the price of {fact.variant_id} is {fact.unit}")
    unit, list_unit = fact.unit, None
    if line.override is not None:
        if line.override.unit < 0:
            raise Malformed(f"the price given for line {line.key} is {line.override.unit}")
        list_unit, unit = unit, line.override.unit
        trace.append(Overridden(line=line.key, unit=unit, by=line.override.by, reason=line.override.reason))
    if line.relief is not None and includes_tax:
        unit, includes_tax = _without_tax("line", line.key, unit, line.relief, trace), False
    work = LineWork(
        line,
        article,
        unit=unit,
        includes_tax=includes_tax,
        floor=floor[includes_tax],
        list_unit=list_unit,
        compare_at=fact.compare_at,
        prior=fact.prior,
    )
    for asked in line.discounts:
        if not 0 <= asked.amount <= MAX_AMOUNT:
            raise Malformed(f"the discount {asked.source} on line {line.key} is {asked.amount}")
        given = min(asked.amount, work.left)
        work.left -= given
        work.discounts.append(Allocation(asked.source, given))
        trace.append(Discounted(line=line.key, source=asked.source, asked=asked.amount, given=given))
    return work


def _without_tax(of: str, key: str, gross: int, relief: Relief, trace: list[TraceStep]) -> int:
    net = net_of(gross, relief.inside)
    trace.append(
        Relieved(
            of="line" if of == "line" else "delivery",
            key=key,
            kind=relief.kind,
            inside=relief.inside,
            gross=gross,
            net=net,
        )
    )
    return net


@lru_cache(maxsize=256)
def _shares(rate: Decimal) -> tuple[int, int]:
    numerator, denominator = rate.as_integer_ratio()
    return denominator, denominator + numerator


def net_of(gross: int, rate: Decimal) -> int:
    """Gives what is left of a price with tax when the tax inside is taken out, half-up."""
    part, whole = _shares(rate)
    return rounded(gross * part, whole)


def _charge(charge: DeliveryCharge, trace: list[TraceStep]) -> ChargeWork:
    amount, includes_tax = charge.amount, charge.includes_tax
    if charge.relief is not None and includes_tax:
        amount, includes_tax = _without_tax("delivery", charge.group, amount, charge.relief, trace), False
    return ChargeWork(charge, amount=amount, includes_tax=includes_tax)


def _fees(work: LineWork, basket: Basket) -> list[Part]:
    """The fees that come with a line, by code; a fee of another currency or zone does not hold here."""
    zone = work.line.tax_country or basket.country
    return [
        Part.of_fee(work, fee)
        for fee in sorted(work.article.fees, key=lambda each: each.code)
        if fee.currency == basket.currency and fee.zone in {None, zone}
    ]


def _gift(
    gift: GiftWork,
    basket: Basket,
    facts: Facts,
    wall: datetime,
    trace: list[TraceStep],
) -> Part | None:
    article = facts.articles[gift.variant_id]
    key = f"gift:{gift.promotion}"
    looked_at: list[TraceStep] = []
    chosen = choose(
        key,
        facts.prices[gift.variant_id],
        facts.lists,
        gift.quantity,
        basket.currency,
        basket.circumstances,
        wall,
        looked_at,
    )
    if chosen is None:
        return None
    fact, terms = chosen
    trace += [step for step in looked_at if isinstance(step, ListPrice)]
    trace.append(GiftGiven(line=key, promotion=gift.promotion, version=gift.version, quantity=gift.quantity))
    line = BasketLine(
        key=key,
        variant_id=gift.variant_id,
        quantity=gift.quantity,
        group=gift.group,
        tax_country=gift.tax_country,
    )
    work = LineWork(
        line,
        article,
        unit=fact.unit,
        includes_tax=terms.includes_tax,
        floor=0,
        list_unit=None,
        compare_at=None,
        prior=None,
    )
    work.give(f"promotion:{gift.promotion}", work.left)
    return Part.of_line(work, gift=True)
