"""The rules of supply by themselves: nobody waits for more than comes and is allowed, and what comes goes to the oldest."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from commerce.inventory import Place
from commerce.kernel.ids import LocationId, OrderId, OrderLineId, VariantId, new_id
from commerce.supplies import Claim, Kind, Outlook, Terms, judged, settled
from commerce.supplies.facts import Supply
from commerce.supplies.judge import room, there_at

AT = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
CUP, SHOP = VariantId(new_id()), LocationId(new_id())
UNITS = st.integers(0, 8)


def day(days: int) -> datetime:
    return AT + timedelta(days=days)


def outlook(
    kind: Kind = Kind.BACK_ORDER,
    *,
    free: int = 0,
    safety: int = 0,
    waiting: int = 0,
    comes: dict[int, int] | None = None,
    allowed: int = 0,
    beyond: int = 0,
    release: datetime | None = None,
) -> Outlook:
    """What can be promised ahead: `comes` are units by the day from now on."""
    return Outlook(
        terms=Terms(
            variant_id=CUP, location_id=SHOP, kind=kind, allowed=allowed, release_at=release, beyond=beyond, version=1
        ),
        free=free,
        safety=safety,
        waiting=waiting,
        supplies=[Supply(day(days), units) for days, units in sorted((comes or {}).items())],
        late_at=day(30),
    )


def claim(seq: int, units: int, *, paid: bool = True, over: bool = False) -> Claim:
    until = None if paid else day(-1) if over else day(1)
    return Claim(
        id=new_id(),
        seq=seq,
        order_id=OrderId(new_id()),
        order_line_id=OrderLineId(new_id()),
        group_id=new_id(),
        wait_id=new_id(),
        variant_id=CUP,
        location_id=SHOP,
        service="pickup",
        units=units,
        open=units,
        promised_at=day(1),
        expected_at=day(1),
        expires_at=until,
        claimed_at=AT,
    )


@pytest.mark.parametrize(
    ("units", "there"), [(1, day(2)), (3, day(2)), (4, day(5)), (5, day(5)), (6, day(30)), (7, day(30)), (8, None)]
)
def test_units_are_there_with_the_supply_that_those_before_them_leave(units: int, there: datetime | None) -> None:
    assert judged(outlook(comes={2: 4, 5: 2}, waiting=1, allowed=2), units, AT) == there


def test_a_pre_order_is_bounded_by_its_limit_and_never_before_its_release() -> None:
    known = outlook(Kind.PRE_ORDER, allowed=5, waiting=1, free=2, comes={1: 1, 9: 9}, release=day(4))
    assert [judged(known, units, AT) for units in (1, 2, 3, 4, 5)] == [day(4), day(4), day(9), day(9), None]
    assert judged(outlook(Kind.PRE_ORDER, allowed=5, release=day(-1)), 1, AT) is None
    assert judged(outlook(Kind.NONE, comes={1: 5}), 1, AT) is None
    assert there_at(outlook(Kind.PRE_ORDER, release=day(-1)), 1, AT) == day(30)


def test_safety_stock_is_for_nobody_unless_no_supply_is_left_for_who_waits() -> None:
    queue = [claim(1, 2), claim(2, 2)]
    assert settled(outlook(free=3, safety=2, comes={3: 4}), queue, AT).served == [(queue[0], 1)]
    assert settled(outlook(free=3, safety=2, comes={3: 2}), queue, AT).served == [(queue[0], 2)]
    assert settled(outlook(free=4, safety=2), queue, AT).served == [(queue[0], 2), (queue[1], 2)]


def test_what_nobody_can_be_given_is_lost_by_who_came_last() -> None:
    queue = [claim(1, 2), claim(2, 2), claim(3, 2, paid=False), claim(4, 5, paid=False, over=True)]
    found = settled(outlook(comes={3: 3}, allowed=1), queue, AT)
    assert (found.served, found.lost, found.beyond) == ([], [(queue[2], 2)], 1)
    assert [(each.seq, at) for each, at in found.there_at] == [(1, day(3)), (2, day(30))]
    kept = settled(outlook(comes={3: 3}, beyond=3), queue, AT)
    assert (kept.lost, kept.beyond) == ([], 3)


@given(
    units=st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=6),
    free=UNITS,
    safety=UNITS,
    comes=st.dictionaries(st.integers(1, 9), st.integers(1, 6), max_size=3),
    allowed=UNITS,
    beyond=UNITS,
    closed=st.booleans(),
)
def test_whatever_happens_each_unit_is_served_lost_or_covered_and_the_oldest_come_first(
    units: list[tuple[int, bool]],
    free: int,
    safety: int,
    comes: dict[int, int],
    allowed: int,
    beyond: int,
    closed: bool,
) -> None:
    queue = [claim(seq, open_, paid=paid) for seq, (open_, paid) in enumerate(units)]
    waiting = sum(each.open for each in queue)
    kind, release = (Kind.PRE_ORDER, day(5)) if closed else (Kind.BACK_ORDER, None)
    known = outlook(
        kind, free=free, safety=safety, waiting=waiting, comes=comes, allowed=allowed, beyond=beyond, release=release
    )
    found = settled(known, queue, AT)
    served, lost = dict.fromkeys((each.id for each in queue), 0), dict.fromkeys((each.id for each in queue), 0)
    served |= {each.id: count for each, count in found.served}
    lost |= {each.id: count for each, count in found.lost}
    left = [each.open - served[each.id] - lost[each.id] for each in queue]
    assert all(count >= 0 for count in left)
    assert sum(served.values()) <= (0 if closed else free)
    still = sum(left)
    assert still <= free - sum(served.values()) + sum(comes.values()) + found.beyond
    assert found.beyond <= max(allowed, beyond)
    assert [each.id for each, _ in found.there_at] == [
        each.id for each, count in zip(queue, left, strict=True) if count
    ]
    assert [at for _, at in found.there_at] == sorted(at for _, at in found.there_at)
    paid = [each for each in queue if each.expires_at is None]
    for older, newer in pairwise(paid):
        assert not served[newer.id] or served[older.id] == older.open
    for older, newer in pairwise(queue):
        assert not lost[older.id] or left[queue.index(newer)] == 0
    again = carried_out(known, sum(served.values()), still, found.beyond)
    rest = [renewed(each, count) for each, count in zip(queue, left, strict=True) if count]
    second = settled(again, rest, AT)
    assert (second.lost, second.beyond) == ([], found.beyond)
    assert second.served == []


def carried_out(known: Outlook, given_units: int, waiting: int, beyond: int) -> Outlook:
    """The outlook when a settlement has been carried out."""
    return Outlook(
        terms=Terms(
            variant_id=CUP,
            location_id=SHOP,
            kind=known.terms.kind,
            allowed=known.terms.allowed,
            release_at=known.terms.release_at,
            beyond=beyond,
            version=1,
        ),
        free=known.free - given_units,
        safety=known.safety,
        waiting=waiting,
        supplies=known.supplies,
        late_at=known.late_at,
    )


def renewed(each: Claim, open_: int) -> Claim:
    """A claim of which so many units still wait."""
    other = claim(each.seq, open_, paid=each.expires_at is None)
    assert other.place == Place(CUP, SHOP)
    return other


@given(comes=st.dictionaries(st.integers(1, 9), st.integers(1, 6), max_size=3), allowed=UNITS, waiting=UNITS)
def test_there_is_room_for_what_comes_and_is_allowed_and_not_for_one_more(
    comes: dict[int, int], allowed: int, waiting: int
) -> None:
    known = outlook(comes=comes, allowed=allowed, waiting=waiting)
    most = room(known, AT)
    assert most == max(0, sum(comes.values()) + allowed - waiting)
    assert judged(known, most + 1, AT) is None
    if most:
        assert judged(known, most, AT) is not None
