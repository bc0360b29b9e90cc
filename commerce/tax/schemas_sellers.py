"""How the shop sells from a country, profiles, exempt supplies with their proofs, and VAT numbers on the wire."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from commerce.kernel.money import Money
from commerce.kernel.wire import Code, Country, ShortText, WireIn, WireOut
from commerce.price_engine import ReliefKind
from commerce.tax.facts import ProofKind
from commerce.tax.schemas import Zone

Distance = Annotated[
    Literal["origin", "destination"],
    Meta(
        description="Where sales to consumers in other member states are taxed: at origin while they are below the "
        "threshold, or at destination always"
    ),
]
Rounding = Annotated[
    Literal["line", "document"],
    Meta(description="On each line, or on each rate of the document, the difference spread over its lines"),
]
Categories = Annotated[
    list[Code],
    Meta(max_length=50, description="Tax categories of which domestic sales to businesses are reverse-charged"),
]
VatNumber = Annotated[
    str,
    Meta(
        min_length=4,
        max_length=30,
        pattern=r"^[A-Za-z]{2}[A-Za-z0-9 .*+-]+\Z",
        description="A VAT number with the prefix of its member state (EL for Greece, XI for Northern Ireland)",
        examples=["ESB58378431"],
    ),
]
Text100 = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+\Z")]


class TaxProfileIn(WireIn, frozen=True, kw_only=True):
    """How tax is rounded in a zone."""

    zone: Zone
    rounding: Rounding


class TaxProfilePatch(WireIn, frozen=True, kw_only=True):
    """What is to change."""

    rounding: Rounding | UnsetType = UNSET


class TaxProfileOut(WireOut, frozen=True, kw_only=True):
    """How tax is rounded in a zone."""

    zone: str
    rounding: Rounding
    version: int


class TaxSellerIn(WireIn, frozen=True, kw_only=True):
    """How the shop sells from a member state. `threshold` is 10,000 EUR, or what national law has in its place."""

    country: Country
    distance: Distance
    threshold: Money = Money(1_000_000, "EUR")
    domestic_reverse: Categories = field(default_factory=list)


class TaxSellerPatch(WireIn, frozen=True, kw_only=True):
    """What is to change. Leaving origin for destination binds for two calendar years."""

    distance: Distance | UnsetType = UNSET
    domestic_reverse: Categories | UnsetType = UNSET


class SalesYear(WireOut, frozen=True, kw_only=True):
    """A calendar year of sales to consumers in other member states, before tax.

    `uncounted` are sales in other currencies than the threshold's. `beyond_since` is the instant from which they are
    taxed at destination, to the end of the next year.
    """

    year: int
    net: Money
    uncounted: int
    beyond_since: datetime | None


class TaxSellerOut(WireOut, frozen=True, kw_only=True):
    """How the shop sells from a member state. `years` are there while it is taxed at origin."""

    country: str
    distance: Distance
    threshold: Money
    domestic_reverse: list[str]
    opted_on: date | None
    years: list[SalesYear]
    version: int


class TransportProofIn(WireIn, frozen=True, kw_only=True):
    """A document that shows that goods left: what it is, who issued it, and its number."""

    kind: ProofKind
    issuer: Text100
    reference: Text100


class TransportProofOut(WireOut, frozen=True, kw_only=True):
    """A document that shows that goods left."""

    id: UUID
    kind: ProofKind
    issuer: str
    reference: str
    at: datetime


class ExemptSupplyOut(WireOut, frozen=True, kw_only=True):
    """A supply without tax, with the proofs that its goods left. `missing` says what the law still wants; empty: nothing."""

    id: UUID
    order_id: UUID
    kind: ReliefKind
    origin: str
    destination: str
    net: Money
    vat_number: str | None
    consultation: str | None
    supplied_at: datetime
    proven_at: datetime | None
    cancelled_at: datetime | None
    proofs: list[TransportProofOut]
    missing: str


class VatCheckIn(WireIn, frozen=True, kw_only=True):
    """A VAT number to be checked: by its digits here, then by the registry of its member state."""

    number: VatNumber


class VatCheckOut(WireOut, frozen=True, kw_only=True):
    """What is known of a VAT number. Only `valid` exempts a supply; `says` tells a person why it does not."""

    number: str
    state: Literal["valid", "invalid", "malformed", "unchecked"]
    checked_at: datetime | None
    consultation: str | None
    says: ShortText
