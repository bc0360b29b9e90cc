"""What a promotion may become, which of its versions is in force, and which targets take in which others. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from commerce.kernel.errors import FieldError, InvalidInput, invalid
from commerce.kernel.states import Machine
from commerce.price_engine import Promotion, Targets, Window
from commerce.promotions.facts import Rule, State, UseState

PROMOTION: Machine[State] = Machine(
    "promotion",
    start=State.DRAFT,
    moves={
        State.DRAFT: {State.PUBLISHED, State.WITHDRAWN},
        State.PUBLISHED: {State.PUBLISHED, State.WITHDRAWN},
    },
)
USE: Machine[UseState] = Machine(
    "use",
    start=UseState.RESERVED,
    moves={
        UseState.RESERVED: {UseState.COMMITTED, UseState.RELEASED},
        UseState.COMMITTED: {UseState.RELEASED},
    },
)
ZONES_REACH = timedelta(hours=15)
"""Further than any zone is from UTC, so that a bound in store time is taken for past only when it is past everywhere."""


def limited(rule: Rule) -> bool:
    """Says whether the uses of a promotion are counted: it has a limit, or wants a code, which may have one."""
    limits = rule.limits
    return rule.conditions.code or any(
        most is not None for most in (limits.uses_most, limits.amount_most, limits.per_customer_most)
    )


def promotion_of_rule(rule: Rule, *, promotion_id: UUID, version: int, code: str) -> Promotion:
    """Gives a rule as the engine takes it."""
    return Promotion(
        id=promotion_id,
        version=version,
        code=code,
        priority=rule.priority,
        currency=rule.currency,
        targets=rule.targets,
        conditions=rule.conditions,
        effect=rule.effect,
        exclusion=rule.exclusion,
        alone=rule.alone,
        limited=limited(rule),
        window=rule.window,
    )


def take_over(before: Sequence[Promotion], new: Promotion, begins_at: datetime | None) -> tuple[Promotion, ...]:
    """Gives what is in force once a new version is published: it alone, or the earlier ones until it begins.

    `begins_at` is in the terms of the versions' windows (store time, where they are in store time), so that each version
    ends exactly where the next begins, everywhere. A code opens whichever version holds. Refuses one that begins no later
    than a version that waits already, one after its own window, a change between store time and UTC, which would leave a gap
    or an overlap, and a change between codes and none: whoever types a code meanwhile would use it up on what needs none.
    """
    if begins_at is None or not before:
        return (_from(new, begins_at),) if begins_at is not None else (new,)
    if any(each.conditions.code != new.conditions.code for each in before):
        raise invalid(
            "/begins_at",
            "Only one of this version and the one in force needs a code: publish this one at once, or as a promotion of its own.",
        )
    if any(each.window.store_time != new.window.store_time for each in before):
        raise invalid(
            "/begins_at", "The version in force keeps other time (store time or UTC): publish this one at once."
        )
    if waiting := [each for each in before if each.window.starts_at is not None and each.window.starts_at >= begins_at]:
        raise invalid(
            "/begins_at",
            f"Overlaps with version {waiting[0].version}, which begins at {_told(waiting[0].window)}: begin later, or publish at once.",
        )
    kept = [replace(each, window=_until(each.window, begins_at)) for each in before]
    return (*(each for each in kept if has_length(each.window)), _from(new, begins_at))


def _from(new: Promotion, begins_at: datetime) -> Promotion:
    starts = new.window.starts_at
    window = replace(new.window, starts_at=begins_at if starts is None else max(starts, begins_at))
    if not has_length(window):
        raise invalid("/begins_at", f"The promotion is over by then: its window ends at {new.window.ends_at}.")
    return replace(new, window=window)


def _until(window: Window, ends_at: datetime) -> Window:
    return replace(window, ends_at=ends_at if window.ends_at is None else min(window.ends_at, ends_at))


def _told(window: Window) -> str:
    return "any time" if window.starts_at is None else window.starts_at.isoformat()


def has_length(window: Window) -> bool:
    """Says whether a window holds at any instant."""
    return window.starts_at is None or window.ends_at is None or window.starts_at < window.ends_at


def bounds(in_force: Sequence[Promotion]) -> tuple[datetime | None, datetime | None, bool]:
    """Gives from when until when anything of these may apply, and whether the bounds are in store time; None: unbounded."""
    starts = [each.window.starts_at for each in in_force]
    ends = [each.window.ends_at for each in in_force]
    first = None if None in starts else min((each for each in starts if each is not None), default=None)
    last = None if None in ends else max((each for each in ends if each is not None), default=None)
    return first, last, any(each.window.store_time for each in in_force)


def is_over(window: Window, at: datetime) -> bool:
    """Says whether a window is past, in whatever zone the store is."""
    reach = ZONES_REACH if window.store_time else timedelta()
    return window.ends_at is not None and window.ends_at + reach <= at


def is_to_come(window: Window, at: datetime) -> bool:
    """Says whether a window has not begun, in whatever zone the store is."""
    reach = ZONES_REACH if window.store_time else timedelta()
    return window.starts_at is not None and at < window.starts_at - reach


def covers(wide: Targets, narrow: Targets) -> bool:
    """Says whether every article that `narrow` matches is surely matched by `wide`, told from what they name alone."""
    if names_anything(wide):
        if not names_anything(narrow):
            return False
        named = (
            (narrow.variants, wide.variants),
            (narrow.products, wide.products),
            (narrow.categories, wide.categories),
        )
        if not all(set(less) <= set(more) for less, more in named) or not set(narrow.brands) <= set(wide.brands):
            return False
    left_out = (
        (wide.not_variants, narrow.not_variants),
        (wide.not_products, narrow.not_products),
        (wide.not_categories, narrow.not_categories),
    )
    return all(set(less) <= set(more) for less, more in left_out)


def names_anything(targets: Targets) -> bool:
    """Says whether targets name articles; those that name none mean every article."""
    return bool(targets.variants or targets.products or targets.categories or targets.brands)


def matches_nothing(targets: Targets) -> bool:
    """Says whether targets leave out all that they name, so that no article can match."""
    return (
        names_anything(targets)
        and not targets.brands
        and set(targets.variants) <= set(targets.not_variants)
        and set(targets.products) <= set(targets.not_products)
        and set(targets.categories) <= set(targets.not_categories)
    )


def refusal(flaws: Sequence[tuple[str, str]]) -> InvalidInput:
    """Makes the refusal of a rule out of its flaws, each with the field at fault."""
    text = "; ".join(f"{pointer}: {detail}" for pointer, detail in flaws[:5])
    return InvalidInput(text, errors=[FieldError(pointer, detail) for pointer, detail in flaws])
