"""Promotions for the slow evaluator, written from docs/decisions/0062-how-promotions-apply.md alone: every line, every unit, every promotion."""

import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from commerce.price_engine import (
    AmountOff,
    ArticleFact,
    Basket,
    BasketLine,
    BundlePrice,
    BuyGet,
    DeliveryOff,
    Facts,
    FixedPrice,
    Gift,
    Hours,
    PercentOff,
    Points,
    Promotion,
    Targets,
    Tier,
    Tiered,
)

GiftPrice = Callable[[Basket, Facts, UUID, int], int | None]


def half_up(value: Fraction) -> int:
    """Nearest integer, halves away from zero, for values that are not negative."""
    return math.floor(value + Fraction(1, 2))


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Each its exact share without the fraction; what is left goes one each to the largest fractions, the earlier first."""
    if not total:
        return [0] * len(weights)
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    found = [math.floor(share) for share in exact]
    while sum(found) < total:
        lacking = [share - whole for share, whole in zip(exact, found, strict=True)]
        found[lacking.index(max(lacking))] += 1
    return found


@dataclass(eq=False)
class Taken:
    """What promotions took off something."""

    left: int
    given: list[tuple[str, int]] = field(default_factory=list)
    takers: list[Promotion] = field(default_factory=list)

    @property
    def room(self) -> int:
        """How much may be taken off."""
        return self.left

    def open_to(self, promotion: Promotion) -> bool:
        """No `alone` took it, nothing did when this one is `alone`, and none of the same exclusion."""
        if any(taker.alone for taker in self.takers):
            return False
        if promotion.alone and self.takers:
            return False
        return promotion.exclusion is None or promotion.exclusion not in {each.exclusion for each in self.takers}

    def would(self, asked: int) -> int:
        """What of it would be given."""
        return max(0, min(asked, self.room))

    def take(self, promotion: Promotion, asked: int) -> None:
        """Gives it, when it is more than nothing."""
        amount = self.would(asked)
        if amount:
            self.left -= amount
            self.given.append((f"promotion:{promotion.id}", amount))
            self.takers.append(promotion)


@dataclass(kw_only=True, eq=False)
class SlowLine(Taken):
    """A line."""

    line: BasketLine
    article: ArticleFact
    unit: int
    includes_tax: bool
    least: int
    takes_promotions: bool
    points: Decimal | None = None

    @property
    def room(self) -> int:
        """What is above the guarded least."""
        return max(0, self.left - self.least)

    @property
    def before(self) -> int:
        """Its amount before any discount."""
        return self.unit * self.line.quantity

    @property
    def units(self) -> list[int]:
        """What each unit is worth now: an even share, the odd ones on the first."""
        each, odd = divmod(self.left, self.line.quantity)
        return [each + 1 if nth < odd else each for nth in range(self.line.quantity)]


class SlowCharge(Taken):
    """A delivery charge."""

    def __init__(self, group: str, method: UUID, amount: int) -> None:
        super().__init__(amount)
        self.group, self.method, self.amount = group, method, amount


@dataclass
class SlowGift:
    """A line to be added."""

    promotion: UUID
    variant: UUID
    units: int
    group: str
    zone: str | None


@dataclass
class SlowPromoted:
    """What promotions came to."""

    gifts: list[SlowGift]
    saved: dict[UUID, int]
    codes: list[tuple[str, bool, int, str | None]]


def promote(
    basket: Basket, facts: Facts, lines: list[SlowLine], charges: list[SlowCharge], gift_price: GiftPrice
) -> SlowPromoted:
    """Changes lines and charges; says what was given and what each code did."""
    everything = facts.promotions.all
    reasons = [(each, why_not(each, basket, lines)) for each in everything]
    live = [each for each, reason in reasons if reason is None]
    first = copies(lines, charges)
    for_lines_and_deliveries(live, *first)
    best = first
    works = [*first[0], *first[1]]
    if any(taker.alone for work in works for taker in work.takers):
        second = copies(lines, charges)
        for_lines_and_deliveries([each for each in live if not each.alone], *second)
        if left_in_all(second) < left_in_all(first):
            best = second
    for work, result in zip([*lines, *charges], [*best[0], *best[1]], strict=True):
        work.left, work.given, work.takers = result.left, result.given, result.takers

    saved: dict[UUID, int] = {}
    for promotion in live:
        source = f"promotion:{promotion.id}"
        amounts = [amount for work in (*lines, *charges) for who, amount in work.given if who == source]
        if amounts:
            saved[promotion.id] = sum(amounts)
    gifts = gifts_of(live, basket, facts, lines, gift_price, saved)
    points(live, lines, saved)
    return SlowPromoted(gifts, saved, answers(basket, reasons, saved))


def copies(lines: list[SlowLine], charges: list[SlowCharge]) -> tuple[list[SlowLine], list[SlowCharge]]:
    """The same once more, to try something."""
    again = [copy(each) for each in lines], [copy(each) for each in charges]
    for work in (*again[0], *again[1]):
        work.given, work.takers = list(work.given), list(work.takers)
    return again


def for_lines_and_deliveries(live: list[Promotion], lines: list[SlowLine], charges: list[SlowCharge]) -> None:
    """Stages 1, 2, 3 and 5."""
    for priority in priorities(live):
        for line in lines:
            here = [each for each in live if each.priority == priority and of_line(each) and takes_part(each, line)]
            worth = {
                each.id: line.would(asked_of_line(each, line, lines)) if line.open_to(each) else 0 for each in here
            }
            for promotion in sorted(here, key=lambda each: (-worth[each.id], each.id)):
                if line.open_to(promotion):
                    line.take(promotion, asked_of_line(promotion, line, lines))
    for stage in (of_sets, of_order):
        for priority in priorities(live):
            here = [each for each in live if each.priority == priority and stage(each)]
            worth = {each.id: sum(line.would(asked) for line, asked in asked_of_lines(each, lines)) for each in here}
            for promotion in sorted(here, key=lambda each: (-worth[each.id], each.id)):
                for line, asked in asked_of_lines(promotion, lines):
                    line.take(promotion, asked)
    for charge in charges:
        here = [each for each in live if isinstance(each.effect, DeliveryOff)]
        for promotion in sorted(here, key=lambda each: (-each.priority, each.id)):
            off_delivery(promotion, charge, lines)


def left_in_all(works: tuple[list[SlowLine], list[SlowCharge]]) -> int:
    """What is left to be paid."""
    return sum(each.left for each in works[0]) + sum(each.left for each in works[1])


def priorities(live: list[Promotion]) -> list[int]:
    """The highest first."""
    return sorted({each.priority for each in live}, reverse=True)


# ------------------------------------------------------------------------------------------------- which hold


def why_not(promotion: Promotion, basket: Basket, lines: list[SlowLine]) -> str | None:
    """The first condition that does not hold, in the order of the page."""
    around, named = basket.circumstances, promotion.conditions
    wall = around.at.astimezone(ZoneInfo(around.zone)).replace(tzinfo=UTC)
    now = wall if promotion.window.store_time else around.at
    since, until = promotion.window.starts_at, promotion.window.ends_at
    bound = [line for line in lines if is_bound(promotion, line.line.group)]
    judged: list[tuple[str, bool]] = [
        ("not_now", (since is None or now >= since) and (until is None or now < until)),
        ("other_channel", not named.channels or around.channel_id in named.channels),
        ("other_store", not named.stores or around.store_id in named.stores),
        ("other_group", not named.groups or bool(set(named.groups) & set(around.groups))),
        ("other_customer", not named.customers or around.customer_id in named.customers),
        ("not_first_order", not named.first_order or around.orders_before == 0),
        ("other_hours", not named.hours or any(in_hours(each, wall) for each in named.hours)),
        ("other_tender", not named.tenders or around.tender in named.tenders),
        ("other_currency", promotion.currency in {None, basket.currency}),
        ("no_code", not named.code or promotion.id in {opened for _, opened in around.codes}),
        ("used_up", promotion.id not in around.without),
    ]
    for need in named.needs:
        there = [line for line in bound if matches(need.targets, line.article)]
        judged.append(("needs_quantity", sum(line.line.quantity for line in there) >= need.quantity))
        judged.append(("needs_amount", sum(line.before for line in there) >= need.amount))
    about = [line for line in lines if line.takes_promotions and is_about(promotion, line.article)]
    judged.append(("no_article", bool(about)))
    judged.append(("other_fulfilment", any(line in bound for line in about)))
    if isinstance(promotion.effect, Tiered) and about:
        reached = tier(promotion.effect, [line for line in about if line in bound])
        judged.append(("needs_amount" if promotion.effect.by == "amount" else "needs_quantity", reached is not None))
    return next((why for why, holds in judged if not holds), None)


def in_hours(hours: Hours, wall: datetime) -> bool:
    """Minute by minute, from the day on which the hours begin."""
    minute = wall.hour * 60 + wall.minute
    day, before = wall.isoweekday(), (wall.isoweekday() - 2) % 7 + 1
    length = (hours.until - hours.since) if hours.until >= hours.since else hours.until + 1440 - hours.since
    return any(
        hours.since <= minute + passed < hours.since + length and (not hours.weekdays or begun in hours.weekdays)
        for passed, begun in ((0, day), (1440, before))
    )


def is_bound(promotion: Promotion, group: str) -> bool:
    """As `fulfilment` says, or any way."""
    return (
        not promotion.conditions.fulfilment
        or (group.split(":", maxsplit=1)[0] or "none") in promotion.conditions.fulfilment
    )


def matches(targets: Targets, article: ArticleFact) -> bool:
    """Any of what is named, or everything; and nothing that is left out again."""
    named = [
        article.variant_id in targets.variants,
        article.product_id in targets.products,
        bool(set(article.categories) & set(targets.categories)),
        article.brand in targets.brands,
    ]
    out = [
        article.variant_id in targets.not_variants,
        article.product_id in targets.not_products,
        bool(set(article.categories) & set(targets.not_categories)),
    ]
    everything = not (targets.variants or targets.products or targets.categories or targets.brands)
    return (everything or any(named)) and not any(out)


def is_about(promotion: Promotion, article: ArticleFact) -> bool:
    """By its targets; in a bundle by a part too, in buy-get by what is got as well."""
    effect = promotion.effect
    if isinstance(effect, BundlePrice):
        return matches(promotion.targets, article) and any(matches(part.targets, article) for part in effect.parts)
    if isinstance(effect, BuyGet) and effect.get_targets is not None:
        return matches(promotion.targets, article) or matches(effect.get_targets, article)
    return matches(promotion.targets, article)


def takes_part(promotion: Promotion, line: SlowLine) -> bool:
    """A line that takes promotions, is meant, and is bound that way."""
    return line.takes_promotions and is_about(promotion, line.article) and is_bound(promotion, line.line.group)


# ------------------------------------------------------------------------------------------------- effects


def of_line(promotion: Promotion) -> bool:
    """Stage 1."""
    effect = promotion.effect
    return (
        (isinstance(effect, PercentOff) and effect.of == "line")
        or (isinstance(effect, AmountOff) and effect.of == "unit")
        or isinstance(effect, FixedPrice)
        or (isinstance(effect, Tiered) and effect.by == "quantity")
    )


def of_sets(promotion: Promotion) -> bool:
    """Stage 2."""
    return isinstance(promotion.effect, BuyGet | BundlePrice)


def of_order(promotion: Promotion) -> bool:
    """Stage 3."""
    effect = promotion.effect
    return (
        (isinstance(effect, PercentOff) and effect.of == "order")
        or (isinstance(effect, AmountOff) and effect.of == "order")
        or (isinstance(effect, Tiered) and effect.by == "amount")
    )


def percent(left: int, rate: Decimal) -> int:
    """The price that remains is rounded."""
    return left - half_up(left * (1 - Fraction(rate)))


def tier(effect: Tiered, lines: list[SlowLine]) -> Tier | None:
    """The highest that is reached by all lines that take part."""
    there = sum(line.line.quantity if effect.by == "quantity" else line.before for line in lines)
    reached = [each for each in effect.tiers if each.at_least <= there]
    return max(reached, key=lambda each: each.at_least) if reached else None


def asked_of_line(promotion: Promotion, line: SlowLine, lines: list[SlowLine]) -> int:
    """What is asked off one line."""
    effect = promotion.effect
    if isinstance(effect, PercentOff):
        return percent(line.left, effect.rate)
    if isinstance(effect, AmountOff):
        return effect.amount * line.line.quantity
    if isinstance(effect, FixedPrice):
        return line.left - effect.amount * line.line.quantity
    assert isinstance(effect, Tiered)
    reached = tier(effect, [each for each in lines if takes_part(promotion, each)])
    assert reached is not None
    if reached.rate is not None:
        return percent(line.left, reached.rate)
    assert reached.amount is not None
    return reached.amount * line.line.quantity


def asked_of_lines(promotion: Promotion, lines: list[SlowLine]) -> list[tuple[SlowLine, int]]:
    """What is asked off several lines together."""
    effect = promotion.effect
    part = [line for line in lines if takes_part(promotion, line)]
    free = [line for line in part if line.open_to(promotion)]
    if isinstance(effect, BuyGet):
        return buy_get(effect, free)
    if isinstance(effect, BundlePrice):
        return bundle(effect, free)
    left, room = sum(line.left for line in free), sum(line.room for line in free)
    if isinstance(effect, PercentOff):
        asked = percent(left, effect.rate)
    elif isinstance(effect, AmountOff):
        asked = effect.amount
    else:
        assert isinstance(effect, Tiered)
        reached = tier(effect, part)
        assert reached is not None
        asked = percent(left, reached.rate) if reached.rate is not None else reached.amount or 0
    asked = min(asked, room)
    return list(zip(free, shares(asked, [line.room for line in free]), strict=True)) if asked > 0 else []


def buy_get(effect: BuyGet, lines: list[SlowLine]) -> list[tuple[SlowLine, int]]:
    """The cheapest units, one by one."""
    if effect.get_targets is None:
        got = lines
        sets = sum(line.line.quantity for line in lines) // (effect.buy + effect.get)
    else:
        got = [line for line in lines if matches(effect.get_targets, line.article)]
        bought = [line for line in lines if not matches(effect.get_targets, line.article)]
        sets = sum(line.line.quantity for line in bought) // effect.buy
    sets = sets if effect.times_most is None else min(sets, effect.times_most)
    units = [(worth, place, -nth) for place, line in enumerate(got) for nth, worth in enumerate(line.units)]
    reduced = sorted(units)[: sets * effect.get]
    asked: list[tuple[SlowLine, int]] = []
    for place, line in enumerate(got):
        chosen = sum(worth for worth, of, _ in reduced if of == place)
        asked.append((line, chosen - half_up(chosen * (1 - Fraction(effect.rate)))))
    return asked


def bundle(effect: BundlePrice, lines: list[SlowLine]) -> list[tuple[SlowLine, int]]:
    """The dearest units of each part, one by one."""
    of_part: list[list[SlowLine]] = [[] for _ in effect.parts]
    for line in lines:
        first = next(nth for nth, part in enumerate(effect.parts) if matches(part.targets, line.article))
        of_part[first].append(line)
    times = min(
        sum(line.line.quantity for line in members) // part.quantity
        for part, members in zip(effect.parts, of_part, strict=True)
    )
    times = times if effect.times_most is None else min(times, effect.times_most)
    chosen = [0] * len(lines)
    for part, members in zip(effect.parts, of_part, strict=True):
        units = [
            (-worth, place, nth)
            for place, line in enumerate(lines)
            if any(line is member for member in members)
            for nth, worth in enumerate(line.units)
        ]
        for worth, place, _ in sorted(units)[: times * part.quantity]:
            chosen[place] -= worth
    above = sum(chosen) - effect.amount * times
    return list(zip(lines, shares(above, chosen), strict=True)) if above > 0 else []


def off_delivery(promotion: Promotion, charge: SlowCharge, lines: list[SlowLine]) -> None:
    """Stage 5, one promotion on one charge."""
    effect = promotion.effect
    assert isinstance(effect, DeliveryOff)
    meant = is_bound(promotion, charge.group) and (not effect.methods or charge.method in effect.methods)
    if not meant or not charge.open_to(promotion) or not any(takes_part(promotion, line) for line in lines):
        return
    if effect.rate is not None:
        charge.take(promotion, percent(charge.left, effect.rate))
    elif effect.amount is not None:
        charge.take(promotion, effect.amount)
    else:
        assert effect.price is not None
        charge.take(promotion, charge.left - effect.price)


def gifts_of(
    live: list[Promotion],
    basket: Basket,
    facts: Facts,
    lines: list[SlowLine],
    gift_price: GiftPrice,
    saved: dict[UUID, int],
) -> list[SlowGift]:
    """Stage 4."""
    gifts: list[SlowGift] = []
    for promotion in live:
        effect = promotion.effect
        if not isinstance(effect, Gift):
            continue
        worth = gift_price(basket, facts, effect.variant_id, effect.quantity)
        if worth is None:
            continue
        first = next(line for line in lines if takes_part(promotion, line)).line
        gifts.append(SlowGift(promotion.id, effect.variant_id, effect.quantity, first.group, first.tax_country))
        saved[promotion.id] = worth
    return gifts


def points(live: list[Promotion], lines: list[SlowLine], saved: dict[UUID, int]) -> None:
    """Stage 6."""
    for line in lines:
        here = [
            (each.effect.times, each) for each in live if isinstance(each.effect, Points) and takes_part(each, line)
        ]
        if here:
            times, promotion = min(here, key=lambda each: (-each[0], each[1].id))
            line.points = times
            saved[promotion.id] = 0


def answers(
    basket: Basket, reasons: Sequence[tuple[Promotion, str | None]], saved: dict[UUID, int]
) -> list[tuple[str, bool, int, str | None]]:
    """For each code: whether it applied, what it saved, and why not where a condition does not hold (`?`: another reason)."""
    found: list[tuple[str, bool, int, str | None]] = []
    before: list[UUID] = []
    for code, opened in basket.circumstances.codes:
        versions = [reason for each, reason in reasons if each.id == opened]
        in_force = [reason for reason in versions if reason != "not_now"]
        if versions and opened in before:
            found.append((code, False, 0, "other_code"))
        elif opened in saved:
            found.append((code, True, saved[opened], None))
        elif in_force:
            found.append((code, False, 0, in_force[0] or "?"))
        else:
            found.append((code, False, 0, "not_now"))
        before.append(opened)
    return found
