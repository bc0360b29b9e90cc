"""What others hear of the catalogue."""

from typing import Literal
from uuid import UUID

from commerce.catalog.tables import Status
from commerce.kernel.events import Event

Change = Literal["created", "changed", "published", "withdrawn"]


class ProductChanged(Event, tag="catalog.product_changed.v1"):
    """A product was created, changed, published or withdrawn by the back office; it stands as these fields say.

    Products that come in a file are reported by their import as a whole, not one by one.
    """

    product_id: UUID
    change: Change
    slug: str
    status: Status
    product_version: int

    def about(self) -> UUID:
        """Gives the product."""
        return self.product_id
