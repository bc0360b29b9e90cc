"""Facts and the outbox: a fact is stored in the transaction that made it true, and published once that has committed.

`events` holds the facts for ever. `outbox` holds the ones that the relay has not yet given a place in the feed. The feed's positions are
given after the commit, by one relay at a time, so that a reader that has seen a position has seen all before it: a cursor over ids or
sequences would skip what commits late.
"""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Select,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from structlog.contextvars import get_contextvars

from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.kernel.wire import WireOut
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.platform.tables import append_only, instant, key, metadata

RELAY_BATCH = 500

events = append_only(
    Table(
        "events",
        metadata,
        key(),
        Column("tag", Text, nullable=False),
        Column("aggregate_id", Uuid, nullable=False),
        Column("aggregate_version", Integer, nullable=False),
        Column("order_id", Uuid),
        instant("occurred_at"),
        Column("request_id", Text),
        Column("payload", JSONB, nullable=False),
        UniqueConstraint("aggregate_id", "aggregate_version"),
        Index("ix_events_order_id", "order_id", postgresql_where=Column("order_id").is_not(None)),
    )
)

outbox = Table(
    "outbox",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, ForeignKey("events.id"), nullable=False, unique=True),
)

event_feed = append_only(
    Table(
        "event_feed",
        metadata,
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("event_id", Uuid, ForeignKey("events.id"), nullable=False, unique=True),
        instant("published_at"),
    )
)

_new = unnested(
    "new",
    id=Uuid,
    tag=Text,
    aggregate_id=Uuid,
    place=Integer,
    nth=Integer,
    order_id=Uuid,
    request_id=Text,
    payload=JSONB,
)
_stored = (
    insert(events)
    .from_select(
        ["id", "tag", "aggregate_id", "aggregate_version", "order_id", "occurred_at", "request_id", "payload"],
        select(
            _new.c.id,
            _new.c.tag,
            _new.c.aggregate_id,
            func.coalesce(
                select(func.max(events.c.aggregate_version))
                .where(events.c.aggregate_id == _new.c.aggregate_id)
                .scalar_subquery(),
                0,
            )
            + _new.c.nth,
            _new.c.order_id,
            given("at", events.c.occurred_at.type),
            _new.c.request_id,
            _new.c.payload,
        ),
    )
    .returning(events.c.id)
    .cte("stored")
)
STORE = Statement(
    insert(outbox).from_select(
        ["event_id"],
        select(_stored.c.id).join_from(_stored, _new, _stored.c.id == _new.c.id).order_by(_new.c.place),
    )
)


async def store(tx: Tx) -> None:
    """Stores the transaction's facts with one statement; what a Database runs before each commit.

    Two transactions that race for one aggregate's next version make the later one run again.
    """
    if not tx.events:
        return
    own_request = get_contextvars().get("request_id")
    of_orders: list[UUID | None] = [getattr(event, "order_id", None) for event in tx.events]
    nth: Counter[UUID] = Counter()
    counts: list[int] = []
    for event in tx.events:
        nth[event.about()] += 1
        counts.append(nth[event.about()])
    await tx.execute(
        STORE,
        id=[new_id() for _ in tx.events],
        tag=[event.name() for event in tx.events],
        aggregate_id=[event.about() for event in tx.events],
        place=list(range(len(counts))),
        nth=counts,
        order_id=of_orders,
        request_id=[tx.asked_by.get(each, own_request) if each else own_request for each in of_orders],
        payload=list(tx.events),
        at=clock.now(),
    )


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that has got its place in the feed."""

    event_id: UUID
    tag: str
    aggregate_id: UUID


_due = (
    select(outbox.c.position)
    .order_by(outbox.c.position)
    .limit(RELAY_BATCH)
    .with_for_update(skip_locked=True)
    .cte("due")
)
_taken = (
    delete(outbox)
    .where(outbox.c.position == _due.c.position)
    .returning(outbox.c.event_id, outbox.c.position)
    .cte("taken")
)
_published = (
    insert(event_feed)
    .from_select(
        ["position", "event_id", "published_at"],
        select(
            func.coalesce(select(func.max(event_feed.c.position)).scalar_subquery(), 0)
            + func.row_number().over(order_by=_taken.c.position),
            _taken.c.event_id,
            given("at", events.c.occurred_at.type),
        ),
    )
    .returning(event_feed.c.position, event_feed.c.event_id)
    .cte("published")
)
PUBLISH = Statement(
    select(events.c.id.label("event_id"), events.c.tag, events.c.aggregate_id)
    .join_from(_published, events, events.c.id == _published.c.event_id)
    .order_by(_published.c.position),
    into=Published,
)
ONE_RELAY = Statement(select(func.pg_try_advisory_xact_lock(literal(7_201_001, BigInteger))))


async def publish(tx: Tx) -> list[Published]:
    """Gives waiting facts their positions and returns them in order; returns none when another relay is at it."""
    if not await tx.fetch_value(ONE_RELAY):
        return []
    return await tx.fetch(PUBLISH, at=clock.now())


class StoredEvent(WireOut):
    """A fact as the feed gives it: stable id, position in the feed, version of its aggregate, state after the change."""

    id: UUID
    position: int
    type: str
    aggregate_id: UUID
    aggregate_version: int
    occurred_at: datetime
    payload: msgspec.Raw


def stored_events() -> Select[Any]:
    """Gives a select of published facts with their places in the feed."""
    return select(
        events.c.id,
        event_feed.c.position,
        events.c.tag.label("type"),
        events.c.aggregate_id,
        events.c.aggregate_version,
        events.c.occurred_at,
        events.c.payload,
    ).join_from(event_feed, events, events.c.id == event_feed.c.event_id)


_tag = given("tag", Text)
FEED = Statement(
    stored_events()
    .where(event_feed.c.position > given("after", BigInteger), or_(_tag.is_(None), events.c.tag == _tag))
    .order_by(event_feed.c.position)
    .limit(given("most", Integer)),
    into=StoredEvent,
)
ONE = Statement(select(events.c.tag, events.c.payload).where(events.c.id == given("id", Uuid)))
LAG = Statement(select(func.min(events.c.occurred_at)).join_from(outbox, events, events.c.id == outbox.c.event_id))


async def feed(reads: Reads, *, after: int, most: int, tag: str | None = None) -> list[StoredEvent]:
    """Gives the facts that follow a position, in order; of one type only, where a tag is given."""
    return await reads.fetch(FEED, after=after, most=most, tag=tag)
