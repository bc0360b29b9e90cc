"""Correct shelves for a reason: at once within the limit, beyond it when somebody else has approved."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import Date, DateTime, Integer, Text, Uuid, func, literal_column, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by, insert

from commerce import inventory, traceability
from commerce.counting import limits, named, reasons, rules
from commerce.counting.errors import NeedsAnother
from commerce.counting.events import CorrectionBooked, CorrectionWaits
from commerce.counting.facts import Correction, CorrectionLine, CorrectionState as C, Direction, LimitKind
from commerce.counting.tables import stock_correction_lines, stock_corrections
from commerce.inventory import Cause, Move, Spot
from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import VariantId, document_number, new_id
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given, unnested
from commerce.traceability import Tagged


class AskedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of an article; with their lot or their serial numbers where the article asks for them."""

    name: named.Name
    units: int
    lot: str | None = None
    expires_on: date | None = None
    serials: Sequence[str] = ()


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be corrected: units of articles at one location, for one reason."""

    location_id: UUID
    reason: str
    note: str
    lines: Sequence["AskedLine"]


_c = stock_corrections.c
_line = stock_correction_lines.c
_lines = (
    select(
        func.jsonb_agg(
            aggregate_order_by(
                func.jsonb_build_object(
                    "variant_id",
                    _line.variant_id,
                    "units",
                    _line.units,
                    "lot",
                    _line.lot,
                    "expires_on",
                    _line.expires_on,
                    "serials",
                    _line.serials,
                ),
                _line.position,
            ),
            type_=JSONB,
        )
    )
    .where(_line.correction_id == _c.id)
    .correlate(stock_corrections)
    .scalar_subquery()
)
ALL = select(*_c, func.coalesce(_lines, literal_column("'[]'::jsonb", JSONB)).label("lines"))
ONE = Statement(ALL.where(_c.id == given("id", Uuid)), into=Correction)
LOCK = Statement(ALL.where(_c.id == given("id", Uuid)).with_for_update(of=stock_corrections), into=Correction)
_state, _at = given("state", Text), given("location_id", Uuid)
_before_at, _before_id = given("before_at", DateTime(timezone=True)), given("before_id", Uuid)
PAGE = Statement(
    ALL.where(
        or_(_before_at.is_(None), tuple_(_c.asked_at, _c.id) < tuple_(_before_at, _before_id)),
        or_(_state.is_(None), _c.state == _state),
        or_(_at.is_(None), _c.location_id == _at),
        named.seen(_c.location_id),
    )
    .order_by(_c.asked_at.desc(), _c.id.desc())
    .limit(given("most", Integer)),
    into=Correction,
)
COLUMNS = [column for column in _c if column.key not in {"version", "decision_note"}]
ADD = Statement(insert(stock_corrections).values(**{column.key: given(column.key, column.type) for column in COLUMNS}))
# An array of arrays cannot be unnested line by line: serial numbers come as JSON, and leave it here.
_new = unnested("new", variant_id=Uuid, position=Integer, units=Integer, lot=Text, expires_on=Date, numbers=JSONB)
_numbers = func.array(
    select(func.jsonb_array_elements_text(_new.c.numbers).column_valued("number")).scalar_subquery(), type_=ARRAY(Text)
)
ADD_LINES = Statement(
    insert(stock_correction_lines).from_select(
        ["correction_id", "variant_id", "position", "units", "lot", "expires_on", "serials"],
        select(
            given("correction_id", Uuid),
            _new.c.variant_id,
            _new.c.position,
            _new.c.units,
            _new.c.lot,
            _new.c.expires_on,
            _numbers,
        ),
    )
)
DECIDE = Statement(
    update(stock_corrections)
    .where(_c.id == given("correction_id", Uuid))
    .values(
        state=given("state_after", Text),
        decided_by=given("by", Text),
        decided_at=given("at", DateTime(timezone=True)),
        decision_note=given("said", Text),
        version=_c.version + 1,
    )
)


async def correct(tx: Tx, caller: Caller, ask: Ask) -> Correction:
    """Corrects shelves at one of the caller's locations, all lines or none; beyond the caller's limit it waits, and nothing has moved.

    Refuses with ReasonUnusable; with InvalidInput for a location or an article that there is not (for the caller); with BelowReserved where
    fewer units would be left than are promised; with TooFewThere where fewer are damaged or in quarantine than should come back.
    """
    location_id = await named.check_location(tx, caller, ask.location_id, "/location_id")
    reason = await reasons.usable_reason(tx, ask.reason)
    lines = await _lines_of(tx, ask)
    units = sum(line.units for line in lines)
    limit = await limits.limit_for(tx, caller, location_id, LimitKind.CORRECTION)
    correction = Correction(
        id=new_id(),
        number=document_number("X"),
        location_id=location_id,
        reason=reason.code,
        direction=reason.direction,
        spot=reason.spot,
        note=ask.note,
        state=C.BOOKED if units <= limit else C.WAITING,
        units=units,
        limit_units=limit,
        asked_by=caller.principal,
        asked_at=clock.now(),
        decided_by=None,
        decided_at=None,
        decision_note="",
        version=1,
        lines=lines,
    )
    await tx.execute(ADD, **{column.key: getattr(correction, column.key) for column in COLUMNS})
    await tx.execute(
        ADD_LINES,
        correction_id=correction.id,
        variant_id=[line.variant_id for line in lines],
        position=list(range(len(lines))),
        units=[line.units for line in lines],
        lot=[line.lot for line in lines],
        expires_on=[line.expires_on for line in lines],
        numbers=[line.serials for line in lines],
    )
    tx.changed("stock_correction", correction.id, after=correction)
    if correction.state is C.BOOKED:
        await _book(tx, correction, caller.principal)
    else:
        tx.emit(CorrectionWaits(correction_id=correction.id, location_id=location_id, units=units))
    return correction


async def approve(tx: Tx, caller: Caller, correction_id: UUID) -> Correction:
    """Books a correction that waits, by somebody else than who asked for it (NeedsAnother).

    Refuses with NotFound, IllegalMove, and as `correct` does where the shelf cannot give the units any more.
    """
    correction = await _locked(tx, caller, correction_id, C.BOOKED)
    _by_another(caller, correction)
    after = await _decide(tx, caller, correction, C.BOOKED, "")
    await _book(tx, after, caller.principal)
    return after


async def reject(tx: Tx, caller: Caller, correction_id: UUID, said: str) -> Correction:
    """Turns a correction down that waits, by somebody else than who asked for it; nothing moves."""
    correction = await _locked(tx, caller, correction_id, C.REJECTED)
    _by_another(caller, correction)
    return await _decide(tx, caller, correction, C.REJECTED, said)


async def withdraw(tx: Tx, caller: Caller, correction_id: UUID) -> Correction:
    """Takes a correction back that waits, by whoever asked for it (NeedsAnother for others); nothing moves."""
    correction = await _locked(tx, caller, correction_id, C.WITHDRAWN)
    if caller.principal != correction.asked_by:
        raise NeedsAnother("Only who asked for the correction takes it back; reject it.")
    return await _decide(tx, caller, correction, C.WITHDRAWN, "")


async def read(reads: Reads, caller: Caller, correction_id: UUID) -> Correction:
    """Gives a correction; refuses with NotFound one at another's location."""
    found = await reads.fetch_one(ONE, id=correction_id)
    return _seen(caller, found)


