"""What stores does when others report: callers can be bound to places that exist, and to no others."""

from sqlalchemy import Uuid, select

from commerce.identity import Bound
from commerce.kernel.errors import FieldError
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given
from commerce.platform.work import Reaction, within
from commerce.stores.errors import UnknownPlace
from commerce.stores.tables import channels, locations

KNOWN_LOCATIONS = Statement(select(locations.c.id).where(any_of(locations.c.id, "ids")))
KNOWN_CHANNEL = Statement(select(channels.c.id).where(channels.c.id == given("id_", Uuid), channels.c.active))


async def refuse_unknown_places(tx: Tx, bound: Bound) -> None:
    """Refuses with UnknownPlace locations that do not exist, and channels that do not exist or are switched off."""
    errors: list[FieldError] = []
    if bound.location_ids:
        known = {row["id"] for row in await tx.fetch(KNOWN_LOCATIONS, ids=list(bound.location_ids))}
        errors += [
            FieldError("/location_id", f"There is no location {each}.")
            for each in bound.location_ids
            if each not in known
        ]
    if bound.channel_id is not None and await tx.fetch_one(KNOWN_CHANNEL, id_=bound.channel_id) is None:
        errors.append(FieldError("/channel_id", f"There is no channel {bound.channel_id}."))
    if errors:
        raise UnknownPlace(" ".join(error.detail for error in errors), errors=errors)


REACTIONS: list[Reaction] = [within(Bound, refuse_unknown_places)]
