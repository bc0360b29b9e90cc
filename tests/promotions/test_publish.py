"""From a draft to what every process prices with: at once, from an instant on, and never again."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import monotonic
from uuid import UUID

import pytest

from commerce import promotions, quotes
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput
from commerce.kernel.money import Money
from commerce.platform import events
from commerce.platform.database import Database, Tx
from commerce.platform.http import StaleVersion
from commerce.price_engine import ALWAYS, AmountOff, PercentOff, Promotion, Window
from commerce.promotions import PromotionCodeTaken
from commerce.promotions.facts import Rule
from commerce.promotions.queries import promotion, versions_page
from commerce.promotions.rules import promotion_of_rule, take_over
from commerce.promotions.schemas import PublishIn
from commerce.quotes import Want, WantLine
from tests.given import promotions as given
from tests.given.promotions import ACTOR
from tests.quotes.shop import open_shop

DAY = timedelta(days=1)
UUID_ONE = UUID(int=1)


def held(found: list[Promotion], at: datetime) -> list[int]:
    return [each.version for each in found if each.window.holds(at, at)]


async def test_a_draft_applies_to_nothing_until_it_is_published(db: Database, clock: HeldClock) -> None:
    wanted = await given.draft(db, {"kind": "amount_off", "amount": Money(300, "EUR")}, currency="EUR", priority=7)
    assert await given.live(db) == {}
    drafted = await promotions.promotion_of(db.reading, wanted)
    assert (drafted.version, drafted.effect, drafted.currency) == (1, AmountOff(amount=300), "EUR")
    version = await given.publish(db, wanted)
    (only,) = (await given.live(db))[wanted]
    assert (only.version, only.effect, only.priority, only.limited) == (version, AmountOff(amount=300), 7, False)
    assert version == 2


async def test_a_rewritten_promotion_stays_as_it_was_until_it_is_published_again(
    db: Database, clock: HeldClock
) -> None:
    wanted = await given.published(db)
    await given.rewritten(db, wanted, effect={"kind": "percent_off", "rate": "0.25"})
    (before,) = (await given.live(db))[wanted]
    assert before.version == 2
    await given.publish(db, wanted)
    (after,) = (await given.live(db))[wanted]
    assert (after.version, after.effect) == (4, PercentOff(rate=Decimal("0.25")))


async def test_a_change_from_an_instant_on_ends_the_version_before_exactly_there(
    db: Database, clock: HeldClock
) -> None:
    wanted = await given.published(db)
    later = clock.at + DAY
    await given.rewritten(db, wanted, priority=3)
    await given.publish(db, wanted, begins_at=later)
    found = (await given.live(db))[wanted]
    just_before = later - timedelta(microseconds=1)
    assert (held(found, clock.at), held(found, just_before), held(found, later)) == ([2], [2], [4])
    clock.move(days=2)
    assert held((await given.live(db))[wanted], clock.at) == [4]


async def test_codes_go_on_from_one_version_to_the_next(db: Database, clock: HeldClock) -> None:
    """The same code saves what its promotion gives at that instant, and what is used of it stays used."""
    shop = await open_shop(db)
    wanted = await given.published(db, opened_by="SPRING")
    await given.code(db, wanted, "ONCE", uses_most=1)
    later = clock.at + DAY
    await given.rewritten(db, wanted, effect={"kind": "percent_off", "rate": "0.5"})
    await given.publish(db, wanted, begins_at=later)

    async def saved(code: str) -> tuple[int, int, str | None]:
        resolved = await promotions.resolve_codes(db.reading, [code], at=clock.at)
        want = Want(
            channel_id=shop.channel,
            codes=promotions.opened(resolved),
            lines=(WantLine(key="1", variant_id=shop.book, quantity=1),),
            at=clock.at,
        )
        priced = (await quotes.price_basket(db.reading, await quotes.surroundings(db.reading), want)).priced
        applied = [(each.saved, each.version) for each in priced.applied]
        return (*(applied[0] if applied else (0, 0)), resolved[0].why)

    assert await saved("SPRING") == (99, 2, None)
    await given.reserve(db, given.use(wanted, 99, code="ONCE"))
    clock.move(days=1)
    assert await saved("SPRING") == (495, 4, None), "from that instant on, though nothing was published since"
    assert await saved("ONCE") == (0, 0, "reserved")


@pytest.mark.parametrize("before", [True, False])
async def test_whether_a_code_is_needed_changes_at_once_only(db: Database, clock: HeldClock, before: bool) -> None:
    wanted = await given.published(db, conditions={"code": before})
    await given.rewritten(db, wanted, conditions={"code": not before})
    with pytest.raises(InvalidInput, match="needs a code") as refused:
        await given.publish(db, wanted, begins_at=clock.at + DAY)
    assert [each.pointer for each in refused.value.errors] == ["/begins_at"]
    await given.publish(db, wanted)
    assert [each.conditions.code for each in (await given.live(db))[wanted]] == [not before]


async def test_windows_of_two_versions_never_overlap(db: Database, clock: HeldClock) -> None:
    wanted = await given.published(db)
    await given.publish(db, wanted, begins_at=clock.at + 2 * DAY)
    for days in (1, 2):
        with pytest.raises(InvalidInput, match="Overlaps with version 3") as refused:
            await given.publish(db, wanted, begins_at=clock.at + days * DAY)
        assert [each.pointer for each in refused.value.errors] == ["/begins_at"]
    await given.publish(db, wanted, begins_at=clock.at + 3 * DAY)
    found = (await given.live(db))[wanted]
    assert [held(found, clock.at + days * DAY) for days in (0, 1, 2, 3, 4)] == [[2], [2], [3], [4], [4]]
    await given.publish(db, wanted)
    assert [each.version for each in (await given.live(db))[wanted]] == [5]


@pytest.mark.parametrize(
    ("begins", "fields", "pointer"),
    [
        (-DAY, {}, "/begins_at"),
        (3 * DAY, {"window": {"ends_at": "2026-03-12T00:00:00Z"}}, "/begins_at"),
        (None, {"window": {"ends_at": "2026-03-10T10:00:00Z"}}, "/window/ends_at"),
        (DAY, {"window": {"store_time": True}}, "/begins_at"),
        (DAY, {"conditions": {"code": True}}, "/begins_at"),
    ],
)
async def test_a_beginning_that_cannot_be_is_refused_by_its_field(
    db: Database, clock: HeldClock, begins: timedelta | None, fields: dict[str, object], pointer: str
) -> None:
    wanted = await given.published(db)
    await given.rewritten(db, wanted, **fields)
    with pytest.raises(InvalidInput) as refused:
        await given.publish(db, wanted, begins_at=None if begins is None else clock.at + begins)
    assert [each.pointer for each in refused.value.errors] == [pointer]
    assert [each.version for each in (await given.live(db))[wanted]] == [2]


def test_a_take_over_in_store_time_leaves_no_gap_in_any_zone() -> None:
    def version(number: int, window: Window) -> Promotion:
        rule = Rule(effect=AmountOff(amount=1), window=window)
        return promotion_of_rule(rule, promotion_id=UUID_ONE, version=number, code="a")

    midnight = datetime(2026, 11, 27, tzinfo=UTC)
    local = Window(store_time=True, ends_at=midnight + 9 * DAY)
    found = take_over([version(1, local)], version(2, local), midnight)
    assert [each.window for each in found] == [
        Window(store_time=True, ends_at=midnight),
        Window(store_time=True, starts_at=midnight, ends_at=midnight + 9 * DAY),
    ]


async def test_who_publishes_has_seen_what_is_published(db: Database, clock: HeldClock) -> None:
    wanted = await given.draft(db)
    await given.rewritten(db, wanted, priority=1)
    with pytest.raises(StaleVersion):
        await db.transact(promotions.publish_promotion, wanted, PublishIn(version=1), actor=ACTOR, at=clock.at)


async def test_a_withdrawn_promotion_is_gone_for_good_and_frees_its_code(db: Database, clock: HeldClock) -> None:
    wanted = await given.published(db, code="spring")
    with pytest.raises(PromotionCodeTaken):
        await given.draft(db, code="spring")
    await given.withdrawn(db, wanted)
    assert await given.live(db) == {}
    assert (await promotion(db.reading, wanted)).state == "withdrawn"
    for act in (given.publish(db, wanted), given.withdrawn(db, wanted), given.rewritten(db, wanted, priority=1)):
        with pytest.raises(IllegalMove):
            await act
    again = await given.published(db, code="spring")
    assert list(await given.live(db)) == [again]


async def test_what_was_in_force_at_any_instant_can_be_told(db: Database, clock: HeldClock) -> None:
    start = clock.at
    first = await given.published(db)
    clock.move(hours=1)
    await given.rewritten(db, first, priority=5)
    await given.publish(db, first)
    clock.move(hours=1)
    second = await given.published(db, limits={"uses_most": 1})
    await given.reserve(db, given.use(second))
    clock.move(hours=1)
    await given.withdrawn(db, first)

    async def then(hours: float) -> dict[object, tuple[int, int]]:
        found = await promotions.live_at(db.reading, start + timedelta(hours=hours))
        return {each.id: (each.version, each.priority) for each in found}

    assert await then(-0.1) == {}
    assert await then(0.5) == {first: (2, 0)}
    assert await then(1.5) == {first: (4, 5)}
    assert await then(2.5) == {first: (4, 5), second: (2, 0)}
    assert await then(3.5) == {second: (2, 0)}
    listed = await versions_page(db.reading, first, before=None, most=10)
    assert [(each.version, each.in_force, each.rule is None) for _, each in listed] == [
        (5, [], True),
        (4, [4], False),
        (2, [2], False),
    ]


async def test_what_is_over_is_not_resident_and_what_is_to_come_is(db: Database, clock: HeldClock) -> None:
    over = await given.published(db, window={"ends_at": "2026-03-10T11:00:00Z"})
    to_come = await given.published(db, window={"starts_at": "2026-04-01T00:00:00Z", "store_time": True})
    assert set(await given.live(db)) == {over, to_come}
    clock.move(days=2)
    fresh = Database(db.dsn)
    assert {each.id for each in (await promotions.promotions_now(fresh.reading)).all} == {to_come}
    await fresh.close()


async def test_a_published_set_reaches_another_process_within_a_second_and_whole(dsn: str) -> None:
    here, there = Database(dsn, before_commit=events.store), Database(dsn, before_commit=events.store)
    one, two = await given.published(here), await given.published(here)
    seen: list[tuple[float, dict[UUID, int]]] = []

    async def look(until: float) -> None:
        while monotonic() < until:
            index = await promotions.promotions_now(there.reading)
            priorities = {each.id: each.priority for each in index.all}
            if not seen or seen[-1][1] != priorities:
                seen.append((monotonic(), priorities))
            await asyncio.sleep(0.01)

    looking = asyncio.create_task(look(monotonic() + 2.5))
    await asyncio.sleep(0.7)
    for each in (one, two):
        await given.rewritten(here, each, priority=9)

    async def both(tx: Tx) -> None:
        for each in (one, two):
            await promotions.publish_promotion(tx, each, PublishIn(version=3), actor=ACTOR, at=datetime.now(UTC))

    await here.transact(both)
    published = monotonic()
    await looking
    assert [priorities for _, priorities in seen] == [{one: 0, two: 0}, {one: 9, two: 9}]
    assert seen[1][0] - published < 1
    await here.close()
    await there.close()


async def test_one_object_stands_for_one_version_of_the_set(db: Database, clock: HeldClock) -> None:
    await given.published(db)
    first = await promotions.promotions_now(db.reading)
    assert await promotions.promotions_now(db.reading) is first
    await given.published(db)
    second = await promotions.promotions_now(db.reading)
    assert (len(first.all), len(second.all)) == (1, 2)
    assert second.version > first.version
    assert any(each is first.all[0] for each in second.all)  # what did not move is not read again


async def test_a_plain_promotion_is_plain_to_the_engine(db: Database, clock: HeldClock) -> None:
    await given.published(db)
    (only,) = (await promotions.promotions_now(db.reading)).all
    assert only.window is ALWAYS
