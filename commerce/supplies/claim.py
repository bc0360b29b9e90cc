"""Order lines wait for supply: claims are placed with the order, and kept when it stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, insert, or_, select, update

from commerce import inventory
from commerce.inventory import InsufficientStock, Place, Shortage
from commerce.kernel.ids import OrderId, new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.stores import Location
from commerce.supplies.end import end_over, note, set_beyond
from commerce.supplies.errors import ClaimOver
from commerce.supplies.facts import Ahead, ChangeKind, Outlook
from commerce.supplies.judge import judged, room, uncovered
from commerce.supplies.outlook import outlook, ready_at
from commerce.supplies.queries import claims_of
from commerce.supplies.tables import supply_claims

_claim = supply_claims.c
_new = unnested(
    "new",
    id=Uuid,
    order_line_id=Uuid,
    group_id=Uuid,
    wait_id=Uuid,
    variant_id=Uuid,
    location_id=Uuid,
    service=Text,
    units=Integer,
    ready_at=DateTime(timezone=True),
    not_before=DateTime(timezone=True),
)
_AT = given("at", DateTime(timezone=True))
PLACE = Statement(
    insert(supply_claims).from_select(
        [
            "order_id",
            "id",
            "order_line_id",
            "group_id",
            "wait_id",
            "variant_id",
            "location_id",
            "service",
            "units",
            "open",
            "promised_at",
            "expected_at",
            "not_before",
            "expires_at",
            "claimed_at",
        ],
        select(
            given("order_id", Uuid),
            _new.c.id,
            _new.c.order_line_id,
            _new.c.group_id,
            _new.c.wait_id,
            _new.c.variant_id,
            _new.c.location_id,
            _new.c.service,
            _new.c.units,
            _new.c.units,
            _new.c.ready_at,
            _new.c.ready_at,
            _new.c.not_before,
            given("expires_at", DateTime(timezone=True)),
            _AT,
        ),
    )
)
KEEP = Statement(
    update(supply_claims)
    .where(
        _claim.order_id == given("order_id", Uuid),
        _claim.open == _claim.units,
        or_(_claim.expires_at.is_(None), _claim.expires_at > _AT),
    )
    .values(expires_at=None)
    .returning(_claim.id)
)


async def claim(
    tx: Tx,
    order_id: OrderId,
    wanted: Sequence[Ahead],
    places: Mapping[UUID, Location],
    *,
    at: datetime,
    expires_at: datetime | None,
) -> None:
    """Has order lines wait for supply, all of the units or none, until an instant or, with none, for good.

    The levels of all places are locked in their order. What is judged is what is there then: refuses with InsufficientStock where fewer units can be promised, summed by article and place, or later than they were.
    """
    shelves = {each.place for each in wanted}
    await inventory.lock_shelves(tx, shelves)
    await end_over(tx, shelves, at=at)
    known = await outlook(
        tx,
        places,
        {place.variant_id for place in shelves},
        {place.location_id for place in shelves},
        at=at,
    )
    units = {place: sum(each.units for each in wanted if each.place == place) for place in shelves}
    _check(wanted, units, known, places, at)
    ids = [new_id() for _ in wanted]
    await tx.execute(
        PLACE,
        order_id=order_id,
        id=ids,
        order_line_id=[each.order_line_id for each in wanted],
        group_id=[each.group_id for each in wanted],
        wait_id=[each.wait_id for each in wanted],
        variant_id=[each.variant_id for each in wanted],
        location_id=[each.location_id for each in wanted],
        service=[each.service for each in wanted],
        units=[each.units for each in wanted],
        ready_at=[each.ready_at for each in wanted],
        not_before=[known[each.place].terms.release_at for each in wanted],
        expires_at=expires_at,
        at=at,
    )
    rows = [
        (claim_id, ChangeKind.CLAIMED, each.units, None, "claimed") for claim_id, each in zip(ids, wanted, strict=True)
    ]
    await note(tx, rows, reason="ordered", at=at)
    await inventory.count_claimed(tx, units)
    await set_beyond(
        tx,
        {
            place: max(known[place].terms.beyond, uncovered(known[place], known[place].waiting + more, at))
            for place, more in units.items()
        },
    )


def _check(
    wanted: Sequence[Ahead],
    units: Mapping[Place, int],
    known: Mapping[Place, Outlook],
    places: Mapping[UUID, Location],
    at: datetime,
) -> None:
    short: list[Shortage] = []
    there: dict[Place, datetime | None] = {}
    for place, more in units.items():
        there[place] = judged(known[place], more, at) if place in known else None
        if there[place] is None:
            left = room(known[place], at) if place in known else 0
            short.append(Shortage(place.variant_id, place.location_id, more, min(left, more - 1)))
    for each in wanted:
        instant = there[each.place]
        ready = None if instant is None else ready_at(places[each.location_id], instant, each.service)
        if instant is not None and (ready is None or ready > each.ready_at):
            short.append(Shortage(each.variant_id, each.location_id, each.units, 0))
    if short:
        raise InsufficientStock.of(short)


async def keep_claims(tx: Tx, order_id: UUID, *, at: datetime) -> None:
    """Keeps what an order waits for until it is served or given up: the order stands now. Again it changes nothing.

    Refuses with ClaimOver when some of it is kept no longer, whether or not anybody released it.
    """
    kept = await tx.fetch(KEEP, order_id=order_id, at=at)
    if len(kept) != len(await claims_of(tx, order_id)):
        raise ClaimOver("Supply that the order waited for was given to others, or comes no more.")
