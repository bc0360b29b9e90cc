"""Quotes as they were kept, each for the one it was made for."""

from uuid import UUID

import msgspec
from sqlalchemy import Text, Uuid, select

from commerce.kernel.errors import NotFound
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.price_engine import TraceStep
from commerce.quotes.schemas import QuoteOut, priced_out
from commerce.quotes.signed import compact, read_document
from commerce.quotes.tables import quotes

ONE = Statement(
    select(quotes.c.key_id, quotes.c.document, quotes.c.signature, quotes.c.trace).where(
        quotes.c.id == given("quote_id", Uuid), quotes.c.principal == given("principal", Text)
    )
)
_trace = msgspec.json.Decoder(list[TraceStep])


async def quote(reads: Reads, quote_id: UUID, principal: str) -> QuoteOut:
    """Gives a quote with its full trace, as long as it was kept, expired or not.

    Refuses with NotFound when there is none, or when it was made for another principal.
    """
    row = await reads.fetch_one(ONE, quote_id=quote_id, principal=principal)
    if row is None:
        raise NotFound("There is no such quote.")
    document = read_document(row["document"])
    return QuoteOut(
        id=document.id,
        channel_id=document.channel_id,
        country=document.country,
        basket=priced_out(document.basket),
        created_at=document.created_at,
        expires_at=document.expires_at,
        signed=compact(row["key_id"], row["document"], row["signature"]),
        trace=_trace.decode(row["trace"]),
    )
