"""The prices of one variant and tier on a list, as spans of time that never overlap; and what a change makes of them. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

# What PostgreSQL calls -infinity and infinity.
ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
NEVER: Final = datetime.max.replace(tzinfo=UTC)


def aware(bound: datetime) -> datetime:
    """Gives a bound as it was read, with its zone: the driver leaves it out of the two infinities."""
    return bound if bound.tzinfo is not None else bound.replace(tzinfo=UTC)


class Span(Struct, frozen=True, kw_only=True, gc=False):
    """A price from `starts_at` up to, not at, `ends_at`. Without an amount: off the list (only in what is recorded)."""

    amount: int | None
    compare_at: int | None = None
    starts_at: datetime = ALWAYS
    ends_at: datetime = NEVER

    def same_price(self, other: "Span") -> bool:
        """Says whether both are the same price, whenever they hold."""
        return (self.amount, self.compare_at) == (other.amount, other.compare_at)


class Rewritten(Struct, frozen=True, kw_only=True):
    """The spans after a change, and what is to be recorded of it; nothing where nothing changed."""

    spans: tuple[Span, ...]
    recorded: Span | None = None


def held(spans: Sequence[Span], at: datetime) -> Span | None:
    """Gives the span that holds at an instant."""
    return next((each for each in spans if each.starts_at <= at < each.ends_at), None)


def set_now(spans: Sequence[Span], new: Span, at: datetime) -> Rewritten:
    """The price from now on, up to the next change that is planned; without an amount, off the list until then.

    What has been is left to the history.
    """
    now = held(spans, at)
    if new.amount is None if now is None else now.same_price(new):
        return Rewritten(spans=tuple(spans))
    later = tuple(each for each in spans if each.starts_at > at)
    until = now.ends_at if now is not None else later[0].starts_at if later else NEVER
    made = replace(new, starts_at=ALWAYS, ends_at=until)
    return Rewritten(spans=later if new.amount is None else (made, *later), recorded=made)


def plan(spans: Sequence[Span], new: Span) -> Rewritten:
    """The price from an instant on, up to the next change that is planned; without an amount, off the list from then on.

    An end is planned only for a price that would hold then: where there is none, nothing is remembered.
    """
    start = new.starts_at
    around = held(spans, start)
    if around is None and new.amount is None:
        return Rewritten(spans=tuple(spans))
    if around is not None and around.starts_at == start and around.same_price(new):
        return Rewritten(spans=tuple(spans))
    end = around.ends_at if around else next((each.starts_at for each in spans if each.starts_at > start), NEVER)
    made = replace(new, ends_at=end)
    kept = [each for each in spans if each is not around]
    if around is not None and around.starts_at < start:
        kept.append(replace(around, ends_at=start))
    if new.amount is not None:
        kept.append(made)
    return Rewritten(spans=_ordered(kept), recorded=made)


def call_off(spans: Sequence[Span], start: datetime) -> Rewritten:
    """A change that was planned for an instant does not come: what holds before it goes on."""
    planned = next((each for each in spans if each.starts_at == start), None)
    before = next((each for each in spans if each.ends_at == start), None)
    if planned is None and before is None:
        return Rewritten(spans=tuple(spans))
    kept = [each for each in spans if each is not planned and each is not before]
    end = planned.ends_at if planned else next((each.starts_at for each in spans if each.starts_at > start), NEVER)
    if before is None:
        return Rewritten(spans=_ordered(kept), recorded=Span(amount=None, starts_at=start, ends_at=end))
    kept.append(replace(before, ends_at=end))
    return Rewritten(spans=_ordered(kept), recorded=replace(before, starts_at=start, ends_at=end))


def _ordered(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda each: each.starts_at))
