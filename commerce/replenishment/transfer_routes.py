"""Transfers over HTTP: seen from both ends, acted on by the end whose turn it is."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from commerce.inventory import InsufficientStock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, Refusal
from commerce.kernel.wire import Page
from commerce.platform.database import Tx
from commerce.platform.http import (
    Call,
    Caller,
    Cursor,
    Forbidden,
    Limit,
    StaleVersion,
    after_cursor,
    answer,
    get,
    paged,
    patch,
    perform,
    post,
)
from commerce.platform.http.routing import Decorator
from commerce.replenishment import draft_transfer, end_transfer, queries, ship_transfer
from commerce.replenishment.errors import (
    CartonReceived,
    CartonTaken,
    InTransitChoiceNeeded,
    MoreThanInTransit,
    NotInTransfer,
    NotOnThatLine,
    OtherSidesTurn,
    SamePerson,
    ScanDiffers,
    UnknownBarcode,
)
from commerce.replenishment.facts import Transfer, TransferState
from commerce.replenishment.on_wire import shipment_out, transfer_out
from commerce.replenishment.receive_transfer import receive_transfer
from commerce.replenishment.transfer_schemas import (
    CancelTransferIn,
    CloseTransferIn,
    EtaIn,
    ReceiveTransferIn,
    ShipTransferIn,
    TransferIn,
    TransferOut,
    TransferPatch,
    TransferScanOut,
    TransferShipmentOut,
)
from commerce.traceability import LotExpired, LotShort, SerialElsewhere, SerialNeeded, SerialUnknown

CODES = (LotShort, SerialNeeded, SerialUnknown, SerialElsewhere)
WORK, SEE, TAG = "stock:transfer", "stock:read", "transfers"
ONE = "/v1/transfers/{transfer_id:uuid}"
At = FromQuery[UUID | None]
State = Annotated[TransferState | None, QueryParameter(name="state", description="Only in this state")]


def act(verb: str, operation: str, *refusals: type[Refusal], status: int = 200) -> Decorator:
    """Declares an act on a transfer."""
    return post(
        f"{ONE}/{verb}",
        operation=operation,
        scope=WORK,
        tag=TAG,
        status=status,
        key="required",
        refusals=[NotFound, IllegalMove, OtherSidesTurn, *refusals],
    )


@get("/v1/transfers", operation="listTransfers", scope=SEE, tag=TAG, refusals=[InvalidInput])
async def list_transfers(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    origin_id: At = None,
    destination_id: At = None,
    only_state: State = None,
) -> Response[Page[TransferOut]]:
    """List the transfers that begin or end at the caller's locations, the latest first."""
    place = after_cursor(cursor, UUID)
    found = await queries.transfer_page(
        request.db.reading,
        request.caller,
        origin_id=origin_id,
        destination_id=destination_id,
        state=only_state,
        before=place[0] if place else None,
        most=limit + 1,
    )
    page = paged(found, limit, key=lambda each: [each.id])
    return answer(
        request, Page(items=[transfer_out(each, request.language) for each in page.items], next_cursor=page.next_cursor)
    )


@post(
    "/v1/transfers",
    operation="draftTransfer",
    scope=WORK,
    tag=TAG,
    key="required",
    refusals=[InvalidInput],
)
async def create_transfer(request: Call, data: JSONBody[TransferIn]) -> Response[TransferOut]:
    """Draft a transfer from or to one of the caller's locations; nothing is reserved yet."""
    return await perform(request, _drafted, request.language, request.caller, data)


@get(ONE, operation="getTransfer", scope=SEE, tag=TAG, refusals=[NotFound])
async def get_transfer(request: Call, transfer_id: FromPath[UUID]) -> Response[TransferOut]:
    """Get a transfer with its shipments."""
    found = await queries.seen(request.db.reading, queries.SHOWN_TRANSFER, transfer_id, request.caller)
    sent = await queries.shipments_of(request.db.reading, found.id)
    shown = transfer_out(found, request.language, sent)
    return answer(request, shown, etag=f'"{found.version}-{request.language}"')


@patch(
    ONE, operation="changeTransfer", scope=WORK, tag=TAG, refusals=[InvalidInput, NotFound, IllegalMove, StaleVersion]
)
async def change_transfer(
    request: Call, transfer_id: FromPath[UUID], data: JSONBody[TransferPatch]
) -> Response[TransferOut]:
    """Change a draft."""
    return await perform(
        request, _changed, request.language, request.caller, transfer_id, request.expected_version(), data
    )


