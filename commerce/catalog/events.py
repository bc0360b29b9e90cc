"""What others hear of the catalogue."""

from typing import Literal
from uuid import UUID

from commerce.catalog.tables import Status
from commerce.kernel.events import Event

Change = Literal["created", "changed", "published", "withdrawn"]


class ProductChanged(Event, frozen=True, kw_only=True, tag="catalog.product_changed.v1"):
    """A product was created, changed, published or withdrawn by the back office; it stands as these fields say.

    Products that come in a file are reported by `ProductsPut`, a batch at a time.
    """

    product_id: UUID
    change: Change
    slug: str
    status: Status
    product_version: int

    def about(self) -> UUID:
        """Gives the product."""
        return self.product_id


class ProductsPut(Event, frozen=True, kw_only=True, tag="catalog.products_put.v1"):
    """Products came in a file or feed: these were created or changed, their variants too. A batch of up to some thousands."""

    batch_id: UUID
    product_ids: list[UUID]

    def about(self) -> UUID:
        """Gives the batch."""
        return self.batch_id


class CollectionChanged(Event, frozen=True, kw_only=True, tag="catalog.collection_changed.v1"):
    """A collection was created, changed or withdrawn by the back office; what its rule finds changes with products and is not told."""

    collection_id: UUID
    change: Literal["created", "changed", "withdrawn"]

    def about(self) -> UUID:
        """Gives the collection."""
        return self.collection_id


class CategoryChanged(Event, frozen=True, kw_only=True, tag="catalog.category_changed.v1"):
    """A category was created, changed, moved in the tree or withdrawn."""

    category_id: UUID
    change: Literal["created", "changed", "withdrawn"]

    def about(self) -> UUID:
        """Gives the category."""
        return self.category_id
