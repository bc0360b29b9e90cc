"""Pick lists over HTTP: made of a location's work, walked by one picker, scanned barcode first."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from commerce import stores, traceability
from commerce.fulfilment import pick_queries
from commerce.fulfilment.errors import WrongUnits
from commerce.fulfilment.pick_errors import NothingToPick, OnAnotherList, PickedByAnother, SerialPicked, WrongArticle
from commerce.fulfilment.pick_facts import PickList, PickListKind, PickListState, ShelfPlace
from commerce.fulfilment.pick_lists import ListWish, assign, close, make_list
from commerce.fulfilment.pick_rules import next_cut_off, walks
from commerce.fulfilment.pick_scan import scan, short
from commerce.fulfilment.pick_schemas import (
    AssignIn,
    NewPickList,
    PickListHeaderOut,
    PickListOut,
    PickScanIn,
    PickScanOut,
    PickShortIn,
    ShelfPlaceOut,
    ShelfPlacesIn,
    ShelfPlacesOut,
    header_out,
    pick_list_out,
)
from commerce.fulfilment.shelf_places import places_at, set_places
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, Refusal, invalid
from commerce.kernel.ids import LocationId, PickListId, VariantId
from commerce.kernel.wire import Page
from commerce.platform.database import Reads, Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Limit,
    after_cursor,
    after_instant,
    answer,
    get,
    paged,
    perform,
    post,
)
from commerce.platform.http.routing import Decorator
from commerce.replenishment import ScanDiffers
from commerce.traceability import LotUnits, SerialElsewhere, SerialUnknown

WORK, SEE, TAG = "fulfilment:work", "fulfilment:read", "fulfilment"


def on_list(verb: str, operation: str, *refusals: type[Refusal]) -> Decorator:
    """Declares an act on a pick list; a scan carries its own id, so that a key is not needed."""
    return post(
        f"/v1/pick-lists/{{pick_list_id:uuid}}/{verb}",
        operation=operation,
        scope=WORK,
        tag=TAG,
        status=200,
        refusals=[NotFound, IllegalMove, *refusals],
    )


@post(
    "/v1/pick-lists",
    operation="makePickList",
    scope=WORK,
    tag=TAG,
    key="required",
    refusals=[NotFound, IllegalMove, InvalidInput, OnAnotherList, NothingToPick],
)
async def make_pick_list(request: Call, data: JSONBody[NewPickList]) -> Response[PickListOut]:
    """Make a pick list for one order, for several at once, or for a wave; what was only offered is accepted with it."""
    return await perform(request, _made, request, await _wish(request, data))


@get("/v1/locations/{location_id:uuid}/pick-lists", operation="listPickLists", scope=SEE, tag=TAG, refusals=[NotFound])
async def list_pick_lists(
    request: Call,
    location_id: FromPath[UUID],
    limit: Limit = 24,
    cursor: Cursor = None,
    list_state: Annotated[
        PickListState | None, QueryParameter(name="state", description="Only lists in this state")
    ] = None,
) -> Response[Page[PickListHeaderOut]]:
    """List the pick lists of a location, the oldest first."""
    if not request.caller.may_at(location_id):
        raise NotFound
    after = after_instant(cursor)
    found = await pick_queries.listed(request.db.reading, LocationId(location_id), list_state, after, limit + 1)
    page = paged([header_out(each) for each in found], limit, key=lambda each: [each.made_at, each.id])
    return answer(request, page)


@get("/v1/pick-lists/{pick_list_id:uuid}", operation="getPickListById", scope=SEE, tag=TAG, refusals=[NotFound])
async def get_pick_list_by_id(request: Call, pick_list_id: FromPath[UUID]) -> Response[PickListOut]:
    """Get a pick list: its articles in walking order, the lots to take, and how far each order is."""
    reading = request.db.reading
    found = await pick_queries.pick_list(reading, PickListId(pick_list_id), request.caller)
    return answer(request, await _shown(reading, found, request.language))


@on_list("assign", "assignPickList", InvalidInput)
async def assign_pick_list(
    request: Call, pick_list_id: FromPath[UUID], data: JSONBody[AssignIn]
) -> Response[PickListOut]:
    """Give a pick list to another of the staff, or take it over."""
    return await perform(request, _acted, request, assign, request.caller, PickListId(pick_list_id), data.picker_id)


@on_list("close", "closePickList")
async def close_pick_list(request: Call, pick_list_id: FromPath[UUID]) -> Response[PickListOut]:
    """Close a pick list; work of which something is left to pick can go on another one."""
    return await perform(request, _acted, request, close, request.caller, PickListId(pick_list_id))


@on_list("scans", "scanPickList", InvalidInput, WrongArticle, WrongUnits, PickedByAnother, ScanDiffers, SerialPicked)
async def scan_pick_list(
    request: Call, pick_list_id: FromPath[UUID], data: JSONBody[PickScanIn]
) -> Response[PickScanOut]:
    """Scan units that were taken off the shelf; the answer says into which order each goes. A repeated scan picks nothing more."""
    return await perform(request, scan, request.caller, PickListId(pick_list_id), data)


@on_list(
    "short", "shortPickList", WrongArticle, WrongUnits, PickedByAnother, ScanDiffers, SerialUnknown, SerialElsewhere
)
async def short_pick_list(
    request: Call, pick_list_id: FromPath[UUID], data: JSONBody[PickShortIn]
) -> Response[PickScanOut]:
    """Tell that units cannot be had, and why; the orders that are promised last go without them."""
    return await perform(request, short, request.caller, PickListId(pick_list_id), data)


@post(
    "/v1/shelf-places",
    operation="setShelfPlaces",
    scope=WORK,
    tag=TAG,
    status=200,
    refusals=[NotFound, InvalidInput],
)
async def set_shelf_places(request: Call, data: JSONBody[ShelfPlacesIn]) -> Response[ShelfPlacesOut]:
    """Say where articles lie at a location: aisle, bay, position. Pick lists are walked in that order."""
    return await perform(request, _placed, request.caller, data)


@get("/v1/shelf-places", operation="listShelfPlaces", scope=SEE, tag=TAG, refusals=[NotFound])
async def list_shelf_places(
    request: Call,
    location_id: FromQuery[Annotated[UUID, Meta(description="The location, one of the caller's")]],
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[ShelfPlaceOut]]:
    """List where articles lie at a location, by article."""
    place = after_cursor(cursor, UUID)
    found = await places_at(
        request.db.reading, request.caller, location_id, place[0] if place else UUID(int=0), limit + 1
    )
    return answer(request, paged([_place_out(each) for each in found], limit, key=lambda each: [each.variant_id]))


def _place_out(place: ShelfPlace) -> ShelfPlaceOut:
    return ShelfPlaceOut(variant_id=place.variant_id, aisle=place.aisle, bay=place.bay, position=place.position)


async def _wish(request: Call, data: NewPickList) -> ListWish:
    named, at = len(data.fulfilment_order_ids), clock.now()
    location_id, placed_by = LocationId(data.location_id), None
    if data.kind is PickListKind.WAVE:
        if named or (data.due_by is None) is not data.carrier_cut_off:
            raise invalid("/due_by", "a wave takes either due_by or carrier_cut_off, and no named work")
        if data.carrier_cut_off:
            if not request.caller.may_at(location_id):
                raise NotFound
            placed_by = next_cut_off((await stores.locations(request.db.reading)).get(location_id), at)
            if placed_by is None:
                raise invalid("/carrier_cut_off", "this location has no cut-offs for parcels")
    elif data.due_by is not None or data.carrier_cut_off or data.work_kind is not None:
        raise invalid("/kind", "due_by, carrier_cut_off and work_kind are for waves")
    elif (
        (named == 1) is not (data.kind is PickListKind.ORDER)
        or len(set(data.fulfilment_order_ids)) < named
        or not named
    ):
        raise invalid("/fulfilment_order_ids", "one for an order, several different ones for a batch")
    return ListWish(
        location_id=location_id,
        kind=data.kind,
        works=data.fulfilment_order_ids,
        due_by=data.due_by,
        placed_by=placed_by,
        work_kind="ship" if data.carrier_cut_off else data.work_kind,
        picker_id=data.picker_id,
    )


async def _made(tx: Tx, request: Call, wish: ListWish) -> PickListOut:
    return await _shown(tx, await make_list(tx, request.caller, wish), request.language)


async def _acted(tx: Tx, request: Call, step: Callable[..., Awaitable[PickList]], *args: object) -> PickListOut:
    return await _shown(tx, await step(tx, *args), request.language)


async def _shown(reads: Reads, found: PickList, language: str) -> PickListOut:
    walking = walks(await pick_queries.wanted(reads, found.id))
    lots: dict[VariantId, list[LotUnits]] = {}
    wanted = [(walk.variant_id, walk.left) for walk in walking if walk.left]
    if found.state is PickListState.OPEN and wanted:
        for lot in await traceability.pick_lots(reads, found.location_id, wanted):
            lots.setdefault(lot.variant_id, []).append(lot)
    return pick_list_out(found, walking, lots, language)


async def _placed(tx: Tx, caller: Caller, data: ShelfPlacesIn) -> ShelfPlacesOut:
    if len({each.variant_id for each in data.places}) < len(data.places):
        raise invalid("/places", "name an article twice")
    places = [
        ShelfPlace(variant_id=VariantId(each.variant_id), aisle=each.aisle, bay=each.bay, position=each.position)
        for each in data.places
        if each.aisle
    ]
    gone = [each.variant_id for each in data.places if not each.aisle]
    placed, removed = await set_places(tx, caller, data.location_id, places, gone)
    return ShelfPlacesOut(location_id=data.location_id, set=placed, removed=removed)


PICK_ROUTES = [
    make_pick_list,
    list_pick_lists,
    get_pick_list_by_id,
    assign_pick_list,
    close_pick_list,
    scan_pick_list,
    short_pick_list,
    set_shelf_places,
    list_shelf_places,
]
