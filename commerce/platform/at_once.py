"""An effect that is one statement: it runs without BEGIN and COMMIT, and takes its idempotency key and its audit entry along.

Three round trips and a lock held over them become one. It suits effects that emit no facts and can be prepared by reading: the statement
guards that what was read still holds, and says by its rows whether it did. Those that wait at the same moment share a statement.

Docs: docs/decisions/0154-reads-that-wait-share-a-statement.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import CTE, DateTime, Integer, LargeBinary, Select, SmallInteger, Text, Uuid, insert, select

from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.platform.audit_log import Act, audit_entries
from commerce.platform.database import Database
from commerce.platform.grouped import Grouped
from commerce.platform.idempotency import Answer, Command, idempotency_keys
from commerce.platform.statement import Statement, given, unnested
from commerce.platform.together import MOST, Own, joined

_keys = unnested(
    "kept_with",
    key_nth=Integer,
    key_principal=Text,
    key_operation=Text,
    key_text=Text,
    key_id=Uuid,
    key_request_hash=LargeBinary,
    key_status=SmallInteger,
    key_etag=Text,
    key_answer=LargeBinary,
    key_at=DateTime(timezone=True),
)


class _Wanted(NamedTuple):
    own: Own
    kept: tuple[Command, Answer] | None


class AtOnce:
    """One changing statement for several effects, with and without keys, with and without an audit entry.

    It takes its effects as tables of arrays (`unnested`), one column of which is the number of the effect. `done` are the rows of the
    effects, with that number as `nth`. Of an effect without any, nothing is kept: neither key nor entry. A key that is there already refuses
    with KeyTaken, and so undoes the effect.
    """

    def __init__(self, done: CTE, *more: CTE) -> None:
        self._done, self._more = done, more
        self._variants: dict[tuple[bool, bool], Statement[Any]] = {}
        self._together: Grouped[Database, _Wanted, bool] = Grouped(self._alike, most=MOST)

    async def run(
        self, db: Database, own: Own, kept: tuple[Command, Answer] | None = None, act: Act | None = None
    ) -> bool:
        """Makes an effect, and says whether its guards let it: together with whoever waits, or alone where an act is to be written down,
        which has one author. `kept` is its key with its answer. Refuses with KeyTaken.
        """
        wanted = _Wanted(own, kept)
        if act is not None:
            return (await self._run(db, [wanted], act))[0]
        return await self._together(db, wanted)

    async def _alike(self, db: Database, several: Sequence[_Wanted]) -> list[bool]:
        return await self._run(db, several, None)

    async def _run(self, db: Database, several: Sequence[_Wanted], act: Act | None) -> list[bool]:
        keys = [(nth, *wanted.kept) for nth, wanted in enumerate(several) if wanted.kept is not None]
        rows = await db.apply(
            self._statement(keyed=bool(keys), audited=act is not None),
            **joined({nth: wanted.own for nth, wanted in enumerate(several)}),
            **(_keys_of(keys) if keys else {}),
            **({} if act is None else _entry_of(act)),
        )
        done = {row["nth"] for row in rows}
        return [nth in done for nth in range(len(several))]

    def _statement(self, *, keyed: bool, audited: bool) -> Statement[Any]:
        """Gives the statement, compiled once for each of its four forms."""
        form = keyed, audited
        found = self._variants.get(form)
        if found is None:
            clause: Select[Any] = select(self._done.c.nth).add_cte(*self._more)
            if keyed:
                clause = clause.add_cte(_key(self._done))
            if audited:
                clause = clause.add_cte(_entry(self._done))
            found = self._variants[form] = Statement(clause)
        return found


def _key(done: CTE) -> CTE:
    values = {
        "principal": _keys.c.key_principal,
        "operation": _keys.c.key_operation,
        "key": _keys.c.key_text,
        "id": _keys.c.key_id,
        "request_hash": _keys.c.key_request_hash,
        "status": _keys.c.key_status,
        "etag": _keys.c.key_etag,
        "answer": _keys.c.key_answer,
        "created_at": _keys.c.key_at,
    }
    row = select(*values.values()).join_from(_keys, done, done.c.nth == _keys.c.key_nth)
    return insert(idempotency_keys).from_select(list(values), row).cte("kept_key")


def _entry(done: CTE) -> CTE:
    values = {
        "id": given("entry_id", Uuid),
        "at": given("entry_at", audit_entries.c.at.type),
        "actor_kind": given("actor_kind", Text),
        "actor_id": given("actor_id", Uuid),
        "operation": given("entry_operation", Text),
        "subject_kind": given("entry_operation", Text),
        "subject_id": given("entry_subject", Text),
        "request_id": given("entry_request_id", Text),
    }
    row = select(*values.values()).select_from(done).limit(1)
    return insert(audit_entries).from_select(list(values), row).cte("kept_entry")


def _keys_of(keys: Sequence[tuple[int, Command, Answer]]) -> Mapping[str, list[object]]:
    return {
        "key_nth": [nth for nth, _, _ in keys],
        "key_principal": [command.principal for _, command, _ in keys],
        "key_operation": [command.operation for _, command, _ in keys],
        "key_text": [command.key for _, command, _ in keys],
        "key_id": [new_id() for _ in keys],
        "key_request_hash": [command.request_hash for _, command, _ in keys],
        "key_status": [answer.status for _, _, answer in keys],
        "key_etag": [answer.etag for _, _, answer in keys],
        "key_answer": [answer.answer for _, _, answer in keys],
        "key_at": [clock.now()] * len(keys),
    }


def _entry_of(act: Act) -> Mapping[str, object]:
    return {
        "entry_id": new_id(),
        "entry_at": clock.now(),
        "actor_kind": act.actor_kind,
        "actor_id": act.actor_id,
        "entry_operation": act.operation,
        "entry_subject": act.subject,
        "entry_request_id": act.request_id,
    }


class Prepared(msgspec.Struct, frozen=True):
    """What is to be answered, and the effect that makes it so with its rows."""

    value: object
    effect: AtOnce
    own: Own
