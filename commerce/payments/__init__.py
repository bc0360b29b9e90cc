"""Payments: what is to be paid for an order, asked for, held, taken and given back, each once.

Owns: payments (attempts), their parts (one for each fulfilment group), captures, refunds, the money ledger, what the provider told us, alerts.
Promises: 0 <= refunds <= captures <= authorised for each part, by constraint (G1); balances are the fold of an append-only ledger; one effect
for an effect key, a provider's event and a provider's refund (G8); only legal moves, whoever brings the news and in whatever order (G10);
what a crash or a lost answer left is found and finished (G11); at most one attempt of an order is alive (PAY-04).
Emits: PaymentActionRequired, PaymentAuthorized, PaymentDeclined, PaymentMismatched, PaymentCaptured, CaptureFailed, PaymentVoided,
RefundSucceeded, RefundFailed.
Knows: orders and groups by their ids only; the provider through its port; no card number, ever.
"""

from commerce.payments.book import load as payment, of_order as payments_of
from commerce.payments.errors import (
    AlreadyPaid,
    BadSignature,
    MoreThanAuthorized,
    MoreThanCaptured,
    NoPaymentMethod,
    NotAuthorized,
    NotChargeable,
    OtherCurrency,
    PaymentEffectDiffers,
    PaymentUnderWay,
)
from commerce.payments.events import (
    CaptureFailed,
    PaymentActionRequired,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    PaymentMismatched,
    PaymentVoided,
    RefundFailed,
    RefundSucceeded,
)
from commerce.payments.facts import (
    Balance,
    Capture,
    CaptureState,
    Cause,
    EntryKind,
    Part,
    PartIn,
    PartState,
    Payment,
    PaymentFacts,
    PaymentKind,
    PaymentState,
    Refund,
    RefundState,
    Tender,
)
from commerce.payments.follow import follow
from commerce.payments.intend import Attempt, intend, intend_first
from commerce.payments.intend_capture import intend_capture
from commerce.payments.intend_refund import intend_refund
from commerce.payments.intend_void import intend_void
from commerce.payments.ports import PaymentProvider
from commerce.payments.pursue import authorize, pursue
from commerce.payments.queries import balance, balances
from commerce.payments.schemas import NextActionOut, PaymentOut, payment_out
from commerce.payments.settle import settle
from commerce.payments.steps import charge_step

__all__ = [
    "AlreadyPaid",
    "Attempt",
    "BadSignature",
    "Balance",
    "Capture",
    "CaptureFailed",
    "CaptureState",
    "Cause",
    "EntryKind",
    "MoreThanAuthorized",
    "MoreThanCaptured",
    "NextActionOut",
    "NoPaymentMethod",
    "NotAuthorized",
    "NotChargeable",
    "OtherCurrency",
    "Part",
    "PartIn",
    "PartState",
    "Payment",
    "PaymentActionRequired",
    "PaymentAuthorized",
    "PaymentCaptured",
    "PaymentDeclined",
    "PaymentEffectDiffers",
    "PaymentFacts",
    "PaymentKind",
    "PaymentMismatched",
    "PaymentOut",
    "PaymentProvider",
    "PaymentState",
    "PaymentUnderWay",
    "PaymentVoided",
    "Refund",
    "RefundFailed",
    "RefundState",
    "RefundSucceeded",
    "Tender",
    "authorize",
    "balance",
    "balances",
    "charge_step",
    "follow",
    "intend",
    "intend_capture",
    "intend_first",
    "intend_refund",
    "intend_void",
    "payment",
    "payment_out",
    "payments_of",
    "pursue",
    "settle",
]
