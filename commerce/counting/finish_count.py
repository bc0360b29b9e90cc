"""Hand a count in, and decide it: another round, somebody's approval, or into the ledger."""

from collections.abc import Collection, Sequence
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, select

from commerce.counting import count_rows, figures, ledger, rules, tracked
from commerce.counting.errors import NeedsAnother, NotAllCounted, TooManyRounds
from commerce.counting.events import CountBooked
from commerce.counting.facts import ROUNDS_MOST, Count, CountLine, CountState as S, Figure, Outcome
from commerce.counting.tables import stock_count_scans
from commerce.inventory import Cause
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import VariantId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

Uncounted = Literal["refuse", "zero", "leave_out"]
TOLD_MOST = 100
COUNTERS = Statement(
    select(stock_count_scans.c.by).where(stock_count_scans.c.count_id == given("count_id", Uuid)).distinct()
)


async def submit(tx: Tx, caller: Caller, count_id: UUID, uncounted: Uncounted) -> Count:
    """Hands in what was counted in this round.

    Lines that must be counted again open another round; else the count waits for approval where its lines differ by more than its limit
    together, and is booked where they do not. `uncounted` says what becomes of articles that nobody scanned: the count is refused with
    NotAllCounted, there are none of them, or they are left out. Refuses with NotFound, IllegalMove, TooManyRounds.
    """
    before = await count_rows.lock(tx, caller, count_id)
    count_rows.check_open(before, S.BOOKED)
    lines = await _completed(tx, before, uncounted)
    count = msgspec.structs.replace(before, lines=lines, submitted_by=caller.principal, submitted_at=clock.now())
    again = {line.variant_id for line in rules.to_count_again(lines, count.round, count.recount_beyond)}
    again |= await _stale(tx, count)
    if again:
        return await _next_round(tx, before, count, again)
    count = msgspec.structs.replace(count, units_off=rules.units_off(lines))
    if (count.units_off or 0) <= count.approve_beyond:
        return await _book(tx, before, count)
    await count_rows.keep_lines(tx, count.id, _changed(before, count))
    return await count_rows.keep(tx, before, msgspec.structs.replace(count, state=S.AWAITING_APPROVAL))


async def approve(tx: Tx, caller: Caller, count_id: UUID) -> Count:
    """Books a count that waits for approval, by somebody who neither opened it, nor counted, nor handed it in (NeedsAnother).

    Lines whose shelf was corrected since are counted again instead. Refuses with NotFound and IllegalMove.
    """
    before = await count_rows.lock(tx, caller, count_id)
    _waits(before, S.BOOKED)
    counters = {row["by"] for row in await tx.fetch(COUNTERS, count_id=count_id)}
    if caller.principal in counters | {before.opened_by, before.submitted_by}:
        raise NeedsAnother("Whoever counted cannot approve the count.")
    if again := await _stale(tx, before):
        return await _next_round(tx, before, before, again)
    return await _book(tx, before, msgspec.structs.replace(before, decided_by=caller.principal))


async def ask_again(tx: Tx, caller: Caller, count_id: UUID, variant_ids: Sequence[UUID] | None) -> Count:
    """Sends a count that waits for approval back to the shelf: for the named articles, or for all that differ."""
    before = await count_rows.lock(tx, caller, count_id)
    _waits(before, S.RECOUNTING)
    known = {line.variant_id: line for line in before.lines if line.counted is not None}
    again = {variant_id for variant_id, line in known.items() if line.difference}
    if variant_ids is not None:
        for position, variant_id in enumerate(variant_ids):
            if variant_id not in known:
                raise invalid(f"/variant_ids/{position}", "was not counted")
        again = {VariantId(variant_id) for variant_id in variant_ids}
    return await _next_round(tx, before, before, again)


async def cancel(tx: Tx, caller: Caller, count_id: UUID) -> Count:
    """Gives a count up; nothing was booked of it. Refuses with NotFound and IllegalMove."""
    before = await count_rows.lock(tx, caller, count_id)
    rules.COUNT.check(before.state, S.CANCELLED)
    return await count_rows.keep(tx, before, msgspec.structs.replace(before, state=S.CANCELLED, closed_at=clock.now()))


