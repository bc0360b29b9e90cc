"""Scan what is taken off the shelf for a pick list: units go to orders in the order of their promises; what is missing is told the same way."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Text, Uuid, insert, select

from commerce import catalog, orders
from commerce.fulfilment.facts import ShortReason
from commerce.fulfilment.pick import pick
from commerce.fulfilment.pick_errors import PickedByAnother, WrongArticle
from commerce.fulfilment.pick_facts import PickList, Walk
from commerce.fulfilment.pick_lists import check_open, keep_list
from commerce.fulfilment.pick_queries import lock_list, orders_wanting, wanted
from commerce.fulfilment.pick_rules import Allotted, allot, walks
from commerce.fulfilment.pick_schemas import PickScanIn, PickScanOut, PickShortIn, PutOut
from commerce.fulfilment.pick_tables import pick_scans, picked_serials
from commerce.fulfilment.rules import Pick
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import FulfilmentOrderId, PickListId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given, unnested
from commerce.replenishment import ScanDiffers

_scan = pick_scans.c


class _Before(msgspec.Struct, frozen=True):
    asked: msgspec.Raw
    answer: PickScanOut


BEFORE = Statement(
    select(_scan.asked, _scan.answer).where(
        _scan.pick_list_id == given("pick_list_id", Uuid), _scan.scan_id == given("scan_id", Uuid)
    ),
    into=_Before,
)
NOTE = Statement(insert(pick_scans))
_new = unnested("new", fulfilment_line_id=Uuid, variant_id=Uuid, serial=Text)
NOTE_SERIALS = Statement(
    insert(picked_serials).from_select(["fulfilment_line_id", "variant_id", "serial"], select(*_new.c))
)


async def scan(tx: Tx, caller: Caller, list_id: PickListId, data: PickScanIn) -> PickScanOut:
    """Takes a scan of units into an open list, and says into which order each of them goes.

    The same scan id again gets the first answer and picks nothing. Refuses with ScanDiffers the same id with another content, with
    WrongArticle what the list does not want or not so much of, with PickedByAnother, SerialPicked, NotFound, IllegalMove.
    """
    if data.serials and len(data.serials) != data.quantity:
        raise invalid("/serials", f"must be {data.quantity}, one for each unit")
    found = await lock_list(tx, list_id, caller)
    if (before := await _before(tx, found, data)) is not None:
        return before
    walk = await _walk(tx, caller, found, data.code, data.quantity)
    allotted = allot(walk, data.quantity)
    for share, units in allotted:
        await pick(tx, caller, share.fulfilment_order_id, [Pick(share.line_id, units)])
    await _keep_serials(tx, walk, allotted, data.serials)
    return await _answered(tx, caller, found, data, walk, allotted)


async def short(tx: Tx, caller: Caller, list_id: PickListId, data: PickShortIn) -> PickScanOut:
    """Takes note that units cannot be had, and why: the orders that are promised last go without them, by the `pick` of each.

    Repeats and refusals as with `scan`.
    """
    if len(data.serials) > data.quantity:
        raise invalid("/serials", f"are more than the {data.quantity} units")
    found = await lock_list(tx, list_id, caller)
    if (before := await _before(tx, found, data)) is not None:
        return before
    walk = await _walk(tx, caller, found, data.code, data.quantity)
    allotted = allot(walk, data.quantity, last_first=True)
    read = list(data.serials)
    for share, units in allotted:
        serials, read = read[:units], read[units:]
        picks = [Pick(share.line_id, 0, units, ShortReason(data.reason), serials)]
        await pick(tx, caller, share.fulfilment_order_id, picks)
    return await _answered(tx, caller, found, data, walk, allotted)


async def _before(tx: Tx, found: PickList, data: PickScanIn | PickShortIn) -> PickScanOut | None:
    before = await tx.fetch_one(BEFORE, pick_list_id=found.id, scan_id=data.scan_id)
    if before is None:
        return None
    if msgspec.json.decode(before.asked) != msgspec.json.decode(msgspec.json.encode(data)):
        raise ScanDiffers("Use a new scan_id for a new scan.")
    return before.answer


async def _walk(tx: Tx, caller: Caller, found: PickList, code: str, units: int) -> Walk:
    """Gives what the list wants of a scanned article, its orders locked; refuses what it does not want."""
    check_open(found)
    if found.picker != caller.principal:
        raise PickedByAnother("Assign the list to yourself first.", picker=found.picker)
    variant_id = (await catalog.variants_by_code(tx, [code])).get(code)
    wanting = [] if variant_id is None else await orders_wanting(tx, found.id, variant_id)
    if not wanting:
        # What was withdrawn since it was ordered gave up its codes, perhaps to another article; the unit's label is as it was.
        here = {line.variant_id for line in await wanted(tx, found.id)}
        variant_id = (
            (await catalog.variants_by_code(tx, [code], among=here)).get(code, variant_id) if here else variant_id
        )
        wanting = [] if variant_id is None else await orders_wanting(tx, found.id, variant_id)
    if variant_id is None:
        raise WrongArticle(f"{code} is neither the barcode nor the SKU of an article.", code_scanned=code, left=0)
    for order_id in wanting:
        await orders.lock_header(tx, order_id)
    lines = [line for line in await wanted(tx, found.id) if line.variant_id == variant_id]
    left = sum(line.quantity - line.picked - line.short for line in lines)
    if not lines or units > left:
        raise WrongArticle(f"The list wants {left} more units of {code}, not {units}.", code_scanned=code, left=left)
    return walks(lines)[0]


async def _keep_serials(tx: Tx, walk: Walk, allotted: Allotted, serials: Sequence[str]) -> None:
    """Keeps the numbers of the units with the lines that they go to."""
    if not serials:
        return
    lines: list[UUID] = [share.line_id for share, units in allotted for _ in range(units)]
    await tx.execute(
        NOTE_SERIALS,
        fulfilment_line_id=lines,
        variant_id=[walk.variant_id] * len(lines),
        serial=list(serials),
    )


async def _answered(
    tx: Tx, caller: Caller, found: PickList, data: PickScanIn | PickShortIn, walk: Walk, allotted: Allotted
) -> PickScanOut:
    """Gives the answer of a scan, kept for its repetitions."""
    answer = PickScanOut(
        scan_id=data.scan_id,
        variant_id=walk.variant_id,
        sku=walk.sku,
        quantity=data.quantity,
        put=[_put(FulfilmentOrderId(share.fulfilment_order_id), share.number, units) for share, units in allotted],
        article_left=walk.left - data.quantity,
        list_left=sum(each.left for each in walks(await wanted(tx, found.id))),
    )
    await tx.execute(
        NOTE,
        pick_list_id=found.id,
        scan_id=data.scan_id,
        asked=data,
        answer=answer,
        variant_id=walk.variant_id,
        units=data.quantity,
        by=caller.principal,
        at=clock.now(),
    )
    await keep_list(tx, found)
    return answer


def _put(fulfilment_id: FulfilmentOrderId, number: str, units: int) -> PutOut:
    return PutOut(fulfilment_order_id=fulfilment_id, number=number, quantity=units)
