"""What an outside registry of VAT numbers and an outside tax engine are; each answer is one of a closed set.

No call raises for what the other side or the network does.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from commerce.kernel.currencies import Currency


class Valid(Struct, frozen=True, kw_only=True):
    """The number is registered. `consultation` is the registry's reference for this check, where it gives one."""

    consultation: str | None


class Invalid(Struct, frozen=True, kw_only=True):
    """The number is not registered for supplies between member states."""

    consultation: str | None = None


class Unavailable(Struct, frozen=True, kw_only=True):
    """Nobody answered, or not in a way that can be believed; `reason` is a short word of the other side's, or of ours."""

    reason: str


class VatRegistry(Protocol):
    """Where VAT numbers are looked up: VIES."""

    async def look_up(self, number: str) -> Valid | Invalid | Unavailable:
        """Asks for one number, in compact form with its prefix."""


class AssessLine(Struct, frozen=True, kw_only=True):
    """A part of a basket to be taxed: a line by its key, or the delivery of a group.

    `amount` is what is paid for it after discounts, in minor units, with tax or without as `includes_tax` says.
    """

    key: str
    of: Literal["line", "delivery"]
    amount: int
    includes_tax: bool
    category: str
    zone: str
    quantity: int = 1
    variant_id: UUID | None = None
    relieved: bool = False


class AssessRequest(Struct, frozen=True, kw_only=True):
    """A basket that an outside engine is to tax: all of it, or nothing."""

    currency: Currency
    at: datetime
    country: str
    lines: tuple[AssessLine, ...]
    region: str | None = None
    postal_code: str | None = None
    vat_number: str | None = None


class Assessed(Struct, frozen=True, kw_only=True):
    """What an outside engine computed: tax in minor units by line key and by delivery group, of each part that was asked.

    `reference` is its own name for the computation.
    """

    reference: str
    lines: Mapping[str, int]
    deliveries: Mapping[str, int] = {}


class TaxEngine(Protocol):
    """An outside service that computes tax."""

    async def assess(self, request: AssessRequest, *, key: str) -> Assessed | Unavailable:
        """Asks for the tax of a basket; `key` is the same for the same request, so that a repetition is no second one."""
