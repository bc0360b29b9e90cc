"""How long is waited is set, for the shop or for one location."""

from uuid import UUID

import msgspec
from sqlalchemy import Integer
from sqlalchemy.dialects.postgresql import insert

from commerce import stores
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.recourse.facts import Patience
from commerce.recourse.queries import own_patience
from commerce.recourse.tables import patience

FIGURES = ("accept_minutes", "pause_minutes", "choose_minutes", "transfer_minutes", "attempts")
_new = insert(patience)
WRITE = Statement(
    _new.on_conflict_do_update(
        index_elements=["location_id"],
        set_={name: _new.excluded[name] for name in (*FIGURES, "version")},
        where=patience.c.version == given("expected", Integer),
    ).returning(patience.c.version)
)


async def set_patience(tx: Tx, location_id: UUID | None, expected: int, wanted: Patience) -> Patience:
    """Sets how long is waited at a location, or (None) wherever a location says nothing of its own; version 0 is that of what was never set.

    Refuses with NotFound, and with StaleVersion when it has changed since it was read.
    """
    if location_id is not None:
        await stores.location(tx, location_id)
    before = await own_patience(tx, location_id)
    after = msgspec.structs.replace(wanted, version=expected + 1)
    row = msgspec.structs.asdict(after)
    if before.version != expected or not await tx.fetch(
        WRITE, id=new_id(), location_id=location_id, expected=expected, **row
    ):
        raise StaleVersion("It has changed since it was read.")
    tx.changed("patience", location_id or "shop", before=before, after=after)
    return after
