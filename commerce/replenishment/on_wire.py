"""From documents to their answers, articles named in a language."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec

from commerce.catalog import ArticleName, called
from commerce.replenishment.facts import Proposal, Scanned, TransferShipment
from commerce.replenishment.schemas import ProposalOut, PurchaseLineOut, PurchaseOut, ReceiptOut, ScannedOut
from commerce.replenishment.shown import ShownPurchase, ShownReceipt, ShownTransfer
from commerce.replenishment.transfer_schemas import ShippedUnitsOut, TransferLineOut, TransferOut, TransferShipmentOut

Names = Mapping[UUID, ArticleName]
CALLED = ("sku", "title")


def purchase_out(purchase: ShownPurchase, language: str) -> PurchaseOut:
    """Shapes a purchase order for the wire."""
    names = _by_id(purchase.names)
    lines = [
        PurchaseLineOut(**called(line.variant_id, names, language), **_fields(line, PurchaseLineOut, but=CALLED))
        for line in purchase.lines
    ]
    return PurchaseOut(lines=lines, **_fields(purchase, PurchaseOut, but=("lines",)))


def receipt_out(receipt: ShownReceipt, language: str) -> ReceiptOut:
    """Shapes a goods receipt for the wire."""
    names = _by_id(receipt.names)
    return ReceiptOut(
        units=[scanned_out(each, names, language) for each in receipt.units],
        shipping_notice_id=receipt.notice_id,
        **_fields(receipt, ReceiptOut, but=("units", "shipping_notice_id")),
    )


def scanned_out(units: Scanned, names: Names, language: str) -> ScannedOut:
    """Shapes scanned units for the wire."""
    return ScannedOut(
        serials=list(units.serials),
        **called(units.variant_id, names, language),
        **_fields(units, ScannedOut, but=("serials", *CALLED)),
    )


def proposal_out(proposal: Proposal) -> ProposalOut:
    """Shapes a proposal for the wire."""
    need = _fields(proposal.need, ProposalOut, but=("kind", "quantity", "origin_id", "supplier_id"))
    return ProposalOut(
        kind=proposal.kind,
        quantity=proposal.quantity,
        origin_id=proposal.origin_id,
        supplier_id=proposal.source.supplier_id if proposal.source else None,
        **need,
    )


def transfer_out(
    transfer: ShownTransfer, language: str, shipments: Iterable[TransferShipment] | None = None
) -> TransferOut:
    """Shapes a transfer for the wire."""
    names = _by_id(transfer.names)
    lines = [
        TransferLineOut(**called(line.variant_id, names, language), **_fields(line, TransferLineOut, but=CALLED))
        for line in transfer.lines
    ]
    return TransferOut(
        lines=lines,
        shipments=None if shipments is None else [shipment_out(each) for each in shipments],
        **_fields(transfer, TransferOut, but=("lines", "shipments")),
    )


def shipment_out(sent: TransferShipment) -> TransferShipmentOut:
    """Shapes a shipment for the wire."""
    units = [ShippedUnitsOut(**msgspec.structs.asdict(each)) for each in sent.units]
    return TransferShipmentOut(units=units, **_fields(sent, TransferShipmentOut, but=("units",)))


def _by_id(names: Iterable[ArticleName]) -> Names:
    return {each.variant_id: each for each in names}


def _fields(of: msgspec.Struct, into: type[msgspec.Struct], but: tuple[str, ...] = ()) -> dict[str, Any]:
    return {name: getattr(of, name) for name in into.__struct_fields__ if name not in but}
