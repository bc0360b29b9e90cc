"""From a draft to what every process decides by, and back to the built-in rule."""

import asyncio

import asyncpg
import pytest

from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput
from commerce.kernel.ids import new_id
from commerce.platform import events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import StaleVersion
from commerce.sourcing import BUILT_IN, rule_now
from commerce.sourcing.audit import CHECKS
from commerce.sourcing.errors import SourcingCodeTaken, SourcingRuleHolds
from commerce.sourcing.publish import publish_rule
from commerce.sourcing.queries import rule_of, versions_page
from commerce.sourcing.schemas import PublishSourcingRuleIn
from tests.given import sourcing as given, stores
from tests.given.sourcing import ACTOR
from tests.soon import seen_soon

CHEAPEST = {"steps": [{"name": "cheapest", "rank": [{"by": "cost"}]}]}


async def test_the_built_in_rule_decides_until_one_is_published(db: Database, clock: HeldClock) -> None:
    assert await rule_now(db.reading) is BUILT_IN
    rule_id = await given.draft(db)
    assert await rule_now(db.reading) is BUILT_IN
    version = await given.publish(db, rule_id)
    now = await rule_now(db.reading)
    assert (now.id, now.version, now.routing.steps[0].name) == (rule_id, version, "nearest")
    await given.withdrawn(db, rule_id)
    assert await rule_now(db.reading) is BUILT_IN


async def test_a_channels_own_rule_goes_before_that_of_all_channels(db: Database, clock: HeldClock) -> None:
    web, app = await stores.channel(db), await stores.channel(db, "app")
    everywhere = await given.published(db)
    only_web = await given.published(db, CHEAPEST, channel_id=web)
    assert [(await rule_now(db.reading, each)).id for each in (web, app, None)] == [only_web, everywhere, everywhere]
    await given.withdrawn(db, only_web)
    assert (await rule_now(db.reading, web)).id == everywhere


async def test_a_rewritten_rule_decides_as_before_until_it_is_published_again(db: Database, clock: HeldClock) -> None:
    rule_id = await given.published(db)
    await given.rewritten(db, rule_id, routing=CHEAPEST)
    assert (await rule_now(db.reading)).routing.steps[0].name == "nearest"
    assert (await rule_of(db.reading, rule_id)).routing.steps[0].name == "cheapest"
    assert (await rule_of(db.reading, rule_id, published=True)).version == 2
    await given.publish(db, rule_id)
    now = await rule_now(db.reading)
    assert (now.version, now.routing.steps[0].name) == (4, "cheapest")
    await given.withdrawn(db, rule_id)
    listed = await versions_page(db.reading, rule_id, before=None, most=10)
    assert [(each.version, each.routing is None) for _, each in listed] == [(5, True), (4, False), (2, False)]


async def test_one_rule_decides_for_a_channel_and_one_for_all_others(db: Database, clock: HeldClock) -> None:
    web = await stores.channel(db)
    await given.published(db)
    await given.published(db, channel_id=web)
    for second in (await given.draft(db), await given.draft(db, channel_id=web)):
        with pytest.raises(SourcingRuleHolds):
            await given.publish(db, second)
        assert await versions_page(db.reading, second, before=None, most=10) == []


async def test_two_that_publish_at_once_for_one_channel_leave_one_rule(dsn: str, clock: HeldClock) -> None:
    here = Database(dsn, before_commit=events.store)
    rules = [await given.draft(here) for _ in range(8)]
    ended = await asyncio.gather(*(given.publish(here, each) for each in rules), return_exceptions=True)
    assert sorted(type(each).__name__ for each in ended) == ["SourcingRuleHolds"] * 7 + ["int"]
    await here.close()


async def test_who_publishes_has_seen_what_is_published_and_what_is_withdrawn_stays_so(
    db: Database, clock: HeldClock
) -> None:
    rule_id = await given.draft(db, code="first")
    await given.rewritten(db, rule_id, routing=CHEAPEST)
    with pytest.raises(StaleVersion):
        await db.transact(publish_rule, rule_id, PublishSourcingRuleIn(version=1), actor=ACTOR, at=clock.at)
    with pytest.raises(SourcingCodeTaken):
        await given.draft(db, code="first")
    await given.withdrawn(db, rule_id)
    for act in (given.publish(db, rule_id), given.withdrawn(db, rule_id), given.rewritten(db, rule_id)):
        with pytest.raises(IllegalMove):
            await act
    await given.draft(db, code="first")


@pytest.mark.parametrize(
    ("step", "pointers"),
    [
        ({"rank": [{"by": "cost"}, {"by": "cost"}]}, ["/routing/steps/0/rank/1/by"]),
        ({"mode": "weighted", "rank": [{"by": "cost", "weight": 0}]}, ["/routing/steps/0/rank"]),
        ({"kinds": ["store", "store"]}, ["/routing/steps/0/kinds"]),
        ({"locations": [str(new_id())]}, ["/routing/steps/0/locations/0"]),
        (
            {"exclusions": [{"location_id": str(new_id()), "variant_ids": [str(new_id())]}]},
            ["/routing/steps/0/exclusions/0/location_id", "/routing/steps/0/exclusions/0/variant_ids/0"],
        ),
    ],
)
async def test_a_wrong_rule_is_refused_with_each_field_at_fault(
    db: Database, clock: HeldClock, step: dict[str, object], pointers: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await given.draft(db, {"steps": [{"name": "only", "rank": [{"by": "cost"}], **step}]})
    assert [each.pointer for each in refused.value.errors] == pointers


async def test_a_published_rule_reaches_another_process_within_a_second(dsn: str) -> None:
    here, there = Database(dsn, before_commit=events.store), Database(dsn, before_commit=events.store)

    async def known() -> object:
        return (await rule_now(there.reading)).id

    assert await rule_now(there.reading) is BUILT_IN
    await seen_soon(known, await given.published(here))
    await here.close()
    await there.close()


FAULTS = {
    "sourcing_rule_in_force_is_its_last_version": "INSERT INTO sourcing_rule_versions (rule_id, version, routing, at, actor)"
    " SELECT rule_id, version + 10, NULL, at, actor FROM sourcing_rule_versions",
}


def test_there_is_a_fault_for_each_check() -> None:
    assert {check.name for check in CHECKS} == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(db: Database, dsn: str, clock: HeldClock, name: str) -> None:
    await given.withdrawn(db, await given.published(db))
    await given.published(db)
    await given.draft(db)
    assert [each.name for each in await run_checks(db.reading, CHECKS) if each.rows] == []
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(FAULTS[name])
    finally:
        await connection.close()
    assert [each.name for each in await run_checks(db.reading, CHECKS) if each.rows] == [name]
