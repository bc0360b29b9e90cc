"""Customer groups, segments and businesses: who is in which, what a price may depend on, and what is refused."""

import asyncio

import pytest
from sqlalchemy import select, update

from commerce import customers, orders
from commerce.customers import queries
from commerce.customers.audit import CHECKS
from commerce.customers.schemas import BusinessIn, CustomerGroupIn, CustomerGroupPatch, MembersIn
from commerce.customers.tables import customer_businesses, customer_groups
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.events import events
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement
from tests.given import customers as given, orders as made

VAT = [
    ("B-58 378 431", "ES", "ESB58378431"),
    ("es b58378431", "ES", "ESB58378431"),
    ("094259216", "GR", "EL094259216"),
    ("GR 094259216", "GR", "EL094259216"),
    ("EL094259216", "GR", "EL094259216"),
    ("136.695 976", "DE", "DE136695976"),
    ("CHE-123.456.788", "CH", "CHE123456788"),
]


async def test_a_customer_is_in_the_groups_joined_and_out_of_those_left_with_the_commit(
    db: Database, clock: HeldClock
) -> None:
    one, two = await given.customer(db), await given.customer(db)
    vip = await given.group(db, "VIP", one, two)
    lapsed = await given.group(db, "lapsed", one, kind="segment")
    other = Database(db.dsn)
    try:
        assert (await customers.buyer_facts(other.reading, one)).groups == (vip, lapsed)
        await given.leave(db, vip, one)
        assert (await customers.buyer_facts(other.reading, one)).groups == (lapsed,)
        assert (await customers.buyer_facts(other.reading, two)).groups == (vip,)
        await db.transact(customers.withdraw_group, lapsed, 1, at=clock.at)
        assert await customers.buyer_facts(other.reading, one) == customers.CustomerFacts(account=True)
    finally:
        await other.close()
    assert await customers.buyer_facts(db.reading, new_id()) == customers.CustomerFacts()


async def test_the_facts_behind_a_price_are_one_statement(db: Database, clock: HeldClock) -> None:
    one = await given.customer(db)
    vip = await given.group(db, "vip", one)
    number = await given.business(db, one)
    before = db.statements
    found = await customers.buyer_facts(db.reading, one)
    assert db.statements == before + 1
    assert found == customers.CustomerFacts(account=True, groups=(vip,), business=number)


async def test_who_has_an_order_that_stands_has_ordered_before_and_who_has_a_cancelled_one_has_not(
    db: Database, clock: HeldClock
) -> None:
    one, two = await given.customer(db), await given.customer(db)
    waiting = await made.opened(db, shopper_id=one)
    await made.placed(db, shopper_id=two)
    before = [(await customers.buyer_facts(db.reading, each)).orders_before for each in (one, two)]
    await db.transact(orders.cancel, waiting.id, "buyer", "shopper")
    after = [(await customers.buyer_facts(db.reading, each)).orders_before for each in (one, two)]
    assert (before, after) == ([1, 1], [0, 1])


async def test_a_thousand_customers_join_in_one_call_and_a_second_one_changes_nothing(
    db: Database, clock: HeldClock
) -> None:
    ids = [await given.customer(db) for _ in range(30)]
    group_id = await given.group(db)
    first = await db.transact(customers.change_members, group_id, MembersIn(join=ids + ids[:5]), at=clock.at)
    again = await db.transact(customers.change_members, group_id, MembersIn(join=ids), at=clock.at)
    assert (first.joined, first.left, again.joined, again.left) == (30, 0, 0, 0)
    both = MembersIn(join=ids[:2], leave=[ids[0], new_id()])
    last = await db.transact(customers.change_members, group_id, both, at=clock.at)
    assert (last.joined, last.left) == (0, 1)
    assert len(await queries.members_page(db.reading, group_id, after=None, most=100)) == 29
    told = Statement(select(events.c.id).where(events.c.tag == "customers.members_changed.v1"))
    assert len(await db.reading.fetch(told)) == 2


