"""What a supplier says is on its way: shipping notices with their cartons."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import document_number, new_id
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given, unnested
from commerce.replenishment import rules
from commerce.replenishment.facts import Purchase, PurchaseState as P
from commerce.replenishment.queries import lock_purchase, with_rows
from commerce.replenishment.schemas import CartonIn, CartonOut, NoticeIn, NoticeOut
from commerce.replenishment.tables import notice_cartons, shipping_notices

_notice = shipping_notices.c
INSERT = Statement(insert(shipping_notices))
_new = unnested("new", id=Uuid, barcode=Text, units=JSONB)
CARTONS = Statement(
    insert(notice_cartons).from_select(
        ["notice_id", "purchase_order_id", "id", "barcode", "units"],
        select(given("notice_id", Uuid), given("purchase_order_id", Uuid), *_new.c),
    )
)
_whole = with_rows(shipping_notices, notice_cartons, notice_cartons.c.notice_id, "cartons", notice_cartons.c.barcode)
OF_PURCHASE = Statement(
    _whole.where(_notice.purchase_order_id == given("purchase_order_id", Uuid), _notice.id > given("after_id", Uuid))
    .order_by(_notice.id)
    .limit(given("most", Integer)),
    into=NoticeOut,
)
BEGINNING = UUID(int=0)


async def announce(tx: Tx, caller: Caller, purchase_id: UUID, data: NoticeIn) -> NoticeOut:
    """Note what is on its way for an order, carton by carton, so that one scan takes a whole carton in.

    Refuses with NotFound; with IllegalMove when nothing of the order is expected; with InvalidInput an article that is not on it, serial
    numbers that are not as many as units, a barcode that stands twice; with CartonTaken one that was announced before.
    """
    purchase = await lock_purchase(tx, purchase_id, caller)
    if purchase.state not in rules.RECEIVING:
        raise rules.PURCHASE.refusal(purchase.state, P.PARTIALLY_RECEIVED)
    _check(purchase, data.cartons)
    notice_id, now = new_id(), clock.now()
    number = document_number("ASN")
    await tx.execute(
        INSERT,
        id=notice_id,
        number=number,
        purchase_order_id=purchase.id,
        reference=data.reference,
        expected_at=data.expected_at,
        created_at=now,
    )
    await tx.execute(
        CARTONS,
        notice_id=notice_id,
        purchase_order_id=purchase.id,
        id=[new_id() for _ in data.cartons],
        barcode=[carton.barcode for carton in data.cartons],
        units=[carton.units for carton in data.cartons],
    )
    return NoticeOut(
        id=notice_id,
        number=number,
        purchase_order_id=purchase.id,
        reference=data.reference,
        expected_at=data.expected_at,
        created_at=now,
        cartons=[CartonOut(**msgspec.structs.asdict(carton)) for carton in data.cartons],
    )


async def notices_of(reads: Reads, purchase_id: UUID, after: UUID | None, limit: int) -> list[NoticeOut]:
    """Gives what was announced for an order, in order of time, one more than the limit."""
    return await reads.fetch(OF_PURCHASE, purchase_order_id=purchase_id, after_id=after or BEGINNING, most=limit + 1)


def _check(purchase: Purchase, cartons: Sequence[CartonIn]) -> None:
    known: set[str] = set()
    for nth, carton in enumerate(cartons):
        if carton.barcode in known:
            raise invalid(f"/cartons/{nth}/barcode", "stands twice")
        known.add(carton.barcode)
        for place, units in enumerate(carton.units):
            if purchase.line_of(units.variant_id) is None:
                raise invalid(f"/cartons/{nth}/units/{place}/variant_id", "is not on the purchase order")
            if units.serials and len(units.serials) != units.quantity:
                raise invalid(f"/cartons/{nth}/units/{place}/serials", f"must be {units.quantity}, one for each unit")
