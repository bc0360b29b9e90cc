"""The way of every API call: who asks, what exactly, was it asked before, do it once, answer."""

import asyncio
import base64
import binascii
import hashlib
import hmac

import msgspec
import stripe
from litestar import Response

from commerce.sandbox import forms
from commerce.sandbox.errors import Document, Refused, api_error, idempotency, invalid, unauthorised
from commerce.sandbox.expand import expand
from commerce.sandbox.failures import Dropped, Failure, Plan
from commerce.sandbox.operations import Operation
from commerce.sandbox.parameters import Parameters, check
from commerce.sandbox.records import Answer, new_id
from commerce.sandbox.state import AnyRequest, Call, Sandbox
from commerce.sandbox.store import Change

KEYS_ARE_KEPT_SECONDS = 24 * 3600
"""https://docs.stripe.com/api/idempotent_requests"""
LONGEST_KEY = 255


def authorise(sandbox: Sandbox, authorization: str | None) -> None:
    """The secret key as bearer token, or as the user of basic authentication."""
    scheme, _, credentials = (authorization or "").partition(" ")
    key = credentials.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            key = ""
    if scheme.lower() not in {"bearer", "basic"} or not key:
        raise unauthorised(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
            "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for "
            "details."
        )
    if not hmac.compare_digest(key.encode(), sandbox.config.api_key.encode()):
        raise unauthorised(f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}")


async def serve(sandbox: Sandbox, operation: Operation, request: AnyRequest, identifier: str | None) -> Response[bytes]:
    """Answer one API call; the answer may be that the connection drops."""
    request_id = new_id("req_")
    key = request.headers.get("idempotency-key") if operation.method == "POST" else None
    plan: Plan | None = None
    replayed = False
    try:
        authorise(sandbox, request.headers.get("authorization"))
        raw = await _read(operation, request)
        answer, fingerprint = _earlier(sandbox, operation, request, key, raw)
        if answer is not None:
            replayed = True
        else:
            plan = sandbox.plans.take(operation.name)
            answer = await _once(sandbox, operation, request, identifier, raw, key, fingerprint, plan, request_id)
    except Refused as refused:
        answer = _answer(refused.status, refused.body, request_id)
    dropped = plan is not None and plan.failure in {Failure.ANSWER_LOST, Failure.REQUEST_LOST}
    sandbox.calls.append(
        Call(
            at=sandbox.now(),
            operation=operation.name,
            path=request.url.path,
            idempotency_key=key,
            status=0 if dropped else answer.status,
            replayed=replayed,
            request_id=request_id,
            failure=None if plan is None else plan.failure,
        )
    )
    if dropped:
        return Dropped(b"")
    return _response(request, answer, request_id, key, replayed=replayed)


async def _read(operation: Operation, request: AnyRequest) -> Document:
    """The parameters as texts, from the query string or the body."""
    if operation.method == "GET":
        return forms.parse(request.scope["query_string"].decode())
    body = await request.body()
    kind = request.headers.get("content-type", "")
    if body and not kind.startswith("application/x-www-form-urlencoded"):
        raise invalid(
            "Invalid request: the request body must be form-encoded (Content-Type: application/x-www-form-urlencoded)."
        )
    try:
        return forms.parse(body.decode())
    except UnicodeDecodeError:
        raise invalid("Invalid request: the request body is not UTF-8.") from None


def _earlier(
    sandbox: Sandbox, operation: Operation, request: AnyRequest, key: str | None, raw: Document
) -> tuple[Answer | None, str]:
    """The first answer under this key, if there was one within the last day."""
    if key is None:
        return None, ""
    if len(key) > LONGEST_KEY:
        raise invalid(f"Idempotency keys can be up to {LONGEST_KEY} characters long.")
    content = msgspec.json.encode([request.method, request.url.path, forms.flatten(raw)])
    fingerprint = hashlib.sha256(content).hexdigest()
    _forget_old_answers(sandbox)
    first = sandbox.store.find(Answer, key)
    if first is not None and first.endpoint != request.url.path:
        raise idempotency(
            400,
            f"Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{request.url.path}' vs '{first.endpoint}'). Try using a key other than '{key}' if you meant to execute a "
            "different request.",
        )
    if first is not None and first.fingerprint != fingerprint:
        raise idempotency(
            400,
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request.",
        )
    if first is None and key in sandbox.running_keys:
        raise idempotency(
            409,
            "There is currently another in-progress request using this Idempotent Key (that probably means you "
            f"submitted twice, and the other request is still going through): {key}. Please try again later.",
            code="idempotency_key_in_use",
        )
    return first, fingerprint


