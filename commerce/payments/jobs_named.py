"""The names and payloads of this slice's jobs, apart from what they do, so that what stores a change can ask for them."""

import msgspec

from commerce.kernel.ids import PaymentId

PURSUE = "payments.pursue"
RECOVER = "payments.recover"


class Pursue(msgspec.Struct, frozen=True, kw_only=True):
    """Bring a payment as far as it goes; `strays` are second intents of its parts, to be given up."""

    payment_id: PaymentId
    strays: list[str] = []
