"""Where the API shows what a figure comes from."""

from typing import Final
from uuid import UUID

from commerce.inventory.facts import Spot

DOCUMENTS: Final = {
    "correction": "/v1/stock/corrections",
    "count": "/v1/counts",
    "fulfilment_order": "/v1/fulfilment-orders",
    "goods_receipt": "/v1/goods-receipts",
    "import": "/v1/admin/imports",
    "order": "/v1/orders",
    "return": "/v1/returns",
    "shipment": "/v1/shipments",
    "transfer": "/v1/transfers",
}
"""The resource of each kind of document that has one."""


def document_href(kind: str, document_id: UUID | None) -> str | None:
    """Gives the path of the document that caused something; of one that is not shown by itself, the list of what it moved."""
    if document_id is None:
        return None
    known = DOCUMENTS.get(kind)
    return f"{known}/{document_id}" if known else f"/v1/stock/movements?document_id={document_id}"


def movements_href(variant_id: UUID, location_id: UUID, spot: Spot) -> str:
    """Gives the path of the movements of a spot."""
    return f"/v1/stock/movements?variant_id={variant_id}&location_id={location_id}&spot={spot.value}"
