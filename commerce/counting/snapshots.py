"""Take absolute figures from a system that keeps stock too: late, twice, out of order, while units are reserved."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, DateTime, Integer, Text, Uuid, select
from sqlalchemy.dialects.postgresql import insert

from commerce import traceability
from commerce.counting import figures, ledger, named
from commerce.counting.facts import Figure, Outcome, Weighed
from commerce.counting.tables import stock_snapshot_marks, stock_snapshots
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given, unnested

SNAPSHOT_LINES_MOST = 1_000
OLDEST = timedelta(days=31)
"""A snapshot that is older than this is refused: nobody meant it."""
AHEAD = timedelta(minutes=5)
"""By so much may the other system's clock be ahead of ours; what it took in our future counts as taken now."""


class Said(StrEnum):
    """What became of a line."""

    BOOKED = "booked"
    AGREED = "agreed"
    REPEATED = "repeated"
    OLDER = "older"
    SUPERSEDED = "superseded"
    DIFFERS = "differs"
    UNKNOWN_ARTICLE = "unknown_article"
    NAMED_TWICE = "named_twice"
    TRACKED = "tracked"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a system says of one location: at `taken_at`, so many units of each article stood there, reserved ones among them.

    `sequence` grows with each of the system's snapshots; where it has none, `taken_at` says which one is the later.
    """

    source: str
    location_id: UUID
    taken_at: datetime
    sequence: int | None
    lines: Sequence[tuple[named.Name, int]]


class SnapshotLine(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a line, with what the ledger said at the snapshot's instant and what the line changed on the shelf and in its shortage."""

    position: int
    said: Said
    variant_id: VariantId | None = None
    units: int
    expected: int | None = None
    difference: int = 0
    on_hand: int | None = None
    short: int = 0


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot's lines, in its order; no id where it was tried only."""

    id: UUID | None
    received_at: datetime
    lines: list[SnapshotLine]


class Mark(msgspec.Struct, frozen=True):
    """The last snapshot of a source that was looked at for an article at a location."""

    variant_id: VariantId
    taken_at: datetime
    sequence: int | None
    units: int


_mark = stock_snapshot_marks.c
MARKS = Statement(
    select(_mark.variant_id, _mark.taken_at, _mark.sequence, _mark.units).where(
        _mark.source == given("source", Text),
        _mark.location_id == given("location_id", Uuid),
        any_of(_mark.variant_id, "variant_ids"),
    ),
    into=Mark,
)
ADD = Statement(
    insert(stock_snapshots).values(**{column.key: given(column.key, column.type) for column in stock_snapshots.c})
)
_new = unnested("new", variant_id=Uuid, units=Integer)
_put = insert(stock_snapshot_marks).from_select(
    ["variant_id", "units", "source", "location_id", "snapshot_id", "taken_at", "sequence"],
    select(
        *_new.c,
        given("source", Text),
        given("location_id", Uuid),
        given("snapshot_id", Uuid),
        given("taken_at", DateTime(timezone=True)),
        given("sequence", BigInteger),
    ),
)
PUT_MARKS = Statement(
    _put.on_conflict_do_update(
        index_elements=["source", "location_id", "variant_id"],
        set_={name: _put.excluded[name] for name in ("units", "snapshot_id", "taken_at", "sequence")},
    )
)


async def apply_snapshot(tx: Tx, caller: Caller, snapshot: Snapshot, *, dry_run: bool) -> Applied:
    """Compares each figure with the ledger at the snapshot's instant and books the difference; what moved since stays.

    One that is older than the last one of its source for a place is ignored, and so is the same one again; each line says so. Lines that
    cannot be taken are told, and the others are booked. A shelf keeps what is reserved: the rest becomes its shortage, with a shortfall that
    names the orders at risk. A dry run gives the same and changes nothing. Refuses with InvalidInput a location that is none of the
    caller's, and an instant that is too long ago or in the future.
    """
    at = clock.now()
    location_id = await named.check_location(tx, caller, snapshot.location_id, "/location_id")
    if not at - OLDEST <= snapshot.taken_at <= at + AHEAD:
        raise invalid("/taken_at", f"must lie within the last {OLDEST.days} days")
    articles = await named.articles_named(tx, [name for name, _ in snapshot.lines])
    await ledger.lock_location(tx, location_id)
    told, wanted = await _sorted_out(tx, location_id, snapshot, articles)
    shelves = await ledger.shelves(tx, location_id, wanted)
    past = await ledger.at_instant(tx, location_id, sorted(wanted), min(snapshot.taken_at, at))
    words = [
        Figure(variant_id, units, past[variant_id].position, past[variant_id].due)
        for variant_id, units in wanted.items()
    ]
    snapshot_id = new_id()
    if dry_run:
        weighed = await figures.weigh(tx, location_id, words, shelves)
    else:
        await _write(tx, caller, snapshot, snapshot_id, wanted, at)
        weighed = await figures.book(tx, location_id, words, "snapshot", snapshot_id, caller.principal)
    found = {each.variant_id: (word, each) for word, each in zip(words, weighed, strict=True)}
    lines = [line if line.said is not Said.BOOKED else _line(line, *found[_id(line)]) for line in told]
    return Applied(id=None if dry_run else snapshot_id, received_at=at, lines=lines)


