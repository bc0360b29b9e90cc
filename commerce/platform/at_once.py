"""An effect that is one statement: it runs without BEGIN and COMMIT, and takes its idempotency key and its audit entry along.

Three round trips and a lock held over them become one. It suits effects that emit no facts and can be prepared by reading: the statement
guards that what was read still holds, and says by its rows whether it did.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import CTE, LargeBinary, Select, SmallInteger, Text, Uuid, insert, select

from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.platform.audit_log import Act, audit_entries
from commerce.platform.idempotency import Answer, Command, idempotency_keys
from commerce.platform.statement import Statement, given

_at = given("at_once_at", audit_entries.c.at.type)


class AtOnce:
    """One changing statement, with and without a key, with and without an audit entry.

    `done` are the rows of the effect. Where there are none, nothing is kept: neither key nor entry. A key that is there already refuses
    with KeyTaken, and so undoes the effect.
    """

    def __init__(self, done: CTE, *more: CTE) -> None:
        self._done, self._more = done, more
        self._variants: dict[tuple[bool, bool], Statement[Any]] = {}

    def statement(self, *, keyed: bool, audited: bool) -> Statement[Any]:
        """Gives the statement, compiled once for each of its four forms."""
        form = keyed, audited
        found = self._variants.get(form)
        if found is None:
            clause: Select[Any] = select(next(iter(self._done.c))).add_cte(*self._more)
            if keyed:
                clause = clause.add_cte(_key(self._done))
            if audited:
                clause = clause.add_cte(_entry(self._done))
            found = self._variants[form] = Statement(clause)
        return found


def _key(done: CTE) -> CTE:
    values = {
        "principal": given("key_principal", Text),
        "operation": given("key_operation", Text),
        "key": given("key_text", Text),
        "id": given("key_id", Uuid),
        "request_hash": given("key_request_hash", LargeBinary),
        "status": given("key_status", SmallInteger),
        "etag": given("key_etag", Text),
        "answer": given("key_answer", LargeBinary),
        "created_at": _at,
    }
    row = select(*values.values()).select_from(done).limit(1)
    return insert(idempotency_keys).from_select(list(values), row).cte("kept_key")


def _entry(done: CTE) -> CTE:
    values = {
        "id": given("entry_id", Uuid),
        "at": _at,
        "actor_kind": given("actor_kind", Text),
        "actor_id": given("actor_id", Uuid),
        "operation": given("entry_operation", Text),
        "subject_kind": given("entry_operation", Text),
        "subject_id": given("entry_subject", Text),
        "request_id": given("entry_request_id", Text),
    }
    row = select(*values.values()).select_from(done).limit(1)
    return insert(audit_entries).from_select(list(values), row).cte("kept_entry")


def arguments(command: Command | None, answer: Answer, act: Act | None) -> Mapping[str, object]:
    """Gives the arguments of key and audit entry."""
    found: dict[str, object] = {}
    if command is not None:
        found |= {
            "key_principal": command.principal,
            "key_operation": command.operation,
            "key_text": command.key,
            "key_id": new_id(),
            "key_request_hash": command.request_hash,
            "key_status": answer.status,
            "key_etag": answer.etag,
            "key_answer": answer.answer,
        }
    if act is not None:
        found |= {
            "entry_id": new_id(),
            "actor_kind": act.actor_kind,
            "actor_id": act.actor_id,
            "entry_operation": act.operation,
            "entry_subject": act.subject,
            "entry_request_id": act.request_id,
        }
    if found:
        found["at_once_at"] = clock.now()
    return found


class Prepared(msgspec.Struct, frozen=True):
    """What is to be answered, and the statement that makes it so with its arguments."""

    value: object
    effect: AtOnce
    arguments: Mapping[str, object]
