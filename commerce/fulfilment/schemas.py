"""Fulfilment on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from commerce.fulfilment.facts import Fulfilment, FulfilmentState, Shipment, ShortReason
from commerce.fulfilment.proof import Document, Person
from commerce.kernel.wire import Instant, Name, Quantity, WireIn, WireOut
from commerce.traceability import TraceCode

LINES_MOST = 100
SERIALS_MOST = 1_000
SIGNATURE_CHARACTERS = 87_384  # 64 KiB in base64
Units = Annotated[int, Meta(ge=0, le=9_999)]
Url = Annotated[str, Meta(max_length=500, pattern=r"^https://[^\s]+\Z")]


Reason = Literal["not_in_stock", "mismatch", "damage", "no_capacity", "closed"]


class PickLineIn(WireIn, frozen=True, kw_only=True):
    """What was found of a line, and how many units were not; short units need a reason.

    `short_serials` are the numbers of short units, as far as somebody read them: damaged ones.
    """

    line_id: UUID
    picked: Units = 0
    short: Units = 0
    reason: Reason | None = None
    short_serials: Annotated[tuple[TraceCode, ...], Meta(max_length=SERIALS_MOST)] = ()


class PickIn(WireIn, frozen=True, kw_only=True):
    """A pick of some lines; left out entirely, all units of all lines were found."""

    lines: Annotated[list[PickLineIn], Meta(min_length=1, max_length=LINES_MOST)] | None = None


class RejectIn(WireIn, frozen=True, kw_only=True):
    """Why the whole work cannot be done; what the reason says about the stock is booked."""

    reason: Reason


class PromiseIn(WireIn, frozen=True, kw_only=True):
    """By when it will be ready instead, and why it moved; the customer is told."""

    ready_by: Instant
    reason: Literal["no_capacity", "closed", "late_delivery", "other"]


class ReadyIn(WireIn, frozen=True, kw_only=True):
    """Where it waits to be collected."""

    staging: Name | None = None


class HandOverLineIn(WireIn, frozen=True, kw_only=True):
    """Units of a line that the customer takes now."""

    line_id: UUID
    quantity: Quantity


class LineSerialsIn(WireIn, frozen=True, kw_only=True):
    """The serial numbers of units of a line, one for each unit that leaves now."""

    line_id: UUID
    serials: Annotated[tuple[TraceCode, ...], Meta(min_length=1, max_length=SERIALS_MOST)]


class HandOverIn(WireIn, frozen=True, kw_only=True):
    """The pickup code, or that staff checked who it is; and which units, where not all that were picked.

    `document` is the kind of document that was checked, never its number; `person` whose identity it was, the buyer's or that of whom the
    buyer named. `signature` is a PNG image of at most 64 KiB in base64. `device` says on what it was recorded; a terminal is known anyway.
    `serials` are needed for articles that ask for them, unless they were scanned at the pick. `age_checked` is needed for goods with a minimum
    age: staff saw that whoever collects them has it; no date of birth is taken.
    """

    code: Annotated[str, Meta(min_length=4, max_length=16, pattern=r"^[A-Za-z0-9]+\Z")] | None = None
    identity_checked: bool = False
    lines: Annotated[list[HandOverLineIn], Meta(min_length=1, max_length=LINES_MOST)] | None = None
    person: Person = "customer"
    document: Document | None = None
    signature: (
        Annotated[str, Meta(min_length=12, max_length=SIGNATURE_CHARACTERS, pattern=r"^[A-Za-z0-9+/]+={0,2}\Z")] | None
    ) = None
    device: Name | None = None
    age_checked: bool = False
    serials: Annotated[tuple[LineSerialsIn, ...], Meta(max_length=LINES_MOST)] = ()


class ShipIn(WireIn, frozen=True, kw_only=True):
    """Who carries it, and how it can be followed; `serials` as with a hand-over. Its packages go with it."""

    carrier: Name
    tracking_number: Name | None = None
    tracking_url: Url | None = None
    serials: Annotated[tuple[LineSerialsIn, ...], Meta(max_length=LINES_MOST)] = ()


class DeliveredIn(WireIn, frozen=True, kw_only=True):
    """When the carrier delivered; left out, now."""

    at: Instant | None = None


class FulfilmentLineOut(WireOut, frozen=True, kw_only=True):
    """Units of one order line, and how far they are."""

    id: UUID
    order_line_id: UUID
    variant_id: UUID
    sku: str
    title: str
    option_text: str
    quantity: int
    picked: int
    short: int
    short_reason: ShortReason | None
    handed: int
    minimum_age: int | None


class FulfilmentOut(WireOut, frozen=True, kw_only=True):
    """Work assigned to a location.

    `promised_by` is the promise that the customer was given first, `ready_by` the one that holds now. `attempt` counts the places that were
    asked for these units; `waiting_for` is the transfer that brings them. `minimum_age` is the age in years that whoever collects what is left
    of it must have: its hand-over wants `age_checked`.
    """

    id: UUID
    version: int
    number: str
    order_id: UUID
    order_number: str
    location_id: UUID
    kind: Literal["pickup", "ship"]
    state: FulfilmentState
    ready_by: datetime | None
    promised_by: datetime | None
    attempt: int
    waiting_for: UUID | None
    staging: str | None
    reject_reason: str | None
    offered_at: datetime
    accepted_at: datetime | None
    ready_at: datetime | None
    arrived_at: datetime | None
    closed_at: datetime | None
    minimum_age: int | None
    lines: list[FulfilmentLineOut]


class ShipmentUnitsOut(WireOut, frozen=True, kw_only=True):
    """Units of an order line in a shipment."""

    order_line_id: UUID
    quantity: int


class ShipmentOut(WireOut, frozen=True, kw_only=True):
    """What physically left."""

    id: UUID
    version: int
    number: str
    fulfilment_order_id: UUID
    order_id: UUID
    location_id: UUID
    carrier: str
    tracking_number: str | None
    tracking_url: str | None
    units: list[ShipmentUnitsOut]
    shipped_at: datetime
    delivered_at: datetime | None


class OwnFulfilmentOut(WireOut, frozen=True, kw_only=True):
    """What becomes of a group of one's order; with the pickup code while it can be collected."""

    fulfilment: FulfilmentOut
    pickup_code: str | None
    shipments: list[ShipmentOut]


class OwnFulfilmentsOut(WireOut, frozen=True, kw_only=True):
    """What becomes of one's order."""

    items: list[OwnFulfilmentOut]


def fulfilment_out(work: Fulfilment, language: str) -> FulfilmentOut:
    """Shapes work for the wire, titles in a language."""
    lines = [
        FulfilmentLineOut(
            title=line.title.said(language),
            **{name: getattr(line, name) for name in FulfilmentLineOut.__struct_fields__ if name != "title"},
        )
        for line in work.lines
    ]
    return FulfilmentOut(
        lines=lines, **{name: getattr(work, name) for name in FulfilmentOut.__struct_fields__ if name != "lines"}
    )


def shipment_out(sent: Shipment) -> ShipmentOut:
    """Shapes a shipment for the wire."""
    values = msgspec.structs.asdict(sent)
    units = [ShipmentUnitsOut(order_line_id=line_id, quantity=quantity) for line_id, quantity in values.pop("units")]
    return ShipmentOut(units=units, **values)
