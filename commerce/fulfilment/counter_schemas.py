"""The counter on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from commerce.fulfilment.codes import pass_text, qr_svg
from commerce.fulfilment.counter import Counter, HandOver, Pass
from commerce.fulfilment.facts import FulfilmentState
from commerce.fulfilment.find import Match
from commerce.fulfilment.proof import Document, NamedPerson, Person
from commerce.fulfilment.refuse import Why
from commerce.fulfilment.schemas import LINES_MOST, FulfilmentOut, HandOverLineIn, fulfilment_out
from commerce.kernel.wire import Name, WireIn, WireOut

Said = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
Shown = Annotated[str, Meta(min_length=4, max_length=64, pattern=r"^[ -~]+\Z")]
Searched = Annotated[str, Meta(min_length=3, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+\Z")]


class FindIn(WireIn, frozen=True, kw_only=True):
    """What somebody says or shows, exactly one of: the pickup code, a scanned pass (`qr`), the order's number, a name (its words, or how
    they begin, without accents and case).
    """

    code: Annotated[str, Meta(min_length=4, max_length=16, pattern=r"^[A-Za-z0-9]+\Z")] | None = None
    qr: Shown | None = None
    order_number: Shown | None = None
    name: Searched | None = None
    location_id: UUID | None = None


class FoundOut(WireOut, frozen=True, kw_only=True):
    """A pickup that fits, with initials to tell people apart."""

    fulfilment: FulfilmentOut
    buyer_initials: str
    named_initials: str | None


class PickupPersonIn(WireIn, frozen=True, kw_only=True):
    """Who else may collect the order; the counter compares the name with a document, or takes the code."""

    name: Name


class PickupPersonOut(WireOut, frozen=True, kw_only=True):
    """Since when somebody else may collect; the pickup pass has the name and the code."""

    order_id: UUID
    named_at: datetime


class CurbsideIn(WireIn, frozen=True, kw_only=True):
    """Where one waits, and in what; forgotten when it is handed over."""

    bay: Said | None = None
    vehicle: Said | None = None


class CurbsideOut(WireOut, frozen=True, kw_only=True):
    """What of the order is being brought out."""

    fulfilment_orders: list[FulfilmentOut]


class RefuseLineIn(HandOverLineIn, frozen=True, kw_only=True):
    """Units of a line that the customer does not want."""


class RefuseIn(WireIn, frozen=True, kw_only=True):
    """Units that the customer does not want, and why."""

    lines: Annotated[list[RefuseLineIn], Meta(min_length=1, max_length=LINES_MOST)]
    reason: Why


class PassCodeOut(WireOut, frozen=True, kw_only=True):
    """A code and its QR symbol as an SVG document."""

    code: str
    qr_svg: str


class PassPlaceOut(WireOut, frozen=True, kw_only=True):
    """Where it is collected."""

    location_id: UUID
    name: str
    line1: str
    line2: str | None
    postal_code: str | None
    city: str
    timezone: str


class PickupPassOut(WireOut, frozen=True, kw_only=True):
    """One collection of an order. `own` and `named` are there once it is ready: for the buyer, and for whom the buyer named."""

    fulfilment_order_id: UUID
    number: str
    state: FulfilmentState
    place: PassPlaceOut
    ready_by: datetime | None
    ready_at: datetime | None
    collect_until: datetime | None
    own: PassCodeOut | None
    named: PassCodeOut | None


class PickupPassesOut(WireOut, frozen=True, kw_only=True):
    """What one needs to collect an order."""

    order_id: UUID
    named_person: str | None
    items: list[PickupPassOut]


class ArrivalOut(WireOut, frozen=True, kw_only=True):
    """Where the customer waits."""

    bay: str | None
    vehicle: str | None
    said_at: datetime


class HandOverOut(WireOut, frozen=True, kw_only=True):
    """Units that were handed over, and what proves it; `waited_seconds` since the customer said to be here."""

    id: UUID
    amount: int
    proof: Literal["code", "identity"]
    by: str
    at: datetime
    person: Person | None
    document: Document | None
    device: str | None
    waited_seconds: int | None
    signed: bool
    units: int


class CounterOut(WireOut, frozen=True, kw_only=True):
    """What is needed at the counter: to whom, where, and what was handed over before."""

    fulfilment: FulfilmentOut
    buyer_name: str
    named_person: str | None
    arrival: ArrivalOut | None
    hand_overs: list[HandOverOut]


def found_out(match: Match, language: str) -> FoundOut:
    """Shapes a pickup that was found for the wire."""
    return FoundOut(
        fulfilment=fulfilment_out(match.work, language), buyer_initials=match.buyer, named_initials=match.named
    )


def pass_out(each: Pass, named: NamedPerson | None) -> PickupPassOut:
    """Shapes one collection for the wire."""
    work, place = each.work, each.place
    return PickupPassOut(
        fulfilment_order_id=work.id,
        number=work.number,
        state=work.state,
        place=PassPlaceOut(
            location_id=place.id,
            name=place.name,
            line1=place.address.line1,
            line2=place.address.line2,
            postal_code=place.address.postal_code,
            city=place.address.city,
            timezone=place.timezone,
        ),
        ready_by=work.ready_by,
        ready_at=work.ready_at,
        collect_until=each.collect_until,
        own=_code(work.order_number, each.code),
        named=_code(work.order_number, named.code if named and each.code else None),
    )


def counter_out(found: Counter, language: str) -> CounterOut:
    """Shapes what the counter needs for the wire."""
    waits = found.arrival
    return CounterOut(
        fulfilment=fulfilment_out(found.work, language),
        buyer_name=found.buyer,
        named_person=found.named,
        arrival=None if waits is None else ArrivalOut(bay=waits.bay, vehicle=waits.vehicle, said_at=waits.said_at),
        hand_overs=[_hand_over(each) for each in found.hand_overs],
    )


def _hand_over(each: HandOver) -> HandOverOut:
    shown = {name: getattr(each, name) for name in HandOverOut.__struct_fields__ if name != "units"}
    return HandOverOut(units=sum(quantity for _, quantity in each.units), **shown)


def _code(order_number: str, code: str | None) -> PassCodeOut | None:
    return None if code is None else PassCodeOut(code=code, qr_svg=qr_svg(pass_text(order_number, code)))
