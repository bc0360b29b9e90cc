"""Find what somebody comes to collect: by pickup code, scanned pass, order number or name; at the caller's own places only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, Integer, Text, Uuid, column, func, or_, select, table, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from commerce.catalog import search_words
from commerce.fulfilment.codes import read_pass
from commerce.fulfilment.counter_errors import TooManySearches
from commerce.fulfilment.counter_tables import find_failures, pickup_persons
from commerce.fulfilment.facts import Fulfilment
from commerce.fulfilment.pick_queries import WORKS
from commerce.fulfilment.queries import scope_of
from commerce.fulfilment.rules import CLOSED
from commerce.fulfilment.tables import fulfilment_orders, pickup_codes
from commerce.kernel import clock
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

MOST_FAILURES = 10
WINDOW = timedelta(minutes=10)
FOUND_MOST = 10
LOOKED_THROUGH_MOST = 2_000

_work, _code, _named, _failure = fulfilment_orders.c, pickup_codes.c, pickup_persons.c, find_failures.c
_orders = table("orders", column("id", Uuid), column("contact_name", Text))
_here = (
    or_(given("everywhere", Boolean), _work.location_id == func.any(given("locations", ARRAY(Uuid)))),
    or_(given("location_id", Uuid).is_(None), _work.location_id == given("location_id", Uuid)),
    _work.kind == "pickup",
    text(f"fulfilment_orders.state NOT IN {CLOSED}"),
)
_joined = (
    select(_work.id, _orders.c.contact_name, _named.name)
    .join_from(fulfilment_orders, _orders, _orders.c.id == _work.order_id)
    .outerjoin(pickup_codes, _code.fulfilment_order_id == _work.id)
    .outerjoin(pickup_persons, _named.order_id == _work.order_id)
    .where(*_here)
)


class _Row(msgspec.Struct, frozen=True):
    id: UUID
    contact_name: str
    name: str | None


_number, _said = given("number", Text), given("code", Text)
BY_CODE = Statement(
    _joined.where(
        or_(_number.is_(None), _work.order_number == _number),
        or_(_code.code == _said, _named.code == _said),
    )
    .order_by(_work.offered_at, _work.id)
    .limit(given("most", Integer)),
    into=_Row,
)
BY_NUMBER = Statement(
    _joined.where(or_(_work.order_number == _number, _work.number == _number))
    .order_by(_work.offered_at, _work.id)
    .limit(given("most", Integer)),
    into=_Row,
)
ALL = Statement(_joined.order_by(_work.offered_at, _work.id).limit(given("most", Integer)), into=_Row)
_at = given("at", _failure.since.type)
BEGIN = Statement(
    insert(find_failures)
    .values(principal=given("principal", Text), failed=0, since=_at)
    .on_conflict_do_nothing(index_elements=["principal"])
)
LOCK = Statement(
    select(_failure.failed, _failure.since).where(_failure.principal == given("principal", Text)).with_for_update()
)
COUNT = Statement(
    update(find_failures)
    .where(_failure.principal == given("principal", Text))
    .values(failed=given("failed", Integer), since=_at)
)


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says or shows: exactly one of them."""

    code: str | None = None
    scanned: str | None = None
    number: str | None = None
    name: str | None = None


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Work that fits, and the initials of whom it may be handed to."""

    work: Fulfilment
    buyer: str
    named: str | None


async def find(tx: Tx, caller: Caller, search: Search, location_id: UUID | None) -> list[Match]:
    """Gives the pickups that fit, open ones at the caller's locations alone; ten at the most.

    A search that finds nothing is counted: after ten of them within ten minutes a caller is refused with TooManySearches, whatever they
    search for. What is at another place is found as little as what does not exist.
    """
    at = clock.now()
    await tx.execute(BEGIN, principal=caller.principal, at=at)
    (failures,) = await tx.fetch(LOCK, principal=caller.principal)
    failed, since = _now(failures["failed"], failures["since"], at)
    if failed >= MOST_FAILURES:
        wait = int((since + WINDOW - at).total_seconds()) + 1
        raise TooManySearches("Ask for the pickup pass, and try again later.", retry_after_seconds=wait)
    rows = await _rows(tx, caller, search, location_id)
    if not rows:
        await tx.execute(COUNT, principal=caller.principal, failed=failed + 1, at=since)
        return []
    works = {work.id: work for work in await tx.fetch(WORKS, ids=[row.id for row in rows])}
    return [
        Match(work=works[row.id], buyer=initials(row.contact_name), named=initials(row.name) if row.name else None)  # type: ignore[index]
        for row in rows
    ]


def initials(name: str) -> str:
    """Gives the initials of a name, by which staff tells two people apart without reading out a name: "M. G."."""
    return " ".join(f"{word[0].upper()}." for word in name.split()[:3])


def _now(failed: int, since: datetime, at: datetime) -> tuple[int, datetime]:
    return (failed, since) if failed and at < since + WINDOW else (0, at)


async def _rows(tx: Tx, caller: Caller, search: Search, location_id: UUID | None) -> Sequence[_Row]:
    where = {**scope_of(caller), "location_id": location_id}
    if search.scanned is not None:
        said = read_pass(search.scanned)
        return [] if said is None else await tx.fetch(BY_CODE, **where, number=said[0], code=said[1], most=FOUND_MOST)
    if search.code is not None:
        return await tx.fetch(BY_CODE, **where, number=None, code=search.code.strip().upper(), most=FOUND_MOST)
    if search.number is not None:
        return await tx.fetch(BY_NUMBER, **where, number=search.number.strip().upper(), most=FOUND_MOST)
    wanted = search_words(search.name or "")
    if not wanted:
        return []
    rows = await tx.fetch(ALL, **where, most=LOOKED_THROUGH_MOST)
    return [row for row in rows if _fits(wanted, row.contact_name) or _fits(wanted, row.name or "")][:FOUND_MOST]


def _fits(wanted: Sequence[str], name: str) -> bool:
    """Says whether each word that was said begins a word of the name, without accents and case."""
    words = search_words(name)
    return all(any(word.startswith(each) for word in words) for each in wanted)
