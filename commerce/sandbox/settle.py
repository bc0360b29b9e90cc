"""What happens by itself with time: refunds and debits are decided, authorisations run out."""

from msgspec.structs import replace

from commerce.sandbox import cards
from commerce.sandbox.capture import release
from commerce.sandbox.confirm import fail
from commerce.sandbox.errors import Document
from commerce.sandbox.objects import charge as shown_charge, intent as shown
from commerce.sandbox.records import Charge, Intent, Method, Record, Refund
from commerce.sandbox.refunds import settle as settle_refund
from commerce.sandbox.store import Change

DEBIT_FAILED: Document = {
    "code": "payment_intent_payment_attempt_failed",
    "doc_url": "https://stripe.com/docs/error-codes/payment-intent-payment-attempt-failed",
    "message": "The payment failed.",
    "type": "card_error",
}


def settle(change: Change, record: Record) -> None:
    """Do what is due for it."""
    match record:
        case Refund(settles_as=str()):
            settle_refund(change, record)
        case Intent(status="requires_capture"):
            release(change, record, "expired")
        case Intent(status="processing"):
            _settle_debit(change, record)
        case _:
            return


def _settle_debit(change: Change, intent: Intent) -> None:
    """The bank has answered."""
    charge = change.get(Charge, intent.latest_charge or "")
    method = change.get(Method, charge.payment_method)
    if cards.BANK_ACCOUNTS[method.reference] == "fails_later":
        failed = change.put(replace(charge, status="failed", failure=DEBIT_FAILED))
        change.emit("charge.failed", shown_charge(failed, change))
        fail(change, intent, {**DEBIT_FAILED, "charge": charge.id}, method)
        return
    paid = change.put(replace(charge, status="succeeded", captured=True, amount_captured=charge.amount))
    done = change.put(replace(intent, status="succeeded", amount_received=intent.amount, settles_at=None))
    change.count("authorised", done, done.amount)
    change.count("captured", done, done.amount)
    change.emit("charge.succeeded", shown_charge(paid, change))
    change.emit("payment_intent.succeeded", shown(done, change))
