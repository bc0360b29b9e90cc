"""Announced reductions: a percentage of the prior price, in each member state by its own rules."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Uuid, select

from commerce import pricing
from commerce.catalog import ProductDraft, Status, VariantDraft, put_products
from commerce.catalog.change_product import publish_product
from commerce.catalog.tables import variants as _variants
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.statement import Statement, given as argument
from commerce.pricing import Audience, NothingToReduce
from commerce.pricing.member_states import DAYS, RULES, rules_of
from commerce.pricing.queries import price_list
from commerce.pricing.reduce_prices import announce_reduction, audiences_of
from commerce.pricing.schemas import ReductionIn, ReductionOut
from tests.given import catalog, pricing as given, stores
from tests.given.identity import administrator
from tests.served import Api, Served

DAY = timedelta(days=1)
PRODUCT_OF = Statement(select(_variants.c.product_id).where(_variants.c.id == argument("variant_id", Uuid)))
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


async def article(
    db: Database, clock: HeldClock, *, handle: str | None = None, perishable: bool = False, **how: Any
) -> UUID:
    """An article of which it is known whether it spoils; on show from now on unless said otherwise."""
    draft = ProductDraft(
        handle=handle or f"article-{new_id()}",
        title=Text3(en="Article"),
        options=(),
        variants=(VariantDraft(),),
        perishable=perishable,
        **how,
    )
    result = await db.transact(put_products, [draft], at=clock.at)
    assert not result.trouble, result.trouble
    return result.variant_ids[0, 0]


async def put(db: Database, clock: HeldClock, handle: str, **how: Any) -> None:
    """Something else about the article of a handle."""
    result = await db.transact(put_products, [ProductDraft(handle=handle, **how)], at=clock.at)
    assert not result.trouble, result.trouble


async def prior(db: Database, clock: HeldClock, country: str, channel: UUID, *articles: UUID) -> list[int | None]:
    audience = Audience(currency="EUR", channel_id=channel, zone="Europe/Madrid", country=country)
    told = await pricing.prior_prices(db.reading, articles, [audience], at=clock.at)
    return [told.get(each) for each in articles]


async def cut(db: Database, articles: Sequence[UUID], amount: int) -> None:
    await given.prices(
        db, dict.fromkeys(articles, amount), list_id=await given.price_list(db, priority=5, reduction=True)
    )


async def test_perishables_go_by_their_own_period_where_the_member_state_has_one(
    db: Database, clock: HeldClock
) -> None:
    web = await stores.channel(db)
    fish, wine = await article(db, clock, perishable=True), await article(db, clock)
    for amount, days in ((900, 20), (1000, 10), (1400, 5)):
        await given.prices(db, {fish: amount, wine: amount})
        clock.move(days=days)
    await cut(db, [fish, wine], 700)
    by_rule = {"ES": 900, "DE": 900, "AT": 900, "FR": 1400, "CZ": 1400, "NL": 1400, "PL": 1400, "SE": 1400, "DK": 1000}
    for country, expected in by_rule.items():
        assert await prior(db, clock, country, web, fish, wine) == [expected, 900], country
    assert await prior(db, clock, "US", web, fish, wine) == [900, 900]


async def test_a_percentage_is_taken_off_what_the_rules_for_perishables_say(db: Database, clock: HeldClock) -> None:
    await stores.channel(db, "paris", country="FR")
    fish, wine = await article(db, clock, perishable=True), await article(db, clock)
    for amount in (1000, 1400):
        await given.prices(db, {fish: amount, wine: amount})
        clock.move(days=5)
    sale = await given.price_list(db, priority=5, reduction=True)
    done = await announced(db, clock, sale, percent="0.5", variant_ids=[fish, wine])
    assert [(each.prior.amount, each.price.amount) for each in done.prices] == [(1400, 700), (1000, 500)]
    done = await announced(db, clock, sale, percent="0.5", variant_ids=[wine], perishable=True)
    assert [(each.prior.amount, each.price.amount) for each in done.prices] == [(1400, 700)], "said by hand"


async def test_new_articles_have_the_shorter_period_where_the_member_state_has_one(
    db: Database, clock: HeldClock
) -> None:
    """New is what came on show within the 30 days, however long its prices have stood on a list."""
    web = await stores.channel(db)
    old, new = await article(db, clock), await article(db, clock, handle="new", status=Status.DRAFT)
    await given.prices(db, {old: 500, new: 500})
    clock.move(days=60)
    await put(db, clock, "new", status=Status.PUBLISHED)
    for amount, days in ((800, 2), (1000, 10), (1400, 6), (1600, 2)):
        await given.prices(db, {old: amount, new: amount})
        clock.move(days=days)
    await cut(db, [old, new], 700)
    assert await prior(db, clock, "ES", web, old, new) == [500, 800], "no price was shown before it was on show"
    assert await prior(db, clock, "HU", web, old, new) == [500, 1000], "15 days"
    assert await prior(db, clock, "BE", web, old, new) == [500, 1400], "7 days"


async def test_what_comes_on_show_at_its_reduced_price_was_never_dearer(db: Database, clock: HeldClock) -> None:
    web = await stores.channel(db)
    pot = await article(db, clock, handle="pot", status=Status.DRAFT)
    later = await article(db, clock, on_show_from=clock.at + 20 * DAY)
    await given.prices(db, {pot: 1000, later: 1000})
    sale = await given.price_list(db, priority=5, reduction=True)
    with pytest.raises(NothingToReduce):
        await announced(db, clock, sale, percent="0.5", variant_ids=[pot])
    clock.move(days=10)
    await given.prices(db, {pot: 700, later: 700}, list_id=sale)
    clock.move(days=10)
    product = await db.reading.fetch_value(PRODUCT_OF, variant_id=pot)
    await db.transact(publish_product, product, at=clock.at)
    clock.move(days=1)
    assert await prior(db, clock, "ES", web, pot, later) == [None, None]
    found = await pricing.prices(db.reading, [pot, later], channel_id=web, currency="EUR", at=clock.at)
    assert (found[pot].unit, found[later].unit) == (700, 700)


async def test_an_article_stays_as_old_as_it_is_when_it_is_hidden_and_shown_again(
    db: Database, clock: HeldClock
) -> None:
    web = await stores.channel(db)
    pot = await article(db, clock, handle="pot")
    await given.prices(db, {pot: 500})
    clock.move(days=60)
    await put(db, clock, "pot", status=Status.DRAFT)
    clock.move(days=1)
    await put(db, clock, "pot", status=Status.PUBLISHED)
    await given.prices(db, {pot: 1400})
    clock.move(days=8)
    await cut(db, [pot], 300)
    assert await prior(db, clock, "BE", web, pot) == [500]


async def test_a_show_that_was_put_off_does_not_make_an_article_older(db: Database, clock: HeldClock) -> None:
    web = await stores.channel(db)
    pot = await article(db, clock, handle="pot", on_show_from=clock.at + 5 * DAY)
    await given.prices(db, {pot: 500})
    clock.move(days=1)
    await put(db, clock, "pot", on_show_from=clock.at + 20 * DAY)
    clock.move(days=20)
    await given.prices(db, {pot: 1400})
    clock.move(days=1)
    await cut(db, [pot], 300)
    assert await prior(db, clock, "ES", web, pot) == [1400]


async def test_a_growing_reduction_keeps_its_first_prior_price_where_and_as_long_as_the_member_state_says(
    db: Database, clock: HeldClock
) -> None:
    web = await stores.channel(db)
    coat, slow = await article(db, clock), await article(db, clock)
    for each, first in ((slow, 40), (coat, 20)):
        await given.prices(db, {each: 2000})
        clock.move(days=60)
        sale = await given.price_list(db, priority=5, reduction=True)
        await given.prices(db, {each: 1600}, list_id=sale)
        clock.move(days=first)
        await given.prices(db, {each: 1200}, list_id=sale)
    for country in ("DE", "FR", "IT", "CZ", "IE", "AT", "DK", "HU", "SK"):
        assert await prior(db, clock, country, web, coat, slow) == [2000, 2000], country
    for country in ("ES", "PL", "NL", "FI", "GR"):
        assert await prior(db, clock, country, web, coat, slow) == [1600, 1600], country
    assert await prior(db, clock, "SE", web, coat, slow) == [2000, 1600], "the steps fall within 30 days, or do not"


def test_every_member_state_has_its_rule_and_none_is_shorter_than_the_directives() -> None:
    assert set(RULES) == MEMBER_STATES
    for country, each in RULES.items():
        shorter = (each.new_days, each.perishable_days)
        assert each.days >= DAYS, country
        assert all(days is None or days < DAYS for days in shorter), country
        assert each.progressive or each.progressive_days is None, country
        assert each.read or not (each.progressive or any(days is not None for days in shorter)), (
            "a choice says where it is from"
        )
    assert rules_of("US") == rules_of("")


async def test_the_back_office_plans_prices_calls_them_off_and_announces_a_sale(server: Served, api: Api) -> None:
    db, tokens = server.program.db, server.tokens
    await stores.channel(db)
    (pot,) = await catalog.variants(db, 1)
    staff = api.as_((await administrator(db, tokens)).access_token)
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
