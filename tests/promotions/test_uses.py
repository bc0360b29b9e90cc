"""Uses of promotions: never more than there are, whoever comes at once; each ends once; what is given back can be had again."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select, update

from commerce import promotions
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform import events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.promotions import PromotionUsedUp
from commerce.promotions.audit import CHECKS
from commerce.promotions.customer import email_key
from commerce.promotions.queries import usage
from commerce.promotions.tables import promotion_counters, promotion_uses
from tests.given import promotions as given
from tests.given.promotions import use

USES = Statement(
    select(promotion_uses.c.order_id, promotion_uses.c.promotion_id, promotion_uses.c.state).order_by(
        promotion_uses.c.order_id
    )
)


async def sound(db: Database) -> None:
    """The books are in order."""
    assert {finding.name: finding.shown for finding in await run_checks(db.reading, CHECKS) if finding.rows} == {}


async def counted(db: Database, promotion_id: UUID) -> tuple[int, int]:
    found = await usage(db.reading, promotion_id)
    return found.uses, found.amount.amount if found.amount is not None else 0


async def refused(db: Database, *uses: promotions.Use, **who: Any) -> list[str]:
    """The promotions that a reservation is refused for."""
    with pytest.raises(PromotionUsedUp) as refusal:
        await given.reserve(db, *uses, **who)
    found = refusal.value.facts["promotions"]
    assert isinstance(found, list)
    return found


async def test_of_150_buyers_at_once_exactly_100_get_a_code_with_100_uses(dsn: str, clock: HeldClock) -> None:
    db = Database(dsn, before_commit=events.store, most_connections=20)
    promotion = await given.published(
        db, opened_by="SUMMER20", currency="EUR", limits={"uses_most": 100, "amount_most": Money(100_000, "EUR")}
    )

    async def buy(nth: int) -> bool:
        try:
            await given.reserve(db, use(promotion, code="summer 20"), email=f"buyer{nth}@example.com")
        except PromotionUsedUp:
            return False
        return True

    won = await asyncio.gather(*(buy(nth) for nth in range(150)))
    assert await refused(db, use(promotion, code="SUMMER20")) == [str(promotion)]
    assert sum(won) == 100
    assert await counted(db, promotion) == (100, 50_000)
    assert len(await db.reading.fetch(USES)) == 100
    assert await given.live(db) == {}
    (answer,) = await promotions.resolve_codes(db.reading, ["SUMMER20"], at=clock.at)
    assert (answer.opens, answer.why) == (False, "used_up")
    await sound(db)
    await db.close()


async def test_the_last_use_goes_to_one_of_many_in_two_processes(dsn: str, clock: HeldClock) -> None:
    both = [Database(dsn, before_commit=events.store), Database(dsn, before_commit=events.store)]
    promotion = await given.published(both[0], limits={"uses_most": 1})

    async def buy(db: Database) -> bool:
        try:
            await given.reserve(db, use(promotion))
        except PromotionUsedUp:
            return False
        return True

    assert sum(await asyncio.gather(*(buy(both[nth % 2]) for nth in range(16)))) == 1
    await sound(both[0])
    for db in both:
        await db.close()


async def test_an_order_takes_all_its_uses_or_none(db: Database, clock: HeldClock) -> None:
    plenty = await given.published(db, limits={"uses_most": 10})
    single = await given.published(db, limits={"uses_most": 1})
    await given.reserve(db, use(single))
    assert await refused(db, use(plenty), use(single)) == [str(single)]
    assert await counted(db, plenty) == (0, 0)
    assert len(await db.reading.fetch(USES)) == 1


async def test_the_same_order_again_changes_nothing(db: Database, clock: HeldClock) -> None:
    promotion = await given.published(db, currency="EUR", limits={"uses_most": 2, "per_customer_most": 1})
    order = await given.reserve(db, use(promotion), email="a@example.com")
    await given.reserve(db, use(promotion), order=order, email="a@example.com")
    assert await counted(db, promotion) == (1, 500)
    assert await given.commit(db, order) == 1
    assert await given.commit(db, order) == 0
    await given.reserve(db, use(promotion), order=order, email="a@example.com")
    assert await counted(db, promotion) == (1, 500)
    assert await given.release(db, order) == 1
    assert await given.release(db, order) == 0
    assert await counted(db, promotion) == (0, 0)
    assert await given.commit(db, order) == 0
    with pytest.raises(IllegalMove):
        await given.reserve(db, use(promotion), order=order, email="a@example.com")
    assert await counted(db, promotion) == (0, 0)
    await sound(db)


@pytest.mark.parametrize("paid", [False, True])
async def test_a_cancelled_order_gives_its_use_back_once_whoever_cancels_it(
    db: Database, clock: HeldClock, *, paid: bool
) -> None:
    promotion = await given.published(db, opened_by="ONCE", limits={"uses_most": 1, "per_customer_most": 1})
    order = await given.reserve(db, use(promotion, code="ONCE"), email="a@example.com")
    if paid:
        await given.commit(db, order)
    assert await given.live(db) == {}
    assert sum(await asyncio.gather(*(given.release(db, order) for _ in range(6)))) == 1
    assert list(await given.live(db)) == [promotion]
    assert await counted(db, promotion) == (0, 0)
    await given.reserve(db, use(promotion, code="ONCE"), email="a@example.com")
    await sound(db)


async def test_a_budget_is_never_passed_and_counts_what_was_given(db: Database, clock: HeldClock) -> None:
    promotion = await given.published(db, currency="EUR", limits={"amount_most": Money(1_000, "EUR")})
    assert list(await given.live(db)) == [promotion]
    first = await given.reserve(db, use(promotion, 700))
    assert await refused(db, use(promotion, 301)) == [str(promotion)]
    assert await promotions.unavailable(db.reading, [use(promotion, 301)]) == {promotion}
    assert await promotions.unavailable(db.reading, [use(promotion, 300)]) == frozenset()
    await given.reserve(db, use(promotion, 300))
    assert await counted(db, promotion) == (2, 1_000)
    assert await given.live(db) == {}
    await given.release(db, first)
    assert await counted(db, promotion) == (1, 300)
    assert list(await given.live(db)) == [promotion]
    await sound(db)


async def test_a_customer_counts_by_account_and_a_guest_by_address_whatever_its_alias(
    db: Database, clock: HeldClock
) -> None:
    promotion = await given.published(db, limits={"per_customer_most": 1})
    account = new_id()
    await given.reserve(db, use(promotion), account=account, email="Ana.Puig@gmail.com")
    same: list[dict[str, Any]] = [
        {"account": account, "email": "new@example.com"},
        {"account": account},
        {"email": "ana.puig@gmail.com"},
        {"email": "anapuig+again@googlemail.com"},
    ]
    for who in same:
        assert await refused(db, use(promotion), **who) == [str(promotion)]
        customer = promotions.Customer(account_id=who.get("account"), email=who.get("email"))
        assert await promotions.unavailable(db.reading, [use(promotion)], customer=customer) == {promotion}
    await given.reserve(db, use(promotion), email="somebody@example.com")
    await given.reserve(db, use(promotion))
    assert await counted(db, promotion) == (3, 0)
    await sound(db)


async def test_a_guest_with_the_new_address_of_an_account_counts_as_the_account(
    db: Database, dsn: str, clock: HeldClock
) -> None:
    promotion = await given.published(db, limits={"per_customer_most": 1})
    account = new_id()
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO accounts (id, email, email_key, password_hash, language, verified_at, created_at) "
        "VALUES ($1, 'New@example.com', 'new@example.com', 'x', 'en', now(), now())",
        account,
    )
    await given.reserve(db, use(promotion), account=account, email="old@example.com")
    await connection.execute("UPDATE accounts SET email = 'Newest@example.com', email_key = 'newest@example.com'")
    await connection.close()
    for email in (
        "newest@example.com",
        "new@example.com",
        "old@example.com",
        "NEW+1@example.com",
        "Newest+1@example.com",
    ):
        assert await refused(db, use(promotion), email=email) == [str(promotion)]
    await sound(db)


async def test_two_tabs_of_one_customer_get_one_use(dsn: str, clock: HeldClock) -> None:
    db = Database(dsn, before_commit=events.store, most_connections=10)
    promotion = await given.published(db, limits={"per_customer_most": 1})

    async def buy() -> bool:
        try:
            await given.reserve(db, use(promotion), email="a@example.com")
        except PromotionUsedUp:
            return False
        return True

    assert sum(await asyncio.gather(*(buy() for _ in range(10)))) == 1
    await sound(db)
    await db.close()


async def test_many_orders_with_several_promotions_never_wait_for_each_other_for_ever(
    dsn: str, clock: HeldClock
) -> None:
    db = Database(dsn, before_commit=events.store, most_connections=12)
    several = [await given.published(db, limits={"uses_most": 30}) for _ in range(4)]

    async def buy(nth: int) -> int:
        uses = [use(each) for each in (several if nth % 2 else reversed(several))]
        try:
            order = await given.reserve(db, *uses, email=f"{nth}@example.com")
        except PromotionUsedUp:
            return 0
        if nth % 3 == 0:
            await given.release(db, order)
            return 0
        await given.commit(db, order)
        return 1

    won = sum(await asyncio.gather(*(buy(nth) for nth in range(60))))
    for each in several:
        assert await counted(db, each) == (won, 0)
    await sound(db)
    await db.close()


async def test_what_everybody_has_used_up_is_told_as_a_fact_once(db: Database, dsn: str, clock: HeldClock) -> None:
    promotion = await given.published(db, limits={"uses_most": 2})
    for _ in range(2):
        await given.reserve(db, use(promotion))
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch("SELECT payload FROM events WHERE tag = 'promotions.promotion_used_up.v1'")
    await connection.close()
    assert len(rows) == 1


async def test_a_limit_below_what_is_taken_is_refused_by_its_field(db: Database, clock: HeldClock) -> None:
    promotion = await given.published(db, limits={"uses_most": 5})
    for _ in range(3):
        await given.reserve(db, use(promotion))
    await given.rewritten(db, promotion, limits={"uses_most": 2})
    with pytest.raises(Exception, match="/limits/uses_most"):
        await given.publish(db, promotion)
    await given.rewritten(db, promotion, limits={"uses_most": 3})
    await given.publish(db, promotion)
    assert await given.live(db) == {}
    assert await refused(db, use(promotion)) == [str(promotion)]
    await given.rewritten(db, promotion, limits={})
    await given.publish(db, promotion)
    await given.reserve(db, use(promotion))
    await sound(db)


async def test_a_limit_per_customer_counts_what_they_used_before_it_was_set(db: Database, clock: HeldClock) -> None:
    promotion = await given.published(db, limits={"uses_most": 9})
    await given.reserve(db, use(promotion), email="a@example.com")
    await given.rewritten(db, promotion, limits={"per_customer_most": 1})
    await given.publish(db, promotion)
    assert await refused(db, use(promotion), email="a@example.com") == [str(promotion)]
    await sound(db)


async def test_the_bound_is_kept_by_the_database_itself(db: Database, clock: HeldClock) -> None:
    promotion = await given.published(db, limits={"uses_most": 1})
    await given.reserve(db, use(promotion))
    one_more = Statement(update(promotion_counters).values(uses=promotion_counters.c.uses + 1))

    async def fault(tx: Tx) -> None:
        await tx.execute(one_more)

    with pytest.raises(Exception, match="uses_bounded"):
        await db.transact(fault)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("A.Puig+shoes@Example.com", "a.puig@example.com"),
        (" a.p.u.i.g@googlemail.com ", "apuig@gmail.com"),
        ("ana@BÜCHER.example", "ana@xn--bcher-kva.example"),
        ("+only@example.com", "+only@example.com"),
    ],
)
def test_an_address_counts_in_one_form(typed: str, key: str) -> None:
    assert email_key(typed) == key


async def test_uses_end_with_their_times(db: Database, clock: HeldClock) -> None:
    promotion = await given.published(db, limits={"uses_most": 9})
    order = await given.reserve(db, use(promotion))
    clock.move(minutes=5)
    await given.commit(db, order)
    row = (await db.reading.fetch(Statement(select(promotion_uses))))[0]
    assert (row["state"], row["committed_at"] - row["reserved_at"]) == ("committed", timedelta(minutes=5))
