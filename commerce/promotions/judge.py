"""What is wrong with a rule in itself, each with the field at fault. Pure: what it names is looked up elsewhere."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from commerce.kernel.currencies import is_currency
from commerce.price_engine import (
    AmountOff,
    BundlePrice,
    BuyGet,
    Conditions,
    DeliveryOff,
    Effect,
    FixedPrice,
    Gift,
    Hours,
    PercentOff,
    Points,
    Targets,
    Tiered,
)
from commerce.promotions.facts import Rule
from commerce.promotions.rules import covers, has_length, matches_nothing, names_anything
from commerce.promotions.schemas import TARGETS_MOST

Flaw = tuple[str, str]
AMOUNT_MOST: Final = 10**12
"""Minor units; more than any basket, and far from where sums of 64 bits end."""
DAY: Final = 1_440
WEEK: Final = 7 * DAY


def flaws(rule: Rule) -> list[Flaw]:
    """Gives all that is wrong with a rule, as pairs of JSON pointer and what to change; nothing when it is sound."""
    found = list(_header(rule))
    found += _targets(rule.targets, "/targets")
    found += _conditions(rule.conditions)
    found += _effect(rule.effect)
    found += _between(rule)
    if sum(len(ids) for each in every_targets(rule) for ids in _ids(each)) > TARGETS_MOST:
        found.append(("/targets", f"Names more than {TARGETS_MOST:,} articles and categories in all: use a category."))
    return found


def every_targets(rule: Rule) -> list[Targets]:
    """Gives every set of targets that a rule holds."""
    found = [rule.targets, *(each.targets for each in rule.conditions.needs)]
    if isinstance(rule.effect, BuyGet) and rule.effect.get_targets is not None:
        found.append(rule.effect.get_targets)
    if isinstance(rule.effect, BundlePrice):
        found += [each.targets for each in rule.effect.parts]
    return found


def _ids(targets: Targets) -> tuple[Sequence[object], ...]:
    return (
        targets.variants,
        targets.products,
        targets.categories,
        targets.brands,
        targets.not_variants,
        targets.not_products,
        targets.not_categories,
    )


def _header(rule: Rule) -> Iterator[Flaw]:
    if rule.currency is not None and not is_currency(rule.currency):
        yield "/currency", "Not the ISO 4217 code of a currency in use."
    if not has_length(rule.window):
        yield "/window/ends_at", "Must come after `starts_at`: the promotion would never hold."
    if rule.limits.amount_most is not None:
        yield from _amount(rule.limits.amount_most, "/limits/amount_most")
    if rule.limits.uses_most is not None and (rule.limits.per_customer_most or 0) > rule.limits.uses_most:
        yield "/limits/per_customer_most", "Is more than `uses_most`, so that it limits nobody."


def _amount(amount: int, pointer: str, *, least: int = 1) -> Iterator[Flaw]:
    if amount < least:
        yield f"{pointer}/amount", "Must be above zero." if least else "Must not be negative."
    elif amount > AMOUNT_MOST:
        yield f"{pointer}/amount", f"Must be at most {AMOUNT_MOST:,} minor units."


def _share(rate: Decimal, pointer: str) -> Iterator[Flaw]:
    if not 0 < rate <= 1:
        yield pointer, "A share is above 0 and at most 1: 20 % is 0.2."


def _targets(targets: Targets, pointer: str) -> Iterator[Flaw]:
    if matches_nothing(targets):
        yield pointer, "Leaves out all that it names, so that no article matches."
    if any(not brand for brand in targets.brands):
        yield f"{pointer}/brands", "A brand is not blank."


def _conditions(conditions: Conditions) -> Iterator[Flaw]:
    for nth, need in enumerate(conditions.needs):
        pointer = f"/conditions/needs/{nth}"
        yield from _targets(need.targets, f"{pointer}/targets")
        if not need.quantity and not need.amount:
            yield pointer, "Says how many units or what amount is needed."
        if need.amount:
            yield from _amount(need.amount, f"{pointer}/amount")
    for nth, hours in enumerate(conditions.hours):
        if hours.since == hours.until:
            yield (
                f"/conditions/hours/{nth}/until",
                "Is the same as `since`: no hour is left. All day is 00:00 to 24:00.",
            )
    for first, second in _overlaps(conditions.hours):
        yield f"/conditions/hours/{second}", f"Overlaps with the hours at {first}."


def minutes_of_week(hours: Hours) -> list[tuple[int, int]]:
    """Gives hours as half-open spans of minutes of the week, which begins on Monday; a span over the week's end is two."""
    spans: list[tuple[int, int]] = []
    length = (hours.until - hours.since) % DAY if hours.until != DAY else DAY - hours.since
    for weekday in hours.weekdays or range(1, 8):
        begin = (weekday - 1) * DAY + hours.since
        end = begin + length
        spans.append((begin, min(end, WEEK)))
        if end > WEEK:
            spans.append((0, end - WEEK))
    return spans


