"""Counts over HTTP: counters see what they scanned, approvers what differs; another's location looks as if it did not exist."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Concatenate, ParamSpec
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from commerce import catalog
from commerce.catalog import ArticleName
from commerce.counting import count_lists, count_rows, finish_count
from commerce.counting.count_schemas import (
    ArticleIn,
    CountIn,
    CountOut,
    CountSummaryOut,
    DifferencesOut,
    RecountIn,
    ScanIn,
    ScansIn,
    ScansOut,
    SubmitCountIn,
)
from commerce.counting.errors import NeedsAnother, NotAllCounted, NothingToCount, TooManyRounds
from commerce.counting.facts import Count, CountState, ShownCount
from commerce.counting.named import Name
from commerce.counting.on_wire import count_out, differences_out, scans_out
from commerce.counting.open_count import Wish, open_count
from commerce.counting.scan import Scan, take_scans
from commerce.counting.tracked import Label
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, Refusal, invalid
from commerce.kernel.wire import Page
from commerce.platform.database import Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Limit,
    StaleVersion,
    after_cursor,
    answer,
    get,
    paged,
    perform,
    post,
)

P = ParamSpec("P")
COUNT, APPROVE, TAG = "stock:count", "stock:approve", "counts"
PATH = "/v1/counts/{count_id:uuid}"
MOVING: Sequence[type[Refusal]] = [NotFound, IllegalMove, StaleVersion]
At = FromQuery[Annotated[UUID, Meta(description="Only at this location")] | None]


@post(
    "/v1/counts", operation="openCount", scope=COUNT, tag=TAG, key="required", refusals=[InvalidInput, NothingToCount]
)
async def post_count(request: Call, data: JSONBody[CountIn]) -> Response[CountOut]:
    """Open a count of named articles, of a category, or of a part of the shelf, at one of the caller's locations."""
    wish = Wish(
        location_id=data.location_id,
        articles=[_name(each, f"/articles/{nth}") for nth, each in enumerate(data.articles or [])],
        category_id=data.category_id,
        after_variant_id=data.after_variant_id,
        most=data.most,
        note=data.note,
    )
    return await perform(request, _shown, request.language, open_count, request.caller, wish)


@get("/v1/counts", operation="listCounts", scope=COUNT, tag=TAG, refusals=[InvalidInput])
async def list_counts(
    request: Call,
    location_id: At = None,
    count_state: Annotated[CountState | None, QueryParameter(name="state")] = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[CountSummaryOut]]:
    """List counts at the caller's locations, the newest first."""
    after = after_cursor(cursor, datetime, UUID)
    rows = await count_lists.page(
        request.db.reading, request.caller, location_id, count_state, after and (after[0], after[1]), limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.opened_at, row.id]))


@get(PATH, operation="getCount", scope=COUNT, tag=TAG, refusals=[NotFound])
async def get_count(request: Call, count_id: FromPath[UUID]) -> Response[CountOut]:
    """Get a count as its counters see it: never what is expected."""
    found = await count_rows.read(request.db.reading, request.caller, count_id)
    shown = count_out(found, _by_id(found), request.language)
    return answer(request, shown, etag=f'"{found.version}-{request.language}"')


@get(f"{PATH}/differences", operation="getCountDifferences", scope=APPROVE, tag=TAG, refusals=[NotFound])
async def get_differences(request: Call, count_id: FromPath[UUID]) -> Response[DifferencesOut]:
    """Get what was counted beside what the ledger expected at that moment."""
    found = await count_rows.read(request.db.reading, request.caller, count_id)
    return answer(request, differences_out(found, _by_id(found), request.language))


@post(f"{PATH}/scans", operation="takeScans", scope=COUNT, tag=TAG, status=200, refusals=[*MOVING, InvalidInput])
async def post_scans(request: Call, count_id: FromPath[UUID], data: JSONBody[ScansIn]) -> Response[ScansOut]:
    """Take scans, each with an id of its own: one that is sent again counts once. Each scan gets an answer; good ones count."""
    scans = [_scan(each, nth) for nth, each in enumerate(data.scans)]
    return await perform(request, _scanned, request.language, request.caller, count_id, scans)


