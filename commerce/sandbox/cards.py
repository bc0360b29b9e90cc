"""Stripe's test cards and what each of them does: https://docs.stripe.com/testing."""

from dataclasses import dataclass
from typing import Literal

Authentication = Literal["never", "always", "unless_set_up", "on_session_only", "on_request"]
RefundCourse = Literal["at_once", "succeeds_later", "fails_later"]


@dataclass(frozen=True, kw_only=True)
class Decline:
    """Why the issuer says no, in the words that Stripe passes on."""

    code: str
    message: str
    decline_code: str | None = None
    param: str | None = None


@dataclass(frozen=True, kw_only=True)
class Card:
    """One test card. `decline` strikes when money is asked for, after any authentication."""

    number: str
    names: tuple[str, ...]
    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"
    decline: Decline | None = None
    authentication: Authentication = "never"
    refund: RefundCourse = "at_once"
    multicapture: bool = True

    @property
    def last4(self) -> str:
        """The last four digits."""
        return self.number[-4:]


DECLINED = "Your card was declined."
GENERIC = Decline(code="card_declined", decline_code="generic_decline", message=DECLINED)
INSUFFICIENT_FUNDS = Decline(
    code="card_declined", decline_code="insufficient_funds", message="Your card has insufficient funds."
)
LOST = Decline(code="card_declined", decline_code="lost_card", message=DECLINED)
STOLEN = Decline(code="card_declined", decline_code="stolen_card", message=DECLINED)
FRAUDULENT = Decline(code="card_declined", decline_code="fraudulent", message=DECLINED)
EXPIRED = Decline(code="expired_card", param="exp_month", message="Your card has expired.")
INCORRECT_CVC = Decline(code="incorrect_cvc", param="cvc", message="Your card's security code is incorrect.")
PROCESSING_ERROR = Decline(
    code="processing_error",
    message="An error occurred while processing your card. Try again in a little bit.",
)
TOO_OFTEN = Decline(
    code="card_declined",
    decline_code="card_velocity_exceeded",
    message="Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
)
AUTHENTICATION_REQUIRED = Decline(
    code="authentication_required",
    decline_code="authentication_required",
    message="Your card was declined. This transaction requires authentication.",
)
NOT_A_TEST_CARD = Decline(
    code="card_declined",
    decline_code="test_mode_live_card",
    message="Your card was declined. Your request was in test mode, but used a non test card. For a list of valid "
    "test cards, visit: https://stripe.com/docs/testing.",
)
INCORRECT_NUMBER = Decline(code="incorrect_number", param="number", message="Your card number is incorrect.")


def _declined(number: str, reason: str, decline: Decline) -> Card:
    return Card(number=number, names=(f"visa_chargeDeclined{reason}", f"chargeDeclined{reason}"), decline=decline)


CARDS = (
    Card(number="4242424242424242", names=("visa", "us")),
    Card(number="4000056655665556", names=("visa_debit",), funding="debit"),
    Card(number="5555555555554444", names=("mastercard",), brand="mastercard"),
    Card(number="5200828282828210", names=("mastercard_debit",), brand="mastercard", funding="debit"),
    Card(number="5105105105105100", names=("mastercard_prepaid",), brand="mastercard", funding="prepaid"),
    Card(number="378282246310005", names=("amex", "amex_threeDSecureNotSupported"), brand="amex"),
    Card(number="6011111111111117", names=("discover",), brand="discover"),
    Card(number="3056930009020004", names=("diners",), brand="diners"),
    Card(number="3566002020360505", names=("jcb",), brand="jcb"),
    Card(number="6200000000000005", names=("unionpay",), brand="unionpay"),
    Card(number="4000002500001001", names=("visa_cartesBancaires",), country="FR"),
    Card(number="4000007240000007", names=("es",), country="ES"),
    Card(number="4000002760000016", names=("de",), country="DE"),
    Card(number="4000002500000003", names=("fr",), country="FR"),
    Card(number="4000003800000008", names=("it",), country="IT"),
    Card(number="4000008260000000", names=("gb",), country="GB", funding="debit"),
    Card(number="4000000000000077", names=("bypassPending",)),
    Card(number="4000008400000076", names=("credit_disableEnterpriseCardFeatures",), multicapture=False),
    # Declined when money is asked for.
    _declined("4000000000000002", "", GENERIC),
    _declined("4000000000009995", "InsufficientFunds", INSUFFICIENT_FUNDS),
    _declined("4000000000009987", "LostCard", LOST),
    _declined("4000000000009979", "StolenCard", STOLEN),
    _declined("4000000000000069", "ExpiredCard", EXPIRED),
    _declined("4000000000000127", "IncorrectCvc", INCORRECT_CVC),
    _declined("4000000000000119", "ProcessingError", PROCESSING_ERROR),
    _declined("4000000000006975", "VelocityLimitExceeded", TOO_OFTEN),
    Card(number="4000000000000341", names=("chargeCustomerFail",), decline=GENERIC),
    Card(number="4100000000000019", names=("radarBlock",), decline=FRAUDULENT),
    # 3-D Secure.
    Card(
        number="4000002500003155",
        names=("authenticationRequiredOnSetup",),
        country="FR",
        authentication="unless_set_up",
    ),
    Card(number="4000002760003184", names=("authenticationRequired",), country="DE", authentication="always"),
    Card(
        number="4000003800000446",
        names=("authenticationRequiredSetupForOffSession",),
        country="IT",
        authentication="on_session_only",
    ),
    Card(
        number="4000008260003178",
        names=("authenticationRequiredChargeDeclinedInsufficientFunds",),
        country="GB",
        authentication="always",
        decline=INSUFFICIENT_FUNDS,
    ),
    Card(number="4000000000003220", names=("threeDSecure2Required",), country="IE", authentication="always"),
    Card(
        number="4000008400001629",
        names=("threeDSecureRequiredChargeDeclined",),
        authentication="always",
        decline=GENERIC,
    ),
    Card(number="4000008400001280", names=("threeDSecureRequiredProcessingError",), decline=GENERIC),
    Card(number="4000000000003055", names=("threeDSecureOptional",), authentication="on_request"),
    # Refunds that end later than they begin.
    Card(number="4000000000007726", names=("pendingRefund",), refund="succeeds_later"),
    Card(number="4000000000005126", names=("refundFail",), refund="fails_later"),
)

BY_NUMBER = {card.number: card for card in CARDS}
BY_NAME = {name: card for card in CARDS for name in card.names}
INCORRECT_NUMBERS = frozenset({"4242424242424241"})


def named(reference: str) -> Card | None:
    """The card behind `pm_card_visa` or `tok_visa`; None when it is not one of Stripe's names."""
    for prefix in ("pm_card_", "tok_"):
        if reference.startswith(prefix):
            return BY_NAME.get(reference.removeprefix(prefix))
    return None


def passes_luhn(number: str) -> bool:
    """Whether the check digit fits."""
    digits = [int(digit) for digit in reversed(number)]
    total = sum(digits[0::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return total % 10 == 0


BankCourse = Literal["succeeds_later", "fails_later"]
BANK_ACCOUNTS: dict[str, BankCourse] = {
    "AT611904300234573201": "succeeds_later",
    "AT321904300235473204": "succeeds_later",
    "DE89370400440532013000": "succeeds_later",
    "AT861904300235473202": "fails_later",
    "AT051904300235473205": "fails_later",
    "DE62370400440532013001": "fails_later",
}
"""SEPA test accounts; a debit of any of them is `processing` first (https://docs.stripe.com/testing#sepa-direct-debit)."""
