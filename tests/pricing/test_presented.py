"""The price as it was presented, and the prior price of a reduction: compared with a plain replay of everything that was done, hour by hour."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Text, Uuid, column, func, literal_column, select

from commerce import pricing
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.platform.statement import Statement, given as argument
from commerce.price_engine import wall_clock
from commerce.pricing.put_prices import take_price_off
from commerce.pricing.schemas import PriceListPatch
from tests.given import customers, pricing as given, stores

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONE = "Europe/Madrid"
_instant = DateTime(timezone=True)
_steps = (
    func.presented_prices(
        argument("variant", Uuid),
        argument("channel", Uuid),
        argument("store", Uuid),
        argument("zone", Text),
        literal_column("'EUR'"),
        argument("since", _instant),
        argument("upto", _instant),
    )
    .table_valued(column("since", _instant), column("amount", BigInteger), column("reduced", Boolean), name="steps")
    .render_derived()
)
STEPS = Statement(select(_steps.c.since, _steps.c.amount, _steps.c.reduced).order_by(_steps.c.since))
PRIOR = Statement(
    select(
        func.prior_price(
            argument("variant", Uuid),
            argument("channel", Uuid),
            argument("store", Uuid),
            argument("zone", Text),
            literal_column("'EUR'"),
            argument("at", _instant),
            literal_column("false"),
            argument("progressive", Boolean),
            argument("days", Integer),
            argument("new_days", Integer),
            literal_column("NULL"),
        )
    )
)
Step = tuple[int | None, bool]


class Shop:
    """What was done to price lists and prices, kept as it was done, and what follows from it: the slow way."""

    def __init__(self, variant: UUID) -> None:
        self.variant = variant
        self.terms: dict[UUID, list[tuple[datetime, dict[str, Any]]]] = {}
        self.plans: dict[UUID, list[tuple[datetime, str, datetime | None, int | None]]] = {}

    def on_list(self, list_id: UUID, at: datetime) -> int | None:
        """The price on one list: of what was known by then, the entry that began last."""
        points: dict[datetime, int | None] = {}
        for when, what, start, amount in self.plans.get(list_id, ()):
            if when > at:
                break
            if what == "now":
                points = {point: kept for point, kept in points.items() if point > when}
                points[when] = amount
            elif what == "plan" and start is not None:
                points[start] = amount
            elif what == "call_off" and start is not None:
                points.pop(start, None)
            elif what == "remove":
                points = {}
        begun = [point for point in points if point <= at]
        return points[max(begun)] if begun else None

    def presented(self, at: datetime, channel: UUID, store: UUID | None) -> Step:
        """The price that everybody was shown."""
        best: tuple[tuple[int, int, UUID], int, bool] | None = None
        for list_id, history in self.terms.items():
            known = [terms for since, terms in history if since <= at]
            if not known:
                continue
            terms = known[-1]
            if (
                not terms["active"]
                or terms["channel_id"] not in {None, channel}
                or terms["store_id"] not in {None, store}
            ):
                continue
            now = wall_clock(at, ZONE) if terms["store_time"] else at
            if terms["starts_at"] is not None and now < terms["starts_at"]:
                continue
            if terms["ends_at"] is not None and now >= terms["ends_at"]:
                continue
            amount = self.on_list(list_id, at)
            if amount is None:
                continue
            rank = (
                -terms["priority"],
                -(2 * (terms["store_id"] is not None) + (terms["channel_id"] is not None)),
                list_id,
            )
            if best is None or rank < best[0]:
                best = (rank, amount, terms["reduction"])
        return (None, False) if best is None else best[1:]

    def prior(self, at: datetime, of: Callable[[datetime], Step], first: datetime, *, progressive: bool) -> int | None:
        """The lowest price of the 30 days before the reduction that is shown began, hour by hour."""
        price, reduced = of(at)
        if price is None or not reduced:
            return None
        begun = at
        while begun > first:
            amount, was_reduced = of(begun - HOUR)
            if amount is None or not was_reduced or not (amount == price or (progressive and amount > price)):
                break
            price, begun = amount, begun - HOUR
        seen = begun - HOUR
        lowest: int | None = None
        while seen >= first and (seen >= begun - 30 * DAY or lowest is None):
            amount, _ = of(seen)
            if amount is not None:
                lowest = amount if lowest is None else min(lowest, amount)
            seen -= HOUR
        return lowest


async def steps(
    db: Database, variant: UUID, channel: UUID, store: UUID | None, since: datetime, upto: datetime
) -> list[Any]:
    rows = await db.reading.fetch(
        STEPS, variant=variant, channel=channel, store=store, zone=ZONE, since=since, upto=upto
    )
    return [tuple(row) for row in rows]


async def prior(
    db: Database,
    variant: UUID,
    channel: UUID,
    at: datetime,
    *,
    store: UUID | None = None,
    progressive: bool = True,
    days: int = 30,
    new_days: int | None = None,
) -> int | None:
    found: int | None = await db.reading.fetch_value(
        PRIOR,
        variant=variant,
        channel=channel,
        store=store,
        zone=ZONE,
        at=at,
        progressive=progressive,
        days=days,
        new_days=new_days,
    )
    return found


async def begin(db: Database, clock: HeldClock, shop: Shop) -> None:
    """A general list with a price, and a sale that ends soon."""
    for priority, amount, ends in ((0, 1500, None), (1, 1200, clock.at + 90 * HOUR)):
        terms: dict[str, Any] = dict.fromkeys(("channel_id", "store_id", "starts_at"), None) | {
            "priority": priority,
            "active": True,
            "ends_at": ends,
            "store_time": False,
            "reduction": ends is not None,
        }
        list_id = await given.price_list(db, **terms)
        shop.terms[list_id] = [(clock.at, terms)]
        clock.move(hours=20)
        await given.prices(db, {shop.variant: amount}, list_id=list_id)
        shop.plans[list_id] = [(clock.at, "now", None, amount)]


async def randomly(
    db: Database, clock: HeldClock, shop: Shop, random: Random, places: dict[str, list[UUID | None]]
) -> None:
    """One change of a list or a price, done by the real verb and noted in the shop."""
    bounds = [None, *(clock.at.replace(minute=0) + random.randrange(-60, 400) * HOUR for _ in range(2))]
    lists = list(shop.terms)
    act = random.choice(["list", "terms", "now", "now", "plan", "plan", "call_off", "remove"]) if lists else "list"
    if act in {"list", "terms"}:
        starts, ends = random.choice(bounds), random.choice(bounds)
        if starts is not None and ends is not None and starts >= ends:
            ends = None
        terms: dict[str, Any] = {
            "channel_id": random.choice(places["channels"]),
            "store_id": random.choice(places["stores"]),
            "priority": random.randrange(3),
            "active": random.random() < 0.9,
            "starts_at": starts,
            "ends_at": ends,
            "store_time": random.random() < 0.4,
            "reduction": random.random() < 0.6,
        }
        if act == "list":
            list_id = await given.price_list(db, **terms)
        else:
            list_id = random.choice(lists)
            version = (await pricing.price_list(db.reading, list_id)).version
            await db.transact(pricing.change_list, list_id, version, PriceListPatch(**terms), at=clock.at)
        shop.terms.setdefault(list_id, []).append((clock.at, terms))
        return
    list_id = random.choice(lists)
    amount = random.choice([None, *range(100, 2_000, 100)])
    start = clock.at + random.randrange(1, 300) * HOUR
    noted = shop.plans.setdefault(list_id, [])
    if act == "now":
        await given.prices(db, {shop.variant: amount}, list_id=list_id, starts_at=None if amount else clock.at)
        noted.append((clock.at, "now", None, amount))
    elif act == "plan":
        await given.prices(db, {shop.variant: amount}, list_id=list_id, starts_at=start)
        if amount is not None or shop.on_list(list_id, start) is not None:
            noted.append((clock.at, "plan", start, amount))
    elif act == "call_off" and (
        planned := [each[2] for each in noted if each[1] == "plan" and each[2] and each[2] > clock.at]
    ):
        start = random.choice(planned)
        await db.transact(
            pricing.call_off_price, list_id, shop.variant, min_quantity=1, starts_at=start, actor="t", at=clock.at
        )
        noted.append((clock.at, "call_off", start, None))
    elif act == "remove" and random.random() < 0.3:
        await db.transact(pricing.remove_prices, list_id, [shop.variant], actor="t", at=clock.at)
        noted.append((clock.at, "remove", None, None))


@pytest.mark.parametrize("seed", range(6))
async def test_what_was_presented_and_the_prior_price_follow_from_the_histories(
    db: Database, clock: HeldClock, seed: int
) -> None:
    random = Random(seed)
    # Clocks go forward on 29 March and back on 25 October 2026.
    clock.move(
        seconds=(
            (datetime(2026, 3, 20, tzinfo=UTC) if seed % 2 else datetime(2026, 10, 16, tzinfo=UTC)) - clock.at
        ).total_seconds()
    )
    web, app = await stores.channel(db), await stores.channel(db, "app")
    gracia = await stores.location(db)
    shop, first = Shop(new_id()), clock.at
    await begin(db, clock, shop)
    for _ in range(45):
        await randomly(db, clock, shop, random, {"channels": [None, None, web, app], "stores": [None, None, gracia]})
        clock.move(hours=random.choice([0, 1, 2, 7, 30]))
    # What is known of the time to come counts as well.
    last = clock.at + 20 * DAY
    hours = [first + nth * HOUR for nth in range(int((last - first) / HOUR))]
    reduced = 0
    for channel, store in ((web, None), (web, gracia), (app, None)):
        slow = {at: shop.presented(at, channel, store) for at in hours}
        told = await steps(db, shop.variant, channel, store, first, last)
        place = 0
        for at in hours:
            while place + 1 < len(told) and told[place + 1][0] <= at:
                place += 1
            assert (told[place][1], bool(told[place][2])) == slow[at], at
        for at in random.sample(hours, 60):
            progressive = random.random() < 0.5
            expected = shop.prior(at, slow.__getitem__, first, progressive=progressive)
            assert await prior(db, shop.variant, channel, at, store=store, progressive=progressive) == expected, at
            reduced += expected is not None
    assert reduced > 2, "a world without reductions proves nothing"


async def sale(db: Database, **how: Any) -> UUID:
    return await given.price_list(db, priority=5, reduction=True, **how)


async def test_the_prior_price_is_the_lowest_of_the_thirty_days_before_the_reduction_began(
    db: Database, clock: HeldClock
) -> None:
    web, pot = await stores.channel(db), new_id()
    await given.prices(db, {pot: 1500})
    clock.move(days=40)
    await given.prices(db, {pot: 1800})
    clock.move(days=10)
    await given.prices(db, {pot: 2000})
    begins = clock.at + 20 * DAY
    cheap = await sale(db, starts_at=begins)
    await given.prices(db, {pot: 1600}, list_id=cheap)
    assert await prior(db, pot, web, clock.at) is None, "nothing is reduced yet"
    # 1500 ended 30 days and an instant before: 1800 is the lowest since.
    assert await prior(db, pot, web, begins) == 1800
    assert await prior(db, pot, web, begins + 300 * DAY) == 1800, "however long it lasts"
    clock.move(days=19)
    await given.prices(db, {pot: 1700})
    assert await prior(db, pot, web, begins) == 1700, "a price of the day before counts"
    clock.move(days=2)
    await given.prices(db, {pot: 900})
    assert await prior(db, pot, web, clock.at) == 1700, "what changes behind the reduction does not"


async def test_a_reduction_that_grows_keeps_its_first_reference_where_the_member_state_says_so(
    db: Database, clock: HeldClock
) -> None:
    web, pot = await stores.channel(db), new_id()
    await given.prices(db, {pot: 2000})
    clock.move(days=60)
    first, second = (
        await sale(db, starts_at=clock.at, ends_at=clock.at + 7 * DAY),
        await sale(db, starts_at=clock.at + 7 * DAY),
    )
    await given.prices(db, {pot: 1600}, list_id=first)
    await given.prices(db, {pot: 1200}, list_id=second)
    later = clock.at + 8 * DAY
    assert await prior(db, pot, web, later, progressive=True) == 2000
    assert await prior(db, pot, web, later, progressive=False) == 1600
    # A day at the full price between them, and it is another reduction, after a month that had 1600 in it.
    version = (await pricing.price_list(db.reading, second)).version
    patch = PriceListPatch(starts_at=clock.at + 8 * DAY)
    await db.transact(pricing.change_list, second, version, patch, at=clock.at)
    assert await prior(db, pot, web, later, progressive=True) == 1600


async def test_a_sale_that_becomes_dearer_is_announced_anew(db: Database, clock: HeldClock) -> None:
    web, pot = await stores.channel(db), new_id()
    await given.prices(db, {pot: 2000})
    clock.move(days=60)
    cheap = await sale(db)
    await given.prices(db, {pot: 1000}, list_id=cheap)
    clock.move(days=3)
    await given.prices(db, {pot: 1500}, list_id=cheap)
    assert await prior(db, pot, web, clock.at, progressive=True) == 1000


async def test_new_articles_have_the_shorter_period_where_there_is_one_and_perishables_the_price_before(
    db: Database, clock: HeldClock
) -> None:
    web, pot = await stores.channel(db), new_id()
    await given.prices(db, {pot: 1000})
    clock.move(days=5)
    await given.prices(db, {pot: 1400})
    clock.move(days=8)
    await given.prices(db, {pot: 900}, list_id=await sale(db))
    assert await prior(db, pot, web, clock.at) == 1000
    assert await prior(db, pot, web, clock.at, new_days=7) == 1400
    assert await prior(db, pot, web, clock.at, days=0) == 1400
    clock.move(days=60)
    assert await prior(db, pot, web, clock.at, new_days=7) == 1400, "it was new when the reduction began"


async def test_prices_of_groups_and_customers_and_prices_before_tax_are_presented_to_nobody(
    db: Database, clock: HeldClock
) -> None:
    web, pot, someone = await stores.channel(db), new_id(), await customers.customer(db)
    await given.prices(db, {pot: 2000})
    await given.prices(db, {pot: 100}, list_id=await given.price_list(db, priority=9, customer_id=someone))
    await given.prices(db, {pot: 200}, list_id=await given.price_list(db, priority=9, includes_tax=False))
    clock.move(days=1)
    told = await steps(db, pot, web, None, clock.at - 2 * DAY, clock.at)
    assert [row[1] for row in told if row[0] > clock.at - DAY - HOUR] == [2000]


async def test_an_article_that_was_away_has_the_last_price_that_was_shown(db: Database, clock: HeldClock) -> None:
    web, pot = await stores.channel(db), new_id()
    base = await given.price_list(db)
    await given.prices(db, {pot: 2000}, list_id=base)
    clock.move(days=10)
    await db.transact(take_price_off, base, pot, actor="t", at=clock.at)
    clock.move(days=200)
    await given.prices(db, {pot: 1500}, list_id=await sale(db))
    assert await prior(db, pot, web, clock.at) == 2000
    new = new_id()
    await given.prices(db, {new: 1500}, list_id=await sale(db))
    assert await prior(db, new, web, clock.at) is None
