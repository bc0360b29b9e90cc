"""What the sandbox keeps: one frozen record per thing."""

import secrets

import msgspec

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
ID_LENGTH = 24


def new_id(prefix: str) -> str:
    """An identifier that no earlier run can have given: `pi_` and 24 letters and digits."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Anything that is kept. `created` is in Unix seconds, fractions included: it is the order of creation."""

    id: str
    created: float


class Customer(Record, frozen=True, kw_only=True, tag="customer"):
    """A customer; what the API does not act upon is kept as it was sent."""

    metadata: dict[str, str]
    details: dict[str, object]


class Method(Record, frozen=True, kw_only=True, tag="payment_method"):
    """A payment method: a test card by its number, or a test bank account by its IBAN.

    `used` is true once it paid without a customer: Stripe does not let it pay again. `set_up` is true once its
    holder agreed, present, to be charged later.
    """

    type: str
    reference: str
    expiry: tuple[int, int]
    billing_details: dict[str, object]
    metadata: dict[str, str]
    customer: str | None = None
    set_up: bool = False
    used: bool = False


class Token(Record, frozen=True, kw_only=True, tag="confirmation_token"):
    """What a checkout page collected: the method and what to do with it."""

    payment_method: str
    return_url: str | None = None
    setup_future_usage: str | None = None
    shipping: dict[str, object] | None = None


class Intent(Record, frozen=True, kw_only=True, tag="payment_intent"):
    """A PaymentIntent. Amounts are in the currency's smallest unit as Stripe counts it."""

    amount: int
    currency: str
    status: str
    capture_method: str
    client_secret: str
    types: list[str]
    allowed_types: list[str] | None
    automatic: dict[str, object] | None
    metadata: dict[str, str]
    method_options: dict[str, object]
    amount_capturable: int = 0
    amount_received: int = 0
    customer: str | None = None
    payment_method: str | None = None
    latest_charge: str | None = None
    last_error: dict[str, object] | None = None
    challenge_url: str | None = None
    return_url: str | None = None
    setup_future_usage: str | None = None
    description: str | None = None
    receipt_email: str | None = None
    shipping: dict[str, object] | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    transfer_group: str | None = None
    canceled_at: float | None = None
    cancellation_reason: str | None = None
    settles_at: float | None = None


class Charge(Record, frozen=True, kw_only=True, tag="charge"):
    """One attempt to take the money of an intent. Held until `capture_before` when it is not captured at once."""

    amount: int
    currency: str
    status: str
    payment_intent: str
    payment_method: str
    metadata: dict[str, str]
    customer: str | None = None
    captured: bool = False
    amount_captured: int = 0
    amount_refunded: int = 0
    multicapture: bool = False
    authenticated: bool = False
    capture_before: float | None = None
    released: bool = False
    failure: dict[str, object] | None = None
    description: str | None = None
    receipt_email: str | None = None
    captures: int = 0


class Refund(Record, frozen=True, kw_only=True, tag="refund"):
    """Money on its way back. `settles_as` is what it becomes at `settles_at`."""

    amount: int
    currency: str
    status: str
    charge: str
    payment_intent: str
    metadata: dict[str, str]
    reason: str | None = None
    failure_reason: str | None = None
    settles_at: float | None = None
    settles_as: str | None = None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try to hand an event over: the status that came back, or why none did."""

    at: float
    status: int | None = None
    error: str | None = None


class Event(Record, frozen=True, kw_only=True, tag="event"):
    """What happened, as it looked then, and how far its delivery has come."""

    type: str
    shown: dict[str, object]
    api_version: str
    previous: dict[str, object] | None = None
    request_id: str | None = None
    idempotency_key: str | None = None
    state: str = "pending"
    due_at: float = 0.0
    attempts: list[Attempt] = []


class Answer(Record, frozen=True, kw_only=True, tag="answer"):
    """The first answer under an idempotency key; the id is the key."""

    fingerprint: str
    endpoint: str
    status: int
    body: dict[str, object]
    request_id: str


class Effect(Record, frozen=True, kw_only=True, tag="effect"):
    """One thing that really happened to money, for tests that count: authorised, captured, released, refunded …"""

    act: str
    payment_intent: str
    amount: int
    currency: str
    refund: str | None = None
    idempotency_key: str | None = None


AnyRecord = Customer | Method | Token | Intent | Charge | Refund | Event | Answer | Effect
