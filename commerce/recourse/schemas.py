"""Rejections, choices and exceptions on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from commerce.kernel.money import Money
from commerce.kernel.wire import Country, Name, Quantity, WireIn, WireOut
from commerce.recourse.facts import Choice, ExceptionKind, Kind, RejectionState
from commerce.recourse.substitute_schemas import SubstituteOut

Minutes = Annotated[int, Meta(ge=1, le=43_200, description="Minutes, 30 days at the most")]


class DeliveryAddressIn(WireIn, frozen=True, kw_only=True):
    """Where units are sent that were to be collected."""

    name: Name
    line1: Name
    line2: Name | None = None
    city: Name
    region: Name | None = None
    postal_code: Annotated[str, Meta(min_length=1, max_length=16, pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]*\Z")]
    country: Country
    phone: Annotated[str, Meta(min_length=3, max_length=40, pattern=r"^[+0-9][0-9 ().-]*\Z")] | None = None


class ChosenUnitsIn(WireIn, frozen=True, kw_only=True):
    """Units of an order line for which something is chosen."""

    order_line_id: UUID
    units: Quantity


class ChoiceIn(WireIn, frozen=True, kw_only=True):
    """What is chosen: for `store`, which one; for `delivery` of an order without an address, to where. Another article is accepted by itself.

    With `lines` it is chosen for these units alone, and the rest goes on waiting for a choice; without, for all that wait.
    """

    choice: Literal["store", "delivery", "wait", "refund"]
    lines: Annotated[list[ChosenUnitsIn], Meta(min_length=1, max_length=200)] | None = None
    location_id: UUID | None = None
    address: DeliveryAddressIn | None = None


class GivenUpLineIn(WireIn, frozen=True, kw_only=True):
    """Units of an order line that are waited for no longer; without `units`, all of its units that wait."""

    order_line_id: UUID
    units: Quantity | None = None


class GiveUpWaitingIn(WireIn, frozen=True, kw_only=True):
    """What is waited for no longer."""

    lines: Annotated[list[GivenUpLineIn], Meta(min_length=1, max_length=200)]


class StoreOptionOut(WireOut, frozen=True, kw_only=True):
    """A store that has all of the units now, and from when they would wait there."""

    location_id: UUID
    code: str
    name: str
    timezone: str
    ready_by: datetime


class DeliveryOptionOut(WireOut, frozen=True, kw_only=True):
    """All of the units can be sent, free of charge: how many parcels, all of them on their way by `ships_by`."""

    parcels: int
    ships_by: datetime
    needs_address: bool


class WaitOptionOut(WireOut, frozen=True, kw_only=True):
    """The units can come to the same store; they would wait there from about `ready_by` on, where that can be told."""

    ready_by: datetime | None


class OptionUnitsOut(WireOut, frozen=True, kw_only=True):
    """Units of an order line that can be had."""

    order_line_id: UUID
    units: int


class PartStoreOut(StoreOptionOut, frozen=True, kw_only=True):
    """A store that has some of the units now."""

    lines: list[OptionUnitsOut]


class PartDeliveryOut(DeliveryOptionOut, frozen=True, kw_only=True):
    """Some of the units can be sent, free of charge."""

    lines: list[OptionUnitsOut]


class PartWaitOut(WaitOptionOut, frozen=True, kw_only=True):
    """Some of the units can come to the same store."""

    lines: list[OptionUnitsOut]


class OptionsOut(WireOut, frozen=True, kw_only=True):
    """What can be had instead, as it could be promised now; each gives all of the units. `refund` is what would not be charged.

    What is in `part_stores`, `part_delivery` and `part_wait` gives some of the units, which it names: these, or fewer of them, can be chosen apart, the rest otherwise.
    """

    stores: list[StoreOptionOut]
    delivery: DeliveryOptionOut | None
    wait: WaitOptionOut | None
    refund: Money
    part_stores: list[PartStoreOut]
    part_delivery: PartDeliveryOut | None
    part_wait: PartWaitOut | None


class RejectedLineOut(WireOut, frozen=True, kw_only=True):
    """Units of an order line that the place could not give; `routed` ones come from elsewhere, `substituted` ones are of another article now; about those
    `apart` something else was chosen than about the rest.
    """

    order_line_id: UUID
    variant_id: UUID
    sku: str
    title: str
    option_text: str
    units: int
    routed: int
    substituted: int
    apart: int
    reason: str


class RejectionOut(WireOut, frozen=True, kw_only=True):
    """Units that a place promised and cannot give. While it waits for a choice, `options` say what can be had instead.

    After `choose_by` the `default` holds. `amount` is what is not charged because of it. `substitutes` are other articles that the place
    proposed instead. `part_of` names the rejection from which these units were taken, because something else was chosen for them.
    """

    id: UUID
    version: int
    order_id: UUID
    fulfilment_order_id: UUID
    location_id: UUID
    kind: Kind
    state: RejectionState
    opened_at: datetime
    choose_by: datetime | None
    closed_at: datetime | None
    default: Choice
    choice: Choice | None
    chosen_location_id: UUID | None
    transfer_id: UUID | None
    part_of: UUID | None
    amount: Money | None
    lines: list[RejectedLineOut]
    options: OptionsOut | None
    substitutes: list[SubstituteOut]


class OrderExceptionOut(WireOut, frozen=True, kw_only=True):
    """Something that waits for a person: units that nobody could be found for, work that nobody took on, goods that did not arrive.

    `not_accepted` stays until the place is switched on, also when its work was settled before.
    """

    id: UUID
    version: int
    kind: ExceptionKind
    order_id: UUID
    location_id: UUID
    fulfilment_order_id: UUID
    rejection_id: UUID
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None


class PatienceIn(WireIn, frozen=True, kw_only=True):
    """How long is waited; minutes for a place count while it is open."""

    accept_minutes: Minutes
    pause_minutes: Minutes
    choose_minutes: Minutes
    transfer_minutes: Minutes
    attempts: Annotated[int, Meta(ge=1, le=10)]


class PatienceOut(WireOut, frozen=True, kw_only=True):
    """How long is waited, in minutes: for work to be taken on, until the place is switched off, for a choice, for a transfer.

    `attempts` is how many places are asked for a parcel before the customer is. `version` is 0 where nothing was set.
    """

    location_id: UUID | None
    version: int
    accept_minutes: int
    pause_minutes: int
    choose_minutes: int
    transfer_minutes: int
    attempts: int
