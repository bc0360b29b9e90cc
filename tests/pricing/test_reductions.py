"""Announced reductions: a percentage of the prior price, in each member state by its own rules."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from commerce import pricing
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.database import Database
from commerce.pricing import Audience, NothingToReduce
from commerce.pricing.member_states import DAYS, RULES, rules_of
from commerce.pricing.queries import price_list
from commerce.pricing.reduce_prices import announce_reduction, audiences_of
from commerce.pricing.schemas import ReductionIn, ReductionOut
from tests.given import catalog, pricing as given, stores
from tests.given.identity import administrator
from tests.served import Api, Served

DAY = timedelta(days=1)
MEMBER_STATES = set("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())


async def announced(db: Database, clock: HeldClock, list_id: UUID, **body: Any) -> ReductionOut:
    audiences = await audiences_of(db.reading, await price_list(db.reading, list_id))
    data = ReductionIn(**body)
    return await db.transact(announce_reduction, list_id, data, audiences, actor="staff:1", at=clock.at)


async def shown(db: Database, variants: list[UUID], channel: UUID, clock: HeldClock, **how: Any) -> dict[UUID, int]:
    audience = Audience(currency="EUR", channel_id=channel, zone="Europe/Madrid", country="ES")
    return await pricing.prior_prices(db.reading, variants, [audience], at=clock.at, **how)


async def test_an_announced_percentage_is_taken_off_the_prior_price_half_up(db: Database, clock: HeldClock) -> None:
    """CJEU C-330/23: not off the price of the day before."""
    web = await stores.channel(db)
    pot, lid = await catalog.variants(db, 2)
    await given.prices(db, {pot: 1000, lid: 105})
    clock.move(days=10)
    await given.prices(db, {pot: 1500, lid: 205})
    clock.move(days=10)
    sale = await given.price_list(db, priority=5, reduction=True, starts_at=clock.at + DAY)
    done = await announced(db, clock, sale, percent="0.30", variant_ids=[pot, lid])
    told = {each.variant_id: (each.prior, each.price) for each in done.prices}
    # 105 less 30 % is 73.5.
    assert told == {
        pot: (Money(1000, "EUR"), Money(700, "EUR")),
        lid: (Money(105, "EUR"), Money(74, "EUR")),
    }
    again = await announced(db, clock, sale, percent="0.30", variant_ids=[lid, pot])
    assert (again.version, again.prices[::-1]) == (done.version, done.prices), "before it begins, it is the same again"
    clock.move(days=1)
    found = await pricing.prices(db.reading, [pot], channel_id=web, currency="EUR", at=clock.at)
    assert found[pot].unit == 700
    assert await shown(db, [pot, lid], web, clock) == {pot: 1000, lid: 105}


async def test_of_several_channels_the_lowest_prior_price_counts(db: Database, clock: HeldClock) -> None:
    web, app = await stores.channel(db), await stores.channel(db, "app")
    (pot,) = await catalog.variants(db, 1)
    await given.prices(db, {pot: 1000})
    await given.prices(db, {pot: 900}, list_id=await given.price_list(db, channel_id=app, priority=1))
    clock.move(days=40)
    everywhere = await given.price_list(db, priority=5, reduction=True)
    assert (await announced(db, clock, everywhere, percent="0.1", variant_ids=[pot])).prices[0].prior.amount == 900
    for_web = await given.price_list(db, priority=5, reduction=True, channel_id=web)
    assert (await announced(db, clock, for_web, percent="0.1", variant_ids=[pot])).prices[0].prior.amount == 1000
    clock.move(days=1)
    assert await shown(db, [pot], web, clock) == {pot: 1000}
    assert await shown(db, [pot], app, clock) == {pot: 900}


async def test_all_articles_of_another_list_are_reduced_page_by_page(
    db: Database, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commerce.pricing.reduce_prices.MOST", 2)
    await stores.channel(db)
    base, variants = await given.price_list(db), sorted(await catalog.variants(db, 5))
    await given.prices(db, dict.fromkeys(variants, 1000), list_id=base)
    clock.move(days=1)
    sale = await given.price_list(db, priority=5, reduction=True)
    seen, after = [], None
    while True:
        done = await announced(db, clock, sale, percent="0.5", of_list_id=base, after=after)
        seen += [each.variant_id for each in done.prices]
        if (after := done.next_after) is None:
            break
    assert seen == variants


async def test_what_cannot_be_announced_is_refused_with_the_field_at_fault(db: Database, clock: HeldClock) -> None:
    await stores.channel(db)
    pot, new = await catalog.variants(db, 2)
    base = await given.price_list(db)
    await given.prices(db, {pot: 1000}, list_id=base)
    clock.move(days=1)
    sale = await given.price_list(db, priority=5, reduction=True)
    for list_id, body, pointer in (
        (base, {"percent": "0.1", "variant_ids": [pot]}, "/percent"),
        (sale, {"percent": "0.0", "variant_ids": [pot]}, "/percent"),
        (sale, {"percent": "0.1"}, "/variant_ids"),
        (sale, {"percent": "0.1", "variant_ids": [pot], "of_list_id": base}, "/variant_ids"),
        (sale, {"percent": "0.1", "variant_ids": [pot, new_id()]}, "/variant_ids/1"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await announced(db, clock, list_id, **body)
        assert [error.pointer for error in refused.value.errors] == [pointer]
    with pytest.raises(NothingToReduce) as missing:
        await announced(db, clock, sale, percent="0.1", variant_ids=[pot, new])
    assert missing.value.facts == {"variants": [str(new)]}
    assert (await price_list(db.reading, sale)).version == 1, "no price was set"


async def test_perishables_go_by_the_price_before_where_the_member_state_exempts_them(
    db: Database, clock: HeldClock
) -> None:
    paris = await stores.channel(db, "paris", country="FR")
    fish, wine = new_id(), new_id()
    await given.prices(db, {fish: 1000, wine: 1000})
    clock.move(days=5)
    await given.prices(db, {fish: 1400, wine: 1400})
    clock.move(days=5)
    await given.prices(db, {fish: 700, wine: 700}, list_id=await given.price_list(db, priority=5, reduction=True))
    france = Audience(currency="EUR", channel_id=paris, zone="Europe/Paris", country="FR")
    told = await pricing.prior_prices(db.reading, [fish, wine], [france], at=clock.at, perishable=[fish])
    assert told == {fish: 1400, wine: 1000}
    spain = Audience(currency="EUR", channel_id=paris, zone="Europe/Paris", country="ES")
    told = await pricing.prior_prices(db.reading, [fish, wine], [spain], at=clock.at, perishable=[fish])
    assert told == {fish: 1000, wine: 1000}


async def test_since_when_an_article_is_on_the_market_may_be_known_better_than_from_its_prices(
    db: Database, clock: HeldClock
) -> None:
    ghent, pot = await stores.channel(db, "ghent", country="BE"), new_id()
    await given.prices(db, {pot: 1000})
    clock.move(days=5)
    await given.prices(db, {pot: 1400})
    clock.move(days=8)
    await given.prices(db, {pot: 700}, list_id=await given.price_list(db, priority=5, reduction=True))
    belgium = Audience(currency="EUR", channel_id=ghent, zone="Europe/Brussels", country="BE")
    assert await pricing.prior_prices(db.reading, [pot], [belgium], at=clock.at) == {pot: 1400}
    since = {pot: clock.at - 90 * DAY}
    told = await pricing.prior_prices(db.reading, [pot], [belgium], at=clock.at, on_market=since)
    assert told == {pot: 1000}


def test_every_member_state_has_its_rule_and_none_is_shorter_than_the_directives() -> None:
    assert set(RULES) == MEMBER_STATES
    assert all(each.days >= DAYS and (each.new_days is None or each.new_days < DAYS) for each in RULES.values())
    assert rules_of("US") == rules_of("")


async def test_the_back_office_plans_prices_calls_them_off_and_announces_a_sale(server: Served, api: Api) -> None:
    db, tokens = server.program.db, server.program.services.tokens
    await stores.channel(db)
    (pot,) = await catalog.variants(db, 1)
    staff = api.as_((await administrator(db, tokens)).access_token)  # type: ignore[arg-type]
    base = await staff.post("/v1/admin/price-lists", {"code": "base", "name": "Base", "currency": "EUR"})
    path, later = f"/v1/admin/price-lists/{base['id']}/prices", "2900-01-01T00:00:00Z"
    price = {"amount": 1000, "currency": "EUR"}
    await staff.put(path, {"prices": [{"variant_id": str(pot), "price": price}]})
    await staff.put(
        path,
        {
            "prices": [
                {"variant_id": str(pot), "price": {**price, "amount": 900}, "starts_at": later},
                {"variant_id": str(pot), "price": {**price, "amount": 800}, "min_quantity": 4},
            ]
        },
    )
    listed = await staff.get(f"{path}?limit=2")
    rest = await staff.get(f"{path}?limit=2&cursor={listed['next_cursor']}")
    told = [
        (each["min_quantity"], each["price"]["amount"], each["starts_at"]) for each in listed["items"] + rest["items"]
    ]
    assert told == [(1, 1000, None), (1, 900, later), (4, 800, None)]
    assert listed["items"][0]["ends_at"] == later
    assert (await staff.call("DELETE", f"{path}/{pot}?starts_at={later}")).status_code == 204
    assert (await staff.call("DELETE", f"{path}/{pot}?starts_at={later}")).status_code == 404
    assert (await staff.call("DELETE", f"{path}/{pot}?starts_at=2900-01-01T00:00:00")).status_code == 400
    assert len((await staff.get(path))["items"]) == 2
    assert (await staff.call("DELETE", f"{path}/{pot}?ends_at={later}")).status_code == 204
    assert (await staff.get(path))["items"][0]["ends_at"] == later
    assert (await staff.call("DELETE", f"{path}/{pot}?starts_at={later}")).status_code == 204
    for query in (
        "ends_at=2020-01-01T00:00:00Z",
        f"ends_at={later}&starts_at={later}",
        "starts_at=2020-01-01T00:00:00Z",
    ):
        assert (await staff.call("DELETE", f"{path}/{pot}?{query}")).status_code == 400
    changes = (await staff.get(f"{path}/{pot}/history"))["items"]
    said = [(each["price"] and each["price"]["amount"], each["starts_at"]) for each in changes]
    assert said == [(1000, later), (None, later), (1000, later), (800, None), (900, later), (1000, None)]
    sale = await staff.post(
        "/v1/admin/price-lists", {"code": "sale", "name": "Sale", "currency": "EUR", "priority": 5, "reduction": True}
    )
    body = {"percent": "0.25", "variant_ids": [str(pot)]}
    done = await staff.post(f"/v1/admin/price-lists/{sale['id']}/reduction", body)
    assert [(each["prior"]["amount"], each["price"]["amount"]) for each in done["prices"]] == [(1000, 750)]