async def _sorted_out(
    tx: Tx, location_id: LocationId, snapshot: Snapshot, articles: Sequence[VariantId | None]
) -> tuple[list[SnapshotLine], dict[VariantId, int]]:
    """Gives the answer for each line as far as it needs no ledger, and the units of those that are to be weighed."""
    known = {article for article in articles if article is not None}
    marks = {
        mark.variant_id: mark
        for mark in await tx.fetch(MARKS, source=snapshot.source, location_id=location_id, variant_ids=sorted(known))
    }
    asking = await traceability.tracking(tx, known)
    told: list[SnapshotLine] = []
    wanted: dict[VariantId, int] = {}
    seen: set[VariantId] = set()
    for position, (article, (_, units)) in enumerate(zip(articles, snapshot.lines, strict=True)):
        said = Said.UNKNOWN_ARTICLE
        if article is not None:
            said = Said.NAMED_TWICE if article in seen else against(snapshot, units, marks.get(article))
            seen.add(article)
            if said is Said.BOOKED and asking[article] != "none":
                said = Said.TRACKED
            if said is Said.BOOKED:
                wanted[article] = units
        told.append(SnapshotLine(position=position, said=said, variant_id=article, units=units))
    return told, dict(sorted(wanted.items()))


def against(snapshot: Snapshot, units: int, mark: Mark | None) -> Said:
    """Says whether a line is new (`booked` until it was weighed), the last one again, or older than that."""
    if mark is None:
        return Said.BOOKED
    if snapshot.sequence is not None and mark.sequence is not None:
        age = snapshot.sequence - mark.sequence
    else:
        age = (snapshot.taken_at > mark.taken_at) - (snapshot.taken_at < mark.taken_at)
    if age == 0:
        return Said.REPEATED if units == mark.units else Said.DIFFERS
    return Said.BOOKED if age > 0 else Said.OLDER


async def _write(
    tx: Tx, caller: Caller, snapshot: Snapshot, snapshot_id: UUID, wanted: Mapping[VariantId, int], at: datetime
) -> None:
    await tx.execute(
        ADD,
        id=snapshot_id,
        source=snapshot.source,
        location_id=snapshot.location_id,
        taken_at=snapshot.taken_at,
        sequence=snapshot.sequence,
        lines=len(snapshot.lines),
        by=caller.principal,
        received_at=at,
    )
    await tx.execute(
        PUT_MARKS,
        variant_id=list(wanted),
        units=list(wanted.values()),
        source=snapshot.source,
        location_id=snapshot.location_id,
        snapshot_id=snapshot_id,
        taken_at=snapshot.taken_at,
        sequence=snapshot.sequence,
    )
    tx.changed("stock_snapshot", snapshot_id, after={"source": snapshot.source, "location_id": snapshot.location_id})


def _id(line: SnapshotLine) -> VariantId:
    return VariantId(line.variant_id or UUID(int=0))


def _line(line: SnapshotLine, word: Figure, weighed: Weighed) -> SnapshotLine:
    return msgspec.structs.replace(
        line,
        said=Said(weighed.outcome.value) if weighed.outcome is not Outcome.BOOKED else Said.BOOKED,
        expected=word.expected,
        difference=weighed.difference,
        on_hand=weighed.on_hand,
        short=max(0, -weighed.shortage),
    )
