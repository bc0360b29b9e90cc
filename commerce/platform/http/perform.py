"""How a changing request runs: its effect once for its key, its answer kept, its act in the audit log. One mechanism for all routes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

import msgspec
from litestar import Response

from commerce.kernel.errors import FieldError, Refusal
from commerce.kernel.ids import new_id
from commerce.platform import idempotency
from commerce.platform.at_once import Prepared
from commerce.platform.audit_log import SECRETS, Act, acting
from commerce.platform.database import Database, Tx
from commerce.platform.http.answers import Encoded, encoded
from commerce.platform.http.call import Call
from commerce.platform.idempotency import Answer, Command, KeyMissing

P = ParamSpec("P")
PRIVATE = "private, no-store"
NO_CONTENT = 204
SHOWN_ONCE = "(shown once)"


async def perform(
    request: Call, step: Callable[Concatenate[Tx, P], Awaitable[object]], *args: P.args, **kwargs: P.kwargs
) -> Response[Any]:
    """Runs a step in one transaction and answers with what it gives (204 for None).

    A POST with a key stores its answer in that same transaction; a repetition gets it again, marked `Idempotent-Replayed: true`.
    """
    command = await _command(request)
    status = request.route_handler.status_code
    async with _act(request):
        try:
            answer = await request.db.transact(_effect, command, status, step, args, kwargs)
        except Refusal:
            first = await idempotency.first_answer(request.db.reading, command) if command is not None else None
            if first is None:
                raise
            return _respond(first, replayed=True)
    return _respond(answer)


async def perform_at_once(
    request: Call,
    prepare: Callable[P, Awaitable[Prepared]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response[Any] | None:
    """Prepares an effect that is one statement and runs it, with those that wait beside it; None when what was read had changed by then,
    and nothing happened.

    Key, answer and audit entry are kept as `perform` keeps them, by that same statement.
    """
    command = await _command(request)
    async with _act(request):
        try:
            prepared = await prepare(*args, **kwargs)
            status, act = request.route_handler.status_code, acting.get()
            answer = _answer(status, prepared.value)
            kept = None if command is None else (command, _kept(status, prepared.value, answer))
            done = await prepared.effect.run(request.db, prepared.own, kept, act)
        except Refusal:
            first = await idempotency.first_answer(request.db.reading, command) if command is not None else None
            if first is None:
                raise
            return _respond(first, replayed=True)
    return _respond(answer) if done else None


async def perform_flow(
    request: Call, flow: Callable[Concatenate[Database, UUID, P], Awaitable[object]], *args: P.args, **kwargs: P.kwargs
) -> Response[Any]:
    """Runs a flow that calls a provider between its transactions: `flow(db, command_id, …)`.

    The key is claimed first; a repetition after a crash gets the same command id, under which the flow finds what it did already. A flow
    that refuses gives the key back.
    """
    command = await _command(request)
    db = request.db
    claimed: UUID | Answer = new_id() if command is None else await db.transact(idempotency.claim, command)
    if isinstance(claimed, Answer):
        return _respond(claimed, replayed=True)
    try:
        async with _act(request):  # the key's own bookkeeping is no act: a refused flow leaves no entry
            value = await flow(db, claimed, *args, **kwargs)
    except Refusal:
        if command is not None:
            await db.transact(idempotency.release, command, claimed)
        raise
    answer = _answer(request.route_handler.status_code, value)
    if command is not None:
        await db.transact(idempotency.settle, command, claimed, answer)
    return _respond(answer)


Kept = tuple[Command, Answer]
"""A key with what is kept of its answer, to be stored in the transaction of its effect."""


class Ending:
    """How a flow that ends in one transaction keeps key and answer there: `await idempotency.store_all(tx, [ending.kept(value)])`.

    The flow sets `stored` when that transaction has been committed.
    """

    def __init__(self, command: Command | None, status: int) -> None:
        self._command = command
        self._status = status
        self._last: tuple[object, Answer] | None = None
        self.stored = False

    def kept(self, value: object) -> Kept | None:
        """Gives the key with its answer; None without a key."""
        if self._command is None:
            return None
        return self._command, _kept(self._status, value, self.answer(value))

    def answer(self, value: object) -> Answer:
        """Gives the answer of a value; it is made once."""
        if self._last is None or self._last[0] is not value:
            self._last = value, _answer(self._status, value)
        return self._last[1]


async def perform_ending(
    request: Call,
    flow: Callable[Concatenate[Database, Ending, P], Awaitable[object]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response[Any]:
    """Runs a flow that prepares by reading and has its effect in one transaction of its own, in which it stores key and answer.

    Nothing is claimed before: of two requests with one key the later one finds the key there, its effect is undone, and it gets the first
    answer. A flow that found its effect there already, by another key, stores none: then its answer is stored alone. One that is refused
    keeps nothing.
    """
    command = await _command(request)
    ending = Ending(command, request.route_handler.status_code)
    db = request.db
    try:
        async with _act(request):
            value = await flow(db, ending, *args, **kwargs)
        answer = ending.answer(value)
        if command is not None and not ending.stored:
            first = await idempotency.first_answer(db.reading, command)
            if first is not None:
                return _respond(first, replayed=True)
            await db.transact(idempotency.store, command, answer)
    except Refusal:
        first = await idempotency.first_answer(db.reading, command) if command is not None else None
        if first is None:
            raise
        return _respond(first, replayed=True)
    return _respond(answer)


async def _effect(
    tx: Tx, command: Command | None, status: int, step: Callable[..., Awaitable[object]], args: Any, kwargs: Any
) -> Answer:
    value = await step(tx, *args, **kwargs)
    answer = _answer(status, value)
    if command is not None:
        await idempotency.store(tx, command, _kept(status, value, answer))
    return answer


async def _command(request: Call) -> Command | None:
    mode = request.route_handler.opt.get("key", "none")
    if mode == "none":
        return None
    key = request.headers.get("idempotency-key")
    if key is None:
        if mode == "required":
            raise KeyMissing(
                "Send an Idempotency-Key header, a new UUID for each new act, so that a repetition has no second effect.",
                errors=[FieldError("Idempotency-Key", "is missing")],
            )
        return None
    scope = request.scope
    body = scope["path"].encode() + b"?" + scope["query_string"] + b"\n" + await request.body()
    operation = str(request.route_handler.operation_id)
    return idempotency.command(principal=request.caller.principal, operation=operation, key=key, request=body)


@asynccontextmanager
async def _act(request: Call) -> AsyncIterator[None]:
    caller = request.caller
    if not caller.is_staff_side:
        yield
        return
    act = Act(
        actor_kind=caller.kind,
        actor_id=caller.id,
        operation=str(request.route_handler.operation_id),
        subject=request.scope["path"],
        request_id=request.scope["state"].get("request_id"),
    )
    token = acting.set(act)
    try:
        yield
    finally:
        acting.reset(token)


def _answer(status: int, value: object) -> Answer:
    version = getattr(value, "version", None)
    return Answer(
        status=NO_CONTENT if value is None else status,
        etag=None if version is None else f'"{version}"',
        answer=encoded(value),
    )


def _kept(status: int, value: object, answer: Answer) -> Answer:
    """Gives what is kept of an answer for repetitions."""
    bare = _without_secrets(value)
    return answer if bare is value else _answer(status, bare)


def _without_secrets(value: object) -> object:
    """Gives what is kept of an answer for repetitions: a secret is shown once, and the database never holds it."""
    if not isinstance(value, msgspec.Struct) or not (held := SECRETS.intersection(value.__struct_fields__)):
        return value
    return msgspec.structs.replace(value, **dict.fromkeys(held, SHOWN_ONCE))


def _respond(answer: Answer, *, replayed: bool = False) -> Response[Any]:
    headers = {"cache-control": PRIVATE}
    if answer.etag is not None:
        headers["etag"] = answer.etag
    if replayed:
        headers["idempotent-replayed"] = "true"
    return Encoded(bytes(answer.answer), status=answer.status, headers=headers)
