"""What is read of customers: the facts behind a price, and groups, members and businesses for the back office."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Text, Uuid, cast, column, exists, func, or_, select, table
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.customers.facts import CustomerFacts
from commerce.customers.schemas import BusinessOut, CustomerGroupOut, MemberOut
from commerce.customers.tables import customer_businesses, customer_group_members, customer_groups
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given

NO_BUSINESS = "This customer buys for no business."
_group, _member, _business = customer_groups.c, customer_group_members.c, customer_businesses.c
# Orders are a higher layer's: known by their table's name, as in a foreign key.
_accounts = table("accounts", column("id", Uuid))
_orders = table("orders", column("shopper_id", Uuid), column("state", Text))


def facts_columns(customer: ColumnElement[UUID]) -> list[ColumnElement[Any]]:
    """Gives the columns `account`, `groups`, `business` and `orders_before` of one customer, for a statement that asks for more at once.

    They depend on nothing but the customer, so PostgreSQL looks them up once for the whole statement.
    """
    groups = func.array(
        select(_member.group_id)
        .join_from(customer_group_members, customer_groups, _group.id == _member.group_id)
        .where(_member.customer_id == customer, _group.withdrawn_at.is_(None))
        .order_by(_member.group_id)
        .scalar_subquery(),
        type_=ARRAY(Uuid),
    )
    business = select(_business.vat_key).where(_business.customer_id == customer).scalar_subquery()
    ordered = cast(exists().where(_orders.c.shopper_id == customer, _orders.c.state != "cancelled"), Integer)
    account = exists().where(_accounts.c.id == customer)
    return [
        account.label("account"),
        groups.label("groups"),
        business.label("business"),
        ordered.label("orders_before"),
    ]


FACTS = Statement(select(*facts_columns(given("customer_id", Uuid))), into=CustomerFacts)
GROUP = Statement(
    select(_group.id, _group.code, _group.name, _group.kind, _group.version).where(
        _group.id == given("id", Uuid), _group.withdrawn_at.is_(None)
    ),
    into=CustomerGroupOut,
)
GROUPS = Statement(
    select(_group.id, _group.code, _group.name, _group.kind, _group.version)
    .where(
        _group.withdrawn_at.is_(None),
        or_(given("kind", Text).is_(None), _group.kind == given("kind", Text)),
        or_(given("after", Text).is_(None), _group.code > given("after", Text)),
    )
    .order_by(_group.code)
    .limit(given("most", Integer)),
    into=CustomerGroupOut,
)
MEMBERS = Statement(
    select(_member.customer_id, _member.since)
    .where(
        _member.group_id == given("group_id", Uuid),
        or_(given("after", Uuid).is_(None), _member.customer_id > given("after", Uuid)),
    )
    .order_by(_member.customer_id)
    .limit(given("most", Integer)),
    into=MemberOut,
)
OF_CUSTOMER = Statement(
    select(_group.id, _group.code, _group.name, _group.kind, _group.version)
    .join_from(customer_group_members, customer_groups, _group.id == _member.group_id)
    .where(
        _member.customer_id == given("customer_id", Uuid),
        _group.withdrawn_at.is_(None),
        or_(given("after", Text).is_(None), _group.code > given("after", Text)),
    )
    .order_by(_group.code)
    .limit(given("most", Integer)),
    into=CustomerGroupOut,
)
KNOWN = Statement(select(_accounts.c.id).where(_accounts.c.id == given("customer_id", Uuid)))
BUSINESS = Statement(
    select(*(_business[name] for name in BusinessOut.__struct_fields__)).where(
        _business.customer_id == given("customer_id", Uuid)
    ),
    into=BusinessOut,
)


async def buyer_facts(reads: Reads, customer_id: UUID) -> CustomerFacts:
    """Gives what prices may depend on of a customer, in one statement; somebody who has no account is in no group."""
    found = await reads.fetch_one(FACTS, customer_id=customer_id)
    return found or CustomerFacts()


async def group(reads: Reads, group_id: UUID) -> CustomerGroupOut:
    """Gives a live group; refuses with NotFound."""
    found = await reads.fetch_one(GROUP, id=group_id)
    if found is None:
        raise NotFound("There is no such customer group.")
    return found


async def groups_page(reads: Reads, *, kind: str | None, after: str | None, most: int) -> list[CustomerGroupOut]:
    """Gives up to `most` live groups and segments by code, after the code named; of one kind, or of both."""
    return await reads.fetch(GROUPS, kind=kind, after=after, most=most)


async def members_page(reads: Reads, group_id: UUID, *, after: UUID | None, most: int) -> list[MemberOut]:
    """Gives up to `most` members of a live group by id, after the one named; refuses with NotFound."""
    await group(reads, group_id)
    return await reads.fetch(MEMBERS, group_id=group_id, after=after, most=most)


async def groups_of(reads: Reads, customer_id: UUID, *, after: str | None, most: int) -> list[CustomerGroupOut]:
    """Gives up to `most` live groups that a customer is in, by code, after the code named; refuses with NotFound."""
    found = await reads.fetch(OF_CUSTOMER, customer_id=customer_id, after=after, most=most)
    if not found:
        await require_customer(reads, customer_id)
    return found


async def require_customer(reads: Reads, customer_id: UUID) -> None:
    """Refuses with NotFound somebody who has no account."""
    if await reads.fetch_one(KNOWN, customer_id=customer_id) is None:
        raise NotFound("There is no such customer.")


async def business(reads: Reads, customer_id: UUID) -> BusinessOut:
    """Gives the business that a customer buys for; refuses with NotFound where there is none."""
    found = await reads.fetch_one(BUSINESS, customer_id=customer_id)
    if found is None:
        raise NotFound(NO_BUSINESS)
    return found
