"""Which moves purchases and receipts have; what a scan is for an order, what may be accepted beyond it, what should be ordered. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec

from commerce.kernel.ids import LocationId, VariantId
from commerce.kernel.states import Machine
from commerce.replenishment.errors import OverReceipt
from commerce.replenishment.facts import (
    Need,
    Proposal,
    Purchase,
    PurchaseLine,
    PurchaseState as P,
    ReceiptState as R,
    Scanned,
    Source,
)

PURCHASE = Machine(
    "purchase order",
    start=P.DRAFT,
    moves={
        P.DRAFT: {P.ORDERED, P.CANCELLED},
        P.ORDERED: {P.PARTIALLY_RECEIVED, P.RECEIVED, P.CANCELLED, P.CLOSED_SHORT},
        P.PARTIALLY_RECEIVED: {P.RECEIVED, P.CLOSED_SHORT},
    },
)
RECEIPT = Machine("goods receipt", start=R.OPEN, moves={R.OPEN: {R.CLOSED, R.CANCELLED}})
RECEIVING = (P.ORDERED, P.PARTIALLY_RECEIVED)
PERCENT = 100
NO_NAMES: Final[Mapping[UUID, str]] = MappingProxyType({})


def most_of(line: PurchaseLine, tolerance_percent: int) -> int:
    """Gives the most units of a line that may come at all: what was ordered and not cancelled, and the tolerance on what was ordered."""
    return line.ordered - line.cancelled + line.ordered * tolerance_percent // PERCENT


def judged(
    purchase: Purchase | None,
    before: Iterable[Scanned],
    new: Scanned,
    *,
    tolerance_percent: int,
    approver: bool,
    skus: Mapping[UUID, str] = NO_NAMES,
) -> list[Scanned]:
    """Gives what a scan adds: units as ordered, units beyond the order, or units of an article that nobody ordered, each told apart.

    A blind receipt takes everything as it comes. More than was ordered is for who may approve, and within the tolerance only: refuses with
    OverReceipt, saying what to do and naming the article by its SKU, where `skus` has it.
    """
    if purchase is None:
        return [new]
    line = purchase.line_of(new.variant_id)
    if line is None:
        return [msgspec.structs.replace(new, exception="wrong_article")]
    so_far = line.came + sum(each.quantity for each in before if each.variant_id == new.variant_id)
    total = so_far + new.quantity
    wanted = line.ordered - line.cancelled
    if total <= wanted:
        return [new]
    _check_over(line, total, tolerance_percent, approver=approver, sku=skus.get(line.variant_id))
    as_ordered = max(0, wanted - so_far)
    return [*_cut(new, 0, as_ordered, None), *_cut(new, as_ordered, new.quantity, "over")]


def _cut(units: Scanned, start: int, end: int, exception: str | None) -> list[Scanned]:
    if end <= start:
        return []
    serials = units.serials[start:end]
    return [msgspec.structs.replace(units, quantity=end - start, serials=serials, exception=exception)]


def _check_over(line: PurchaseLine, total: int, tolerance_percent: int, *, approver: bool, sku: str | None) -> None:
    name = sku or line.variant_id
    most = most_of(line, tolerance_percent)
    wanted = line.ordered - line.cancelled
    if total > most:
        raise OverReceipt(
            f"{wanted} units of {name} are on the order and {total} would have come; at most {most} can be accepted. "
            "Leave the rest with the carrier, or take it in by a receipt without an order.",
            variant_id=line.variant_id,
            ordered=wanted,
            most=most,
        )
    if not approver:
        raise OverReceipt(
            f"{wanted} units of {name} are on the order and {total} would have come. Let somebody with stock:approve scan "
            "the rest, or leave it with the carrier.",
            variant_id=line.variant_id,
            ordered=wanted,
            most=wanted,
        )


def booked(
    purchase: Purchase,
    units: Sequence[Scanned],
    *,
    tolerance_percent: int,
    approver: bool,
    skus: Mapping[UUID, str] = NO_NAMES,
) -> Purchase:
    """Gives the purchase order after a receipt's units came; articles that are not on it are none of its business.

    Judged again, since other receipts may have been booked meanwhile: what goes beyond the order was accepted when it was scanned, or is by
    whoever closes. Refuses with OverReceipt. The order is received when nothing is open any more.
    """
    lines = []
    for line in purchase.lines:
        mine = [each for each in units if each.variant_id == line.variant_id]
        good = sum(each.quantity for each in mine if each.condition == "good")
        damaged = sum(each.quantity for each in mine if each.condition == "damaged")
        total = line.came + good + damaged
        over = max(0, total + line.cancelled - line.ordered)
        accepted = line.over + sum(each.quantity for each in mine if each.exception == "over")
        if over > accepted:
            _check_over(line, total, tolerance_percent, approver=approver, sku=skus.get(line.variant_id))
        lines.append(
            msgspec.structs.replace(line, received=line.received + good, damaged=line.damaged + damaged, over=over)
        )
    done = all(line.open == 0 for line in lines)
    came = any(line.came for line in lines)
    state = P.RECEIVED if done else P.PARTIALLY_RECEIVED if came else purchase.state
    return msgspec.structs.replace(purchase, lines=tuple(lines), state=state)


def given_up(purchase: Purchase, state: P, reason: str | None) -> Purchase:
    """Gives the purchase order when nothing more of it is expected: what is open is cancelled."""
    lines = tuple(msgspec.structs.replace(line, cancelled=line.cancelled + line.open) for line in purchase.lines)
    return msgspec.structs.replace(purchase, state=state, close_reason=reason, lines=lines)


def proposals(
    needs: Sequence[Need],
    free: Mapping[VariantId, Mapping[LocationId, int]],
    sources: Iterable[Source],
    warehouses: Sequence[LocationId],
) -> list[Proposal]:
    """Gives what should come where: from the warehouse that has most of it, one after another, and what none has from a supplier.

    `free` is what each warehouse can spare of each article; what one place is given, no other gets. The supplier is the one that is
    quickest, then the one that comes first by id; packs are whole and the least order is met, so that a maximum may be passed by that. A
    warehouse is never supplied from another by this.
    """
    left = {variant_id: dict(places) for variant_id, places in free.items()}
    suppliers: dict[VariantId, Source] = {}
    for source in sorted(sources, key=lambda each: (each.lead_days, each.supplier_id)):
        suppliers.setdefault(source.variant_id, source)
    found: list[Proposal] = []
    for need in needs:
        missing = need.missing
        if need.location_id not in warehouses:
            stock = left.get(need.variant_id, {})
            for warehouse in sorted(warehouses, key=lambda each: (-stock.get(each, 0), each)):
                units = min(missing, stock.get(warehouse, 0))
                if units > 0:
                    found.append(Proposal(need=need, kind="transfer", quantity=units, origin_id=warehouse))
                    stock[warehouse] -= units
                    missing -= units
        if missing > 0:
            found.append(_bought(need, missing, suppliers.get(need.variant_id)))
    return found


def _bought(need: Need, missing: int, source: Source | None) -> Proposal:
    if source is None:
        return Proposal(need=need, kind="none", quantity=missing)
    return Proposal(need=need, kind="purchase", quantity=in_packs(missing, source), source=source)


def in_packs(units: int, source: Source) -> int:
    """Gives the units to order so that packs are whole and the least order is met."""
    wanted = max(units, source.minimum_order)
    return -(-wanted // source.pack_size) * source.pack_size


def open_units(purchase: Purchase) -> Mapping[UUID, int]:
    """Gives what is still expected, by article."""
    return {line.variant_id: line.open for line in purchase.lines if line.open}
