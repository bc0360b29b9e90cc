"""What aftersale does when payments report of a refund, and when a return is settled."""

from commerce.aftersale.events import ReturnRefunded
from commerce.aftersale.nothing_kept import settle_promises
from commerce.aftersale.refund import hear
from commerce.payments import RefundFailed, RefundSucceeded
from commerce.platform.work import Reaction, after

REACTIONS: list[Reaction] = [
    after(RefundSucceeded, hear),
    after(RefundFailed, hear),
    after(ReturnRefunded, settle_promises),
]
