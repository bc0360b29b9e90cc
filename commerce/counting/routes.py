"""Counts, corrections, snapshots and shortfalls over HTTP; another's location looks as if it did not exist."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Concatenate, ParamSpec
from uuid import UUID

import msgspec
from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from commerce.counting import corrections, reasons, shortfalls
from commerce.counting.corrections import Ask, AskedLine
from commerce.counting.count_routes import ROUTES as OF_COUNTS
from commerce.counting.errors import NeedsAnother, ReasonUnusable
from commerce.counting.facts import Correction, CorrectionState, Reason
from commerce.counting.named import Name
from commerce.counting.schemas import (
    CorrectionIn,
    CorrectionLineIn,
    CorrectionLineOut,
    CorrectionOut,
    ReasonOut,
    ReasonsOut,
    RejectCorrectionIn,
    ResolveShortfallIn,
    ShortfallOut,
    SnapshotIn,
    SnapshotLineIn,
    SnapshotLineOut,
    SnapshotOut,
)
from commerce.counting.shortfalls import Shortfall
from commerce.counting.snapshots import Said, Snapshot, apply_snapshot
from commerce.inventory import BelowReserved, TooFewThere
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, Refusal, invalid
from commerce.kernel.wire import Page, Text3
from commerce.platform.database import Tx
from commerce.platform.http import Call, Caller, Cursor, Limit, after_cursor, answer, get, paged, perform, post

P = ParamSpec("P")
COUNT, APPROVE, READ, ADJUST, TAG = "stock:count", "stock:approve", "stock:read", "stock:adjust", "stock"
PATH = "/v1/stock/corrections/{correction_id:uuid}"
MOVING: Sequence[type[Refusal]] = [NotFound, IllegalMove]
At = FromQuery[Annotated[UUID, Meta(description="Only at this location")] | None]
Resolved = FromQuery[Annotated[bool, Meta(description="Those that were seen to as well")]]


@post(
    "/v1/stock/corrections",
    operation="correctStock",
    scope=COUNT,
    tag=TAG,
    key="required",
    refusals=[InvalidInput, ReasonUnusable, BelowReserved, TooFewThere],
)
async def post_correction(request: Call, data: JSONBody[CorrectionIn]) -> Response[CorrectionOut]:
    """Correct shelves for a reason: booked at once within the caller's limit; beyond it, it waits for somebody else."""
    ask = Ask(
        location_id=data.location_id,
        reason=data.reason,
        note=data.note,
        lines=[
            AskedLine(
                name=_name(line, nth),
                units=line.units,
                lot=line.lot,
                expires_on=line.expires_on,
                serials=line.serials or (),
            )
            for nth, line in enumerate(data.lines)
        ],
    )
    return await perform(request, _shown, corrections.correct, request.caller, ask)


@get("/v1/stock/corrections", operation="listCorrections", scope=COUNT, tag=TAG, refusals=[InvalidInput])
async def list_corrections(
    request: Call,
    location_id: At = None,
    correction_state: Annotated[CorrectionState | None, QueryParameter(name="state")] = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[CorrectionOut]]:
    """List corrections at the caller's locations, the newest first."""
    after = after_cursor(cursor, datetime, UUID)
    rows = await corrections.page(
        request.db.reading, request.caller, location_id, correction_state, after and (after[0], after[1]), limit + 1
    )
    return answer(request, paged([_out(row) for row in rows], limit, key=lambda row: [row.asked_at, row.id]))


@get(PATH, operation="getCorrection", scope=COUNT, tag=TAG, refusals=[NotFound])
async def get_correction(request: Call, correction_id: FromPath[UUID]) -> Response[CorrectionOut]:
    """Get a correction."""
    return answer(request, _out(await corrections.read(request.db.reading, request.caller, correction_id)))


@post(
    f"{PATH}/approve",
    operation="approveCorrection",
    scope=APPROVE,
    tag=TAG,
    key="required",
    status=200,
    refusals=[*MOVING, NeedsAnother, BelowReserved, TooFewThere],
)
async def post_approve(request: Call, correction_id: FromPath[UUID]) -> Response[CorrectionOut]:
    """Book a correction that waits; not by whoever asked for it."""
    return await perform(request, _shown, corrections.approve, request.caller, correction_id)


@post(
    f"{PATH}/reject",
    operation="rejectCorrection",
    scope=APPROVE,
    tag=TAG,
    key="required",
    status=200,
    refusals=[*MOVING, NeedsAnother],
)
async def post_reject(
    request: Call, correction_id: FromPath[UUID], data: JSONBody[RejectCorrectionIn]
) -> Response[CorrectionOut]:
    """Turn a correction down that waits; nothing moves."""
    return await perform(request, _shown, corrections.reject, request.caller, correction_id, data.reason)


@post(
    f"{PATH}/withdraw",
    operation="withdrawCorrection",
    scope=COUNT,
    tag=TAG,
    key="required",
    status=200,
    refusals=[*MOVING, NeedsAnother],
)
async def post_withdraw(request: Call, correction_id: FromPath[UUID]) -> Response[CorrectionOut]:
    """Take a correction back that waits, by whoever asked for it; nothing moves."""
    return await perform(request, _shown, corrections.withdraw, request.caller, correction_id)


