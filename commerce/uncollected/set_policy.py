"""How long is waited is written, changed and withdrawn; what waits already keeps the terms that it began with."""

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Integer, Select, Uuid, column, func, insert, or_, select, table, update
from sqlalchemy.dialects.postgresql import ARRAY

from commerce import stores
from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import LocationId, new_id
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller, Forbidden, StaleVersion
from commerce.platform.statement import Statement, given
from commerce.uncollected.facts import Policy, Terms
from commerce.uncollected.policies import TERMS, terms_of
from commerce.uncollected.tables import collection_policies

_policy = collection_policies.c
_categories = table("categories", column("id", Uuid), column("withdrawn_at", _policy.withdrawn_at.type))


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as it is stored."""

    id: UUID
    location_id: LocationId | None
    category_id: UUID | None
    wait_days: int | None
    wait_hours: int | None
    reminders: tuple[int, ...]
    extension_days: int
    grace_minutes: int
    sign_count: int
    sign_days: int
    version: int


def _rows() -> Select[Any]:
    columns = (each for each in collection_policies.c if each.name != "withdrawn_at")
    return select(*columns).where(_policy.withdrawn_at.is_(None))


PAGE = Statement(
    _rows()
    .where(
        _policy.id > given("after", Uuid),
        or_(given("everywhere", Boolean), _policy.location_id == func.any(given("locations", ARRAY(Uuid)))),
    )
    .order_by(_policy.id)
    .limit(given("most", Integer)),
    into=Row,
)
ONE = Statement(_rows().where(_policy.id == given("id", Uuid)), into=Row)
CATEGORY = Statement(
    select(_categories.c.id).where(_categories.c.id == given("id", Uuid), _categories.c.withdrawn_at.is_(None))
)
WRITE = Statement(insert(collection_policies))
_current = (_policy.id == given("id", Uuid)) & (_policy.version == given("expected", Integer))
CHANGE = Statement(
    update(collection_policies)
    .where(_current, _policy.withdrawn_at.is_(None))
    .values(version=_policy.version + 1, **{name: given(name, _policy[name].type) for name in TERMS})
    .returning(_policy.version)
)
WITHDRAW = Statement(
    update(collection_policies)
    .where(_current, _policy.withdrawn_at.is_(None))
    .values(version=_policy.version + 1, withdrawn_at=given("at", _policy.withdrawn_at.type))
    .returning(_policy.version)
)


async def policies(reads: Reads, caller: Caller, *, after: UUID, most: int) -> list[Policy]:
    """Gives policies, oldest first: to a caller who is bound to locations, those of these locations."""
    everywhere, locations = caller.locations is None, list(caller.locations or ())
    rows = await reads.fetch(PAGE, everywhere=everywhere, locations=locations, after=after, most=most)
    return [_out(row) for row in rows]


async def policy(reads: Reads, caller: Caller, policy_id: UUID) -> Policy:
    """Gives a policy; refuses with NotFound, and to a caller who is bound to locations also another's."""
    row = await reads.fetch_one(ONE, id=policy_id)
    if row is None or not (
        caller.locations is None or (row.location_id is not None and caller.may_at(row.location_id))
    ):
        raise NotFound("There is no such policy.")
    return _out(row)


async def write(tx: Tx, caller: Caller, location_id: UUID | None, category_id: UUID | None, terms: Terms) -> Policy:
    """Writes a policy for a location, a category, both, or (neither) the whole shop.

    Refuses with Forbidden whoever is bound to other locations, with NotFound, with InvalidInput what is no category, and with
    CollectionPolicyTaken what has a policy already.
    """
    if caller.locations is not None and (location_id is None or not caller.may_at(location_id)):
        raise Forbidden(
            "Name one of your locations; what holds elsewhere too is written by somebody who is bound to none."
        )
    if location_id is not None:
        await stores.location(tx, location_id)
    if category_id is not None and await tx.fetch_value(CATEGORY, id=category_id) is None:
        raise invalid("/category_id", "there is no such category")
    new = Policy(
        id=new_id(),
        location_id=None if location_id is None else LocationId(location_id),
        category_id=category_id,
        terms=terms,
    )
    await tx.execute(
        WRITE,
        id=new.id,
        location_id=location_id,
        category_id=category_id,
        withdrawn_at=None,
        version=new.version,
        **_figures(terms),
    )
    tx.changed("collection_policy", new.id, after=new)
    return new


async def change(tx: Tx, caller: Caller, policy_id: UUID, expected: int, terms: Terms) -> Policy:
    """Changes the terms of a policy. Refuses with NotFound, and with StaleVersion when it has changed since it was read."""
    before = await policy(tx, caller, policy_id)
    if not await tx.fetch(CHANGE, id=policy_id, expected=expected, **_figures(terms)):
        raise StaleVersion("It has changed since it was read.")
    after = msgspec.structs.replace(before, terms=terms, version=expected + 1)
    tx.changed("collection_policy", policy_id, before=before, after=after)
    return after


async def withdraw(tx: Tx, caller: Caller, policy_id: UUID, expected: int) -> None:
    """Ends a policy: what becomes ready from now on waits by what is less specific. Refuses as `change` does."""
    before = await policy(tx, caller, policy_id)
    if not await tx.fetch(WITHDRAW, id=policy_id, expected=expected, at=clock.now()):
        raise StaleVersion("It has changed since it was read.")
    tx.changed("collection_policy", policy_id, before=before)


def _figures(terms: Terms) -> dict[str, object]:
    return msgspec.structs.asdict(terms) | {"reminders": list(terms.reminders)}


def _out(row: Row) -> Policy:
    return Policy(
        id=row.id,
        location_id=row.location_id,
        category_id=row.category_id,
        terms=terms_of(row),
        version=row.version,
    )
