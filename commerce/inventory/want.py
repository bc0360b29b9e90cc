"""Units that somebody is owed and that no shelf keeps yet: an order's that waits for a place to come from."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import ledger
from commerce.inventory.errors import NotWanted
from commerce.inventory.facts import MOST_UNITS, Cause
from commerce.inventory.tables import unrouted_changes, unrouted_demand
from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

_DOCUMENT = {"document_kind": Text, "document_id": Uuid, "actor": Text, "reason": Text}
_new = unnested("new", variant_id=Uuid, units=Integer)
_insert = insert(unrouted_demand).from_select(
    ["owner_id", "variant_id", "units"], select(given("owner_id", Uuid), _new.c.variant_id, _new.c.units)
)
WANT = Statement(
    _insert.on_conflict_do_update(
        constraint=unrouted_demand.primary_key, set_={"units": unrouted_demand.c.units + _insert.excluded.units}
    )
)
WANTED = Statement(
    select(unrouted_demand.c.variant_id, unrouted_demand.c.units)
    .where(unrouted_demand.c.owner_id == given("owner_id", Uuid), unrouted_demand.c.units > 0)
    .order_by(unrouted_demand.c.variant_id)
    .with_for_update()
)
_off = unnested("off", variant_id=Uuid, units=Integer)
UNWANT = Statement(
    update(unrouted_demand)
    .where(
        unrouted_demand.c.owner_id == given("owner_id", Uuid),
        unrouted_demand.c.variant_id == _off.c.variant_id,
        unrouted_demand.c.units >= _off.c.units,
    )
    .values(units=unrouted_demand.c.units - _off.c.units)
)
_change = unnested("change", variant_id=Uuid, quantity=Integer)
WRITE = Statement(
    insert(unrouted_changes).from_select(
        ["owner_id", "variant_id", "quantity", *_DOCUMENT, "at"],
        select(
            given("owner_id", Uuid),
            _change.c.variant_id,
            _change.c.quantity,
            *(given(name, kind) for name, kind in _DOCUMENT.items()),
            given("at", DateTime(timezone=True)),
        ),
    )
)


async def want(tx: Tx, owner_id: UUID, lines: Sequence[tuple[VariantId, int]], cause: Cause) -> None:
    """Note units that an order is owed without a place: what can be promised to be sent is less by them."""
    units = _summed(lines)
    await tx.execute(WANT, owner_id=owner_id, variant_id=list(units), units=list(units.values()))
    await _write(tx, owner_id, units, cause)


async def unwant(tx: Tx, owner_id: UUID, lines: Sequence[tuple[VariantId, int]] | None, cause: Cause) -> None:
    """Take units off that have found a place or are not owed any more; without lines all of the order's, which may be none.

    Refuses with NotWanted when fewer units wait than are named.
    """
    waiting = {row["variant_id"]: row["units"] for row in await tx.fetch(WANTED, owner_id=owner_id)}
    units = waiting if lines is None else _summed(lines)
    if not units:
        return
    if any(waiting.get(variant_id, 0) < quantity for variant_id, quantity in units.items()):
        raise NotWanted("Fewer units of the order wait for a place than should be taken off.")
    await tx.execute(UNWANT, owner_id=owner_id, variant_id=list(units), units=list(units.values()))
    await _write(tx, owner_id, {variant_id: -quantity for variant_id, quantity in units.items()}, cause)


async def _write(tx: Tx, owner_id: UUID, changes: Mapping[VariantId, int], cause: Cause) -> None:
    await tx.execute(
        WRITE,
        owner_id=owner_id,
        variant_id=list(changes),
        quantity=list(changes.values()),
        **ledger.said(cause),
        at=clock.now(),
    )


def _summed(lines: Sequence[tuple[VariantId, int]]) -> dict[VariantId, int]:
    """Gives the units of each article, in the order in which rows are locked."""
    units: dict[VariantId, int] = {}
    for variant_id, quantity in lines:
        if not 1 <= quantity <= MOST_UNITS:
            raise Bug(f"{quantity} is no number of units to wait for")
        units[variant_id] = units.get(variant_id, 0) + quantity
    return dict(sorted(units.items()))
