"""What a payment provider is: intents that hold money, are captured or let go, and refunds; each answer one of a closed set.

Amounts are our Money; how a provider writes them is its adapter's affair, and None is one that cannot be ours. No call raises for what the provider or the network does: a
call whose end is not known gives `Unknown`, which is never a decline.
"""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

import msgspec

from commerce.kernel.money import Money


class Authorized(msgspec.Struct, frozen=True, kw_only=True):
    """The money is held. `method` can be charged again off session; `multicapture` says whether it may be captured more than once."""

    intent: str
    money: Money | None
    method: str | None = None
    multicapture: bool = False


class ActionRequired(msgspec.Struct, frozen=True, kw_only=True):
    """The shopper has to go to an address first."""

    intent: str
    money: Money | None
    url: str


class Processing(msgspec.Struct, frozen=True, kw_only=True):
    """The provider has it under way."""

    intent: str


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """The provider or the bank said no, for good. `code` is the provider's."""

    intent: str | None
    code: str


class AuthenticationRequired(msgspec.Struct, frozen=True, kw_only=True):
    """The bank wants to see the shopper, who was not there: the intent can be confirmed on session."""

    intent: str


class Captured(msgspec.Struct, frozen=True, kw_only=True):
    """Money was taken: `captured` of `money` in all, so far. `final`: what is left was let go and no more can be taken."""

    intent: str
    money: Money | None
    captured: Money | None
    final: bool
    method: str | None = None
    multicapture: bool = False


class Voided(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is held (any longer) and nothing was taken."""

    intent: str


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The provider will not carry this out, and asking again will not help."""

    code: str


class Absent(msgspec.Struct, frozen=True, kw_only=True):
    """The provider has no such thing."""


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody knows whether it was done. `spent`: the key answers with a failure of the provider's, so that only a look can tell."""

    reason: str
    spent: bool = False


IntentOutcome = (
    Authorized
    | ActionRequired
    | Processing
    | Declined
    | AuthenticationRequired
    | Captured
    | Voided
    | Refused
    | Absent
    | Unknown
)


class RefundPending(msgspec.Struct, frozen=True, kw_only=True):
    """The provider has taken the refund on; the money is under way."""

    refund: str
    money: Money | None


class RefundDone(msgspec.Struct, frozen=True, kw_only=True):
    """The money went back, as far as the provider knows today."""

    refund: str
    money: Money | None


class RefundRefused(msgspec.Struct, frozen=True, kw_only=True):
    """The money does not go back, or came back; `refund` is None when the provider never took it on."""

    refund: str | None
    code: str


RefundOutcome = RefundPending | RefundDone | RefundRefused | Absent | Unknown


class ChargeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be authorised. `key` is the idempotency key; the same key always comes with the same content.

    On session: the shopper is there, is asked if need be and sent back to `return_url`, and the method is kept for later. Off session: a
    kept method of the same customer.
    """

    key: str
    payment_id: UUID
    part_id: UUID
    order_id: UUID
    money: Money
    customer: str
    method: str
    on_session: bool
    return_url: str | None = None


class IntentNews(msgspec.Struct, frozen=True, kw_only=True):
    """The provider tells of an intent; `part_id` is ours, when the intent carries it."""

    event_id: str
    type: str
    intent: str
    part_id: UUID | None
    outcome: IntentOutcome


class RefundNews(msgspec.Struct, frozen=True, kw_only=True):
    """The provider tells of a refund; `refund_id` is ours, when we asked for it."""

    event_id: str
    type: str
    intent: str | None
    refund: str
    refund_id: UUID | None
    outcome: RefundOutcome


class OtherNews(msgspec.Struct, frozen=True, kw_only=True):
    """The provider tells of something that moves no money of ours."""

    event_id: str
    type: str


News = IntentNews | RefundNews | OtherNews


class PaymentProvider(Protocol):
    """A provider of card payments."""

    async def create_customer(self, *, key: str, order_id: UUID) -> str | Unknown | Refused:
        """Gives the reference of a customer that methods can be kept for."""

    async def authorize(self, request: ChargeRequest) -> IntentOutcome:
        """Holds money, to be captured later."""

    async def confirm_on_session(self, intent: str, *, key: str, method: str, return_url: str | None) -> IntentOutcome:
        """Asks the shopper about an intent that was declined off session for want of authentication."""

    async def capture(self, intent: str, money: Money, *, key: str, final: bool, multicapture: bool) -> IntentOutcome:
        """Takes money that is held. `final` lets the rest go; without multicapture it always does."""

    async def void(self, intent: str, *, key: str) -> IntentOutcome:
        """Lets go what is held, or gives up an intent that nobody has paid."""

    async def look_up(self, intent: str | None, *, part_id: UUID, customer: str | None) -> IntentOutcome:
        """Tells how an intent stands, found by its reference, or by our part's id among the customer's."""

    async def refund(self, intent: str, money: Money, *, key: str, refund_id: UUID) -> RefundOutcome:
        """Gives captured money back."""

    async def look_up_refund(self, intent: str, *, refund: str | None, refund_id: UUID) -> RefundOutcome:
        """Tells how a refund stands, found by its reference, or by our id among the intent's."""

    def read_news(self, body: bytes, headers: Mapping[str, str]) -> News:
        """Reads a webhook; refuses with BadSignature what the provider did not sign, or signed too long ago."""

    async def close(self) -> None:
        """Lets go of connections."""
