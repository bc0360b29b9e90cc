"""What aftersale does when payments report of a refund."""

from commerce.aftersale.refund import hear
from commerce.payments import RefundFailed, RefundSucceeded
from commerce.platform.work import Reaction, after

REACTIONS: list[Reaction] = [after(RefundSucceeded, hear), after(RefundFailed, hear)]
