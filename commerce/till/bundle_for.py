"""Give a till what it lacks: nothing, a delta, or a full bundle, which is written once for all who ask for the same."""

import asyncio
from collections import OrderedDict
from datetime import datetime
from typing import Final
from weakref import WeakKeyDictionary

from commerce.platform.database import Database
from commerce.till.version import Version
from commerce.till.write_bundle import Till, Written, plan, write_bundle

DELTAS_AT_ONCE: Final = 2
MOST_SHELVED: Final = 16


class _Shelf:
    """The full bundles that this process wrote last, as files, and whose turn it is. Two connections in all are taken for deltas, one for
    full bundles, so that tills never take the database from shoppers.
    """

    def __init__(self) -> None:
        self.full = asyncio.Lock()
        self.deltas = asyncio.Semaphore(DELTAS_AT_ONCE)
        self._kept: OrderedDict[tuple[object, object], Written] = OrderedDict()

    def keep(self, till: Till, written: Written) -> None:
        """Keeps a full bundle instead of the one before."""
        self._kept[till.channel_id, till.location_id] = written
        self._kept.move_to_end((till.channel_id, till.location_id))
        while len(self._kept) > MOST_SHELVED:
            self._kept.popitem(last=False)

    def found(self, till: Till) -> Written | None:
        """Gives the full bundle that was written last for a till."""
        return self._kept.get((till.channel_id, till.location_id))


_shelves: WeakKeyDictionary[Database, _Shelf] = WeakKeyDictionary()


async def bundle_for(
    db: Database, till: Till, *, since: Version | None, held: Version | None, at: datetime
) -> Written | None:
    """Gives what is to be sent to a till that has the version `since`; None when nothing moved since the version `held`."""
    shelf = _shelves.get(db)
    if shelf is None:
        shelf = _shelves.setdefault(db, _Shelf())
    planned = "full" if since is None else await plan(db.reading, till, since=since, at=at)
    if held is not None:
        of_held = planned if held == since else await plan(db.reading, till, since=held, at=at)
        if of_held == "nothing":
            return None
    if planned == "full":
        return await _full(db, shelf, till, at)
    async with shelf.deltas:
        return await write_bundle(db, till, since=since, at=at)


async def _full(db: Database, shelf: _Shelf, till: Till, at: datetime) -> Written:
    async with shelf.full:
        kept = shelf.found(till)
        if kept is not None and await plan(db.reading, till, since=kept.version, at=at) == "nothing":
            return kept
        written = await write_bundle(db, till, since=None, at=at)
        shelf.keep(till, written)
        return written