def _waits(count: Count, after: S) -> None:
    if count.state is not S.AWAITING_APPROVAL:
        raise rules.COUNT.refusal(count.state, after)


async def _completed(tx: Tx, count: Count, uncounted: Uncounted) -> list[CountLine]:
    """Gives the lines with those that nobody scanned as the counter says."""
    missing = {line.variant_id for line in count.lines if line.round == count.round and line.counted is None}
    if not missing:
        return list(count.lines)
    if uncounted == "refuse":
        raise NotAllCounted(
            f"{len(missing)} articles were not counted. Count them, or say what `uncounted` ones are.",
            variant_ids=sorted(missing)[:TOLD_MOST],
        )
    if uncounted == "leave_out":
        left_out = {"outcome": Outcome.LEFT_OUT, "booked": 0, "short": 0}
        return [
            msgspec.structs.replace(line, **left_out) if line.variant_id in missing else line for line in count.lines
        ]
    shelves = await ledger.shelves(tx, count.location_id, missing)
    return [
        msgspec.structs.replace(
            line,
            counted=0,
            first_position=shelves[line.variant_id].position,
            position=shelves[line.variant_id].position,
            expected=shelves[line.variant_id].due,
        )
        if line.variant_id in missing
        else line
        for line in count.lines
    ]


async def _stale(tx: Tx, count: Count) -> set[VariantId]:
    """Locks the shelves and gives those of which nobody can say any more what was counted.

    Somebody corrected them since, maybe for the same units; or units of them moved since that have lots or serial numbers.
    """
    positions = {line.variant_id: line.position for line in count.lines if line.position is not None}
    await ledger.lock_location(tx, count.location_id)
    shelves = await ledger.shelves(tx, count.location_id, positions)
    stale = await ledger.corrected_since(tx, count.location_id, positions)
    return stale | await tracked.moved_since(tx, count.lines, shelves)


async def _next_round(tx: Tx, before: Count, count: Count, again: Collection[VariantId]) -> Count:
    if count.round == ROUNDS_MOST:
        raise TooManyRounds(f"Cancel the count, and open another one; {ROUNDS_MOST} rounds did not agree.")
    if not again:
        raise invalid("/variant_ids", "nothing differs: approve the count, or name what is to be counted again")
    lines = [_anew(line, count.round + 1) if line.variant_id in again else line for line in count.lines]
    count = msgspec.structs.replace(count, lines=lines, state=S.RECOUNTING, round=count.round + 1, units_off=None)
    await count_rows.keep_lines(tx, count.id, _changed(before, count))
    return await count_rows.keep(tx, before, count)


def _anew(line: CountLine, round_: int) -> CountLine:
    return CountLine(
        variant_id=line.variant_id,
        round=round_,
        difference_before=None if line.moved_meanwhile else line.difference,
    )


def _changed(before: Count, after: Count) -> list[CountLine]:
    return [line for was, line in zip(before.lines, after.lines, strict=True) if was != line]


async def _book(tx: Tx, before: Count, count: Count) -> Count:
    """Books the lines that were counted, each as what it differed by where it was counted."""
    words = [
        Figure(line.variant_id, line.counted, line.position, line.expected)
        for line in count.lines
        if line.counted is not None and line.position is not None and line.expected is not None
    ]
    actor = count.decided_by or count.submitted_by or count.opened_by
    weighed = {
        each.variant_id: each for each in await figures.book(tx, count.location_id, words, "count", count.id, actor)
    }
    await tracked.tell(tx, count, weighed, Cause("count", count.id, actor), f"count:{count.id}")
    lines = [
        msgspec.structs.replace(
            line,
            outcome=weighed[line.variant_id].outcome,
            booked=weighed[line.variant_id].difference,
            short=max(0, -weighed[line.variant_id].shortage),
        )
        if line.variant_id in weighed
        else line
        for line in count.lines
    ]
    count = msgspec.structs.replace(count, lines=lines, state=S.BOOKED, closed_at=clock.now())
    await count_rows.keep_lines(tx, count.id, _changed(before, count))
    tx.emit(
        CountBooked(
            count_id=count.id,
            location_id=count.location_id,
            articles=len(weighed),
            units_off=rules.units_off(count.lines),
        )
    )
    return await count_rows.keep(tx, before, count)
