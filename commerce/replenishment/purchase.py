"""Purchase orders: drafted, changed, ordered, called off, closed short."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from msgspec import UNSET, structs
from sqlalchemy import Uuid, delete, select

from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, invalid
from commerce.kernel.ids import LocationId, PurchaseOrderId, SupplierId, VariantId, document_number, new_id
from commerce.platform.database import Tx
from commerce.platform.http import Caller, StaleVersion
from commerce.platform.statement import Statement, given
from commerce.replenishment import rules
from commerce.replenishment.errors import ReceiptOpen
from commerce.replenishment.events import PurchaseClosed, PurchaseMoved, PurchaseOrdered
from commerce.replenishment.facts import Purchase, PurchaseLine, PurchaseState as P, Source
from commerce.replenishment.keep import PURCHASE_LINES, keep_purchase, open_purchase, put_lines
from commerce.replenishment.queries import lock_purchase
from commerce.replenishment.schemas import PurchaseIn, PurchaseLineIn, PurchasePatch
from commerce.replenishment.suppliers import sources_of, supplier
from commerce.replenishment.tables import goods_receipts, purchase_order_lines

DROP_LINES = Statement(
    delete(purchase_order_lines).where(purchase_order_lines.c.purchase_order_id == given("purchase_order_id", Uuid))
)
OPEN_RECEIPTS = Statement(
    select(goods_receipts.c.number).where(
        goods_receipts.c.purchase_order_id == given("purchase_order_id", Uuid), goods_receipts.c.state == "open"
    )
)


async def draft_purchase(tx: Tx, caller: Caller, data: PurchaseIn) -> Purchase:
    """Draft a purchase order for one of the caller's locations.

    Refuses with InvalidInput a location that is none of them, an article that stands twice, a supplier that is not there or not active.
    """
    if not caller.may_at(data.location_id):
        raise invalid("/location_id", "is none of your locations")
    return await drafted(
        tx,
        SupplierId(data.supplier_id),
        LocationId(data.location_id),
        data.lines,
        expected_on=data.expected_on,
        by=caller.principal,
    )


async def drafted(
    tx: Tx,
    supplier_id: SupplierId,
    location_id: LocationId,
    lines: Sequence[PurchaseLineIn],
    *,
    expected_on: date | None,
    by: str,
) -> Purchase:
    """Stores a draft, with the supplier's own words and costs for the articles; refuses as `draft_purchase`."""
    found = await supplier(tx, supplier_id)
    if not found.active:
        raise invalid("/supplier_id", "is not active any more")
    new = Purchase(
        id=PurchaseOrderId(new_id()),
        number=document_number("PO"),
        supplier_id=supplier_id,
        location_id=location_id,
        state=P.DRAFT,
        currency=found.currency,
        expected_on=expected_on,
        created_by=by,
        created_at=clock.now(),
        lines=await _lines(tx, supplier_id, lines),
    )
    return await open_purchase(tx, new)


async def change_purchase(tx: Tx, caller: Caller, purchase_id: UUID, expected: int, patch: PurchasePatch) -> Purchase:
    """Change the lines of a draft, and the expected day of an order that is open.

    Refuses with NotFound, StaleVersion, with IllegalMove what is no draft (or is closed) any more, and as `draft_purchase` does.
    Emits PurchaseMoved where an open order is expected on another day.
    """
    before = await lock_purchase(tx, purchase_id, caller)
    if before.version != expected:
        raise StaleVersion
    if rules.PURCHASE.terminal(before.state) or (patch.lines is not UNSET and before.state is not P.DRAFT):
        raise rules.PURCHASE.refusal(before.state, P.DRAFT)
    after = before
    if patch.expected_on is not UNSET:
        after = structs.replace(after, expected_on=patch.expected_on)
    kept = await keep_purchase(tx, before, after, by=caller.principal, at=clock.now())
    if kept.state in rules.RECEIVING and kept.expected_on != before.expected_on:
        tx.emit(PurchaseMoved(purchase_order_id=kept.id, purchase=kept, before=before.expected_on))
    if patch.lines is UNSET:
        return kept
    await tx.execute(DROP_LINES, purchase_order_id=before.id)
    kept = structs.replace(kept, lines=await _lines(tx, before.supplier_id, patch.lines))
    await put_lines(tx, PURCHASE_LINES, purchase_order_lines, "purchase_order_id", kept)
    return kept


async def order_purchase(
    tx: Tx, caller: Caller, purchase_id: UUID, expected_on: date | None, *, today: date
) -> Purchase:
    """Order a draft. Expected on the day that is given, else the draft's, else the supplier's lead days from `today`, the location's date.

    Refuses with NotFound, IllegalMove; with InvalidInput a day that is over.
    """
    before = await lock_purchase(tx, purchase_id, caller)
    rules.PURCHASE.check(before.state, P.ORDERED)
    if expected_on is not None and expected_on < today:
        raise invalid("/expected_on", "is over")
    lead = timedelta(days=(await supplier(tx, before.supplier_id)).lead_days)
    expected = expected_on or before.expected_on or today + lead
    now = clock.now()
    ordered = structs.replace(before, state=P.ORDERED, ordered_at=now, expected_on=expected)
    after = await keep_purchase(tx, before, ordered, by=caller.principal, at=now)
    tx.emit(PurchaseOrdered(purchase_order_id=after.id, purchase=after))
    return after


async def cancel_purchase(tx: Tx, caller: Caller, purchase_id: UUID, reason: str) -> Purchase:
    """Call off a purchase order of which nothing came. Refuses with NotFound, IllegalMove, ReceiptOpen."""
    return await _end(tx, caller, purchase_id, P.CANCELLED, reason)


async def close_purchase(tx: Tx, caller: Caller, purchase_id: UUID, reason: str) -> Purchase:
    """Close a purchase order short: what has not come is expected no more. Refuses with NotFound, IllegalMove, ReceiptOpen."""
    return await _end(tx, caller, purchase_id, P.CLOSED_SHORT, reason)


async def _end(tx: Tx, caller: Caller, purchase_id: UUID, state: P, reason: str) -> Purchase:
    before = await lock_purchase(tx, purchase_id, caller)
    rules.PURCHASE.check(before.state, state)
    if scanned := await tx.fetch(OPEN_RECEIPTS, purchase_order_id=before.id):
        numbers = ", ".join(sorted(row["number"] for row in scanned))
        raise ReceiptOpen(f"Close or cancel {numbers} first: its goods belong to this order.", receipts=numbers)
    ended = rules.given_up(before, state, reason)
    after = await keep_purchase(tx, before, ended, by=caller.principal, at=clock.now())
    tx.emit(PurchaseClosed(purchase_order_id=after.id, purchase=after))
    return after


async def _lines(tx: Tx, supplier_id: UUID, lines: Sequence[PurchaseLineIn]) -> tuple[PurchaseLine, ...]:
    asked = [line.variant_id for line in lines]
    if len(set(asked)) != len(asked):
        raise InvalidInput("An article stands twice in the lines; give each one line.")
    terms: dict[UUID, Source] = {
        each.variant_id: each for each in await sources_of(tx, asked) if each.supplier_id == supplier_id
    }
    made = []
    for position, line in enumerate(lines):
        known = terms.get(line.variant_id)
        cost = line.unit_cost if line.unit_cost is not None else known.unit_cost if known else None
        made.append(
            PurchaseLine(
                id=new_id(),
                position=position,
                variant_id=VariantId(line.variant_id),
                supplier_sku=known.supplier_sku if known else None,
                unit_cost=cost,
                ordered=line.quantity,
            )
        )
    return tuple(made)
