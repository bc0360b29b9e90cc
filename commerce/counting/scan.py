"""Take scans into a count: each once, each at the position that the ledger has at that moment."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, Text, Uuid, select
from sqlalchemy.dialects.postgresql import insert

from commerce import traceability
from commerce.counting import count_rows, ledger, named
from commerce.counting.facts import LINES_MOST, UNITS_MOST, Count, CountLine, CountState, Shelf
from commerce.counting.tables import stock_count_scans
from commerce.counting.tracked import Label, serials_scanned
from commerce.kernel import clock
from commerce.kernel.ids import VariantId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.traceability import Tracking


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """Units of an article that somebody saw: so many more, or (`total`) so many in all. The id is its maker's."""

    id: UUID
    name: named.Name
    units: int
    total: bool
    label: Label = Label()


class Taken(StrEnum):
    """What became of a scan."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    DIFFERS = "differs"
    UNKNOWN_ARTICLE = "unknown_article"
    NOT_IN_COUNT = "not_in_count"
    NOT_IN_ROUND = "not_in_round"
    TOO_MANY_UNITS = "too_many_units"
    LOT_NEEDED = "lot_needed"
    SERIAL_NEEDED = "serial_needed"
    SERIAL_TWICE = "serial_twice"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A scan's answer: what became of it, and what its line stands at."""

    id: UUID
    taken: Taken
    variant_id: VariantId | None = None
    counted: int | None = None


class _Before(msgspec.Struct, frozen=True):
    id: UUID
    variant_id: VariantId
    units: int
    total: bool
    lot: str | None
    serial: str | None


_scan = stock_count_scans.c
BEFORE = Statement(
    select(_scan.id, _scan.variant_id, _scan.units, _scan.total, _scan.lot, _scan.serial).where(
        _scan.count_id == given("count_id", Uuid), any_of(_scan.id, "ids")
    ),
    into=_Before,
)
_new = unnested(
    "new",
    id=Uuid,
    variant_id=Uuid,
    units=Integer,
    total=Boolean,
    lot=Text,
    expires_on=Date,
    serial=Text,
    position=BigInteger,
    nth=Integer,
)
WRITE = Statement(
    insert(stock_count_scans).from_select(
        [*(name for name in _new.c.keys() if name != "nth"), "count_id", "round", "by", "at"],  # noqa: SIM118
        select(
            _new.c.id,
            _new.c.variant_id,
            _new.c.units,
            _new.c.total,
            _new.c.lot,
            _new.c.expires_on,
            _new.c.serial,
            _new.c.position,
            given("count_id", Uuid),
            given("round", Integer),
            given("by", Text),
            given("at", DateTime(timezone=True)),
        ).order_by(_new.c.nth),
    )
)


class _Asked:
    """What the articles of a call ask for, and which serial numbers were scanned of them."""

    def __init__(self, tracking: Mapping[VariantId, Tracking], serials: dict[VariantId, set[str]]) -> None:
        self._tracking, self._serials = tracking, serials

    def judge(self, scan: Scan, article: VariantId) -> Taken:
        """Says whether a scan says enough of units that have a lot or a serial number, and nothing twice."""
        asks, label = self._tracking[article], scan.label
        if asks == "none" or scan.units == 0:
            return Taken.ACCEPTED
        if asks == "lot":
            return Taken.LOT_NEEDED if label.lot is None else Taken.ACCEPTED
        if label.serial is None or scan.units != 1:
            return Taken.SERIAL_NEEDED
        twice = not scan.total and label.serial in self._serials[article]
        return Taken.SERIAL_TWICE if twice else Taken.ACCEPTED

    def take(self, scan: Scan, article: VariantId) -> None:
        """Notes the serial number of a scan that was taken."""
        if scan.total:
            self._serials[article] = set()
        if scan.label.serial is not None:
            self._serials[article].add(scan.label.serial)


