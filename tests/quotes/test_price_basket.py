"""A basket's price, from rows to the last minor unit."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest

from commerce import pricing, quotes, tax
from commerce.catalog import Status
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import VariantId, new_id
from commerce.platform.database import Database, Tx
from commerce.price_engine import Priced, PricedDelivery, PricedLine
from commerce.pricing.schemas import PriceListPatch
from commerce.quotes import CannotPrice, Want, WantLine
from commerce.tax.schemas import TaxRatePatch
from tests.given import catalog, pricing as given, stores
from tests.quotes.shop import open_shop, quoted
from tests.soon import seen_soon


def assert_headers_are_sums(priced: Priced) -> None:
    for line in priced.lines:
        assert line.subtotal == line.unit * line.quantity
        assert line.net + line.tax == line.total
        assert line.total == line.subtotal - line.discount + (0 if line.includes_tax else line.tax)
    for group in priced.groups:
        lines = [line for line in priced.lines if line.group == group.group]
        deliveries = [delivery for delivery in priced.deliveries if delivery.group == group.group]
        assert group.lines == sum(line.total for line in lines)
        assert group.delivery == sum(delivery.total for delivery in deliveries)
        assert group.total == group.lines + group.delivery + group.rounding
    parts: list[PricedLine | PricedDelivery] = [*priced.lines, *priced.deliveries]
    for rate in priced.taxes:
        of_rate = [p for p in parts if (p.tax_country, p.tax_category) == (rate.country, rate.category)]
        assert (rate.net, rate.tax, rate.gross) == (
            sum(part.net for part in of_rate),
            sum(part.tax for part in of_rate),
            sum(part.total for part in of_rate),
        )
    assert priced.total == sum(group.total for group in priced.groups)
    assert priced.total == sum(part.total for part in parts) + priced.rounding
    assert priced.total == priced.net_total + priced.tax_total + priced.rounding


# --- arithmetic --------------------------------------------------------------------------------------------------


async def test_a_basket_in_euros_with_three_rates_collected_and_sent(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    found = await quoted(
        db, (shop.pot, 3, shop.send), (shop.cheese, 1, shop.collect), (shop.book, 2, shop.send), (shop.pot, 1, None)
    )
    priced = found.priced
    assert_headers_are_sums(priced)
    # 21 %: 59.97 holds 10.41; 10 %: 10.50 holds 0.95 (0.9545); 4 %: 19.80 holds 0.76 (0.7615); 21 %: 19.99 holds 3.47
    assert [(line.key, line.subtotal, line.tax, line.total) for line in priced.lines] == [
        ("1", 5997, 1041, 5997),
        ("2", 1050, 95, 1050),
        ("3", 1980, 76, 1980),
        ("4", 1999, 347, 1999),
    ]
    assert [(delivery.group, delivery.total, delivery.tax) for delivery in priced.deliveries] == [(shop.send, 495, 86)]
    assert {group.group: group.total for group in priced.groups} == {"": 1999, shop.collect: 1050, shop.send: 8472}
    assert [(rate.category, rate.rate, rate.tax, rate.gross) for rate in priced.taxes] == [
        ("reduced", Decimal("0.1"), 95, 1050),
        ("standard", Decimal("0.21"), 1474, 8491),
        ("super_reduced", Decimal("0.04"), 76, 1980),
    ]
    assert (priced.currency, priced.total, priced.tax_total, priced.delivery_total) == ("EUR", 11521, 1645, 495)
    assert found.articles[VariantId(shop.pot)].tax_category == "standard"


async def test_yen_have_no_decimals_anywhere(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db, currency="JPY", country="ES", prices=(80, 333, 1))
    priced = (await quoted(db, (shop.pot, 1, None), (shop.cheese, 3, shop.send))).priced
    assert_headers_are_sums(priced)
    assert (priced.currency, priced.total) == ("JPY", 80 + 999 + 495)
    assert [line.tax for line in priced.lines] == [14, 91]  # 13.88 and 90.82


async def test_dinars_come_to_a_total_that_can_be_charged_in_each_group(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db, currency="KWD", prices=(1234, 5678, 1))
    priced = (await quoted(db, (shop.pot, 1, shop.collect), (shop.cheese, 1, shop.send))).priced
    assert_headers_are_sums(priced)
    assert {group.group: (group.lines + group.delivery, group.rounding) for group in priced.groups} == {
        shop.collect: (1234, -4),
        shop.send: (6173, -3),
    }
    assert (priced.total, priced.rounding) == (7400, -7)
    assert all(group.total % 10 == 0 for group in priced.groups)


async def test_prices_without_tax_get_it_on_top(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    net = await given.price_list(db, priority=5, includes_tax=False)
    await given.prices(db, {shop.pot: 2499}, list_id=net)
    priced = (await quoted(db, (shop.pot, 1, None), (shop.cheese, 1, None))).priced
    assert_headers_are_sums(priced)
    assert [(line.net, line.tax, line.total) for line in priced.lines] == [(2499, 525, 3024), (955, 95, 1050)]
    assert priced.tax_added == 525


async def test_the_order_of_lines_changes_no_figure(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    lines = [(shop.pot, 2, shop.send), (shop.book, 1, shop.collect), (shop.cheese, 7, shop.send)]
    forth, back = (await quoted(db, *lines)).priced, (await quoted(db, *reversed(lines))).priced
    assert (forth.total, forth.groups, forth.taxes) == (back.total, back.groups, back.taxes)


# --- which tax, which delivery -----------------------------------------------------------------------------------


async def test_tax_is_that_of_the_store_where_collected_and_of_the_destination_where_sent(
    db: Database, clock: HeldClock
) -> None:
    shop = await open_shop(db)
    porto = await stores.location(db, "porto", country="PT", timezone="Europe/Lisbon")
    found = await quoted(
        db,
        (shop.pot, 1, f"pickup:{porto}"),
        (shop.pot, 1, shop.collect),
        (shop.pot, 1, shop.send),
        (shop.pot, 1, None),
        country="DE",
    )
    assert [(line.tax_country, line.tax_rate) for line in found.priced.lines] == [
        ("PT", Decimal("0.23")),
        ("ES", Decimal("0.21")),
        ("DE", Decimal("0.19")),
        ("DE", Decimal("0.19")),
    ]
    assert found.priced.deliveries[0].tax_country == "DE"
    at_home = await quoted(db, (shop.pot, 1, shop.send), (shop.pot, 1, None))
    assert {line.tax_country for line in at_home.priced.lines} == {"ES"}


async def test_each_group_pays_its_delivery_once_and_collections_only_where_they_cost(
    db: Database, clock: HeldClock
) -> None:
    shop = await open_shop(db)
    other = await stores.location(db, "sants")
    lines = (
        (shop.pot, 1, shop.collect),
        (shop.book, 1, shop.collect),
        (shop.pot, 1, f"pickup:{other}"),
        (shop.pot, 1, shop.send),
        (shop.book, 1, shop.send),
    )
    free = (await quoted(db, *lines)).priced
    assert [delivery.group for delivery in free.deliveries] == [shop.send]
    await given.delivery_method(db, kind="pickup", amount=100)
    paid = (await quoted(db, *lines)).priced
    assert {delivery.group: delivery.total for delivery in paid.deliveries} == {
        shop.collect: 100,
        f"pickup:{other}": 100,
        shop.send: 495,
    }
    assert paid.total == free.total + 200


# --- what has no price -------------------------------------------------------------------------------------------


async def test_each_line_that_cannot_be_priced_is_named_with_its_reason(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    (draft,) = await catalog.product(db, status=Status.DRAFT)
    unpriced = await catalog.variant(db)
    heavy = await catalog.variant(db, shippable=False)
    await given.prices(db, {draft: 100, heavy: 100})
    abroad = await given.delivery_method(db, countries=["FR"])
    closed = await stores.location(db, "closed", active=False)
    with pytest.raises(CannotPrice) as refused:
        await quoted(
            db,
            (shop.pot, 1, shop.send),
            (new_id(), 1, None),
            (draft, 1, None),
            (unpriced, 1, None),
            (heavy, 1, shop.send),
            (shop.pot, 1, f"ship:{new_id()}"),
            (shop.pot, 1, f"ship:{abroad}"),
            (shop.pot, 1, f"pickup:{closed}"),
        )
    assert [(problem.key, problem.reason) for problem in refused.value.problems] == [
        ("2", "unknown_article"),
        ("3", "not_for_sale"),
        ("4", "no_price"),
        ("5", "not_shippable"),
        ("6", "unknown_method"),
        ("7", "not_delivered_there"),
        ("8", "unknown_location"),
    ]
    assert [error.pointer for error in refused.value.errors][3:6] == [
        "/lines/4/variant_id",
        "/lines/5/group",
        "/lines/6/group",
    ]
    assert refused.value.status == 422


async def test_without_a_tax_rate_for_the_destination_nothing_is_sold_there(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    (rare,) = await catalog.product(db, tax_category="rare")
    await given.prices(db, {rare: 100})
    with pytest.raises(CannotPrice) as refused:
        await quoted(db, (rare, 1, shop.send), (shop.pot, 1, shop.collect))
    assert [(problem.key, problem.reason) for problem in refused.value.problems] == [("1", "no_tax_rate")]


async def test_lines_without_a_price_can_be_left_out_and_are_named(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    gone = new_id()
    lines = (
        WantLine(key="a", variant_id=gone, quantity=1, group=shop.send),
        WantLine(key="b", variant_id=shop.pot, quantity=2, group=shop.collect),
    )
    around = await quotes.surroundings(db.reading)
    found = await quotes.price_basket(
        db.reading, around, Want(channel_id=shop.channel, lines=lines, at=clock.at), leave_out=True
    )
    assert [(problem.key, problem.position, problem.reason) for problem in found.problems] == [
        ("a", 0, "unknown_article")
    ]
    assert (found.priced.total, [line.key for line in found.priced.lines]) == (3998, ["b"])
    assert found.priced.deliveries == ()
    nothing = await quotes.price_basket(
        db.reading, around, Want(channel_id=shop.channel, lines=lines[:1], at=clock.at), leave_out=True
    )
    assert (nothing.priced.total, nothing.priced.lines) == (0, ())


async def test_a_total_that_no_money_column_can_hold_is_refused(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db, prices=(10**15, 1, 1))
    with pytest.raises(CannotPrice, match="too large"):
        await quoted(db, *((shop.pot, 9_999, None) for _ in range(2)))


async def test_an_unknown_channel_is_not_found(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    want = Want(channel_id=new_id(), lines=(WantLine(key="a", variant_id=shop.pot, quantity=1),), at=clock.at)
    with pytest.raises(NotFound):
        await quotes.price_basket(db.reading, db.reading, want)


# --- time and change ---------------------------------------------------------------------------------------------


async def test_a_sale_and_a_new_tax_rate_hold_from_their_instant_on(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    ends = clock.at + timedelta(hours=1)
    sale = await given.price_list(db, priority=5, ends_at=ends)
    await given.prices(db, {shop.pot: 1499}, list_id=sale)
    spanish = (await tax.taxes(db.reading)).rate("standard", "ES", clock.at)
    assert spanish is not None
    await db.transact(tax.change_rate, spanish.id, 1, TaxRatePatch(valid_to=date(2026, 3, 11)), at=clock.at)
    await given.tax_rate(db, "0.25", valid_from=date(2026, 3, 11))
    assert [(line.unit, line.tax) for line in (await quoted(db, (shop.pot, 1, None))).priced.lines] == [(1499, 260)]
    clock.move(hours=1)
    assert [(line.unit, line.tax) for line in (await quoted(db, (shop.pot, 1, None))).priced.lines] == [(1999, 347)]
    clock.move(hours=12)  # midnight in Madrid, 23:00 in UTC
    assert [(line.unit, line.tax) for line in (await quoted(db, (shop.pot, 1, None))).priced.lines] == [(1999, 400)]


async def test_a_changed_price_or_tax_rate_is_seen_by_another_process_within_a_second(
    db: Database, dsn: str, clock: HeldClock
) -> None:
    shop = await open_shop(db)
    other = Database(dsn)

    async def taxed() -> int:
        return (await quoted(other, (shop.pot, 1, None))).priced.tax_total

    try:
        assert (await quoted(other, (shop.pot, 1, None))).priced.total == 1999
        await given.prices(db, {shop.pot: 2999})
        assert (await quoted(other, (shop.pot, 1, None))).priced.total == 2999
        spanish = (await tax.taxes(db.reading)).rate("standard", "ES", clock.at)
        assert spanish is not None
        await db.transact(tax.change_rate, spanish.id, 1, TaxRatePatch(valid_to=date(2026, 3, 10)), at=clock.at)
        await given.tax_rate(db, "0.5", valid_from=date(2026, 3, 10))
        await seen_soon(taxed, 1000)
    finally:
        await other.close()


async def test_a_basket_is_never_priced_from_two_versions_of_a_list(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db, prices=(100, 100, 100))
    done = False

    async def reprice() -> None:
        nonlocal done
        for amount in range(101, 131):
            await given.prices(db, dict.fromkeys((shop.pot, shop.cheese, shop.book), amount))
            await asyncio.sleep(0.01)  # so that the lookers get between two versions
        done = True

    async def look() -> set[int]:
        seen: set[int] = set()
        while not done:
            priced = (await quoted(db, (shop.pot, 1, None), (shop.cheese, 1, None), (shop.book, 1, None))).priced
            units = {line.unit for line in priced.lines}
            assert len(units) == 1
            seen |= units
        return seen

    _, *seen = await asyncio.gather(reprice(), look(), look())
    assert len(set().union(*(each for each in seen if each is not None))) > 1


async def test_prices_are_never_judged_by_the_terms_of_another_version_of_their_list(
    db: Database, clock: HeldClock
) -> None:
    shop = await open_shop(db, prices=(1000, 1000, 1000))
    sale = await given.price_list(db, priority=5)
    await given.prices(db, {shop.pot: 700}, list_id=sale)
    around = await quotes.surroundings(db.reading)  # as another process knows it for up to a second
    want = Want(channel_id=shop.channel, at=clock.at, lines=(WantLine(key="a", variant_id=shop.pot, quantity=1),))
    assert (await quotes.price_basket(db.reading, around, want)).priced.total == 700

    async def both_at_once(tx: Tx) -> None:
        version = (await pricing.price_list(tx, sale)).version
        await pricing.change_list(tx, sale, version, PriceListPatch(priority=-1), at=clock.at)
        entries = [pricing.PriceEntry(variant_id=shop.pot, amount=1)]
        await pricing.set_prices(tx, sale, entries, actor="staff:test", at=clock.at, currency="EUR")

    await db.transact(both_at_once)
    assert (await quotes.price_basket(db.reading, around, want)).priced.total == 1000


@pytest.mark.usefixtures("nothing_ages")
async def test_a_basket_costs_one_statement_however_many_lines_it_has(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    lines = [(shop.pot, 1, shop.send)] * 50 + [(shop.book, 2, shop.collect)] * 50
    around = await quotes.surroundings(db.reading)
    before = db.statements
    want = Want(
        channel_id=shop.channel,
        at=clock.at,
        lines=tuple(
            WantLine(key=str(nth), variant_id=variant, quantity=quantity, group=group)
            for nth, (variant, quantity, group) in enumerate(lines)
        ),
    )
    found = await quotes.price_basket(db.reading, around, want)
    assert db.statements - before == 1
    assert_headers_are_sums(found.priced)
    assert found.priced.total == 50 * 1999 + 100 * 990 + 495
