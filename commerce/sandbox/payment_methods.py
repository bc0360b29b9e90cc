"""Payment methods: made from a test card, a test account or one of Stripe's names; attached to a customer."""

from datetime import UTC, datetime

from msgspec.structs import replace

from commerce.sandbox import cards
from commerce.sandbox.cards import Decline
from commerce.sandbox.errors import Document, Refused, invalid
from commerce.sandbox.objects import method
from commerce.sandbox.parameters import Parameters
from commerce.sandbox.records import Customer, Method, new_id
from commerce.sandbox.store import Change

NAMED_EXPIRY_YEARS = 1
"""Stripe's named cards expire a year from now."""


def create(change: Change, params: Parameters) -> Document:
    """POST /v1/payment_methods"""
    return method(make(change, params))


def make(change: Change, params: Parameters) -> Method:
    """A method out of `type` and its details; refuses what is no test card with a card error."""
    kind = params.needs_text("type")
    details = params.table(kind)
    if details is None:
        raise invalid(f"Missing required param: {kind}.", param=kind, code="parameter_missing")
    if kind == "card":
        reference, expiry = _card(change, Parameters(details))
    elif kind == "sepa_debit":
        reference, expiry = _account(Parameters(details)), (0, 0)
    else:
        raise invalid(f"The payment method type {kind!r} is not served by the sandbox.", param="type")
    return change.put(
        Method(
            id=new_id("pm_"),
            created=change.now,
            type=kind,
            reference=reference,
            expiry=expiry,
            billing_details=params.table("billing_details") or {},
            metadata=params.merged_metadata({}),
        )
    )


def _card(change: Change, sent: Parameters) -> tuple[str, tuple[int, int]]:
    """The number and the month of expiry."""
    today = datetime.fromtimestamp(change.now, UTC)
    token = sent.text("token")
    if token is not None:
        card = cards.named(token)
        if card is None:
            raise invalid(f"No such token: '{token}'", param="card[token]", code="resource_missing")
        return card.number, (today.month, today.year + NAMED_EXPIRY_YEARS)
    number = (sent.text("number") or "").replace(" ", "").replace("-", "")
    if not number:
        raise invalid("Missing required param: card[number].", param="card[number]", code="parameter_missing")
    if number not in cards.BY_NUMBER:
        wrong = number in cards.INCORRECT_NUMBERS or not number.isdigit() or not cards.passes_luhn(number)
        raise _card_error(cards.INCORRECT_NUMBER if wrong else cards.NOT_A_TEST_CARD)
    month, year = sent.integer("exp_month"), sent.integer("exp_year")
    if month is None or year is None:
        param = "card[exp_month]" if month is None else "card[exp_year]"
        raise invalid(f"Missing required param: {param}.", param=param, code="parameter_missing")
    if not 1 <= month <= 12:  # noqa: PLR2004 - months
        raise _card_error(
            Decline(code="invalid_expiry_month", param="exp_month", message="Your card's expiration month is invalid.")
        )
    year += 2000 if year < 100 else 0  # noqa: PLR2004 - two digits of a year
    if (year, month) < (today.year, today.month):
        raise _card_error(
            Decline(code="invalid_expiry_year", param="exp_year", message="Your card's expiration year is invalid.")
        )
    return number, (month, year)


def _card_error(decline: Decline) -> Refused:
    return Refused(
        402,
        "card_error",
        decline.message,
        code=decline.code,
        param=decline.param,
        decline_code=decline.decline_code,
    )


def _account(sent: Parameters) -> str:
    iban = sent.needs_text("iban").replace(" ", "").upper()
    if iban not in cards.BANK_ACCOUNTS:
        raise invalid("The IBAN you provided is invalid.", param="sepa_debit[iban]", code="invalid_bank_account_iban")
    return iban


def resolve(change: Change, reference: str, *, param: str = "payment_method") -> Method:
    """The method of that id, or a new one where it is one of Stripe's names: each use of a name makes its own."""
    card = cards.named(reference)
    if card is None:
        return change.get(Method, reference, param=param)
    today = datetime.fromtimestamp(change.now, UTC)
    return change.put(
        Method(
            id=new_id("pm_"),
            created=change.now,
            type="card",
            reference=card.number,
            expiry=(today.month, today.year + NAMED_EXPIRY_YEARS),
            billing_details={},
            metadata={},
        )
    )


def retrieve(change: Change, params: Parameters, identifier: str) -> Document:
    """GET /v1/payment_methods/{id}"""
    return method(resolve(change, identifier, param="id"))


def attach(change: Change, params: Parameters, identifier: str) -> Document:
    """POST /v1/payment_methods/{id}/attach: the customer may be charged with it again and again."""
    owner = change.get(Customer, params.needs_text("customer"), param="customer")
    found = resolve(change, identifier, param="id")
    if found.customer == owner.id:
        return method(found)
    if found.customer is not None:
        raise invalid(
            "The payment method you provided has already been attached to a customer.", code="payment_method_in_use"
        )
    check_reusable(found)
    if found.type == "card":
        decline = cards.BY_NUMBER[found.reference].decline
        if decline is not None and found.reference not in ATTACHABLE:
            raise _card_error(decline)
    attached = change.put(replace(found, customer=owner.id))
    change.emit("payment_method.attached", method(attached))
    return method(attached)


ATTACHABLE = frozenset({"4000000000000341", "4000008260003178", "4000008400001629", "4000008400001280"})
"""Cards that decline payments although they can be saved; the other declining ones refuse that too."""


def check_reusable(found: Method) -> None:
    """Stripe lets a method without a customer pay once."""
    if found.used and found.customer is None:
        raise invalid(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
            "with a connected account without Customer attachment, or was detached from a Customer. It may not be "
            "used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
        )


def detach(change: Change, params: Parameters, identifier: str) -> Document:
    """POST /v1/payment_methods/{id}/detach: it can never be used again."""
    found = change.get(Method, identifier)
    if found.customer is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    return method(change.put(replace(found, customer=None, used=True)))
