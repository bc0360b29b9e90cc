"""Handles for tests and demonstrations, under /_sandbox/: failures on order, deliveries, the clock, counts.

They take JSON, need the API key like every other call, and are no part of Stripe.
"""

from collections import Counter
from typing import TypeVar

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import FromQuery

from commerce.sandbox.config import WebhookEndpoint
from commerce.sandbox.errors import Document, invalid, missing
from commerce.sandbox.failures import Plan
from commerce.sandbox.gate import authorise
from commerce.sandbox.operations import NAMES
from commerce.sandbox.records import Effect, Event, Intent, Record, Refund
from commerce.sandbox.settle import settle
from commerce.sandbox.state import AnyRequest, Sandbox
from commerce.sandbox.worker import DropPlan, Worker

PREFIX = "/_sandbox"
MOST_SHOWN = 1_000
T = TypeVar("T")


class ClockIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How far to put the sandbox's clock forward."""

    advance_seconds: float


class EndpointIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Where events go from now on."""

    url: str
    secret: str


class EventsIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Events to hand over again, in this order; `copies` times each."""

    ids: list[str]
    copies: int = 1


def router(sandbox: Sandbox, worker: Worker) -> Router:
    """All handles, behind the API key."""

    def with_key(connection: ASGIConnection[object, object, object, State], _: BaseRouteHandler) -> None:
        authorise(sandbox, connection.headers.get("authorization"))

    handlers = [*_failures(sandbox), *_deliveries(sandbox, worker), *_facts(sandbox, worker), *_time(sandbox)]
    return Router(PREFIX, route_handlers=handlers, guards=[with_key], include_in_schema=False)


