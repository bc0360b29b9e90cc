"""What pricing takes and gives beside the engine's own facts."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class PriceEntry(Struct, frozen=True, kw_only=True, gc=False):
    """The price of one unit of a variant, in minor units of the list's currency.

    It holds from `min_quantity` units of the variant in a basket on, and from `starts_at` on: without one from now on.
    `compare_at` is the higher price that it is shown beside; one that is not above `amount` says nothing and is left out.
    No amount, with a `starts_at`: from then on the variant is off the list.
    """

    variant_id: UUID
    amount: int | None
    compare_at: int | None = None
    min_quantity: int = 1
    starts_at: datetime | None = None

    @property
    def plain(self) -> bool:
        """Whether it is a price of one unit from now on, as nearly all are."""
        return self.min_quantity == 1 and self.starts_at is None and self.amount is not None


class PricesSet(Struct, frozen=True, kw_only=True):
    """What setting prices came to: the list, its version afterwards, and the variants whose price is another one now or will be."""

    price_list_id: UUID
    version: int
    changed: tuple[UUID, ...]


class CostEntry(Struct, frozen=True, kw_only=True, gc=False):
    """What one unit of a variant costs the shop before tax, in minor units; no amount: not known any more."""

    variant_id: UUID
    amount: int | None
