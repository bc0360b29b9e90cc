"""Where records are kept, in memory and in a SQLite file where a folder was given, and how they change."""

import heapq
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from commerce.sandbox.errors import Document, missing
from commerce.sandbox.records import AnyRecord, Effect, Event, Intent, Method, Record, Refund, Token, new_id

R = TypeVar("R", bound=Record)
DECODER: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)
NOUNS: dict[type[Record], str] = {Method: "PaymentMethod", Token: "ConfirmationToken"}

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
"""
WRITE = "INSERT INTO records VALUES (?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body"


def due_at(record: Record) -> float | None:
    """When something has to happen to it by itself: a delivery, the end of a wait, the end of an authorisation."""
    match record:
        case Event(state="pending", due_at=instant):
            return instant
        case Refund(settles_at=instant) | Intent(settles_at=instant):
            return instant
        case _:
            return None


class Store:
    """All records by kind and id, in order of creation. Only `apply` changes them."""

    def __init__(self, data_dir: Path | None) -> None:
        self.kinds: dict[type[Record], dict[str, Record]] = {}
        self.file: sqlite3.Connection | None = None
        self.places = 0
        self.agenda: list[tuple[float, int, type[Record], str]] = []
        if data_dir is not None:
            data_dir.mkdir(parents=True, exist_ok=True)
            self.file = sqlite3.connect(data_dir / "sandbox.sqlite3", check_same_thread=False, isolation_level=None)
            self.file.executescript(SCHEMA)
            for place, body in self.file.execute("SELECT place, body FROM records ORDER BY place"):
                self.places = place
                self._remember(DECODER.decode(body))

    def find(self, kind: type[R], identifier: str) -> R | None:
        """The record, or None."""
        found = self.kinds.get(kind, {}).get(identifier)
        return found if isinstance(found, kind) else None

    def oldest_first(self, kind: type[R]) -> Iterator[R]:
        """All of one kind, in order of creation. Nothing may be kept while this is being walked."""
        for record in self.kinds.get(kind, {}).values():
            if isinstance(record, kind):
                yield record

    def apply(self, records: list[Record]) -> None:
        """Keep these states, all of them or none: first in the file, then in memory."""
        if self.file is not None and records:
            rows = []
            for record in records:
                self.places += 1
                rows.append((type(record).__name__, record.id, self.places, msgspec.json.encode(record)))
            self.file.execute("BEGIN")
            self.file.executemany(WRITE, rows)
            self.file.execute("COMMIT")
        for record in records:
            self._remember(record)

    def _remember(self, record: Record) -> None:
        self.kinds.setdefault(type(record), {})[record.id] = record
        instant = due_at(record)
        if instant is not None:
            self.places += 1
            heapq.heappush(self.agenda, (instant, self.places, type(record), record.id))

    def take_due(self, now: float) -> list[Record]:
        """What is due by now, earliest first. Each comes once, until it is applied again."""
        due = []
        while self.agenda and self.agenda[0][0] <= now:
            instant, _, kind, identifier = heapq.heappop(self.agenda)
            record = self.kinds.get(kind, {}).get(identifier)
            if record is not None and due_at(record) == instant:
                due.append(record)
        return due

    def next_due(self) -> float | None:
        """When the next one is due; what was settled meanwhile may make it a little early."""
        return self.agenda[0][0] if self.agenda else None

    def forget(self, kind: type[R], identifiers: list[str]) -> None:
        """Drop records for good: answers whose day is over."""
        for identifier in identifiers:
            self.kinds.get(kind, {}).pop(identifier, None)
        if self.file is not None and identifiers:
            rows = [(kind.__name__, identifier) for identifier in identifiers]
            self.file.execute("BEGIN")
            self.file.executemany("DELETE FROM records WHERE kind = ? AND id = ?", rows)
            self.file.execute("COMMIT")

    def clear(self) -> None:
        """Start again with nothing."""
        self.kinds.clear()
        self.agenda.clear()
        if self.file is not None:
            self.file.execute("DELETE FROM records")

    def close(self) -> None:
        """Let go of the file."""
        if self.file is not None:
            self.file.close()


class Change:
    """What one request does: it reads through to the store and is kept as a whole, or not at all."""

    def __init__(
        self,
        store: Store,
        *,
        now: float,
        base_url: str = "",
        multicapture: bool = False,
        settle_seconds: float = 0.0,
        api_version: str = "",
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        self.store = store
        self.now = now
        self.base_url = base_url
        self.multicapture = multicapture
        self.settle_seconds = settle_seconds
        self.api_version = api_version
        self.request_id = request_id
        self.idempotency_key = idempotency_key
        self.written: dict[tuple[type[Record], str], Record] = {}

    def find(self, kind: type[R], identifier: str) -> R | None:
        """The record as this change sees it, or None."""
        found = self.written.get((kind, identifier))
        return found if isinstance(found, kind) else self.store.find(kind, identifier)

    def get(self, kind: type[R], identifier: str, *, param: str = "id") -> R:
        """The record, or the refusal that there is none."""
        found = self.find(kind, identifier)
        if found is None:
            noun = NOUNS.get(kind, kind.__struct_config__.tag)
            raise missing(str(noun), identifier, param=param)
        return found

    def all(self, kind: type[R]) -> Iterator[R]:
        """All of one kind, oldest first, as this change sees them."""
        seen = set()
        for record in self.store.oldest_first(kind):
            seen.add(record.id)
            current = self.find(kind, record.id)
            if current is not None:
                yield current
        for (_, identifier), written in list(self.written.items()):
            if isinstance(written, kind) and identifier not in seen:
                yield written

    def put(self, record: R) -> R:
        """Keep this state of the record."""
        self.written[type(record), record.id] = record
        return record

    def count(self, act: str, intent: Intent, amount: int, *, refund: str | None = None) -> None:
        """Note that money moved."""
        self.put(
            Effect(
                id=new_id("eff_"),
                created=self.now,
                act=act,
                payment_intent=intent.id,
                amount=amount,
                currency=intent.currency,
                refund=refund,
                idempotency_key=self.idempotency_key,
            )
        )

    def emit(self, type_: str, shown: Document, previous: Mapping[str, object] | None = None) -> None:
        """Note an event; the webhook worker hands it over after the change was kept."""
        self.put(
            Event(
                id=new_id("evt_"),
                created=self.now,
                type=type_,
                shown=shown,
                previous=None if previous is None else dict(previous),
                api_version=self.api_version,
                request_id=self.request_id,
                idempotency_key=self.idempotency_key,
                due_at=self.now,
            )
        )

    def keep(self) -> None:
        """Make it true."""
        self.store.apply(list(self.written.values()))
