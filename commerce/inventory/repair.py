"""Book what makes balances and the facts that explain them agree again, after something changed one of them past the program.

What stands on a shelf is what the shop works with, so it stays: the movement that was missing is booked, against shrinkage, under the name
of the repair. Reserved units are counted anew from the reservations. An ending that was counted and not written is written. Facts are never
changed, so what a fact says too much of stays to be looked at by somebody.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Integer, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.inventory import rows
from commerce.inventory.facts import Cause, EndingKind, Place, RepairKind, Spot
from commerce.inventory.invariants import misreserved, unexplained, unwritten
from commerce.inventory.ledger import Leg
from commerce.inventory.post import write
from commerce.inventory.prove import FIRST, LAST, NEXT, among
from commerce.inventory.tables import reservation_endings, stock_levels, stock_repairs
from commerce.kernel import clock
from commerce.kernel.ids import HoldId, LocationId, VariantId, new_id
from commerce.platform.database import Database, Reads, Tx
from commerce.platform.statement import Statement, given, unnested

ARTICLES_AT_ONCE = 200


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that does not agree: what stands there (`held`), what its facts add up to (`told`).

    `subject` is the spot of a balance, the hold of an ending with its kind, or "reserved". `possible` is false where only a person can tell
    what is right: more is written than was counted, or reservations have more open than the shelf holds.
    """

    id: UUID
    what: RepairKind
    variant_id: VariantId
    location_id: LocationId
    subject: str
    held: int
    told: int
    possible: bool = True
    hold_id: HoldId | None = None

    @property
    def place(self) -> Place:
        """Whose level is its lock."""
        return Place(self.variant_id, self.location_id)


class _Balance(msgspec.Struct, frozen=True):
    variant_id: VariantId
    location_id: LocationId
    spot: Spot
    held: int
    told: int


class _Reserved(msgspec.Struct, frozen=True):
    variant_id: VariantId
    location_id: LocationId
    on_hand: int
    held: int
    told: int


class _Ended(msgspec.Struct, frozen=True):
    hold_id: HoldId
    variant_id: VariantId
    location_id: LocationId
    consumed: int
    released: int
    expired: int
    consumed_told: int
    released_told: int
    expired_told: int


BALANCES = Statement(unexplained(among), into=_Balance)
RESERVED = Statement(misreserved(among), into=_Reserved)
ENDED = Statement(unwritten(among), into=_Ended)

_right = unnested("counted", variant_id=Uuid, location_id=Uuid, units=Integer)
COUNT = Statement(update(stock_levels).where(rows.same_place(stock_levels, _right)).values(reserved=_right.c.units))
_end = unnested(
    "ending", hold_id=Uuid, variant_id=Uuid, location_id=Uuid, kind=Text, quantity=Integer, document_id=Uuid
)
END = Statement(
    insert(reservation_endings).from_select(
        [*_end.c.keys(), "document_kind", "actor", "reason", "at"],
        select(
            *_end.c,
            given("document_kind", Text),
            given("actor", Text),
            given("reason", Text),
            given("at", DateTime(timezone=True)),
        ),
    )
)
_repair = unnested(
    "repair", id=Uuid, what=Text, variant_id=Uuid, location_id=Uuid, subject=Text, held=Integer, told=Integer
)
KEEP = Statement(
    insert(stock_repairs).from_select(
        [*_repair.c.keys(), "actor", "at"],
        select(*_repair.c, given("actor", Text), given("at", DateTime(timezone=True))),
    )
)


async def needed(reads: Reads, after: UUID, until: UUID) -> list[Repair]:
    """Gives what does not agree of the articles after one, up to another."""
    bounds = {"after": after, "until": until}
    found = [
        Repair(
            id=new_id(),
            what=RepairKind.BALANCE,
            variant_id=each.variant_id,
            location_id=each.location_id,
            subject=each.spot.value,
            held=each.held,
            told=each.told,
        )
        for each in await reads.fetch(BALANCES, **bounds)
    ]
    found += [
        Repair(
            id=new_id(),
            what=RepairKind.RESERVED,
            variant_id=each.variant_id,
            location_id=each.location_id,
            subject="reserved",
            held=each.held,
            told=each.told,
            possible=each.told <= each.on_hand,
        )
        for each in await reads.fetch(RESERVED, **bounds)
    ]
    return found + [repair for each in await reads.fetch(ENDED, **bounds) for repair in _endings(each)]


