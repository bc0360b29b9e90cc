"""Price a basket: list price, override, relief, promotions, fees, tax, sums. Pure: the same input gives the same figures, anywhere."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache, partial
from typing import Final, Literal
from uuid import UUID

from commerce.kernel.currencies import exponent
from commerce.kernel.money import MAX_AMOUNT, rounded
from commerce.price_engine.choose_price import Chosen, ListPrices
from commerce.price_engine.errors import CannotPrice, Malformed, Unpriced
from commerce.price_engine.facts import (
    Agreed,
    Allocation,
    ArticleFact,
    Basket,
    BasketLine,
    DeliveryCharge,
    FeeFact,
    PriceFact,
    Relief,
)
from commerce.price_engine.known import Facts
from commerce.price_engine.priced import Priced
from commerce.price_engine.promote import promote
from commerce.price_engine.sums import Part, summed, taxed
from commerce.price_engine.trace import Discounted, GiftGiven, ListPrice, Overridden, Relieved, TraceStep
from commerce.price_engine.work import ChargeWork, GiftWork, LineWork

NO_FLOOR: Final = (0, 0)


def price(basket: Basket, facts: Facts, *, explain_all: bool = False) -> Priced:
    """Price each line and delivery, apply promotions, round, then sum what is already rounded.

    With `explain_all` the trace says of every promotion why it gave nothing, also of those that no article could take.
    Raises CannotPrice, naming everything that lacks an article, a price or a rate of tax or is too large; Malformed where
    the input contradicts itself (a key twice, no units, a negative price, given taxes that cannot be).
    """
    _refuse_malformed(basket, facts)
    problems: list[Unpriced] = []
    trace: list[TraceStep] = []
    around = basket.circumstances
    today = ListPrices(facts.lists, facts.prices, basket.currency, around)
    judges = _judges(facts.agreed, today, basket.currency) if facts.agreed else (today,)
    lines = _lines(basket, facts, judges, problems, trace)
    charges = [_charge(charge, trace) for charge in sorted(basket.deliveries, key=_group_of)]
    promoted = promote(
        lines,
        charges,
        basket.currency,
        around,
        today.wall,
        facts,
        trace,
        worth=partial(_worth, basket, facts, judges),
        explain_all=explain_all,
    )
    parts = [Part.of_line(work) for work in lines]
    for work in lines:
        if work.article.fees:
            parts += _fees(work, basket, trace)
    parts += [_gift(gift, facts, judges, trace) for gift in promoted.gifts]
    parts += [Part.of_charge(work) for work in charges]
    taxed(parts, basket.country, facts, problems, trace)
    if problems:
        raise CannotPrice(problems)
    return summed(basket, parts, promoted.applied, promoted.codes, facts.charge_step, trace)


def _group_of(charge: DeliveryCharge) -> str:
    return charge.group


def _place_of(line: BasketLine) -> tuple[int, str, str]:
    return line.variant_id.int, line.group, line.key


def _judges(agreed: Sequence[Agreed], today: ListPrices, currency: str) -> tuple[ListPrices, ...]:
    """Whose prices are asked, in this order, until one has a price."""
    first: list[ListPrices] = []
    last: list[ListPrices] = []
    for each in agreed:
        then = ListPrices(each.lists, each.prices, currency, each.circumstances, agreed=each.first)
        (first if each.first else last).append(then)
    return *first, today, *last


def _choose(
    judges: tuple[ListPrices, ...], key: str, variant_id: UUID, units: int, trace: list[TraceStep]
) -> Chosen | None:
    for judge in judges:
        if (chosen := judge.choose(key, variant_id, units, trace)) is not None:
            return chosen
    return None


def _refuse_malformed(basket: Basket, facts: Facts) -> None:
    exponent(basket.currency)
    if facts.charge_step < 1:
        raise Malformed(f"the smallest step that can be charged is {facts.charge_step}")
    keys: set[str] = set()
    groups: set[str] = set()
    for line in basket.lines:
        if line.quantity < 1:
            raise Malformed(f"line {line.key} has {line.quantity} units")
        if "+" in line.key:
            raise Malformed(f"the key {line.key} could be that of a fee or a gift")
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
    basket: Basket, facts: Facts, judges: tuple[ListPrices, ...], problems: list[Unpriced], trace: list[TraceStep]
) -> list[LineWork]:
    """The lines in canonical order: whatever order they were put in, they are priced in this one."""
    units: dict[UUID, int] = {}
    for line in basket.lines:
        units[line.variant_id] = units.get(line.variant_id, 0) + line.quantity
    found: list[LineWork] = []
    for line in sorted(basket.lines, key=_place_of):
        variant = line.variant_id
        article = facts.articles.get(variant)
        chosen = _choose(judges, line.key, variant, units[variant], trace)
        if article is None or chosen is None:
            problems.append(Unpriced("line", line.key, "no_price", str(variant)))
            continue
        fact, terms = chosen
        floor = NO_FLOOR if article.floor_net is None else _floor(article.floor_net, article, line, basket, facts)
        found.append(_line(line, article, fact, floor, trace, includes_tax=terms.includes_tax))
    return found


def _floor(net: int, article: ArticleFact, line: BasketLine, basket: Basket, facts: Facts) -> tuple[int, int]:
    """The least that a unit may be sold for, before tax and with it: rounded up, so that the guard is never undercut."""
    tax = facts.taxes.get((article.tax_category, line.tax_country or basket.country))
    if tax is None:
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
    unit, list_unit = fact.unit, None
    if line.override is not None:
        if line.override.unit < 0:
            raise Malformed(f"the price given for line {line.key} is {line.override.unit}")
        list_unit, unit = unit, line.override.unit
        trace.append(Overridden(line=line.key, unit=unit, by=line.override.by, reason=line.override.reason))
    if line.relief is not None and includes_tax:
        unit, includes_tax = _without_tax("line", line.key, unit, line.relief, line.relief.inside, trace), False
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


def _without_tax(
    of: Literal["line", "delivery"], key: str, gross: int, relief: Relief, inside: Decimal, trace: list[TraceStep]
) -> int:
    net = net_of(gross, inside)
    trace.append(Relieved(of=of, key=key, kind=relief.kind, inside=inside, gross=gross, net=net))
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
    amount, includes_tax, relief = charge.amount, charge.includes_tax, charge.relief
    if relief is not None and includes_tax:
        amount, includes_tax = _without_tax("delivery", charge.group, amount, relief, relief.inside, trace), False
    return ChargeWork(charge, amount=amount, includes_tax=includes_tax)


def _fees(work: LineWork, basket: Basket, trace: list[TraceStep]) -> list[Part]:
    """The fees that come with a line, by code; a fee of another currency or zone does not hold here."""
    zone = work.line.tax_country or basket.country
    here = [
        fee
        for fee in sorted(work.article.fees, key=lambda each: each.code)
        if fee.currency == basket.currency and fee.zone in {None, zone}
    ]
    if len({fee.code for fee in here}) < len(here):
        raise Malformed(f"the article {work.article.variant_id} has a fee twice")
    return [_fee(work, fee, trace) for fee in here]


def _fee(work: LineWork, fee: FeeFact, trace: list[TraceStep]) -> Part:
    """A fee's tax is its own; where the line is relieved of tax, so is the fee."""
    if fee.amount < 0:
        raise Malformed(f"the fee {fee.code} is {fee.amount}")
    unit, includes_tax, relief = fee.amount, fee.includes_tax, work.line.relief
    if relief is not None and includes_tax:
        inside = dict(work.line.inside_fees).get(fee.tax_category, relief.inside)
        unit, includes_tax = _without_tax("line", f"{work.key}+{fee.code}", unit, relief, inside, trace), False
    return Part.of_fee(work, fee, unit=unit, includes_tax=includes_tax)