def _forget_old_answers(sandbox: Sandbox) -> None:
    """Keys are forgotten after a day; the oldest come first."""
    oldest_kept = sandbox.now() - KEYS_ARE_KEPT_SECONDS
    old = []
    for answer in sandbox.store.oldest_first(Answer):
        if answer.created > oldest_kept:
            break
        old.append(answer.id)
    sandbox.store.forget(Answer, old)


async def _once(
    sandbox: Sandbox,
    operation: Operation,
    request: AnyRequest,
    identifier: str | None,
    raw: Document,
    key: str | None,
    fingerprint: str,
    plan: Plan | None,
    request_id: str,
) -> Answer:
    """Run it with its failure plan around it, while the key is marked as in use."""
    failure = None if plan is None else plan.failure
    if failure is Failure.RATE_LIMITED:
        message = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
        raise Refused(429, "invalid_request_error", message, code="rate_limit")
    if failure is Failure.UNAVAILABLE:
        raise api_error(503)
    if failure is Failure.REQUEST_LOST:
        return _answer(500, {}, request_id)
    if key is not None:
        sandbox.running_keys.add(key)
    try:
        if failure is Failure.WORK_LATE and plan is not None:
            await asyncio.sleep(plan.seconds)
        params = Parameters(check(*operation.schema, raw))
        broken = api_error() if failure is Failure.SERVER_ERROR else None
        answer = _work(sandbox, operation, request, identifier, params, key, fingerprint, broken, request_id)
    finally:
        if key is not None:
            sandbox.running_keys.discard(key)
    if failure is Failure.ANSWER_LATE and plan is not None:
        await asyncio.sleep(plan.seconds)
    if failure is Failure.ANSWER_ERROR:
        raise api_error()
    return answer


def _work(
    sandbox: Sandbox,
    operation: Operation,
    request: AnyRequest,
    identifier: str | None,
    params: Parameters,
    key: str | None,
    fingerprint: str,
    broken: Refused | None,
    request_id: str,
) -> Answer:
    """The effect and its answer are kept together: nothing waits in here, so nothing comes in between."""

    def fresh() -> Change:
        return sandbox.change(
            base_url=str(request.base_url).rstrip("/"),
            api_version=request.headers.get("stripe-version"),
            request_id=request_id,
            idempotency_key=key,
        )

    change = fresh()
    try:
        if broken is not None:
            raise broken
        body = operation.run(change, params, identifier)
        status, body = 200, expand(body, params.texts("expand") or [], change)
    except Refused as refused:
        change = change if refused.keeps_effects else fresh()
        status, body = refused.status, refused.body
    answer = _answer(status, body, request_id, key or "", fingerprint, request.url.path, change.now)
    if key is not None:
        change.put(answer)
    sandbox.keep(change)
    return answer


def _answer(
    status: int,
    body: Document,
    request_id: str,
    key: str = "",
    fingerprint: str = "",
    endpoint: str = "",
    now: float = 0.0,
) -> Answer:
    return Answer(
        id=key,
        created=now,
        fingerprint=fingerprint,
        endpoint=endpoint,
        status=status,
        body=body,
        request_id=request_id,
    )


def _response(
    request: AnyRequest, answer: Answer, request_id: str, key: str | None, *, replayed: bool
) -> Response[bytes]:
    """JSON with the headers that Stripe's clients look at."""
    headers = {
        "request-id": request_id,
        "stripe-version": request.headers.get("stripe-version") or stripe.api_version,
    }
    if key is not None:
        headers["idempotency-key"] = key
    if replayed:
        headers |= {"idempotent-replayed": "true", "original-request": answer.request_id}
    return Response(
        msgspec.json.encode(answer.body), status_code=answer.status, media_type="application/json", headers=headers
    )