async def _read(request: AnyRequest, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as failure:
        raise invalid(str(failure)) from None


def _json(body: object, status_code: int = 200) -> Response[bytes]:
    return Response(msgspec.json.encode(body), status_code=status_code, media_type="application/json")


def _failures(sandbox: Sandbox) -> list[HTTPRouteHandler]:
    @post("/failures")
    async def order_failure(request: AnyRequest) -> Response[bytes]:
        """Let the next calls go wrong: see `Failure` for how."""
        plan = await _read(request, Plan)
        if plan.operation is not None and plan.operation not in NAMES:
            raise invalid(f"No such operation: {plan.operation}. There are: {', '.join(sorted(NAMES))}")
        sandbox.plans.left.append(plan)
        return _json({"failures": sandbox.plans.left})

    @get("/failures")
    async def failures_left() -> Response[bytes]:
        """What is still ordered."""
        return _json({"failures": sandbox.plans.left})

    @delete("/failures", status_code=200)
    async def cancel_failures() -> Response[bytes]:
        """Let all go well again."""
        sandbox.plans.left.clear()
        return _json({"failures": []})

    return [order_failure, failures_left, cancel_failures]


def _deliveries(sandbox: Sandbox, worker: Worker) -> list[HTTPRouteHandler]:
    @get("/deliveries")
    async def deliveries(
        event_type: FromQuery[str | None] = None, object_id: FromQuery[str | None] = None
    ) -> Response[bytes]:
        """Each event, oldest first, with its attempts; `event_type` and `object_id` narrow it."""
        shown = [
            _delivery(event)
            for event in sandbox.store.oldest_first(Event)
            if (event_type is None or event.type == event_type)
            and (object_id is None or event.shown.get("id") == object_id)
        ]
        return _json({"deliveries": shown[-MOST_SHOWN:], "paused": worker.paused, "drops": worker.drops})

    @post("/deliveries/repeat", status_code=200)
    async def repeat(request: AnyRequest) -> Response[bytes]:
        """Hand events over now, whatever became of them before: again, late, or in another order."""
        wanted = await _read(request, EventsIn)
        outcomes = []
        for identifier in wanted.ids:
            for _ in range(max(1, min(wanted.copies, MOST_SHOWN))):
                event = sandbox.store.find(Event, identifier)
                if event is None:
                    raise missing("event", identifier, param="id")
                outcomes.append(_delivery(await worker.deliver(event)))
        return _json({"deliveries": outcomes})

    @post("/deliveries/pause", status_code=200)
    async def pause() -> Response[bytes]:
        """Hold events back; they are still made."""
        worker.paused = True
        return _json({"paused": True})

    @post("/deliveries/resume", status_code=200)
    async def resume() -> Response[bytes]:
        """Let them go, in order."""
        worker.resume()
        return _json({"paused": False})

    @post("/deliveries/drop", status_code=200)
    async def drop(request: AnyRequest) -> Response[bytes]:
        """Lose the next events for good (until they are repeated)."""
        worker.drops.append(await _read(request, DropPlan))
        return _json({"drops": worker.drops})

    @put("/endpoint")
    async def set_endpoint(request: AnyRequest) -> Response[bytes]:
        """Send events there from now on."""
        endpoint = await _read(request, EndpointIn)
        sandbox.webhook = WebhookEndpoint(url=endpoint.url, secret=endpoint.secret)
        return _json({"url": endpoint.url})

    return [deliveries, repeat, pause, resume, drop, set_endpoint]


def _delivery(event: Event) -> Document:
    return {
        "id": event.id,
        "type": event.type,
        "object": event.shown.get("id"),
        "created": event.created,
        "state": event.state,
        "attempts": event.attempts,
    }


def _facts(sandbox: Sandbox, worker: Worker) -> list[HTTPRouteHandler]:
    @get("/effects")
    async def effects(payment_intent: FromQuery[str | None] = None) -> Response[bytes]:
        """What happened to money, counted and summed by act, however many answers were lost."""
        found = [
            effect
            for effect in sandbox.store.oldest_first(Effect)
            if payment_intent is None or effect.payment_intent == payment_intent
        ]
        amounts: Counter[str] = Counter()
        for effect in found:
            amounts[effect.act] += effect.amount
        counts = Counter(effect.act for effect in found)
        return _json({"counts": counts, "amounts": amounts, "effects": found[-MOST_SHOWN:]})

    @get("/calls")
    async def calls(operation: FromQuery[str | None] = None) -> Response[bytes]:
        """The latest API calls, oldest first."""
        found = [call for call in sandbox.calls if operation is None or call.operation == operation]
        return _json({"calls": found[-MOST_SHOWN:]})

    @get("/health")
    async def health() -> Response[bytes]:
        """It is there."""
        return _json({"status": "ok", "now": sandbox.now()})

    @delete("/state", status_code=200)
    async def forget_all() -> Response[bytes]:
        """Start again with nothing."""
        sandbox.store.clear()
        sandbox.plans.left.clear()
        sandbox.calls.clear()
        worker.held.clear()
        return _json({"status": "empty"})

    return [effects, calls, health, forget_all]


def _time(sandbox: Sandbox) -> list[HTTPRouteHandler]:
    @post("/clock", status_code=200)
    async def advance(request: AnyRequest) -> Response[bytes]:
        """Put the clock forward: keys are forgotten, authorisations run out, refunds settle."""
        wanted = await _read(request, ClockIn)
        if wanted.advance_seconds < 0:
            raise invalid("The clock only goes forward.", param="advance_seconds")
        sandbox.advanced_seconds += wanted.advance_seconds
        sandbox.woken.set()
        return _json({"now": sandbox.now()})

    @post("/settle", status_code=200)
    async def settle_now(object_id: FromQuery[str | None] = None) -> Response[bytes]:
        """Decide what is pending now: refunds and bank debits, one of them or all."""
        settled = [record.id for record in _pending(sandbox) if object_id is None or record.id == object_id]
        for record in _pending(sandbox):
            if record.id in settled:
                change = sandbox.change()
                settle(change, record)
                sandbox.keep(change)
        return _json({"settled": settled})

    return [advance, settle_now]


def _pending(sandbox: Sandbox) -> list[Record]:
    refunds = [refund for refund in sandbox.store.oldest_first(Refund) if refund.settles_as is not None]
    debits = [intent for intent in sandbox.store.oldest_first(Intent) if intent.status == "processing"]
    return [*refunds, *debits]
