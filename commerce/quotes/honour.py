"""Honour a signed quote: what it was priced from, so that a cart is priced on that and not on today's prices."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Uuid, select

from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.price_engine import Assembled, facts_recorded
from commerce.quotes.errors import QuoteNotHonoured
from commerce.quotes.signed import QuoteDocument, open_signed
from commerce.quotes.tables import quotes

INPUTS = Statement(select(quotes.c.inputs).where(quotes.c.id == given("quote_id", Uuid)))


class Honoured(Struct, frozen=True, kw_only=True):
    """A quote that holds: its document, and what it was priced from, as bytes (to keep) and as facts (to freeze a price on).

    `customer_id` is whose prices they are; none: anybody's.
    """

    document: QuoteDocument
    inputs: bytes
    recorded: Assembled

    @property
    def customer_id(self) -> UUID | None:
        """Whose prices they are."""
        return self.recorded.basket.circumstances.customer_id


async def honour(reads: Reads, signed: str, public_key: bytes | None, *, at: datetime) -> Honoured:
    """Gives a signed quote of ours that holds at an instant, with what it was priced from; one statement.

    `public_key` is that of the key that `key_named` gave, None when there is no such key. Whoever has the quote may use it:
    whose cart it is for is the caller's to judge. Refuses with QuoteNotHonoured, whose `flaw` says why.
    """
    document, flaw = open_signed(signed, public_key=public_key, at=at)
    if document is None or flaw is not None:
        raise QuoteNotHonoured.because(flaw or "malformed")
    inputs = await reads.fetch_value(INPUTS, quote_id=document.id)
    if inputs is None:
        raise QuoteNotHonoured.because("unknown")
    return Honoured(document=document, inputs=inputs, recorded=facts_recorded(inputs))
