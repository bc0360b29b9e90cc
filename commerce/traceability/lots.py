"""The one place that changes how many units of a lot are where: a balance and its line in the journal, in one statement."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Date, DateTime, Integer, Text, Uuid, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import Cause
from commerce.kernel.errors import Bug
from commerce.kernel.ids import VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.traceability import journal
from commerce.traceability.errors import LotDiffers, LotNeeded
from commerce.traceability.facts import LotUnits, Standing, TraceKind
from commerce.traceability.journal import Entry
from commerce.traceability.tables import lot_levels, lots
from commerce.traceability.tracked import Asked

_level = lot_levels.c
_here = (_level.location_id == given("location_id", Uuid), _level.spot == given("spot", Text))
_there = (_level.location_id == given("other_location_id", Uuid), _level.spot == given("other_spot", Text))


class LotRow(msgspec.Struct, frozen=True):
    """The locked balance of a lot at one of two spots."""

    variant_id: VariantId
    lot: str
    expires_on: date | None
    quantity: int
    here: bool


LOCK = Statement(
    select(
        _level.variant_id,
        _level.lot,
        lots.c.expires_on,
        _level.quantity,
        (_here[0] & _here[1]).label("here"),
    )
    .join_from(lot_levels, lots, (lots.c.variant_id == _level.variant_id) & (lots.c.lot == _level.lot))
    .where(any_of(_level.variant_id, "variant_ids"), or_(_here[0] & _here[1], _there[0] & _there[1]))
    .order_by(_level.variant_id, _level.location_id, _level.spot, _level.lot)
    .with_for_update(of=lot_levels, key_share=True),
    into=LotRow,
)

_named = unnested("named", variant_id=Uuid, lot=Text, expires_on=Date)
# A date that was not told before is taken as it is told now; one that was told stays.
NAME = Statement(
    (_inserted := insert(lots))
    .from_select(
        ["variant_id", "lot", "expires_on", "created_at"],
        select(_named.c.variant_id, _named.c.lot, _named.c.expires_on, given("at", DateTime(timezone=True))).order_by(
            _named.c.variant_id, _named.c.lot
        ),
    )
    .on_conflict_do_update(
        index_elements=["variant_id", "lot"],
        set_={"expires_on": func.coalesce(lots.c.expires_on, _inserted.excluded.expires_on)},
    )
    .returning(lots.c.variant_id, lots.c.lot, lots.c.expires_on)
)

_part = unnested("part", variant_id=Uuid, location_id=Uuid, spot=Text, lot=Text, quantity=Integer)
_same = (
    _level.variant_id == _part.c.variant_id,
    _level.location_id == _part.c.location_id,
    _level.spot == _part.c.spot,
    _level.lot == _part.c.lot,
)
_taken = (
    update(lot_levels)
    .where(*_same, _part.c.quantity < 0, _level.quantity + _part.c.quantity >= 0)
    .values(quantity=_level.quantity + _part.c.quantity)
    .returning(_level.lot)
    .cte("taken")
)
_arriving = insert(lot_levels).from_select(
    ["variant_id", "location_id", "spot", "lot", "quantity"],
    select(*_part.c)
    .where(_part.c.quantity > 0)
    .order_by(_part.c.variant_id, _part.c.location_id, _part.c.spot, _part.c.lot),
)
_put = (
    _arriving.on_conflict_do_update(
        index_elements=["variant_id", "location_id", "spot", "lot"],
        set_={"quantity": _level.quantity + _arriving.excluded.quantity},
    )
    .returning(lot_levels.c.lot)
    .cte("put")
)
MOVE = Statement(
    select(
        select(func.count()).select_from(_taken).scalar_subquery()
        + select(func.count()).select_from(_put).scalar_subquery()
    ).add_cte(journal.WRITE)
)


async def lock(
    tx: Tx, variant_ids: Collection[VariantId], standing: Standing, other: Standing | None = None
) -> list[LotRow]:
    """Locks the balances of all lots of articles at a spot (or at two), in the order of their keys, and gives them as they are then."""
    there = other or standing
    return await tx.fetch(
        LOCK,
        variant_ids=list(variant_ids),
        location_id=standing.location_id,
        spot=standing.spot,
        other_location_id=there.location_id,
        other_spot=there.spot,
    )


async def name(tx: Tx, told: Sequence[tuple[VariantId, str | None, date | None]], asked: Asked) -> None:
    """Makes lots known with their dates.

    Refuses with LotNeeded a unit without a lot, and one without a date where the article asks for it; with LotDiffers a lot that is known
    with another date.
    """
    dates: dict[tuple[VariantId, str], date | None] = {}
    for variant_id, lot, expires_on in told:
        if lot is None:
            raise LotNeeded(f"Name the lot of each unit of article {variant_id}.", variant_id=variant_id)
        known = dates.get((variant_id, lot))
        if known and expires_on and known != expires_on:
            raise _differs(variant_id, lot, known)
        dates[variant_id, lot] = expires_on or known
    if not dates:
        return
    ordered = sorted(dates.items(), key=lambda each: each[0])
    rows = await tx.fetch(
        NAME,
        variant_id=[variant_id for (variant_id, _), _ in ordered],
        lot=[lot for (_, lot), _ in ordered],
        expires_on=[expires_on for _, expires_on in ordered],
        at=asked.at,
    )
    for row in rows:
        variant_id, lot, expires_on = row["variant_id"], row["lot"], row["expires_on"]
        wanted = dates[variant_id, lot]
        if wanted and wanted != expires_on:
            raise _differs(variant_id, lot, expires_on)
        if expires_on is None and asked.lots[variant_id].dated:
            raise LotNeeded(
                f"Send the last day of sale of lot {lot} of article {variant_id}.", variant_id=variant_id, lot=lot
            )


def _differs(variant_id: VariantId, lot: str, expires_on: date) -> LotDiffers:
    return LotDiffers(
        f"Lot {lot} of article {variant_id} may be sold until {expires_on}: look at the label again.",
        variant_id=variant_id,
        lot=lot,
        expires_on=expires_on,
    )


async def move(tx: Tx, entries: Sequence[Entry], cause: Cause, effect_key: str, at: datetime) -> None:
    """Adds signed units to balances, none of them below zero, and writes each entry down. Who takes holds the row; who brings need not."""
    if not entries:
        return
    parts: Counter[tuple[object, ...]] = Counter()
    for entry in entries:
        parts[entry.variant_id, entry.location_id, entry.spot, entry.code] += entry.quantity
    ordered = sorted(parts.items(), key=lambda each: [str(part) for part in each[0]])
    moved = await tx.fetch_value(
        MOVE,
        variant_id=[key[0] for key, _ in ordered],
        location_id=[key[1] for key, _ in ordered],
        spot=[key[2] for key, _ in ordered],
        lot=[key[3] for key, _ in ordered],
        quantity=[units for _, units in ordered],
        **journal.arguments(entries, TraceKind.LOT, cause, effect_key, at),
    )
    if moved != len(parts):
        raise Bug(f"{len(parts)} balances of lots should change and {moved} did: a row was not locked before")


def units_of(rows: Sequence[LotRow], *, here: bool = True) -> list[LotUnits]:
    """Gives the balances at the first of the two spots, those with units."""
    return [
        LotUnits(row.variant_id, row.lot, row.expires_on, row.quantity)
        for row in rows
        if row.here is here and row.quantity > 0
    ]