@post(
    f"{PATH}/submit",
    operation="submitCount",
    scope=COUNT,
    tag=TAG,
    key="required",
    status=200,
    refusals=[*MOVING, NotAllCounted, TooManyRounds],
)
async def post_submit(request: Call, count_id: FromPath[UUID], data: JSONBody[SubmitCountIn]) -> Response[CountOut]:
    """Hand in what was counted: it is booked, waits for approval, or some of it is to be counted again; `state` says which."""
    return await perform(
        request, _shown, request.language, finish_count.submit, request.caller, count_id, data.uncounted
    )


@post(
    f"{PATH}/approve",
    operation="approveCount",
    scope=APPROVE,
    tag=TAG,
    key="required",
    status=200,
    refusals=[*MOVING, NeedsAnother, TooManyRounds],
)
async def post_approve(request: Call, count_id: FromPath[UUID]) -> Response[DifferencesOut]:
    """Book a count that waits for approval; not by whoever opened it, counted or handed it in.

    Where a shelf was corrected since it was counted, it is counted again instead: the `state` is `recounting` then.
    """
    return await perform(request, _judged, request.language, finish_count.approve, request.caller, count_id)


@post(
    f"{PATH}/recount",
    operation="countAgain",
    scope=APPROVE,
    tag=TAG,
    key="required",
    status=200,
    refusals=[*MOVING, InvalidInput, TooManyRounds],
)
async def post_recount(request: Call, count_id: FromPath[UUID], data: JSONBody[RecountIn]) -> Response[DifferencesOut]:
    """Have a count that waits for approval counted again: some of its articles, or all that differ."""
    return await perform(
        request, _judged, request.language, finish_count.ask_again, request.caller, count_id, data.variant_ids
    )


@post(f"{PATH}/cancel", operation="cancelCount", scope=COUNT, tag=TAG, key="required", status=200, refusals=MOVING)
async def post_cancel(request: Call, count_id: FromPath[UUID]) -> Response[CountOut]:
    """Give a count up; nothing is booked of it."""
    return await perform(request, _shown, request.language, finish_count.cancel, request.caller, count_id)


def _name(article: ArticleIn | ScanIn, pointer: str) -> Name:
    name = Name(article.variant_id, article.code)
    if not name.is_one:
        raise invalid(pointer, "give either variant_id or code")
    return name


def _scan(scan: ScanIn, nth: int) -> Scan:
    return Scan(
        id=scan.id,
        name=_name(scan, f"/scans/{nth}"),
        units=scan.units,
        total=scan.how == "total",
        label=Label(scan.lot, scan.expires_on, scan.serial),
    )


def _by_id(count: ShownCount) -> dict[UUID, ArticleName]:
    return {each.variant_id: each for each in count.names}


async def _named(tx: Tx, count: Count) -> dict[UUID, ArticleName]:
    return await catalog.article_names(tx, {line.variant_id for line in count.lines})


async def _shown(
    tx: Tx, language: str, step: Callable[Concatenate[Tx, P], Awaitable[Count]], *args: P.args, **kwargs: P.kwargs
) -> CountOut:
    count = await step(tx, *args, **kwargs)
    return count_out(count, await _named(tx, count), language)


async def _judged(
    tx: Tx, language: str, step: Callable[Concatenate[Tx, P], Awaitable[Count]], *args: P.args, **kwargs: P.kwargs
) -> DifferencesOut:
    count = await step(tx, *args, **kwargs)
    return differences_out(count, await _named(tx, count), language)


async def _scanned(tx: Tx, language: str, caller: Caller, count_id: UUID, scans: Sequence[Scan]) -> ScansOut:
    count, answers = await take_scans(tx, caller, count_id, scans)
    known = {each.variant_id for each in answers if each.variant_id is not None}
    return scans_out(count, answers, await catalog.article_names(tx, known), language)


ROUTES: list[Any] = [
    post_count,
    list_counts,
    get_count,
    get_differences,
    post_scans,
    post_submit,
    post_approve,
    post_recount,
    post_cancel,
]
