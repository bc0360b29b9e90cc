"""What carts do when a shopper signs in: those of the anonymous shopper that they were until then follow, in the same transaction."""

from commerce.carts.own_carts import hand_over
from commerce.identity import SignedIn
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.work import Reaction, within


async def follow(tx: Tx, signed_in: SignedIn) -> None:
    """Lets the anonymous shopper's carts follow into the account."""
    if signed_in.from_shopper_id is not None:
        before = Caller(kind="shopper", id=signed_in.from_shopper_id)
        await hand_over(tx, before, Caller(kind="shopper", id=signed_in.shopper_id))


REACTIONS: list[Reaction] = [within(SignedIn, follow)]
