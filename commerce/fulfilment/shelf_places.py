"""Where articles lie at a location, so that who picks walks once."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, delete, select
from sqlalchemy.dialects.postgresql import insert

from commerce.fulfilment.pick_facts import ShelfPlace
from commerce.fulfilment.pick_tables import shelf_places
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.platform.database import Reading, Tx, refuse_on
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given, unnested

_place = shelf_places.c
_new = unnested("new", variant_id=Uuid, aisle=Text, bay=Text, position=Text)
_insert = insert(shelf_places).from_select(
    ["location_id", *_new.c.keys()], select(given("location_id", Uuid), *_new.c).order_by(_new.c.variant_id)
)
SET = Statement(
    _insert.on_conflict_do_update(
        index_elements=["location_id", "variant_id"],
        set_={name: _insert.excluded[name] for name in ("aisle", "bay", "position")},
    )
)
REMOVE = Statement(
    delete(shelf_places).where(
        _place.location_id == given("location_id", Uuid), any_of(_place.variant_id, "variant_ids")
    )
)
LISTED = Statement(
    select(_place.variant_id, _place.aisle, _place.bay, _place.position)
    .where(_place.location_id == given("location_id", Uuid), _place.variant_id > given("after", Uuid))
    .order_by(_place.variant_id)
    .limit(given("most", Integer)),
    into=ShelfPlace,
)

refuse_on("fk_shelf_places_location_id_locations", lambda: InvalidInput("There is no such location."))


async def set_places(
    tx: Tx, caller: Caller, location_id: UUID, places: Sequence[ShelfPlace], gone: Sequence[UUID]
) -> tuple[int, int]:
    """Says where articles lie at a location, and which lie nowhere any more; gives how many of each. Refuses with NotFound."""
    if not caller.may_at(location_id):
        raise NotFound
    placed = (
        await tx.execute(
            SET,
            location_id=location_id,
            variant_id=[each.variant_id for each in places],
            aisle=[each.aisle for each in places],
            bay=[each.bay for each in places],
            position=[each.position for each in places],
        )
        if places
        else 0
    )
    removed = await tx.execute(REMOVE, location_id=location_id, variant_ids=sorted(gone)) if gone else 0
    tx.changed("shelf_places", location_id, after={"set": placed, "removed": removed})
    return placed, removed


async def places_at(reading: Reading, caller: Caller, location_id: UUID, after: UUID, most: int) -> list[ShelfPlace]:
    """Gives where articles lie at a location, by article. Refuses with NotFound."""
    if not caller.may_at(location_id):
        raise NotFound
    return await reading.fetch(LISTED, location_id=location_id, after=after, most=most)
