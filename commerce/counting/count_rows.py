"""Counts and their lines as they are kept: read, locked, changed."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, DateTime, Integer, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.catalog import names_in
from commerce.counting import named, rules
from commerce.counting.facts import Count, CountLine, CountState, ShownCount
from commerce.counting.tables import stock_count_lines, stock_counts
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import CountId
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller, StaleVersion
from commerce.platform.statement import Statement, given, unnested

C = TypeVar("C", bound=Count)
_count = stock_counts.c
_line = stock_count_lines.c
COUNT = select(*_count).where(_count.id == given("id", Uuid))
SHOWN = Statement(
    COUNT.add_columns(names_in(select(_line.variant_id).where(_line.count_id == given("id", Uuid))).label("names")),
    into=ShownCount,
)
LOCK = Statement(COUNT.with_for_update(), into=Count)
LINES = Statement(
    select(*(column for column in _line if column.key != "count_id"))
    .where(_line.count_id == given("count_id", Uuid))
    .order_by(_line.variant_id),
    into=CountLine,
)
OPEN = Statement(
    insert(stock_counts).values(
        **{
            column.key: given(column.key, column.type)
            for column in (
                _count.id,
                _count.number,
                _count.location_id,
                _count.kind,
                _count.category_id,
                _count.after_variant_id,
                _count.through_variant_id,
                _count.state,
                _count.recount_beyond,
                _count.approve_beyond,
                _count.note,
                _count.opened_by,
                _count.opened_at,
            )
        }
    )
)
_new = unnested("new", variant_id=Uuid)
ADD_LINES = Statement(
    insert(stock_count_lines).from_select(
        ["count_id", "round", "variant_id"],
        select(given("count_id", Uuid), given("round", Integer), _new.c.variant_id),
    )
)
_changed = unnested(
    "changed",
    variant_id=Uuid,
    round=Integer,
    counted=Integer,
    first_position=BigInteger,
    position=BigInteger,
    expected=Integer,
    difference_before=Integer,
    outcome=Text,
    booked=Integer,
    short=Integer,
)
KEEP_LINES = Statement(
    update(stock_count_lines)
    .where(_line.count_id == given("of_count", Uuid), _line.variant_id == _changed.c.variant_id)
    .values(**{name: _changed.c[name] for name in _changed.c.keys() if name != "variant_id"})  # noqa: SIM118
)
KEEP = Statement(
    update(stock_counts)
    .where(_count.id == given("count_id", Uuid), _count.version == given("before", Integer))
    .values(
        state=given("state_after", Text),
        round=given("round_after", Integer),
        units_off=given("off", BigInteger),
        submitted_by=given("submitter", Text),
        decided_by=given("decider", Text),
        submitted_at=given("submitted", DateTime(timezone=True)),
        closed_at=given("closed", DateTime(timezone=True)),
        version=_count.version + 1,
    )
)


async def read(reads: Reads, caller: Caller, count_id: UUID) -> ShownCount:
    """Gives a count with its lines and the names of their articles; refuses with NotFound one at another's location."""
    found = await reads.fetch_one(SHOWN, id=count_id)
    return await _whole(reads, caller, found)


async def lock(tx: Tx, caller: Caller, count_id: UUID) -> Count:
    """Locks a count and gives it with its lines; refuses with NotFound one at another's location."""
    found = await tx.fetch_one(LOCK, id=count_id)
    return await _whole(tx, caller, found)


async def _whole(reads: Reads, caller: Caller, count: C | None) -> C:
    if count is None:
        raise NotFound
    named.check_seen(caller, count.location_id)
    return msgspec.structs.replace(count, lines=await reads.fetch(LINES, count_id=count.id))


async def add_lines(tx: Tx, count_id: CountId, round_: int, variant_ids: Sequence[Any]) -> None:
    """Adds articles to a count, to be counted in a round."""
    await tx.execute(ADD_LINES, count_id=count_id, round=round_, variant_id=list(variant_ids))


async def keep_lines(tx: Tx, count_id: CountId, lines: Sequence[CountLine]) -> None:
    """Writes lines as they are now."""
    if lines:
        columns = {name: [getattr(line, name) for line in lines] for name in CountLine.__struct_fields__}
        await tx.execute(KEEP_LINES, of_count=count_id, **columns)


async def keep(tx: Tx, before: Count, after: Count) -> Count:
    """Writes a locked count as it is now, its lines apart; a move that the table does not have is refused with IllegalMove."""
    if before.state is not after.state:
        rules.COUNT.check(before.state, after.state)
    written = await tx.execute(
        KEEP,
        count_id=before.id,
        before=before.version,
        state_after=after.state,
        round_after=after.round,
        off=after.units_off,
        submitter=after.submitted_by,
        decider=after.decided_by,
        submitted=after.submitted_at,
        closed=after.closed_at,
    )
    if not written:
        raise StaleVersion("Somebody else changed the count.")
    after = msgspec.structs.replace(after, version=before.version + 1)
    bare = {"lines": ()}
    tx.changed(
        "stock_count",
        before.id,
        before=msgspec.structs.replace(before, **bare),
        after=msgspec.structs.replace(after, **bare),
    )
    return after


def check_open(count: Count, after: CountState) -> None:
    """Refuses with IllegalMove where scans are taken no more."""
    if count.state not in rules.OPEN:
        raise rules.COUNT.refusal(count.state, after)