def _overlaps(all_hours: Sequence[Hours]) -> list[tuple[int, int]]:
    spans = sorted((begin, end, nth) for nth, hours in enumerate(all_hours) for begin, end in minutes_of_week(hours))
    found: list[tuple[int, int]] = []
    for (_, end, first), (begin, _, second) in pairwise(spans):
        pair = (min(first, second), max(first, second))
        if begin < end and first != second and pair not in found:
            found.append(pair)
    return found


def _effect(effect: Effect) -> Iterator[Flaw]:
    match effect:
        case PercentOff():
            yield from _share(effect.rate, "/effect/rate")
        case AmountOff():
            yield from _amount(effect.amount, "/effect/amount")
        case FixedPrice():
            yield from _amount(effect.amount, "/effect/amount", least=0)
        case BuyGet():
            yield from _share(effect.rate, "/effect/rate")
            if effect.get_targets is not None:
                yield from _targets(effect.get_targets, "/effect/get_targets")
        case BundlePrice():
            yield from _bundle(effect)
        case Tiered():
            yield from _tiers(effect)
        case DeliveryOff():
            yield from _delivery(effect)
        case Points():
            if effect.times <= 0:
                yield "/effect/times", "Must be above zero."
        case Gift():
            return


def _bundle(effect: BundlePrice) -> Iterator[Flaw]:
    yield from _amount(effect.amount, "/effect/amount", least=0)
    for nth, part in enumerate(effect.parts):
        pointer = f"/effect/parts/{nth}/targets"
        yield from _targets(part.targets, pointer)
        earlier = next((before for before in range(nth) if covers(effect.parts[before].targets, part.targets)), None)
        if earlier is not None:
            yield (
                pointer,
                f"Every article of it belongs to part {earlier} already: name other articles, or raise its quantity.",
            )


def _tiers(effect: Tiered) -> Iterator[Flaw]:
    for nth, tier in enumerate(effect.tiers):
        pointer = f"/effect/tiers/{nth}"
        if (tier.rate is None) == (tier.amount is None):
            yield pointer, "A tier gives a `rate` or an `amount`, one of the two."
        if tier.rate is not None:
            yield from _share(tier.rate, f"{pointer}/rate")
        if tier.amount is not None:
            yield from _amount(tier.amount, f"{pointer}/amount")
        if tier.at_least < 1:
            yield f"{pointer}/from_{effect.by}", "Must be above zero."
        if nth and tier.at_least <= effect.tiers[nth - 1].at_least:
            yield f"{pointer}/from_{effect.by}", "Must be above that of the tier before: tiers rise."


def _delivery(effect: DeliveryOff) -> Iterator[Flaw]:
    given = [each for each in (effect.rate, effect.amount, effect.price) if each is not None]
    if len(given) != 1:
        yield "/effect", "A delivery is reduced by a `rate`, by an `amount`, or to a `price`: one of the three."
    if effect.rate is not None:
        yield from _share(effect.rate, "/effect/rate")
    if effect.amount is not None:
        yield from _amount(effect.amount, "/effect/amount")
    if effect.price is not None:
        yield from _amount(effect.price, "/effect/price", least=0)


def _between(rule: Rule) -> Iterator[Flaw]:
    """What the parts of a rule say against one another."""
    effect, targets = rule.effect, rule.targets
    for nth, need in enumerate(rule.conditions.needs):
        if names_anything(need.targets) and _left_out(need.targets, targets):
            yield (
                f"/conditions/needs/{nth}/targets",
                "All that is needed is left out by the promotion's own targets: leave it in, or need something else.",
            )
    if isinstance(effect, BuyGet) and effect.get_targets is not None and covers(effect.get_targets, targets):
        yield (
            "/effect/get_targets",
            "Takes in all the targets, so that nothing is left to be bought: leave it out, or name fewer articles.",
        )
    if isinstance(effect, Gift) and effect.variant_id in _variants_wanted(rule):
        yield (
            "/effect/variant_id",
            "The article is its own condition: to reduce further units of an article, use `buy_get`.",
        )
    if isinstance(effect, DeliveryOff) and rule.conditions.fulfilment == ("none",):
        yield "/conditions/fulfilment", "What is taken away at once has no delivery."


def _left_out(needed: Targets, targets: Targets) -> bool:
    return (
        not needed.brands
        and set(needed.variants) <= set(targets.not_variants)
        and set(needed.products) <= set(targets.not_products)
        and set(needed.categories) <= set(targets.not_categories)
    )


def _variants_wanted(rule: Rule) -> set[object]:
    return {
        variant
        for each in (rule.targets, *(need.targets for need in rule.conditions.needs))
        for variant in each.variants
    }
