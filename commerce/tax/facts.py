"""What tax takes and gives."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from commerce.kernel.money import Money
from commerce.price_engine import Business, ReliefKind

ProofKind = Literal[
    "cmr",
    "bill_of_lading",
    "airfreight_invoice",
    "carrier_invoice",
    "insurance",
    "bank_document",
    "official_document",
    "warehouse_receipt",
    "customs_exit",
]


class DistanceSale(Struct, frozen=True, kw_only=True):
    """Goods sent to a consumer in another member state: what they come to before tax, and where they go (a zone).

    `at_origin` says that the sale was taxed in the seller's own state, as below the threshold.
    """

    order_id: UUID
    seller_country: str
    destination: str
    net: Money
    at_origin: bool = False


class ExemptSupply(Struct, frozen=True, kw_only=True):
    """A supply without tax: of which kind, from where to where (zones), what it comes to, and to which VAT number.

    `consultation` is the registry's own reference for the check of the number, where it gave one.
    """

    order_id: UUID
    kind: ReliefKind
    origin: str
    destination: str
    net: Money
    vat_number: str | None = None
    consultation: str | None = None


class VatStatus(Struct, frozen=True, kw_only=True):
    """What is known of a VAT number at an instant. Only a `valid` one, checked recently, exempts a supply.

    `unchecked`: well-formed, and nobody has answered for it recently enough, or the registry was away.
    """

    number: str
    state: Literal["valid", "invalid", "malformed", "unchecked"]
    checked_at: datetime | None = None
    consultation: str | None = None

    @property
    def business(self) -> Business:
        """The buyer as the price engine takes it."""
        return Business(vat_number=self.number, valid=self.state == "valid")