async def test_members_that_join_and_a_group_that_goes_at_once_leave_no_member_behind(
    db: Database, clock: HeldClock
) -> None:
    ids = [await given.customer(db) for _ in range(8)]
    for nth in range(5):
        group_id = await given.group(db, f"g{nth}")
        done = await asyncio.gather(
            *(db.transact(customers.change_members, group_id, MembersIn(join=[each]), at=clock.at) for each in ids),
            db.transact(customers.withdraw_group, group_id, 1, at=clock.at),
            return_exceptions=True,
        )
        assert all(each is None or isinstance(each, NotFound) or hasattr(each, "joined") for each in done), done
    assert [finding.rows for finding in await run_checks(db.reading, CHECKS)] == [0, 0]


async def test_customers_that_do_not_exist_are_refused_by_their_places_and_nobody_joins(
    db: Database, clock: HeldClock
) -> None:
    one = await given.customer(db)
    group_id = await given.group(db)
    with pytest.raises(InvalidInput) as refused:
        await db.transact(customers.change_members, group_id, MembersIn(join=[one, new_id()]), at=clock.at)
    assert [error.pointer for error in refused.value.errors] == ["/join/1"]
    assert await queries.members_page(db.reading, group_id, after=None, most=10) == []


async def test_codes_are_unique_among_live_groups_whatever_their_case(db: Database, clock: HeldClock) -> None:
    first = await given.group(db, "Trade")
    taken = CustomerGroupIn(code="TRADE", name=Text3(es="Profesional"))
    with pytest.raises(customers.CustomerGroupCodeTaken):
        await db.transact(customers.create_group, taken, at=clock.at)
    await db.transact(customers.withdraw_group, first, 1, at=clock.at)
    again = await db.transact(customers.create_group, taken, at=clock.at)
    assert (again.code, again.kind, again.version) == ("trade", "group", 1)
    patch = CustomerGroupPatch(name=Text3(ca="Professional"))
    assert (await db.transact(customers.change_group, again.id, 1, patch, at=clock.at)).version == 2
    with pytest.raises(StaleVersion):
        await db.transact(customers.change_group, again.id, 1, patch, at=clock.at)
    with pytest.raises(InvalidInput):
        await db.transact(customers.change_group, again.id, 2, CustomerGroupPatch(name=Text3(en=" ")), at=clock.at)


@pytest.mark.parametrize(("given_", "country", "key"), VAT)
def test_a_vat_number_has_one_compact_form(given_: str, country: str, key: str) -> None:
    assert customers.vat_key(given_, country) == key


@pytest.mark.parametrize(
    ("number", "country"), [("B58378432", "ES"), ("094259217", "GR"), ("DE136695976", "ES"), ("1", "US")]
)
def test_a_vat_number_with_wrong_digits_is_refused(number: str, country: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        customers.vat_key(number, country)
    assert [error.pointer for error in refused.value.errors] == ["/vat_number"]


async def test_the_last_word_about_a_business_counts(db: Database, clock: HeldClock) -> None:
    one = await given.customer(db)
    assert await given.business(db, one) == "ESB58378431"
    data = BusinessIn(company_name="Sense número", country="ES")
    after = await db.transact(customers.set_business, one, data, at=clock.at)
    assert (after.vat_key, after.company_name, after.version) == (None, "Sense número", 2)
    assert (await customers.buyer_facts(db.reading, one)).business is None
    await db.transact(customers.remove_business, one)
    with pytest.raises(NotFound):
        await db.transact(customers.remove_business, one)
    with pytest.raises(NotFound):
        await db.transact(customers.set_business, new_id(), data, at=clock.at)


async def test_members_of_a_withdrawn_group_and_a_number_of_another_country_are_found(
    db: Database, clock: HeldClock
) -> None:
    one = await given.customer(db)
    await given.group(db, "vip", one)
    await given.business(db, one)
    assert [finding.rows for finding in await run_checks(db.reading, CHECKS)] == [0, 0]

    async def fault(tx: Tx) -> None:
        await tx.execute(Statement(update(customer_groups).values(withdrawn_at=customer_groups.c.created_at)))
        await tx.execute(Statement(update(customer_businesses).values(country="PT")))

    await db.transact(fault)
    assert [(finding.name, finding.rows) for finding in await run_checks(db.reading, CHECKS)] == [
        ("withdrawn_groups_have_no_members", 1),
        ("vat_numbers_are_of_the_business_country", 1),
    ]