@get("/v1/stock/correction-reasons", operation="listCorrectionReasons", scope=COUNT, tag=TAG)
async def list_reasons(request: Call) -> Response[ReasonsOut]:
    """List the reasons for corrections, in the language that was asked for."""
    known = await reasons.reasons(request.db.reading)
    return answer(request, ReasonsOut(items=[reason_out(reason, request.language) for reason in known]))


@post(
    "/v1/stock/snapshots",
    operation="applyStockSnapshot",
    scope=ADJUST,
    tag=TAG,
    key="required",
    refusals=[InvalidInput],
)
async def post_snapshot(request: Call, data: JSONBody[SnapshotIn]) -> Response[SnapshotOut]:
    """Take what an ERP or a warehouse system says a location held at an instant: only the difference at that instant is booked.

    It may come late, twice, out of order, or while units are reserved; each line says what became of it, and good ones go in.
    """
    snapshot = Snapshot(
        source=data.source,
        location_id=data.location_id,
        taken_at=data.taken_at.astimezone(UTC),
        sequence=data.sequence,
        lines=[(_name(line, nth), line.units) for nth, line in enumerate(data.lines)],
    )
    return await perform(request, _applied, request.caller, snapshot, dry_run=data.dry_run)


@get("/v1/stock/shortfalls", operation="listShortfalls", scope=READ, tag=TAG, refusals=[InvalidInput])
async def list_shortfalls(
    request: Call,
    location_id: At = None,
    include_resolved: Resolved = False,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[ShortfallOut]]:
    """List shelves that hold less than is promised from them, the oldest first, with the orders at risk."""
    after = after_cursor(cursor, UUID)
    rows = await shortfalls.page(
        request.db.reading,
        request.caller,
        location_id,
        after[0] if after else None,
        limit + 1,
        resolved=include_resolved,
    )
    return answer(request, paged([_shortfall(row) for row in rows], limit, key=lambda row: [row.id]))


@post(
    "/v1/stock/shortfalls/{shortfall_id:uuid}/resolve",
    operation="resolveShortfall",
    scope=APPROVE,
    tag=TAG,
    status=200,
    refusals=MOVING,
)
async def post_resolve(
    request: Call, shortfall_id: FromPath[UUID], data: JSONBody[ResolveShortfallIn]
) -> Response[ShortfallOut]:
    """Note what was done about a shortfall; it moves no units."""
    return await perform(request, _resolved, request.caller, shortfall_id, data.resolution)


def _name(line: CorrectionLineIn | SnapshotLineIn, nth: int) -> Name:
    name = Name(line.variant_id, line.code)
    if not name.is_one:
        raise invalid(f"/lines/{nth}", "give either variant_id or code")
    return name


def reason_out(reason: Reason, language: str) -> ReasonOut:
    """Gives a reason in a language."""
    return ReasonOut(
        code=reason.code,
        name=msgspec.convert(reason.name, Text3).said(language),
        direction=reason.direction,
        spot=reason.spot,
        active=reason.active,
        version=reason.version,
    )


def _out(correction: Correction) -> CorrectionOut:
    fields = msgspec.structs.asdict(correction)
    lines = [CorrectionLineOut(**msgspec.structs.asdict(line)) for line in correction.lines]
    return CorrectionOut(**{**fields, "lines": lines})


def _shortfall(shortfall: Shortfall) -> ShortfallOut:
    return ShortfallOut(**msgspec.structs.asdict(shortfall))


async def _shown(
    tx: Tx, step: Callable[Concatenate[Tx, P], Awaitable[Correction]], *args: P.args, **kwargs: P.kwargs
) -> CorrectionOut:
    return _out(await step(tx, *args, **kwargs))


async def _resolved(tx: Tx, caller: Caller, shortfall_id: UUID, said: str) -> ShortfallOut:
    return _shortfall(await shortfalls.resolve_shortfall(tx, caller, shortfall_id, said))


async def _applied(tx: Tx, caller: Caller, snapshot: Snapshot, *, dry_run: bool) -> SnapshotOut:
    applied = await apply_snapshot(tx, caller, snapshot, dry_run=dry_run)
    return SnapshotOut(
        id=applied.id,
        source=snapshot.source,
        location_id=snapshot.location_id,
        taken_at=snapshot.taken_at,
        sequence=snapshot.sequence,
        received_at=applied.received_at,
        booked=sum(line.said is Said.BOOKED for line in applied.lines),
        lines=[SnapshotLineOut(**msgspec.structs.asdict(line)) for line in applied.lines],
    )


ROUTES: list[Any] = [
    *OF_COUNTS,
    post_correction,
    list_corrections,
    get_correction,
    post_approve,
    post_reject,
    post_withdraw,
    list_reasons,
    post_snapshot,
    list_shortfalls,
    post_resolve,
]