async def take_scans(tx: Tx, caller: Caller, count_id: UUID, scans: Sequence[Scan]) -> tuple[Count, list[Answer]]:
    """Takes scans, in their order; gives the count and an answer for each. A scan that cannot be taken is told, and the others are taken.

    A scan whose id was taken before counts once ("repeated"; "differs" when it says something else). One at a position of the ledger: who sold
    in between neither loses nor doubles units. Refuses with NotFound, and with IllegalMove when the count takes no scans any more.
    """
    count = await count_rows.lock(tx, caller, count_id)
    count_rows.check_open(count, CountState.COUNTING)
    lines = {line.variant_id: line for line in count.lines}
    articles = await named.articles_named(tx, [scan.name for scan in scans], among=lines)
    before = {each.id: each for each in await tx.fetch(BEFORE, count_id=count_id, ids=[scan.id for scan in scans])}
    wanted = {article for article in articles if article is not None and _fits(count, lines, article)}
    shelves = await ledger.shelves(tx, count.location_id, wanted)
    room = max(0, LINES_MOST - len(lines))
    added = sorted(wanted - lines.keys())[:room]
    asked = _Asked(await traceability.tracking(tx, wanted), await serials_scanned(tx, count.id, wanted))
    lines |= {variant_id: CountLine(variant_id=variant_id, round=count.round) for variant_id in added}
    answers: list[Answer] = []
    accepted: list[tuple[Scan, VariantId]] = []
    touched: set[VariantId] = set()
    for scan, article in zip(scans, articles, strict=True):
        taken = _judge(count, lines, scan, article, before.get(scan.id), asked)
        if taken is Taken.ACCEPTED and article is not None:
            lines[article] = _counted(lines[article], scan, shelves[article])
            before[scan.id] = _Before(scan.id, article, scan.units, scan.total, scan.label.lot, scan.label.serial)
            asked.take(scan, article)
            accepted.append((scan, article))
            touched.add(article)
        line = lines.get(article) if article is not None else None
        answers.append(
            Answer(id=scan.id, taken=taken, variant_id=article, counted=line.counted if line is not None else None)
        )
    used = [variant_id for variant_id in added if variant_id in touched]
    if used:
        await count_rows.add_lines(tx, count.id, count.round, used)
    await _write(tx, caller, count, accepted, shelves)
    await count_rows.keep_lines(tx, count.id, [lines[variant_id] for variant_id in sorted(touched)])
    after = await count_rows.keep(tx, count, count) if accepted else count
    kept = [line for line in lines.values() if line.variant_id in touched or line.variant_id not in added]
    return msgspec.structs.replace(after, lines=sorted(kept, key=lambda line: line.variant_id)), answers


def _fits(count: Count, lines: Mapping[VariantId, CountLine], article: VariantId) -> bool:
    """Says whether an article belongs to the count: it is on its list, or it was found on the part of the shelf that is counted."""
    if article in lines:
        return True
    after, through = count.after_variant_id, count.through_variant_id
    return count.kind == "shelf" and (after is None or article > after) and (through is None or article <= through)


def _judge(
    count: Count,
    lines: Mapping[VariantId, CountLine],
    scan: Scan,
    article: VariantId | None,
    before: _Before | None,
    asked: "_Asked",
) -> Taken:
    if before is not None:
        said = (article, scan.units, scan.total, scan.label.lot, scan.label.serial)
        same = (before.variant_id, before.units, before.total, before.lot, before.serial) == said
        return Taken.REPEATED if same else Taken.DIFFERS
    if article is None:
        return Taken.UNKNOWN_ARTICLE
    line = lines.get(article)
    if line is None:
        return Taken.NOT_IN_COUNT
    if line.round != count.round:
        return Taken.NOT_IN_ROUND
    if not scan.total and (line.counted or 0) + scan.units > UNITS_MOST:
        return Taken.TOO_MANY_UNITS
    return asked.judge(scan, article)


def _counted(line: CountLine, scan: Scan, shelf: Shelf) -> CountLine:
    first = scan.total or line.counted is None
    return msgspec.structs.replace(
        line,
        counted=scan.units if scan.total else (line.counted or 0) + scan.units,
        first_position=shelf.position if first else line.first_position,
        position=shelf.position,
        expected=shelf.due,
    )


async def _write(
    tx: Tx,
    caller: Caller,
    count: Count,
    accepted: Sequence[tuple[Scan, VariantId]],
    shelves: Mapping[VariantId, Shelf],
) -> None:
    if not accepted:
        return
    await tx.execute(
        WRITE,
        id=[scan.id for scan, _ in accepted],
        variant_id=[article for _, article in accepted],
        units=[scan.units for scan, _ in accepted],
        total=[scan.total for scan, _ in accepted],
        lot=[scan.label.lot for scan, _ in accepted],
        expires_on=[scan.label.expires_on for scan, _ in accepted],
        serial=[scan.label.serial for scan, _ in accepted],
        position=[shelves[article].position for _, article in accepted],
        nth=list(range(len(accepted))),
        count_id=count.id,
        round=count.round,
        by=caller.principal,
        at=clock.now(),
    )
