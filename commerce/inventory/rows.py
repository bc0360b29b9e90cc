"""The rows of levels, and the one way in which they are locked."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import TableValuedAlias, Uuid, and_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from commerce.inventory.facts import Place, in_order
from commerce.inventory.tables import stock_levels
from commerce.kernel.ids import ChannelId, LocationId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, unnested


class Row(msgspec.Struct, frozen=True):
    """A level as its locked row says, with expired holds still counted as reserved."""

    variant_id: VariantId
    location_id: LocationId
    on_hand: int
    reserved: int
    safety: int
    buffers: dict[ChannelId, int] | None = None
    claimed: int = 0
    closed_until: datetime | None = None

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.variant_id, self.location_id)

    @property
    def free(self) -> int:
        """Units that nobody is promised."""
        return self.on_hand - self.reserved

    def kept_back(self, channel_id: ChannelId | None, at: datetime) -> int:
        """Units that are not for whoever buys in a channel without standing before the shelf: the safety stock, the channel's buffer, what orders
        wait for; everything until the shelf's release date.
        """
        if self.closed_at(at):
            return self.on_hand
        return self.safety + self.claimed + (self.buffers.get(channel_id, 0) if self.buffers and channel_id else 0)

    def closed_at(self, at: datetime) -> bool:
        """Says whether the release date is ahead."""
        return self.closed_until is not None and self.closed_until > at


def same_place(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Gives the condition that two tables speak of the same article at the same location."""
    return and_(one.c.variant_id == other.c.variant_id, one.c.location_id == other.c.location_id)


def _places(name: str) -> TableValuedAlias:
    return unnested(name, variant_id=Uuid, location_id=Uuid)


COLUMNS = (
    stock_levels.c.variant_id,
    stock_levels.c.location_id,
    stock_levels.c.on_hand,
    stock_levels.c.reserved,
    stock_levels.c.safety,
    stock_levels.c.buffers,
    stock_levels.c.claimed,
    stock_levels.c.closed_until,
)
_asked = _places("asked")
LOCK = Statement(
    select(*COLUMNS)
    .join_from(stock_levels, _asked, same_place(stock_levels, _asked))
    .order_by(stock_levels.c.variant_id, stock_levels.c.location_id)
    .with_for_update(of=stock_levels, key_share=True),
    into=Row,
)


async def lock(tx: Tx, places: Iterable[Place]) -> dict[Place, Row]:
    """Locks the rows of the places, in the one order, and gives them as they are after the wait; a place without a row is left out."""
    wanted = sorted(places, key=in_order)
    rows = await tx.fetch(LOCK, **arrays(wanted))
    return {row.place: row for row in rows}


def arrays(places: Iterable[Place]) -> dict[str, list[object]]:
    """Gives places as the arguments `variant_id` and `location_id` of a set-based statement."""
    known = list(places)
    return {"variant_id": [place.variant_id for place in known], "location_id": [place.location_id for place in known]}
