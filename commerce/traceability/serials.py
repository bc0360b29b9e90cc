"""The one place that changes where a serial number is: its row and its line in the journal, in one statement."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import DateTime, Text, Uuid, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import Cause, Spot
from commerce.kernel.errors import Bug, invalid
from commerce.kernel.ids import LocationId, OrderLineId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.traceability import journal
from commerce.traceability.errors import SerialElsewhere, SerialNeeded, SerialUnknown
from commerce.traceability.facts import MOST_SERIALS, STANDING, SerialWhere, Standing, TraceKind
from commerce.traceability.journal import Entry
from commerce.traceability.tables import serial_numbers

Key = tuple[VariantId, str]
_serial = serial_numbers.c


class SerialRow(msgspec.Struct, frozen=True):
    """The locked row of a serial number: where it is, or where it was last and how it went from there."""

    variant_id: VariantId
    serial: str
    spot: Spot
    location_id: LocationId
    order_line_id: OrderLineId | None

    @property
    def standing(self) -> Standing | None:
        """Where it can be met; None for one that is out."""
        return Standing(self.location_id, self.spot) if self.spot in STANDING else None


_new = unnested("new", variant_id=Uuid, serial=Text)
OPEN = Statement(
    insert(serial_numbers)
    .from_select(
        ["variant_id", "serial", "spot", "location_id", "moved_at"],
        select(
            _new.c.variant_id,
            _new.c.serial,
            given("spot", Text),
            given("location_id", Uuid),
            given("at", DateTime(timezone=True)),
        ).order_by(_new.c.variant_id, _new.c.serial),
    )
    .on_conflict_do_nothing()
)
_asked = unnested("asked", variant_id=Uuid, serial=Text)
LOCK = Statement(
    select(_serial.variant_id, _serial.serial, _serial.spot, _serial.location_id, _serial.order_line_id)
    .join_from(
        serial_numbers, _asked, and_(_serial.variant_id == _asked.c.variant_id, _serial.serial == _asked.c.serial)
    )
    .order_by(_serial.variant_id, _serial.serial)
    .with_for_update(of=serial_numbers, key_share=True),
    into=SerialRow,
)
LOCK_STANDING = Statement(
    select(_serial.variant_id, _serial.serial, _serial.spot, _serial.location_id, _serial.order_line_id)
    .where(
        any_of(_serial.variant_id, "variant_ids"),
        _serial.location_id == given("location_id", Uuid),
        _serial.spot == given("spot", Text),
    )
    .order_by(_serial.variant_id, _serial.serial)
    .with_for_update(of=serial_numbers, key_share=True),
    into=SerialRow,
)
_going = unnested("going", variant_id=Uuid, serial=Text, from_spot=Text, from_location_id=Uuid, order_line_id=Uuid)
_gone = (
    update(serial_numbers)
    .where(
        _serial.variant_id == _going.c.variant_id,
        _serial.serial == _going.c.serial,
        _serial.spot == _going.c.from_spot,
        _serial.location_id == _going.c.from_location_id,
    )
    .values(
        spot=given("to_spot", Text),
        location_id=given("to_location_id", Uuid),
        order_line_id=_going.c.order_line_id,
        moved_at=given("at", DateTime(timezone=True)),
    )
    .returning(_serial.serial)
    .cte("gone")
)
MOVE = Statement(select(func.count()).select_from(_gone).add_cte(journal.WRITE))


def told(variant_id: VariantId, quantity: int, serials: Sequence[str]) -> list[Key]:
    """Gives the numbers of units; refuses with SerialNeeded when there is not one for each unit, and twice the same one as invalid."""
    if len(serials) != quantity:
        raise SerialNeeded(
            f"{quantity} units of article {variant_id} need {quantity} serial numbers; {len(serials)} were sent.",
            variant_id=variant_id,
            needed=quantity,
            sent=len(serials),
        )
    return [(variant_id, serial) for serial in serials]


def once(keys: Sequence[Key]) -> None:
    """Refuses numbers that stand twice, and more than one call takes."""
    if len(keys) > MOST_SERIALS:
        raise invalid("/serials", f"are more than {MOST_SERIALS}")
    seen: set[Key] = set()
    for key in keys:
        if key in seen:
            raise invalid("/serials", f"hold {key[1]} twice")
        seen.add(key)


async def open_rows(tx: Tx, keys: Sequence[Key], location_id: LocationId, at: datetime) -> None:
    """Makes rows of numbers that nobody knew: not here yet, from where all stock begins."""
    ordered = sorted(keys, key=lambda key: (key[0], key[1]))
    await tx.execute(
        OPEN,
        variant_id=[variant_id for variant_id, _ in ordered],
        serial=[serial for _, serial in ordered],
        spot=Spot.OPENING,
        location_id=location_id,
        at=at,
    )


async def lock(tx: Tx, keys: Sequence[Key]) -> dict[Key, SerialRow]:
    """Locks numbers in the order of their keys, and gives them as they are then; an unknown one is left out."""
    rows = await tx.fetch(LOCK, variant_id=[key[0] for key in keys], serial=[key[1] for key in keys])
    return {(row.variant_id, row.serial): row for row in rows}


async def lock_standing(tx: Tx, variant_ids: Sequence[VariantId], standing: Standing) -> dict[Key, SerialRow]:
    """Locks all the numbers of articles at a spot, and gives them."""
    rows = await tx.fetch(
        LOCK_STANDING, variant_ids=list(variant_ids), location_id=standing.location_id, spot=standing.spot
    )
    return {(row.variant_id, row.serial): row for row in rows}


def judge(keys: Sequence[Key], rows: Mapping[Key, SerialRow], fits: Callable[[SerialRow], bool], should: str) -> None:
    """Refuses with SerialUnknown numbers without a row, and with SerialElsewhere those that are not where they should be."""
    if missing := [key for key in keys if key not in rows]:
        raise SerialUnknown(
            f"No unit of article {missing[0][0]} has the serial number {missing[0][1]}.",
            serials=[serial for _, serial in missing],
            variant_id=missing[0][0],
        )
    if wrong := [rows[key] for key in keys if not fits(rows[key])]:
        said = "; ".join(f"{row.serial} is {_said(row)}" for row in wrong[:5])
        raise SerialElsewhere(
            f"{said}. It should be {should}.",
            lines=[SerialWhere(row.variant_id, row.serial, row.spot, row.location_id) for row in wrong],
        )


def _said(row: SerialRow) -> str:
    match row.spot:
        case Spot.CUSTOMER:
            return "with a customer"
        case Spot.SUPPLIER:
            return "with the supplier"
        case Spot.SHRINKAGE:
            return "lost"
        case Spot.OPENING | Spot.SHORTAGE:
            return "not booked anywhere"
        case Spot.IN_TRANSIT:
            return f"in transit to {row.location_id}"
        case Spot.SHELF:
            return f"on the shelf of {row.location_id}"
        case Spot.QUARANTINE | Spot.DAMAGED:
            return f"at {row.location_id}, {row.spot.value}"


async def move(
    tx: Tx,
    rows: Sequence[SerialRow],
    spot: Spot,
    location_id: LocationId,
    entries: Sequence[Entry],
    cause: Cause,
    effect_key: str,
    at: datetime,
    *,
    order_lines: Mapping[Key, OrderLineId | None] | None = None,
) -> None:
    """Moves locked numbers from where they are to one spot, and writes the entries down."""
    if not rows:
        return
    moved = await tx.fetch_value(
        MOVE,
        variant_id=[row.variant_id for row in rows],
        serial=[row.serial for row in rows],
        from_spot=[row.spot for row in rows],
        from_location_id=[row.location_id for row in rows],
        order_line_id=[(order_lines or {}).get((row.variant_id, row.serial)) for row in rows],
        to_spot=spot,
        to_location_id=location_id,
        **journal.arguments(entries, TraceKind.SERIAL, cause, effect_key, at),
    )
    if moved != len(rows):
        raise Bug(f"{len(rows)} serial numbers should move and {moved} did: a row was not locked before")
