"""What pricing takes and gives beside the engine's own `PriceFact`."""

from uuid import UUID

from msgspec import Struct


class PriceEntry(Struct, frozen=True, kw_only=True, gc=False):
    """The price of one unit of a variant, in minor units of the list's currency.

    `compare_at` is the higher price that it is shown beside; one that is not above `amount` says nothing and is left out.
    """

    variant_id: UUID
    amount: int
    compare_at: int | None = None


class PricesSet(Struct, frozen=True, kw_only=True):
    """What setting prices came to: the list, its version afterwards, and the variants whose price is another one now."""

    price_list_id: UUID
    version: int
    changed: tuple[UUID, ...]
