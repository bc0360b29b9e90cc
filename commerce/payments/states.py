"""The legal moves of payments, parts, captures and refunds, as tables."""

from commerce.kernel.states import Machine
from commerce.payments.facts import CaptureState, PartState, PaymentState, RefundState

P, S, C, R = PaymentState, PartState, CaptureState, RefundState

OPEN = frozenset({P.INTENDED, P.UNKNOWN, P.ACTION_REQUIRED, P.PROCESSING})
"""An attempt whose end is not known yet."""
LIVE = OPEN | {P.AUTHORIZED}
"""An attempt that keeps another one of the same order out."""
OPEN_PARTS = frozenset({S.INTENDED, S.UNKNOWN, S.ACTION_REQUIRED, S.PROCESSING})

_ENDS = {P.AUTHORIZED, P.DECLINED, P.MISMATCH, P.SUPERSEDED, P.VOIDED}
PAYMENT = Machine(
    "payment",
    start=P.INTENDED,
    moves={**{state: (OPEN - {state}) | _ENDS for state in OPEN}, P.AUTHORIZED: {P.VOIDED}},
)

_PART_ENDS = {S.AUTHORIZED, S.CAPTURED, S.DECLINED, S.MISMATCH, S.VOIDED}
PART = Machine(
    "part of the payment",
    start=S.INTENDED,
    moves={
        S.INTENDED: {S.UNKNOWN, S.ACTION_REQUIRED, S.PROCESSING} | _PART_ENDS,
        S.UNKNOWN: {S.INTENDED, S.ACTION_REQUIRED, S.PROCESSING} | _PART_ENDS,
        S.ACTION_REQUIRED: {S.PROCESSING} | _PART_ENDS,
        S.PROCESSING: {S.ACTION_REQUIRED} | _PART_ENDS,
        S.AUTHORIZED: {S.CAPTURED, S.VOIDED, S.MISMATCH},
    },
)

CAPTURE = Machine("capture", start=C.INTENDED, moves={C.INTENDED: {C.CAPTURED, C.FAILED}})

REFUND = Machine(
    "refund",
    start=R.INTENDED,
    moves={
        R.INTENDED: {R.PENDING, R.SUCCEEDED, R.FAILED},
        R.PENDING: {R.SUCCEEDED, R.FAILED},
        R.SUCCEEDED: {R.FAILED},
    },
)
