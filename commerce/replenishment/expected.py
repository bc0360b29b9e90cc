"""What is on its way to places and when it should be there: dated supply for promises, not counting what travels for an order's line."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import (
    Date,
    DateTime,
    Integer,
    Text,
    Uuid,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given
from commerce.replenishment.tables import (
    purchase_order_lines,
    purchase_orders,
    transfer_lines,
    transfer_shipment_lines,
    transfer_shipments,
    transfers,
)


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """Units that nobody has a claim to yet: in transit until `eta`, or ordered of a supplier for a day at the location (`expected_on`).

    Where neither is known, nobody said when. `document_id` is the transfer or the purchase order.
    """

    variant_id: VariantId
    location_id: LocationId
    units: int
    kind: Literal["transfer", "purchase"]
    document_id: UUID
    eta: datetime | None
    expected_on: date | None


_line, _transfer, _sent = transfer_lines.c, transfers.c, transfer_shipments.c
_bought, _purchase = purchase_order_lines.c, purchase_orders.c
_places = given("location_ids", ARRAY(Uuid))
_waited_for = _line.pegged - func.least(_line.received, _line.pegged)
_on_the_way = _line.shipped - _line.received - _line.damaged - _line.lost - _line.returned
_free = cast(_on_the_way - func.least(_on_the_way, _waited_for), Integer)
NEVER = literal_column("'infinity'::timestamptz", DateTime(timezone=True))
# A line that left in several shipments is there when the last of them is; one that nobody dated is not dated.
_eta = (
    select(func.nullif(func.max(func.coalesce(_sent.eta, NEVER)), NEVER))
    .join_from(transfer_shipment_lines, transfer_shipments, _sent.id == transfer_shipment_lines.c.shipment_id)
    .where(transfer_shipment_lines.c.transfer_line_id == _line.id)
    .correlate(transfer_lines)
    .scalar_subquery()
)
_open = cast(_bought.ordered - _bought.received - _bought.damaged - _bought.cancelled, Integer)
EXPECTED = Statement(
    union_all(
        select(
            _line.variant_id,
            _transfer.destination_id.label("location_id"),
            _free.label("units"),
            literal("transfer", Text).label("kind"),
            _transfer.id.label("document_id"),
            cast(_eta, DateTime(timezone=True)).label("eta"),
            cast(null(), Date).label("expected_on"),
        )
        .join_from(transfer_lines, transfers, _transfer.id == _line.transfer_id)
        .where(
            any_of(_line.variant_id, "variant_ids"),
            or_(_places.is_(None), _transfer.destination_id == func.any(_places)),
            _transfer.state.in_(["in_transit", "partially_received"]),
            _free > 0,
        ),
        select(
            _bought.variant_id,
            _purchase.location_id,
            _open,
            literal("purchase", Text),
            _purchase.id,
            cast(null(), DateTime(timezone=True)),
            _purchase.expected_on,
        )
        .join_from(purchase_order_lines, purchase_orders, _purchase.id == _bought.purchase_order_id)
        .where(
            any_of(_bought.variant_id, "variant_ids"),
            or_(_places.is_(None), _purchase.location_id == func.any(_places)),
            _purchase.state.in_(["ordered", "partially_received"]),
            _open > 0,
        ),
    ).order_by("variant_id", "location_id", "document_id"),
    into=Expected,
)


async def expected(
    reads: Reads, variant_ids: Collection[VariantId], location_ids: Collection[LocationId] | None = None
) -> Sequence[Expected]:
    """Gives what is on its way of articles, to some locations or to all, by (article, location). One statement."""
    return await reads.fetch(
        EXPECTED,
        variant_ids=list(variant_ids),
        location_ids=None if location_ids is None else list(location_ids),
    )
