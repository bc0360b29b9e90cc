"""Check a signed quote from whatever channel."""

from datetime import datetime

from commerce.kernel.money import Money
from commerce.platform.database import Tx
from commerce.quotes.on_wire import priced_out
from commerce.quotes.schemas import SignedQuoteIn, VerifiedOut
from commerce.quotes.signed import open_signed


async def verify_quote(_: Tx, public_key: bytes | None, data: SignedQuoteIn, *, at: datetime) -> VerifiedOut:
    """Say whether a signed quote is ours, holds at an instant, and comes to the total that was shown for it.

    `public_key` is that of the key that it names, None when there is no such key.
    """
    document, flaw = open_signed(data.signed, public_key=public_key, at=at)
    if document is None:
        return VerifiedOut(valid=False, flaw=flaw)
    total = Money(document.basket.total, document.basket.currency)
    if flaw is None and data.total is not None and data.total != total:
        flaw = "figures"
    return VerifiedOut(
        valid=flaw is None,
        flaw=flaw,
        id=document.id,
        channel_id=document.channel_id,
        country=document.country,
        expires_at=document.expires_at,
        basket=priced_out(document.basket),
    )
