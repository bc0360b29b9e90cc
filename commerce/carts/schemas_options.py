"""The wire of what a cart could be collected and sent by."""

from datetime import datetime
from uuid import UUID

from commerce.kernel.ids import VariantId
from commerce.kernel.money import Money
from commerce.kernel.wire import WireOut


class CartShortOut(WireOut, frozen=True, kw_only=True):
    """What a location has too few of."""

    variant_id: VariantId
    requested: int
    available: int


class CartPickupOptionOut(WireOut, frozen=True, kw_only=True):
    """A location where the whole cart could be collected, and from when if it is ordered now; or what it is short of, and from when it could be
    collected although some of it has to come first (`expected_from`).

    `slots`: pickup slots can be chosen there.
    """

    location_id: UUID
    code: str
    name: str
    available: bool
    ready_by: datetime | None
    price: Money
    short: list[CartShortOut]
    slots: bool
    expected_from: datetime | None = None


class CartShippingOptionOut(WireOut, frozen=True, kw_only=True):
    """A way for the cart to be sent, and for how much; days count from when the goods leave."""

    method_id: UUID
    code: str
    name: str
    price: Money
    includes_tax: bool
    min_days: int
    max_days: int


class CartDeliveryOptionsOut(WireOut, frozen=True, kw_only=True):
    """Where the cart could be collected, and how it could be sent."""

    pickup: list[CartPickupOptionOut]
    shipping: list[CartShippingOptionOut]
