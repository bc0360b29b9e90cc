"""What an article asks for is set: its units are told one by one, or the books of its lots and numbers end."""

from collections import Counter
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, column, func, literal, select, table, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import Cause, Spot
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller, Forbidden, StaleVersion
from commerce.platform.statement import Statement, given
from commerce.traceability import lots, serials
from commerce.traceability.came import bring
from commerce.traceability.errors import UnitsUndeclared
from commerce.traceability.expired import LOT_ARTICLES
from commerce.traceability.facts import STANDING, Came, Standing, Undeclared
from commerce.traceability.journal import Entry
from commerce.traceability.rules import day_at
from commerce.traceability.schemas import TrackingIn, TrackingOut
from commerce.traceability.serials import SerialRow
from commerce.traceability.tables import lot_levels, serial_numbers, tracked_articles, tracking_changes
from commerce.traceability.tracked import Asked, Asking

_variants = table("variants", column("id", Uuid))
_levels = table("stock_levels", column("variant_id", Uuid), column("location_id", Uuid), column("on_hand", Integer))
_balances = table(
    "stock_balances",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("spot", Text),
    column("units", Integer),
)
_of_article = given("variant_id", Uuid)
# A level of a new place locks the key of its article (it is a foreign key), so that none appears meanwhile.
LOCK_ARTICLE = Statement(select(_variants.c.id).where(_variants.c.id == _of_article).with_for_update())
LOCK_LEVELS = Statement(
    select(_levels.c.location_id, literal(Spot.SHELF.value).label("spot"), _levels.c.on_hand.label("units"))
    .where(_levels.c.variant_id == _of_article)
    .order_by(_levels.c.location_id)
    .with_for_update(of=_levels, key_share=True)
)
BESIDE = Statement(
    select(_balances.c.location_id, _balances.c.spot, _balances.c.units).where(
        _balances.c.variant_id == _of_article, _balances.c.units > 0
    )
)
KNOWN = Statement(select(_variants.c.id).where(_variants.c.id == _of_article))
_set = tracked_articles.c
ONE = Statement(
    select(_set.variant_id, _set.tracking, _set.dated, _set.version).where(_set.variant_id == _of_article),
    into=TrackingOut,
)
LOCK = Statement(
    select(_set.variant_id, _set.tracking, _set.dated, _set.version)
    .where(_set.variant_id == _of_article)
    .with_for_update(),
    into=TrackingOut,
)
_values = {
    "tracking": given("tracking", Text),
    "dated": given("dated", _set.dated.type),
    "updated_at": given("at", DateTime(timezone=True)),
}
BEGIN_ROW = Statement(insert(tracked_articles).values(variant_id=_of_article, version=1, **_values))
CHANGE = Statement(
    update(tracked_articles).where(_set.variant_id == _of_article).values(**_values, version=_set.version + 1)
)
NOTE = Statement(
    insert(tracking_changes).values(
        variant_id=_of_article,
        version=given("version", Integer),
        id=given("id", Uuid),
        tracking=given("tracking", Text),
        dated=given("dated", _set.dated.type),
        actor=given("actor", Text),
        reason=given("reason", Text),
        at=given("at", DateTime(timezone=True)),
    )
)
HELD_LOTS = Statement(
    select(lot_levels.c.location_id, lot_levels.c.spot, lot_levels.c.lot, lot_levels.c.quantity)
    .where(lot_levels.c.variant_id == _of_article, lot_levels.c.quantity > 0)
    .order_by(lot_levels.c.location_id, lot_levels.c.spot, lot_levels.c.lot)
    .with_for_update(key_share=True)
)
HELD_SERIALS = Statement(
    select(
        serial_numbers.c.variant_id,
        serial_numbers.c.serial,
        serial_numbers.c.spot,
        serial_numbers.c.location_id,
        serial_numbers.c.order_line_id,
    )
    .where(
        serial_numbers.c.variant_id == _of_article,
        serial_numbers.c.spot == func.any(literal([spot.value for spot in STANDING])),
    )
    .order_by(serial_numbers.c.serial)
    .with_for_update(key_share=True),
    into=SerialRow,
)


class _Change(NamedTuple):
    """One change of what an article asks for."""

    id: UUID
    variant_id: VariantId
    cause: Cause
    at: datetime


async def tracking_of(reads: Reads, variant_id: UUID) -> TrackingOut:
    """Gives what an article asks for, version 0 where nobody ever set it; refuses with NotFound."""
    if not await reads.fetch(KNOWN, variant_id=variant_id):
        raise NotFound("There is no such article.")
    found = await reads.fetch_one(ONE, variant_id=variant_id)
    return found or TrackingOut(variant_id=variant_id, tracking="none", dated=False, version=0)


