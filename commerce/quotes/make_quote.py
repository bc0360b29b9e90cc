"""Quote a basket: price it, sign it, keep it."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import insert

from commerce.kernel.errors import FieldError, InvalidInput, invalid
from commerce.kernel.ids import new_id
from commerce.kernel.signatures import Signer
from commerce.platform.database import Tx
from commerce.platform.statement import Statement
from commerce.price_engine import Destination
from commerce.quotes.facts import Surroundings, Want, WantLine
from commerce.quotes.price_basket import price_basket
from commerce.quotes.schemas import BasketIn, QuoteOut, priced_out
from commerce.quotes.signed import sign, write_document
from commerce.quotes.tables import quotes

HOLDS = timedelta(minutes=30)
KEEP = Statement(insert(quotes))


async def make_quote(
    tx: Tx,
    around: Surroundings,
    signer: Signer,
    data: BasketIn,
    *,
    principal: str,
    bound_to: UUID | None,
    at: datetime,
    with_trace: bool = False,
) -> QuoteOut:
    """Quote a basket for thirty minutes, to a principal whose token may be bound to a channel.

    Refuses with CannotPrice, naming each line that has no price; with InvalidInput a channel that there is not or that the
    token is not for, and a key that two lines have.
    """
    want = _want(around, data, bound_to, at)
    quoted = await price_basket(tx, around, want)
    at = at.replace(microsecond=0)
    quote_id, expires_at = new_id(), at + HOLDS
    document = write_document(
        quote_id=quote_id,
        channel_id=quoted.channel.id,
        country=quoted.country,
        at=at,
        expires_at=expires_at,
        priced=quoted.priced,
    )
    signature, signed = sign(signer, document)
    trace = quoted.priced.trace
    await tx.execute(
        KEEP,
        id=quote_id,
        principal=principal,
        channel_id=quoted.channel.id,
        currency=quoted.priced.currency,
        total=quoted.priced.total,
        created_at=at,
        expires_at=expires_at,
        key_id=signer.key_id,
        document=document,
        signature=signature,
        trace=msgspec.json.encode(trace),
    )
    return QuoteOut(
        id=quote_id,
        channel_id=quoted.channel.id,
        country=quoted.country,
        basket=priced_out(quoted.priced),
        created_at=at,
        expires_at=expires_at,
        signed=signed,
        trace=list(trace) if with_trace else None,
    )


def _want(around: Surroundings, data: BasketIn, bound_to: UUID | None, at: datetime) -> Want:
    channel_id = data.channel_id or bound_to
    if bound_to is not None and channel_id != bound_to:
        raise invalid("/channel_id", "Your token is for another channel; leave this out.")
    if channel_id is not None:
        channel = around.channels.by_id.get(channel_id)
        if channel is None or not channel.active:
            raise invalid("/channel_id", "There is no such channel.")
    keys: set[str] = set()
    lines: list[WantLine] = []
    for number, line in enumerate(data.lines, start=1):
        key = line.key or f"{number:03}"
        if key in keys:
            raise InvalidInput(
                "Each line needs a key of its own.",
                errors=[FieldError(f"/lines/{number - 1}/key", f"Another line has the key {key}.")],
            )
        keys.add(key)
        lines.append(WantLine(key=key, variant_id=line.variant_id, quantity=line.quantity, group=line.group))
    return Want(
        channel_id=around.channels.get(channel_id).id,
        destination=None if data.country is None else Destination(country=data.country),
        lines=tuple(lines),
        at=at,
    )
