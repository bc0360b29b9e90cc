"""The issuer's page: a person, or a script, agrees to a payment or does not."""

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from litestar import MediaType, Response

from commerce.sandbox.amounts import worded
from commerce.sandbox.confirm import FAILED_AUTHENTICATION, charge_card, fail
from commerce.sandbox.errors import Refused, missing
from commerce.sandbox.records import Intent, Method
from commerce.sandbox.state import Sandbox
from commerce.sandbox.store import Change

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>3-D Secure test page</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; background: #f6f8fa; color: #1a1f36; margin: 0 }}
main {{ max-width: 26rem; margin: 12vh auto; padding: 2rem; background: #fff; border: 1px solid #d8dee4; border-radius: 8px }}
h1 {{ font-size: 1.15rem; margin: 0 0 1rem }}
button {{ font: inherit; width: 100%; padding: .7rem; margin-top: .6rem; border-radius: 6px; border: 1px solid #d8dee4 }}
button[value=complete] {{ background: #0a5; border-color: #0a5; color: #fff }}
button[value=fail] {{ background: #fff }}
</style>
</head>
<body>
<main>
<h1>3-D Secure 2 test page</h1>
{content}
</main>
</body>
</html>
"""
QUESTION = """<p>Your bank would now ask whether you agree to pay <strong>{amount}</strong>.</p>
<form method="post" action="{action}">
<input type="hidden" name="client_secret" value="{secret}">
<button name="outcome" value="complete">Complete authentication</button>
<button name="outcome" value="fail">Fail authentication</button>
</form>"""
OVER = "<p>There is nothing to agree to any more: this payment is <strong>{status}</strong>. You can go back to the shop.</p>"
OUTCOMES = ("complete", "fail")


def show(sandbox: Sandbox, identifier: str, secret: str) -> Response[str]:
    """GET: two buttons, or word that it is over."""
    intent = _intent(sandbox.change(), identifier, secret)
    if intent.status != "requires_action":
        return _html(OVER.format(status=escape(intent.status.replace("_", " "))))
    content = QUESTION.format(
        amount=escape(worded(intent.amount, intent.currency)),
        action=escape(f"/authenticate/{intent.id}"),
        secret=escape(intent.client_secret),
    )
    return _html(content)


def answer(sandbox: Sandbox, identifier: str, secret: str, outcome: str) -> Response[str]:
    """POST: carry the outcome out, once, and send the shopper back to the shop."""
    change = sandbox.change()
    intent = _intent(change, identifier, secret)
    if outcome not in OUTCOMES:
        return _html("<p>The outcome has to be complete or fail.</p>", status_code=400)
    if intent.status == "requires_action":
        intent = _carry_out(change, intent, outcome)
        sandbox.keep(change)
    if intent.return_url is None:
        return _html(OVER.format(status=escape(intent.status.replace("_", " "))))
    return Response("", status_code=303, headers={"location": _back(intent)}, media_type=MediaType.TEXT)


def _carry_out(change: Change, intent: Intent, outcome: str) -> Intent:
    method = change.get(Method, intent.payment_method or "")
    if outcome == "fail":
        return fail(change, intent, FAILED_AUTHENTICATION, method)
    try:
        return charge_card(change, intent, method, authenticated=True)
    except Refused:
        # The card agreed to the shopper and still declined: the intent says so, and that is what the shop reads.
        return change.get(Intent, intent.id)


def _back(intent: Intent) -> str:
    """The shop's address with what Stripe adds to it."""
    parts = urlsplit(intent.return_url or "")
    agreed = intent.status in {"succeeded", "requires_capture", "processing"}
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("payment_intent", intent.id),
        ("payment_intent_client_secret", intent.client_secret),
        ("redirect_status", "succeeded" if agreed else "failed"),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _intent(change: Change, identifier: str, secret: str) -> Intent:
    found = change.get(Intent, identifier, param="intent")
    if found.client_secret != secret:
        raise missing("payment_intent", identifier, param="intent")
    return found


def _html(content: str, *, status_code: int = 200) -> Response[str]:
    return Response(PAGE.format(content=content), status_code=status_code, media_type=MediaType.HTML)
