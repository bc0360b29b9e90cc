"""What should come where: articles below their minimum, from a warehouse that can spare them, else from a supplier; and drafts of that."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Integer, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from commerce import inventory
from commerce.inventory import Level
from commerce.kernel.errors import invalid
from commerce.kernel.ids import LocationId, SupplierId, VariantId
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.replenishment import draft_transfer, purchase, rules
from commerce.replenishment.bounds import bound_page
from commerce.replenishment.facts import Need, Proposal, Rules, TransferWish
from commerce.replenishment.queries import BEGINNING
from commerce.replenishment.schemas import LINES_MOST, BoundOut, DraftsOut, PurchaseLineIn
from commerce.replenishment.suppliers import sources_of
from commerce.replenishment.tables import (
    purchase_order_lines,
    purchase_orders,
    replenishment_bounds,
    replenishment_rules,
    transfer_lines,
    transfers,
)

T = TypeVar("T")
Levels = Mapping[tuple[UUID, UUID], Level]
BOUNDS_MOST = 5_000
REASON = "replenishment"
_line, _transfer = transfer_lines.c, transfers.c
_bought, _purchase = purchase_order_lines.c, purchase_orders.c
_wanted = unnested("wanted", variant_id=Uuid, location_id=Uuid)
_on_the_way = _line.quantity - _line.cancelled - _line.received - _line.damaged - _line.lost - _line.returned
_not_left = _line.quantity - _line.cancelled - _line.shipped
_expected = func.greatest(0, _bought.ordered - _bought.received - _bought.damaged - _bought.cancelled)
_transferring = (
    select(func.coalesce(func.sum(_on_the_way), 0))
    .join_from(transfer_lines, transfers, _transfer.id == _line.transfer_id)
    .where(
        _line.variant_id == _wanted.c.variant_id,
        _transfer.destination_id == _wanted.c.location_id,
        _transfer.state.not_in(["received", "cancelled"]),
    )
    .correlate(_wanted)
    .scalar_subquery()
)
_buying = (
    select(func.coalesce(func.sum(_expected), 0))
    .join_from(purchase_order_lines, purchase_orders, _purchase.id == _bought.purchase_order_id)
    .where(
        _bought.variant_id == _wanted.c.variant_id,
        _purchase.location_id == _wanted.c.location_id,
        _purchase.state.in_(["draft", "ordered", "partially_received"]),
    )
    .correlate(_wanted)
    .scalar_subquery()
)
COMING = Statement(
    select(
        _wanted.c.variant_id, _wanted.c.location_id, cast(_transferring + _buying, Integer).label("units")
    ).select_from(_wanted)
)
# What drafts would take from a place, which has it free still: it is proposed to nobody else.
DRAFTED = Statement(
    select(_line.variant_id, _transfer.origin_id, cast(func.sum(_not_left), Integer).label("units"))
    .join_from(transfer_lines, transfers, _transfer.id == _line.transfer_id)
    .where(any_of(_line.variant_id, "variant_ids"), any_of(_transfer.origin_id, "origins"), _transfer.state == "draft")
    .group_by(_line.variant_id, _transfer.origin_id)
)
_bound = replenishment_bounds.c
MINIMUMS = Statement(
    select(_bound.variant_id, _bound.location_id, _bound.minimum).where(
        any_of(_bound.variant_id, "variant_ids"), any_of(_bound.location_id, "origins")
    )
)
# The row of the rules is the lock: proposals become drafts one call after another.
FIRST_RULES = Statement(
    insert(replenishment_rules)
    .values(
        id=1,
        receiver_differs=Rules().receiver_differs,
        over_tolerance_percent=Rules().over_tolerance_percent,
        version=given("version", Integer),
    )
    .on_conflict_do_nothing()
)
ONE_AT_A_TIME = Statement(select(replenishment_rules.c.id).with_for_update())


async def proposals_for(reads: Reads, bounds: Sequence[BoundOut], warehouses: Sequence[LocationId]) -> list[Proposal]:
    """Gives what is proposed for some bounds: on hand - reserved + coming is below the minimum, so that it should come up to the maximum.

    A warehouse spares what it has free above its own minimum and beyond what drafts take from it already.
    """
    places = sorted({LocationId(each.location_id) for each in bounds} | set(warehouses))
    variants = sorted({VariantId(each.variant_id) for each in bounds})
    if not variants:
        return []
    levels: Levels = {
        (each.variant_id, each.location_id): each for each in await inventory.levels(reads, variants, places)
    }
    needs = await _needs(reads, bounds, levels)
    if not needs:
        return []
    short = sorted({need.variant_id for need in needs})
    free = await _spare(reads, short, warehouses, levels)
    return rules.proposals(needs, free, await sources_of(reads, short), warehouses)


async def draft_proposals(tx: Tx, caller: Caller, location_id: UUID, warehouses: Sequence[LocationId]) -> DraftsOut:
    """Make drafts of what is proposed for a location: one transfer for each warehouse, one purchase order for each supplier.

    They count as coming from then on, so that a second call finds nothing to do. Refuses with InvalidInput a location that is none of the
    caller's.
    """
    if not caller.may_at(location_id):
        raise invalid("/location_id", "is none of your locations")
    await tx.execute(FIRST_RULES, version=1)
    await tx.fetch(ONE_AT_A_TIME)
    bounds = await bound_page(tx, None, location_id=location_id, after=(BEGINNING, BEGINNING), most=BOUNDS_MOST)
    found = await proposals_for(tx, bounds, warehouses)
    place = LocationId(location_id)
    return DraftsOut(
        transfer_ids=await _transfers(tx, caller, place, found),
        purchase_order_ids=await _purchases(tx, caller, place, found),
        without_source=sum(each.kind == "none" for each in found),
    )


async def _needs(reads: Reads, bounds: Sequence[BoundOut], levels: Levels) -> list[Need]:
    rows = await reads.fetch(
        COMING,
        variant_id=[each.variant_id for each in bounds],
        location_id=[each.location_id for each in bounds],
    )
    coming = {(row["variant_id"], row["location_id"]): row["units"] for row in rows}
    needs = []
    for each in bounds:
        level = levels.get((each.variant_id, each.location_id))
        need = Need(
            variant_id=VariantId(each.variant_id),
            location_id=LocationId(each.location_id),
            minimum=each.minimum,
            maximum=each.maximum,
            on_hand=level.on_hand if level else 0,
            reserved=level.reserved if level else 0,
            coming=coming[each.variant_id, each.location_id],
        )
        if need.maximum - need.missing < need.minimum:
            needs.append(need)
    return needs


async def _spare(
    reads: Reads,
    variants: Sequence[VariantId],
    warehouses: Sequence[LocationId],
    levels: Levels,
) -> dict[VariantId, dict[LocationId, int]]:
    asked = {"variant_ids": list(variants), "origins": list(warehouses)}
    kept = {(row["variant_id"], row["location_id"]): row["minimum"] for row in await reads.fetch(MINIMUMS, **asked)}
    drafted = {(row["variant_id"], row["origin_id"]): row["units"] for row in await reads.fetch(DRAFTED, **asked)}
    spare: dict[VariantId, dict[LocationId, int]] = {}
    for variant_id in variants:
        for warehouse in warehouses:
            level = levels.get((variant_id, warehouse))
            taken = kept.get((variant_id, warehouse), 0) + drafted.get((variant_id, warehouse), 0)
            units = (level.available if level else 0) - taken
            if units > 0:
                spare.setdefault(variant_id, {})[warehouse] = units
    return spare


async def _transfers(tx: Tx, caller: Caller, place: LocationId, found: Sequence[Proposal]) -> list[UUID]:
    ways: dict[LocationId, list[TransferWish]] = {}
    for each in found:
        if each.origin_id is not None:
            wish = TransferWish(variant_id=each.need.variant_id, quantity=each.quantity)
            ways.setdefault(each.origin_id, []).append(wish)
    made = []
    for origin, wishes in sorted(ways.items()):
        for part in _parts(wishes):
            way = draft_transfer.Way(origin, place)
            made.append((await draft_transfer.drafted(tx, way, part, REASON, by=caller.principal)).id)
    return list(made)


async def _purchases(tx: Tx, caller: Caller, place: LocationId, found: Sequence[Proposal]) -> list[UUID]:
    bought: dict[SupplierId, list[PurchaseLineIn]] = {}
    for each in found:
        if each.source is not None:
            line = PurchaseLineIn(variant_id=each.need.variant_id, quantity=each.quantity)
            bought.setdefault(each.source.supplier_id, []).append(line)
    made = []
    for supplier_id, lines in sorted(bought.items()):
        for part in _parts(lines):
            order = await purchase.drafted(tx, supplier_id, place, part, expected_on=None, by=caller.principal)
            made.append(order.id)
    return list(made)


def _parts(lines: Sequence[T]) -> list[Sequence[T]]:
    return [lines[start : start + LINES_MOST] for start in range(0, len(lines), LINES_MOST)]
