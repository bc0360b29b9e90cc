"""Tracked articles at places, whose stock and traces move together as the program's own verbs move them."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from commerce.inventory import Cause, Move, Spot, move, receive
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, OrderLineId, VariantId, new_id
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.traceability import (
    Came,
    Left,
    Returned,
    Standing,
    Traced,
    Tracking,
    came,
    left,
    returned,
    went,
)
from commerce.traceability.lists import lot_page, serial_page
from commerce.traceability.schemas import TrackingIn, UnitsIn
from commerce.traceability.set_tracking import set_tracking, tracking_of
from tests.given import catalog, stores

BOSS = Caller(kind="staff", id=UUID(int=7), scopes=frozenset({"stock:plan", "stock:read"}))
CAUSE = Cause("goods_receipt", UUID(int=1), "staff:test")
SALE = Cause("shipment", UUID(int=2), "staff:test")


def key() -> str:
    """A new effect key."""
    return f"test:{new_id()}"


async def article(db: Database, tracking: Tracking = "lot", *, dated: bool = False) -> VariantId:
    """An article that asks for something and has no stock."""
    variant_id = await catalog.variant(db)
    await ask(db, variant_id, tracking, dated=dated)
    return variant_id


async def ask(
    db: Database, variant_id: VariantId, tracking: Tracking, units: Sequence[UnitsIn] = (), *, dated: bool = False
) -> None:
    """Sets what an article asks for, and tells its units."""
    version = (await tracking_of(db.reading, variant_id)).version
    data = TrackingIn(tracking=tracking, dated=dated, reason="the maker asks for it", units=tuple(units))
    await db.transact(set_tracking, BOSS, variant_id, version, data, at=clock.now())


async def store(db: Database, code: str = "gracia", timezone: str = "Europe/Madrid") -> LocationId:
    """A store."""
    return await stores.location(db, code, timezone=timezone)


async def bring(
    db: Database, location_id: LocationId, *lines: Came, effect_key: str | None = None, cause: Cause = CAUSE
) -> list[Traced]:
    """Goods come in: stock and traces."""

    async def step(tx: Tx, at: str) -> list[Traced]:
        await receive(tx, [(line.variant_id, location_id, line.quantity) for line in lines], cause, at)
        return await came(tx, location_id, lines, cause, at)

    return await db.transact(step, effect_key or key())


async def sell(
    db: Database,
    location_id: LocationId,
    *lines: Left,
    effect_key: str | None = None,
    of: Sequence[OrderLineId | None] = (),
    expired: bool = False,
) -> list[Traced]:
    """Units leave the shelf for a customer: stock and traces."""

    async def step(tx: Tx, at: str) -> list[Traced]:
        moves = [Move(line.variant_id, line.quantity, Spot.SHELF, location_id, Spot.CUSTOMER, None) for line in lines]
        await move(tx, moves, SALE, at)
        return await left(tx, location_id, lines, SALE, at, order_line_ids=of, expired=expired)

    return await db.transact(step, effect_key or key())


async def carry(
    db: Database, origin: Standing, target: Standing, *lines: Left, cause: Cause = SALE, effect_key: str | None = None
) -> list[Traced]:
    """Units go from a spot to another: stock and traces."""

    async def step(tx: Tx, at: str) -> list[Traced]:
        moves = [
            Move(line.variant_id, line.quantity, origin.spot, origin.location_id, target.spot, target.location_id)
            for line in lines
        ]
        await move(tx, moves, cause, at)
        return await went(tx, origin, target, lines, cause, at)

    return await db.transact(step, effect_key or key())


async def give_back(
    db: Database, location_id: LocationId, *lines: Returned, effect_key: str | None = None
) -> list[Traced]:
    """A customer brings units back: stock and traces."""
    cause = Cause("return", UUID(int=3), "staff:test")

    async def step(tx: Tx, at: str) -> list[Traced]:
        await receive(tx, [(line.variant_id, location_id, line.quantity) for line in lines], cause, at)
        return await returned(tx, location_id, lines, cause, at)

    return await db.transact(step, effect_key or key())


def lot(variant_id: VariantId, units: int, name: str, expires_on: date | None = None) -> Came:
    """Units of a lot that come in."""
    return Came(variant_id, units, name, expires_on)


def numbered(variant_id: VariantId, *serials: str) -> Came:
    """Units with serial numbers that come in."""
    return Came(variant_id, len(serials), serials=serials)


async def lots(db: Database, location_id: LocationId | None = None) -> list[tuple[str, str, int]]:
    """The units of lots: the spot, the lot, how many."""
    rows = await lot_page(
        db.reading,
        variant_id=None,
        location_id=location_id,
        lot=None,
        expiring_before=None,
        bound=None,
        after=None,
        limit=99,
    )
    return sorted((row.spot.value, row.lot, row.quantity) for row in rows)


async def serials(db: Database) -> dict[str, tuple[str, UUID, UUID | None]]:
    """Where each number is: the spot, the location, the order line."""
    rows = await serial_page(
        db.reading,
        variant_id=None,
        serial=None,
        location_id=None,
        spot=None,
        order_line_id=None,
        bound=None,
        after=None,
        limit=99,
    )
    return {row.serial: (row.spot.value, row.location_id, row.order_line_id) for row in rows}
