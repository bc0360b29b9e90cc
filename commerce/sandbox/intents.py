"""PaymentIntents: created, changed, read. What confirms, captures or cancels them has its own file."""

from msgspec.structs import replace

from commerce.sandbox.amounts import check_amount, check_currency
from commerce.sandbox.choices import method_sent, with_choices
from commerce.sandbox.confirm import confirm_with, confirmable
from commerce.sandbox.errors import Document, invalid, unexpected_state
from commerce.sandbox.lists import window
from commerce.sandbox.objects import intent as shown
from commerce.sandbox.parameters import Parameters
from commerce.sandbox.records import Customer, Intent, new_id
from commerce.sandbox.store import Change

ONLY_WITH_CONFIRM = ("off_session", "return_url", "error_on_requires_action", "confirmation_token", "mandate_data")
ONE_WAY_TO_CHOOSE = (
    "allowed_payment_method_types",
    "automatic_payment_methods",
    "excluded_payment_method_types",
    "payment_method_configuration",
)
PLAIN_TEXTS = ("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix", "transfer_group")


def create(change: Change, params: Parameters) -> Document:
    """POST /v1/payment_intents"""
    currency = check_currency(params.needs_text("currency"))
    amount = check_amount(params.integer("amount") or 0, currency, param="amount")
    confirm_now = params.flag("confirm")
    for name in ONLY_WITH_CONFIRM:
        if name in params and not confirm_now:
            raise invalid(f"`{name}` can only be used when `confirm` is `true`.", param=name)
    chosen = [name for name in ONE_WAY_TO_CHOOSE if name in params]
    if len(chosen) > 1:
        raise invalid(f"You may only specify one of these parameters: {', '.join(chosen)}.", param=chosen[1])
    identifier = new_id("pi_")
    made = Intent(
        id=identifier,
        created=change.now,
        amount=amount,
        currency=currency,
        status="requires_payment_method",
        capture_method="automatic_async",
        client_secret=f"{identifier}_secret_{new_id('')}",
        types=[],
        allowed_types=None,
        automatic=None,
        metadata={},
        method_options={},
    )
    made = change.put(_with(change, made, params))
    change.emit("payment_intent.created", shown(made, change))
    if confirm_now:
        return shown(confirm_with(change, made, params), change)
    return shown(made, change)


def _with(change: Change, before: Intent, params: Parameters) -> Intent:
    """The intent with what was sent, the same for creating and changing one."""
    after = replace(before, metadata=params.merged_metadata(before.metadata))
    texts = {name: params.text(name) for name in PLAIN_TEXTS if name in params}
    after = replace(after, **texts)
    if "shipping" in params:
        after = replace(after, shipping=params.table("shipping"))
    if "customer" in params:
        owner = params.text("customer")
        after = replace(after, customer=None if owner is None else change.get(Customer, owner, param="customer").id)
    after = with_choices(after, params)
    method = method_sent(change, params)
    if method is not None:
        after = replace(after, payment_method=method.id, challenge_url=None, last_error=None)
    if confirmable(after):
        waits_for = "requires_payment_method" if after.payment_method is None else "requires_confirmation"
        if method is not None or after.status != "requires_action":
            after = replace(after, status=waits_for)
    return after


def retrieve(change: Change, params: Parameters, identifier: str) -> Document:
    """GET /v1/payment_intents/{id}"""
    found = change.get(Intent, identifier, param="intent")
    secret = params.text("client_secret")
    if secret is not None and secret != found.client_secret:
        raise invalid("The client_secret provided does not match the client_secret of this PaymentIntent.")
    return shown(found, change)


def update(change: Change, params: Parameters, identifier: str) -> Document:
    """POST /v1/payment_intents/{id}: what is to be paid and by whom, until it is paid; the rest at any time."""
    found = change.get(Intent, identifier, param="intent")
    fixed_later = (
        "amount",
        "currency",
        "customer",
        "payment_method",
        "payment_method_data",
        "capture_method",
        "payment_method_options",
        "setup_future_usage",
        "allowed_payment_method_types",
    )
    sent = [name for name in fixed_later if name in params]
    if sent and not confirmable(found):
        raise unexpected_state(
            f"This PaymentIntent's {sent[0]} could not be updated because it has a status of {found.status}. You may "
            f"only update the {sent[0]} of a PaymentIntent with one of the following statuses: "
            "requires_payment_method, requires_confirmation, requires_action.",
            shown(found, change),
        )
    after = found
    if "currency" in params:
        after = replace(after, currency=check_currency(params.needs_text("currency")))
    if "amount" in params or "currency" in params:
        amount = params.integer("amount") if "amount" in params else found.amount
        after = replace(after, amount=check_amount(amount or 0, after.currency, param="amount"))
    if after.amount != found.amount and after.status == "requires_action":
        after = replace(after, status="requires_confirmation", challenge_url=None)
    return shown(change.put(_with(change, after, params)), change)


def listing(change: Change, params: Parameters) -> Document:
    """GET /v1/payment_intents: newest first, by customer and by time of creation."""
    owner = params.text("customer")
    found = [record for record in change.all(Intent) if owner is None or record.customer == owner]
    return window(change, found, params, "/v1/payment_intents")
