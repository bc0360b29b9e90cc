"""Write a bundle, full or delta, in one snapshot of the database: page by page into a spool."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from commerce import pricing
from commerce.platform.database import Database, Reading
from commerce.price_engine import BundledArticle, BundleDocument
from commerce.pricing import Audience
from commerce.till.read_articles import PAGE, Wanted, every_article, read_articles, wanted
from commerce.till.read_changes import Changes, position_of, read_changes
from commerce.till.read_sections import read_sections
from commerce.till.sections import Sections
from commerce.till.snapshot import Snapshot, in_snapshot
from commerce.till.spool import Spool
from commerce.till.version import HOLDS, Version, version_of

Plan = Literal["nothing", "delta", "full"]
ARTICLES: Final = b'"articles":[]'
_encode = msgspec.json.Encoder().encode


class Till(Struct, frozen=True, kw_only=True):
    """For whom a bundle is: a channel's till at a location."""

    channel_id: UUID
    location_id: UUID


class Written(Struct, frozen=True, kw_only=True):
    """A bundle that was written; `full` tells it from a delta."""

    version: Version
    spool: Spool
    full: bool


class _State(Struct, frozen=True, kw_only=True):
    """What a snapshot holds for a till, but for the articles."""

    sections: Sections
    version: Version
    how: Wanted
    reductions: frozenset[UUID]


async def write_bundle(db: Database, till: Till, *, since: Version | None, at: datetime) -> Written:
    """Writes what a till needs that has the version `since`: a delta or, where none fits, a full bundle.

    One connection is held until all is written, and given back before anything is sent.
    """
    return await in_snapshot(db, _write, till, since, at)


async def _write(snapshot: Snapshot, till: Till, since: Version | None, at: datetime) -> Written:
    state = await _state(snapshot, till, at)
    if since is None or not since.can_be_updated(state.version):
        return await _full(snapshot, state, at)
    changes = await _changes(snapshot, state, since, at)
    if changes.all:
        return await _full(snapshot, state, at)
    return await _delta(snapshot, state, since, changes, at)


async def plan(reading: Reading, till: Till, *, since: Version, at: datetime) -> Plan:
    """Says what a till needs that has the version `since`, from what the process has at hand: at most a second behind."""
    state = await _state(reading, till, at)
    if not since.can_be_updated(state.version):
        return "full"
    changes = await _changes(reading, state, since, at)
    if changes.all:
        return "full"
    unmoved = not changes.articles and since.digests == state.version.digests
    return "nothing" if unmoved and since.is_fresh(at) else "delta"


async def _state(snapshot: Reading, till: Till, at: datetime) -> _State:
    position = await position_of(snapshot)  # first, so that outside of a snapshot nothing is missed either
    found, customers = await read_sections(snapshot, channel_id=till.channel_id, location_id=till.location_id, at=at)
    lists = await pricing.price_lists(snapshot)
    place = next((each for each in found.places if each.id == till.location_id), None)
    audience = Audience(
        currency=found.channel.currency,
        channel_id=till.channel_id,
        store_id=till.location_id,
        zone=found.channel.zone if place is None else place.zone,
        country=found.channel.country,
    )
    version = version_of(
        channel_id=till.channel_id,
        location_id=till.location_id,
        customers=customers,
        at=at,
        position=position,
        digests=found.digests(),
    )
    return _State(
        sections=found,
        version=version,
        how=wanted(lists, audience, [each.id for each in found.lists], at),
        reductions=lists.reductions,
    )


async def _changes(snapshot: Reading, state: _State, since: Version, at: datetime) -> Changes:
    return await read_changes(
        snapshot,
        after=since.position,
        upto=state.version.position,
        since=since.instant,
        at=at,
        currency=state.sections.channel.currency,
        lists=state.sections.lists,
        reductions=state.reductions,
    )


async def _full(snapshot: Snapshot, state: _State, at: datetime) -> Written:
    head = _document(state, at, since=None, sections=state.sections.all(), removed=())
    spool = await _spooled(head, every_article(snapshot, state.how))
    return Written(version=state.version, spool=spool, full=True)


async def _delta(snapshot: Snapshot, state: _State, since: Version, changes: Changes, at: datetime) -> Written:
    moved = sorted(changes.articles)
    pages = [
        await read_articles(snapshot, moved[begin : begin + PAGE], state.how) for begin in range(0, len(moved), PAGE)
    ]
    there = {each.fact.variant_id for page in pages for each in page}
    head = _document(
        state,
        at,
        since=since.text(),
        sections=state.sections.moved(since.digests, state.version.digests),
        removed=tuple(each for each in moved if each not in there),
    )
    return Written(version=state.version, spool=await _spooled(head, _given(pages)), full=False)


def _document(
    state: _State, at: datetime, *, since: str | None, sections: dict[str, Any], removed: tuple[UUID, ...]
) -> BundleDocument:
    version = state.version
    return BundleDocument(
        engine=version.engine,
        version=version.text(),
        since=since,
        at=at,
        expires_at=at + HOLDS,
        channel_id=version.channel_id,
        location_id=version.location_id,
        customers=version.customers,
        removed=removed,
        **sections,
    )


async def _spooled(head: BundleDocument, pages: AsyncIterator[Sequence[BundledArticle]]) -> Spool:
    """Writes the document with the articles where its own empty list of them stands."""
    before, _, behind = _encode(head).rpartition(ARTICLES)
    spool = Spool()
    await spool.write(before + ARTICLES[:-1])
    first = True
    async for page in pages:
        if page:
            await spool.write((b"" if first else b",") + _encode(page)[1:-1])
            first = False
    await spool.write(ARTICLES[-1:] + behind)
    await spool.end()
    return spool


async def _given(pages: Sequence[Sequence[BundledArticle]]) -> AsyncIterator[Sequence[BundledArticle]]:
    for page in pages:
        yield page
