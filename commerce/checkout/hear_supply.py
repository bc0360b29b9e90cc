"""Supply comes, moves or falls away: whatever reports it, the claims of its places are settled in the same transaction."""

from collections.abc import Iterable

from commerce import supplies
from commerce.checkout.settle_supply import SETTLE_ONE, Unsettled, settle
from commerce.inventory import ClaimedShelfChanged, Place
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Tx
from commerce.platform.jobs import NewJob, enqueue_all
from commerce.replenishment import (
    GoodsReceived,
    PurchaseClosed,
    PurchaseMoved,
    PurchaseOrdered,
    TransferCancelled,
    TransferClosed,
    TransferDelayed,
    TransferReceived,
    TransferShipped,
)
from commerce.supplies import SupplyTermsChanged

PLACES_MOST = 100


async def shelf_changed(tx: Tx, changed: ClaimedShelfChanged) -> None:
    """Serves who waits from what is free now, whatever made it so."""
    await settle(tx, [Place(changed.variant_id, changed.location_id)], reason="shelf_changed")


async def goods_received(tx: Tx, received: GoodsReceived) -> None:
    """What a supplier sent damaged, or more of than was ordered, moves what the rest is expected for."""
    await settle(tx, _places(received.location_id, (each.variant_id for each in received.lines)), reason="received")


async def purchase_changed(tx: Tx, changed: PurchaseOrdered | PurchaseMoved | PurchaseClosed) -> None:
    """What a supplier is to send is expected at another time, or no more: who waits is told, or asked."""
    order = changed.purchase
    places = _places(order.location_id, (line.variant_id for line in order.lines))
    await settle(tx, places, reason="purchase_changed", only_later=isinstance(changed, PurchaseClosed))


async def transfer_changed(
    tx: Tx, changed: TransferShipped | TransferDelayed | TransferReceived | TransferClosed | TransferCancelled
) -> None:
    """What travels is expected at another time, or no more."""
    transfer = changed.transfer
    places = _places(transfer.destination_id, (line.variant_id for line in transfer.lines))
    only_later = not isinstance(changed, TransferShipped | TransferDelayed)
    await settle(tx, places, reason="transfer_changed", only_later=only_later)


async def terms_changed(tx: Tx, changed: SupplyTermsChanged) -> None:
    """An article is released at another time, or not sold ahead any more: what waits goes on waiting, until then."""
    place = Place(changed.variant_id, changed.location_id)
    await settle(tx, [place], reason="terms_changed", only_later=False)


async def settle_due(tx: Tx, _: None) -> None:
    """Looks for places where something was released, is late, or lies there for who waits, and makes a job of each."""
    at = clock.now()
    due = await supplies.due_places(tx, at=at, most=PLACES_MOST)
    stamp = at.isoformat(timespec="minutes")
    await enqueue_all(
        tx,
        [
            NewJob(
                kind=SETTLE_ONE,
                payload=Unsettled(*place),
                dedupe=f"{SETTLE_ONE}:{place.variant_id}:{place.location_id}:{stamp}",
            )
            for place in due
        ],
    )


def _places(location_id: LocationId, variant_ids: Iterable[VariantId]) -> set[Place]:
    return {Place(VariantId(variant_id), location_id) for variant_id in variant_ids}
