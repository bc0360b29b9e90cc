"""The audit log: who did what, before and after, kept in the transaction of the act itself.

One mechanism: a request by staff, a terminal or a service runs under an Act; whatever transaction commits under it leaves what its steps
noted with `tx.changed(…)`, and the first one leaves a plain entry when nothing was noted.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from uuid import UUID

import msgspec
from sqlalchemy import Column, Index, Table, Text, Uuid, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.platform.tables import append_only, instant, key, metadata

audit_entries = append_only(
    Table(
        "audit_entries",
        metadata,
        key(),
        instant("at"),
        Column("actor_kind", Text, nullable=False),
        Column("actor_id", Uuid),
        Column("operation", Text, nullable=False),
        Column("subject_kind", Text, nullable=False),
        Column("subject_id", Text),
        Column("before", JSONB),
        Column("after", JSONB),
        Column("request_id", Text),
        Index("ix_audit_entries_at", "at", "id"),
        Index("ix_audit_entries_subject_id", "subject_id"),
        Index("ix_audit_entries_actor_id", "actor_id"),
    )
)


class Act:
    """A request under way whose changes are kept in the log; `noted` once an entry was written."""

    def __init__(
        self, *, actor_kind: str, actor_id: UUID | None, operation: str, subject: str, request_id: str | None
    ) -> None:
        self.actor_kind = actor_kind
        self.actor_id = actor_id
        self.operation = operation
        self.subject = subject
        self.request_id = request_id
        self.noted = False


Change = tuple[str, object, object, object]
acting: ContextVar[Act | None] = ContextVar("acting", default=None)

_new = unnested("new", id=Uuid, subject_kind=Text, subject_id=Text, before=JSONB, after=JSONB)
STORE = Statement(
    insert(audit_entries).from_select(
        [
            "id",
            "at",
            "actor_kind",
            "actor_id",
            "operation",
            "subject_kind",
            "subject_id",
            "before",
            "after",
            "request_id",
        ],
        select(
            _new.c.id,
            given("at", audit_entries.c.at.type),
            given("actor_kind", Text),
            given("actor_id", Uuid),
            given("operation", Text),
            _new.c.subject_kind,
            _new.c.subject_id,
            _new.c.before,
            _new.c.after,
            given("request_id", Text),
        ),
    )
)


async def store(tx: Tx) -> None:
    """Writes the entries of a transaction with one statement, when it runs under an Act."""
    act = acting.get()
    if act is None or (act.noted and not tx.changes):
        return
    changes = tx.changes or [(act.operation, act.subject, None, None)]
    plain = [(kind, subject, _plain(before), _plain(after)) for kind, subject, before, after in changes]
    await write_entries(tx, act, plain)
    tx.after_commit(lambda: setattr(act, "noted", True))


async def write_entries(tx: Tx, act: Act, changes: Sequence[Change]) -> None:
    """Writes entries with one statement, for an act that need not be the one under way: kind and id of what changed, before and after, in
    which there is no secret.
    """
    await tx.execute(
        STORE,
        id=[new_id() for _ in changes],
        subject_kind=[kind for kind, _, _, _ in changes],
        subject_id=[None if subject is None else str(subject) for _, subject, _, _ in changes],
        before=[before for _, _, before, _ in changes],
        after=[after for _, _, _, after in changes],
        at=clock.now(),
        actor_kind=act.actor_kind,
        actor_id=act.actor_id,
        operation=act.operation,
        request_id=act.request_id,
    )


SECRETS = frozenset({"password", "secret", "client_secret", "token", "access_token", "refresh_token"})


def _plain(value: object) -> object:
    """Gives a value as plain data without its secrets."""
    return None if value is None else _without_secrets(msgspec.to_builtins(value))


def _without_secrets(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_secrets(each) for name, each in value.items() if name not in SECRETS}
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    return value