def _endings(each: _Ended) -> list[Repair]:
    pairs = {kind: (getattr(each, kind.value), getattr(each, f"{kind.value}_told")) for kind in EndingKind}
    return [
        Repair(
            id=new_id(),
            what=RepairKind.ENDING,
            variant_id=each.variant_id,
            location_id=each.location_id,
            subject=f"{kind.value} of {each.hold_id}",
            held=held,
            told=told,
            possible=held > told,
            hold_id=each.hold_id,
        )
        for kind, (held, told) in pairs.items()
        if held != told
    ]


async def show_repairs(db: Database) -> list[Repair]:
    """Gives all that does not agree, and changes nothing."""
    found: list[Repair] = []
    after = FIRST
    while after != LAST:
        until = await _until(db, after)
        found += await needed(db.reading, after, until)
        after = until
    return found


async def book_repairs(db: Database, actor: str) -> list[Repair]:
    """Books what makes balances and facts agree, and gives what it found; what is not `possible` is left as it is.

    Some articles at a time, each time under the locks of the places and judged again there: booked again, there is nothing to book.
    """
    found: list[Repair] = []
    after = FIRST
    while after != LAST:
        until = await _until(db, after)
        if await needed(db.reading, after, until):
            found += await db.transact(repair, after, until, actor)
        after = until
    return found


async def _until(db: Database, after: UUID) -> UUID:
    articles = [row["variant_id"] for row in await db.reading.fetch(NEXT, after=after, limit=ARTICLES_AT_ONCE)]
    return articles[-1] if len(articles) == ARTICLES_AT_ONCE else LAST


async def repair(tx: Tx, after: UUID, until: UUID, actor: str) -> list[Repair]:
    """Books the repairs of the articles after one, up to another, and gives them with those that are not possible."""
    await rows.lock(tx, {each.place for each in await needed(tx, after, until)})
    found = await needed(tx, after, until)  # as it is now that nobody else changes it
    booked = [each for each in found if each.possible]
    if not booked:
        return found
    await tx.execute(
        KEEP,
        id=[each.id for each in booked],
        what=[each.what.value for each in booked],
        **rows.arrays(each.place for each in booked),
        subject=[each.subject for each in booked],
        held=[each.held for each in booked],
        told=[each.told for each in booked],
        actor=actor,
        at=clock.now(),
    )
    for each in booked:
        if each.what is RepairKind.BALANCE:
            await _explain(tx, each, actor)
    await _count(tx, [each for each in booked if each.what is RepairKind.RESERVED])
    await _write(tx, [each for each in booked if each.what is RepairKind.ENDING], actor)
    return found


async def _explain(tx: Tx, each: Repair, actor: str) -> None:
    """Books the movement that a balance lacks; the balance stays as it is."""
    leg = Leg(each.variant_id, each.location_id, Spot(each.subject), Spot.SHRINKAGE, None)
    cause = Cause("repair", each.id, actor, f"{each.held} there, {each.told} in the ledger")
    await write(tx, {leg: each.held - each.told}, [each.held], cause, f"repair:{each.id}")


async def _count(tx: Tx, counted: Sequence[Repair]) -> None:
    if counted:
        await tx.execute(COUNT, **rows.arrays(each.place for each in counted), units=[each.told for each in counted])


async def _write(tx: Tx, ended: Sequence[Repair], actor: str) -> None:
    if not ended:
        return
    await tx.execute(
        END,
        hold_id=[each.hold_id for each in ended],
        **rows.arrays(each.place for each in ended),
        kind=[each.subject.split()[0] for each in ended],
        quantity=[each.held - each.told for each in ended],
        document_id=[each.id for each in ended],
        document_kind="repair",
        actor=actor,
        reason="counted, and not written down",
        at=clock.now(),
    )
