"""Quotes as they were kept, each for the one it was made for."""

from typing import Literal
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import Text, Uuid, select

from commerce.kernel.errors import NotFound
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.price_engine import Assembled, TraceStep, facts_recorded, replay
from commerce.promotions import live_at
from commerce.quotes.codes import code_answers
from commerce.quotes.facts import RefusedCode
from commerce.quotes.on_wire import priced_out
from commerce.quotes.schemas import QuoteOut
from commerce.quotes.signed import compact, read_document
from commerce.quotes.tables import quotes

Explain = Literal["looked_at", "all"]
ONE = Statement(
    select(
        quotes.c.key_id, quotes.c.document, quotes.c.signature, quotes.c.trace, quotes.c.inputs, quotes.c.refused_codes
    ).where(quotes.c.id == given("quote_id", Uuid), quotes.c.principal == given("principal", Text))
)
_trace = msgspec.json.Decoder(list[TraceStep])
_refused = msgspec.json.Decoder(list[RefusedCode])


async def quote(
    reads: Reads, quote_id: UUID, principal: str, *, language: str = "en", explain: Explain = "looked_at"
) -> QuoteOut:
    """Gives a quote with its full trace, as long as it was kept, expired or not: priced again from what it was priced from.

    The trace names the lists and promotions that the articles of the basket could take; with `all` also every other promotion
    that was published then, and why it gave nothing. Refuses with NotFound when there is none, or when it was made for another
    principal.
    """
    row = await reads.fetch_one(ONE, quote_id=quote_id, principal=principal)
    if row is None:
        raise NotFound("There is no such quote.")
    document = read_document(row["document"])
    refused = [] if row["refused_codes"] is None else _refused.decode(row["refused_codes"])
    recorded = None if row["inputs"] is None else facts_recorded(row["inputs"])
    trace = await _trace_of(reads, row, recorded, explain)
    return QuoteOut(
        id=document.id,
        channel_id=document.channel_id,
        country=document.country,
        basket=priced_out(document.basket),
        created_at=document.created_at,
        expires_at=document.expires_at,
        signed=compact(row["key_id"], row["document"], row["signature"]),
        trace=trace,
        codes=code_answers(msgspec.structs.replace(document.basket, trace=tuple(trace)), refused, language),
        taxed_by="rates" if recorded is None or recorded.facts.given_taxes is None else "engine",
    )


async def _trace_of(reads: Reads, row: Record, recorded: Assembled | None, explain: Explain) -> list[TraceStep]:
    if recorded is None:
        return _trace.decode(row["trace"])
    if explain == "looked_at":
        return list(replay(row["inputs"]).trace)
    more = await live_at(reads, recorded.basket.circumstances.at)
    return list(replay(row["inputs"], more=more, explain_all=True).trace)