async def page(
    reading: Reading,
    caller: Caller,
    location_id: UUID | None,
    state: C | None,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> list[Correction]:
    """Gives corrections at the caller's locations, the newest first."""
    before_at, before_id = before or (None, None)
    return await reading.fetch(
        PAGE,
        before_at=before_at,
        before_id=before_id,
        state=state,
        location_id=location_id,
        locations=named.listed(caller),
        most=most,
    )


def _seen(caller: Caller, correction: Correction | None) -> Correction:
    if correction is None:
        raise NotFound
    named.check_seen(caller, correction.location_id)
    return correction


async def _locked(tx: Tx, caller: Caller, correction_id: UUID, after: C) -> Correction:
    found = await tx.fetch_one(LOCK, id=correction_id)
    correction = _seen(caller, found)
    rules.CORRECTION.check(correction.state, after)
    return correction


def _by_another(caller: Caller, correction: Correction) -> None:
    if caller.principal == correction.asked_by:
        raise NeedsAnother("Whoever asked for the correction cannot decide it.")


async def _lines_of(tx: Tx, ask: Ask) -> list[CorrectionLine]:
    articles = await named.articles_named(tx, [line.name for line in ask.lines])
    lines: dict[tuple[VariantId, str | None], CorrectionLine] = {}
    for position, (variant_id, line) in enumerate(zip(articles, ask.lines, strict=True)):
        if variant_id is None:
            raise invalid(f"/lines/{position}", "is no article")
        if (variant_id, line.lot) in lines:
            raise invalid(f"/lines/{position}", "is an article, or a lot of it, that an earlier line names already")
        lines[variant_id, line.lot] = CorrectionLine(
            variant_id=variant_id,
            units=line.units,
            lot=line.lot,
            expires_on=line.expires_on,
            serials=list(line.serials),
        )
    return list(lines.values())


async def _decide(tx: Tx, caller: Caller, correction: Correction, state: C, said: str) -> Correction:
    at = clock.now()
    await tx.execute(DECIDE, correction_id=correction.id, state_after=state, by=caller.principal, at=at, said=said)
    after = msgspec.structs.replace(
        correction,
        state=state,
        decided_by=caller.principal,
        decided_at=at,
        decision_note=said,
        version=correction.version + 1,
    )
    tx.changed("stock_correction", correction.id, before=correction, after=after)
    return after


async def _book(tx: Tx, correction: Correction, actor: str) -> None:
    here = correction.location_id
    there = None if correction.spot is Spot.SHRINKAGE else here
    off = correction.direction is Direction.OFF
    moves = [
        Move(line.variant_id, line.units, Spot.SHELF, here, correction.spot, there)
        if off
        else Move(line.variant_id, line.units, correction.spot, there, Spot.SHELF, here)
        for line in correction.lines
    ]
    cause = Cause("correction", correction.id, actor, correction.reason)
    key = f"correction:{correction.id}"
    await inventory.move(tx, moves, cause, key)
    told = [
        Tagged(each, line.lot, line.expires_on, line.serials)
        for each, line in zip(moves, correction.lines, strict=True)
    ]
    await traceability.follow(tx, told, cause, key)
    tx.emit(
        CorrectionBooked(
            correction_id=correction.id, location_id=here, reason=correction.reason, units=correction.units
        )
    )