@act("approve", "approveTransfer", InsufficientStock)
async def approve(request: Call, transfer_id: FromPath[UUID]) -> Response[TransferOut]:
    """Approve a draft at its origin: the units are reserved there, so that nobody else can have them."""
    return await perform(request, _approved, request.language, request.caller, transfer_id)


@act("ship", "shipTransfer", InvalidInput, NotOnThatLine, CartonTaken, *CODES, LotExpired, status=201)
async def ship(
    request: Call, transfer_id: FromPath[UUID], data: JSONBody[ShipTransferIn]
) -> Response[TransferShipmentOut]:
    """Send units on their way, in as many shipments as it takes."""
    return await perform(request, _shipped, request.caller, transfer_id, data)


@act(
    "receive",
    "receiveTransfer",
    InvalidInput,
    Forbidden,
    UnknownBarcode,
    ScanDiffers,
    CartonReceived,
    MoreThanInTransit,
    NotInTransfer,
    SamePerson,
    *CODES,
)
async def receive(
    request: Call, transfer_id: FromPath[UUID], data: JSONBody[ReceiveTransferIn]
) -> Response[TransferScanOut]:
    """Take in what was scanned; the same scan id again gets the first answer."""
    return await perform(request, receive_transfer, request.caller, transfer_id, data, request.language)


@act("close", "closeTransfer")
async def close(request: Call, transfer_id: FromPath[UUID], data: JSONBody[CloseTransferIn]) -> Response[TransferOut]:
    """Close a transfer short: what is in transit is written off, with a reason."""
    return await perform(request, _closed, request.language, request.caller, transfer_id, data)


@act("cancel", "cancelTransfer", InvalidInput, InTransitChoiceNeeded)
async def cancel(request: Call, transfer_id: FromPath[UUID], data: JSONBody[CancelTransferIn]) -> Response[TransferOut]:
    """Cancel a transfer; goods that are in transit come back or are written off, as is chosen."""
    return await perform(request, _cancelled, request.language, request.caller, transfer_id, data)


@post(
    ONE + "/shipments/{shipment_id:uuid}/eta",
    operation="delayTransferShipment",
    scope=WORK,
    tag=TAG,
    status=200,
    key="required",
    refusals=[NotFound, IllegalMove],
)
async def delay(
    request: Call, transfer_id: FromPath[UUID], shipment_id: FromPath[UUID], data: JSONBody[EtaIn]
) -> Response[TransferShipmentOut]:
    """Tell when a shipment is expected now; who waits for it is told."""
    return await perform(request, _delayed, request.caller, transfer_id, shipment_id, data)


async def _drafted(tx: Tx, language: str, caller: Caller, data: TransferIn) -> TransferOut:
    return await _shown(tx, await draft_transfer.draft_transfer(tx, caller, data), language)


async def _changed(
    tx: Tx, language: str, caller: Caller, transfer_id: UUID, expected: int, data: TransferPatch
) -> TransferOut:
    return await _shown(tx, await draft_transfer.change_transfer(tx, caller, transfer_id, expected, data), language)


async def _approved(tx: Tx, language: str, caller: Caller, transfer_id: UUID) -> TransferOut:
    return await _shown(tx, await draft_transfer.approve_transfer(tx, caller, transfer_id), language)


async def _shipped(tx: Tx, caller: Caller, transfer_id: UUID, data: ShipTransferIn) -> TransferShipmentOut:
    return shipment_out(await ship_transfer.ship_transfer(tx, caller, transfer_id, data))


async def _closed(tx: Tx, language: str, caller: Caller, transfer_id: UUID, data: CloseTransferIn) -> TransferOut:
    return await _shown(
        tx, await end_transfer.close_transfer(tx, caller, transfer_id, data.reason, data.claim), language
    )


async def _cancelled(tx: Tx, language: str, caller: Caller, transfer_id: UUID, data: CancelTransferIn) -> TransferOut:
    return await _shown(
        tx, await end_transfer.cancel_transfer(tx, caller, transfer_id, data.reason, data.in_transit), language
    )


async def _delayed(tx: Tx, caller: Caller, transfer_id: UUID, shipment_id: UUID, data: EtaIn) -> TransferShipmentOut:
    sent = await ship_transfer.delay_shipment(tx, caller, transfer_id, shipment_id, data.eta, data.reason)
    return shipment_out(sent)


async def _shown(tx: Tx, transfer: Transfer, language: str) -> TransferOut:
    return transfer_out(await queries.seen(tx, queries.SHOWN_TRANSFER, transfer.id, None), language)


ROUTES: list[HTTPRouteHandler] = [
    list_transfers,
    create_transfer,
    get_transfer,
    change_transfer,
    approve,
    ship,
    receive,
    close,
    cancel,
    delay,
]
