"""What aftersale does when payments report of a refund, when a return is settled, and when a shopper signs in."""

from commerce.aftersale.events import ReturnRefunded
from commerce.aftersale.follow import follow
from commerce.aftersale.nothing_kept import settle_promises
from commerce.aftersale.refund import hear
from commerce.identity import SignedIn
from commerce.payments import RefundFailed, RefundSucceeded
from commerce.platform.work import Reaction, after, within

REACTIONS: list[Reaction] = [
    within(SignedIn, follow),
    after(RefundSucceeded, hear),
    after(RefundFailed, hear),
    after(ReturnRefunded, settle_promises),
]