async def set_tracking(
    tx: Tx, caller: Caller, variant_id: UUID, expected_version: int, data: TrackingIn, *, at: datetime
) -> TrackingOut:
    """Set what an article asks for from now on, instead of as in the version that was read; 0 where nobody ever set it.

    The units that are there, at every spot of every location, have to be told with their lots or serial numbers: refuses with
    UnitsUndeclared where they are not. What was known before ends: its lots and numbers leave the books, their history stays. It holds
    everywhere, so a caller that is bound to some locations is refused. Refuses with NotFound, StaleVersion, and as `came` does.
    """
    if caller.locations is not None:
        raise Forbidden("What an article asks for holds at every location; yours are only some of them.")
    article = VariantId(variant_id)
    if await tx.fetch_one(LOCK_ARTICLE, variant_id=article) is None:
        raise NotFound("There is no such article.")
    units = [*await tx.fetch(LOCK_LEVELS, variant_id=article), *await tx.fetch(BESIDE, variant_id=article)]
    before = await tx.fetch_one(LOCK, variant_id=article)
    before = before or TrackingOut(variant_id=article, tracking="none", dated=False, version=0)
    if before.version != expected_version:
        raise StaleVersion
    dated = data.tracking == "lot" and data.dated
    if data.dated and not dated:
        raise invalid("/dated", "holds for lots only")
    change = _Change(change_id := new_id(), article, Cause("tracking", change_id, caller.principal, data.reason), at)
    await _end(tx, change)
    there = {Standing(LocationId(row["location_id"]), Spot(row["spot"])): row["units"] for row in units if row["units"]}
    await _begin(tx, change, data, there)
    told: dict[str, Any] = {"variant_id": article, "tracking": data.tracking, "dated": dated, "at": at}
    await tx.execute(CHANGE if before.version else BEGIN_ROW, **told)
    version = before.version + 1
    await tx.execute(NOTE, **told, id=change.id, version=version, actor=caller.principal, reason=data.reason)
    await LOT_ARTICLES.changed(tx)
    after = TrackingOut(variant_id=article, tracking=data.tracking, dated=dated, version=version)
    tx.changed("tracking", article, before=before, after=after)
    return after


async def _end(tx: Tx, change: _Change) -> None:
    """Takes what is known of an article's units out of the books."""
    key = f"tracking:{change.id}:end"
    held = await tx.fetch(HELD_LOTS, variant_id=change.variant_id)
    entries = [
        Entry(change.variant_id, row["location_id"], Spot(row["spot"]), row["lot"], -row["quantity"], Spot.OPENING)
        for row in held
    ]
    await lots.move(tx, entries, change.cause, key, change.at)
    by_place: dict[LocationId, list[SerialRow]] = {}
    for row in await tx.fetch(HELD_SERIALS, variant_id=change.variant_id):
        by_place.setdefault(row.location_id, []).append(row)
    for location_id, rows in by_place.items():
        entries = [Entry(row.variant_id, location_id, row.spot, row.serial, -1, Spot.OPENING) for row in rows]
        await serials.move(tx, rows, Spot.OPENING, location_id, entries, change.cause, key, change.at)


async def _begin(tx: Tx, change: _Change, data: TrackingIn, there: dict[Standing, int]) -> None:
    """Books what is told of an article's units, which must be all that there are."""
    if data.tracking == "none":
        if data.units:
            raise invalid("/units", "must be empty where nothing is asked for")
        return
    told: dict[Standing, list[Came]] = {}
    count: Counter[Standing] = Counter()
    for line in data.units:
        standing = Standing(LocationId(line.location_id), Spot(line.spot))
        quantity = len(line.serials) if data.tracking == "serial" else line.quantity or 0
        count[standing] += quantity
        told.setdefault(standing, []).append(Came(change.variant_id, quantity, line.lot, line.expires_on, line.serials))
    wrong = [
        Undeclared(*standing, there.get(standing, 0), count[standing])
        for standing in sorted({*there, *count})
        if there.get(standing, 0) != count[standing]
    ]
    if wrong:
        raise UnitsUndeclared(
            "; ".join(
                f"{each.units} units are at {each.location_id}, {each.spot}; {each.declared} were told"
                for each in wrong
            )
            + ".",
            lines=wrong,
        )
    asking = Asking(change.variant_id, data.tracking, data.dated, "UTC")
    which = {change.variant_id: asking}
    asked = Asked(
        lots=which if data.tracking == "lot" else {},
        serials=which if data.tracking == "serial" else {},
        at=change.at,
        today=day_at(change.at, asking.timezone),
    )
    for standing, lines in sorted(told.items()):
        key = f"tracking:{change.id}:begin"
        await bring(tx, standing, lines, asked, change.cause, key, from_spot=Spot.OPENING)