def _worth(basket: Basket, facts: Facts, judges: tuple[ListPrices, ...], variant_id: UUID, units: int) -> int | None:
    """What so many units of a gift cost; None when it has no price or tax here, or is not for sale."""
    article = facts.articles.get(variant_id)
    if article is None or not article.sellable:
        return None
    if any((article.tax_category, line.tax_country or basket.country) not in facts.taxes for line in basket.lines):
        return None
    chosen = _choose(judges, "", variant_id, units, [])
    return None if chosen is None else chosen[0].unit * units


def _gift(gift: GiftWork, facts: Facts, judges: tuple[ListPrices, ...], trace: list[TraceStep]) -> Part:
    """The line of a gift, its whole price taken off."""
    key = f"gift+{gift.promotion}"
    looked_at: list[TraceStep] = []
    chosen = _choose(judges, key, gift.variant_id, gift.quantity, looked_at)
    if chosen is None:
        raise Malformed(f"the gift {gift.variant_id} has no price")
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
        facts.articles[gift.variant_id],
        unit=fact.unit,
        includes_tax=terms.includes_tax,
        floor=0,
        list_unit=None,
        compare_at=None,
        prior=None,
    )
    work.discounts.append(Allocation(f"promotion:{gift.promotion}", work.left))
    return Part.of_line(work, gift=True)
