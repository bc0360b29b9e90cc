"""What an order's taxes leave to be written down: sales across a border, which count against a threshold, and supplies without tax."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from commerce import tax
from commerce.kernel import clock
from commerce.kernel.money import Money
from commerce.orders import OrderCancelled, OrderChanged, OrderDraft, OrderGroup, OrderState
from commerce.platform.database import Tx
from commerce.price_engine import Business, ReliefKind, vat_state
from commerce.stores import Locations
from commerce.tax import DistanceSale, ExemptSupply

CANCELLED = "cancel"


class Supplies(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written down of one order; mostly nothing."""

    sale: DistanceSale | None = None
    exempt: Sequence[ExemptSupply] = ()


class _Part(msgspec.Struct, frozen=True):
    """A line or a delivery before tax: from where to where (zones), where it is taxed, or why it is not."""

    net: int
    leaves: str
    goes: str
    taxed: str
    relief: ReliefKind | None


def supplies_of(draft: OrderDraft, places: Locations, business: Business | None) -> Supplies:
    """Gives what is to be written down of a draft.

    Directive 2006/112/EC: goods sent to a consumer in another member state are distance sales (article 14(4)), their transport included;
    those that are taxed where they leave must stay below the threshold (59c). Supplies without tax want proof (138, 146, 199).
    """
    parts = [part for group in draft.groups for part in _parts(draft, group, places.get(group.location_id).tax_zone)]
    return Supplies(sale=_sale(draft, parts, business), exempt=_exempt(draft, parts, business))


def _parts(draft: OrderDraft, group: OrderGroup, leaves: str) -> Iterator[_Part]:
    goes = group.sent_to or leaves
    for line in draft.lines:
        if line.group_id == group.id:
            yield _Part(line.net, leaves, goes, line.tax_country, line.relief)
    if group.delivery_net:
        yield _Part(group.delivery_net, leaves, goes, group.delivery_tax_country or leaves, group.delivery_relief)


def _sale(draft: OrderDraft, parts: Sequence[_Part], business: Business | None) -> DistanceSale | None:
    if business is not None and business.valid:
        return None
    sold = [part for part in parts if part.relief is None and _crosses(part)]
    if not sold:
        return None
    return DistanceSale(
        order_id=draft.id,
        seller_country=vat_state(sold[0].leaves) or sold[0].leaves,
        destination=sold[0].goes,
        net=Money(sum(part.net for part in sold), draft.currency),
        at_origin=any(vat_state(part.taxed) == vat_state(part.leaves) for part in sold),
    )


def _crosses(part: _Part) -> bool:
    """Says whether goods go from one member state's territory of value added tax to another's."""
    left, reached = vat_state(part.leaves), vat_state(part.goes)
    return left is not None and reached is not None and left != reached


def _exempt(draft: OrderDraft, parts: Sequence[_Part], business: Business | None) -> list[ExemptSupply]:
    nets: Counter[ReliefKind] = Counter()
    ends: Mapping[ReliefKind, _Part] = {part.relief: part for part in reversed(parts) if part.relief is not None}
    for part in parts:
        if part.relief is not None:
            nets[part.relief] += part.net
    return [
        ExemptSupply(
            order_id=draft.id,
            kind=kind,
            origin=ends[kind].leaves,
            destination=ends[kind].goes,
            net=Money(net, draft.currency),
            vat_number=None if business is None else business.vat_number,
        )
        for kind, net in nets.items()
    ]


async def write_down(tx: Tx, supplies: Supplies, *, at: datetime) -> None:
    """Writes supplies down, each once for its order; the last step of opening it, since sales of one seller may wait for each other here.

    Refuses with DistanceThresholdCrossed a sale that was priced below the threshold and is beyond it: its price is another one.
    """
    for each in supplies.exempt:
        await tax.record_exempt_supply(tx, each, at=at)
    if supplies.sale is not None:
        await tax.record_distance_sale(tx, supplies.sale, at=at)


async def take_back(tx: Tx, ended: OrderCancelled | OrderChanged) -> None:
    """Takes back what was written down of an order that was cancelled: at once, or with its last units."""
    order = ended.order
    if order.state is not OrderState.CANCELLED:
        return
    if any(group.sent_to for group in order.groups):
        await tax.reverse_distance_sale(tx, order.id, effect=CANCELLED, at=clock.now())
    if any(line.relief for line in order.lines):
        await tax.cancel_exempt_supplies(tx, order.id, at=clock.now())
