"""Stock for tests, booked through the real verbs."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from commerce.inventory import Cause, Demand, hold as hold_units, receive
from commerce.kernel import clock
from commerce.kernel.ids import HoldId, LocationId, VariantId, new_id
from commerce.platform.database import Database

CAUSE = Cause("goods_receipt", None, "staff:test")


async def stock(db: Database, on_hand: Mapping[tuple[UUID, UUID], int]) -> None:
    """Puts units on shelves: `await stock(db, {(variant, location): 5})`. Articles and locations must exist."""
    entries = [(VariantId(variant), LocationId(location), units) for (variant, location), units in on_hand.items()]
    await db.transact(receive, entries, CAUSE, f"test:{new_id()}")


async def hold(
    db: Database, demands: Sequence[tuple[UUID, UUID, int]], *, minutes: float = 15, hold_id: UUID | None = None
) -> HoldId:
    """Keeps units for some minutes from now."""
    wanted = [Demand(VariantId(variant), LocationId(location), units) for variant, location, units in demands]
    until = clock.now() + timedelta(minutes=minutes)
    return await hold_units(db, wanted, until=until, hold_id=HoldId(hold_id or new_id()))
