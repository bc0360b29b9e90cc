"""Corrections: reasons with a direction and another end, limits by role and place, and somebody else beyond them."""

from uuid import UUID

import msgspec
import pytest

from commerce.counting import corrections, limits, reasons
from commerce.counting.corrections import Ask, AskedLine
from commerce.counting.errors import NeedsAnother, ReasonUnusable
from commerce.counting.facts import CorrectionState as C, Direction, LimitKind, Reason
from commerce.counting.named import Name
from commerce.identity.roles import ensure_built_in_roles, role_id
from commerce.identity.schemas import NewStaff, RoleGrant
from commerce.identity.staff import OPERATOR, create_staff
from commerce.inventory import BelowReserved, Spot, TooFewThere, spots
from commerce.inventory.facts import Place
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.platform.http import Caller, StaleVersion
from tests.counting.world import moved_by, shelf_of, somebody
from tests.given.inventory import hold, stock
from tests.inventory.world import places


def ask(reason: str, *lines: tuple[Place, int], at: UUID | None = None) -> Ask:
    """Units of shelves, for a reason."""
    return Ask(
        location_id=at or lines[0][0].location_id,
        reason=reason,
        note="",
        lines=[AskedLine(name=Name(shelf.variant_id, None), units=units) for shelf, units in lines],
    )


async def associate(db: Database) -> Caller:
    """A staff member who is a store associate everywhere."""
    await db.transact(ensure_built_in_roles)
    grants = [RoleGrant(role_id=await role_id(db.reading, "store_associate"), location_id=None)]
    new = NewStaff(email="associate@shop.example", name="Somebody", roles=grants)
    member = await db.transact(create_staff, OPERATOR, new, None)
    return Caller(kind="staff", id=member.id, scopes=frozenset({"stock:count"}))


async def beside(db: Database, shelf: Place) -> dict[str, int]:
    """What a place has beside its shelf."""
    return {balance.spot: balance.units for balance in await spots(db.reading, [shelf.variant_id])}


async def test_a_correction_within_the_limit_is_booked_at_once_where_its_reason_says(
    db: Database, clock: HeldClock
) -> None:
    a, b = await places(db, variants=2)
    await stock(db, {a: 10, b: 10})
    who = somebody()
    done = await db.transact(corrections.correct, who, ask("damaged", (a, 2), (b, 3)))
    assert (done.state, done.units, done.limit_units) == (C.BOOKED, 5, 20)
    assert (await shelf_of(db, a), await shelf_of(db, b)) == ((8, 0), (7, 0))
    assert (await beside(db, a), await beside(db, b)) == ({"damaged": 2}, {"damaged": 3})
    await db.transact(corrections.correct, who, ask("repaired", (a, 1)))
    await db.transact(corrections.correct, who, ask("lost", (b, 1)))
    await db.transact(corrections.correct, who, ask("found", (a, 4)))
    assert (await shelf_of(db, a), await shelf_of(db, b)) == ((13, 0), (6, 0))
    assert await beside(db, a) == {"damaged": 1}


async def test_a_correction_beyond_the_limit_moves_nothing_until_somebody_else_approves(
    db: Database, clock: HeldClock
) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 100})
    who, boss = somebody(), somebody()
    waiting = await db.transact(corrections.correct, who, ask("lost", (shelf, 21)))
    assert waiting.state is C.WAITING
    assert await shelf_of(db, shelf) == (100, 0)
    with pytest.raises(NeedsAnother):
        await db.transact(corrections.approve, who, waiting.id)
    with pytest.raises(NeedsAnother):
        await db.transact(corrections.reject, who, waiting.id, "no")
    with pytest.raises(NeedsAnother):
        await db.transact(corrections.withdraw, boss, waiting.id)
    done = await db.transact(corrections.approve, boss, waiting.id)
    assert (done.state, done.decided_by) == (C.BOOKED, boss.principal)
    assert await shelf_of(db, shelf) == (79, 0)
    with pytest.raises(IllegalMove):
        await db.transact(corrections.approve, boss, waiting.id)
    assert await moved_by(db, shelf, "correction") == -21


async def test_a_correction_that_is_rejected_or_withdrawn_never_moves_a_unit(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 100})
    who, boss = somebody(), somebody()
    one = await db.transact(corrections.correct, who, ask("lost", (shelf, 50)))
    other = await db.transact(corrections.correct, who, ask("lost", (shelf, 50)))
    rejected = await db.transact(corrections.reject, boss, one.id, "look in the cellar")
    withdrawn = await db.transact(corrections.withdraw, who, other.id)
    assert (rejected.state, rejected.decision_note, withdrawn.state) == (C.REJECTED, "look in the cellar", C.WITHDRAWN)
    for ended in (one, other):
        with pytest.raises(IllegalMove):
            await db.transact(corrections.approve, boss, ended.id)
    assert await shelf_of(db, shelf) == (100, 0)


async def test_a_correction_takes_no_unit_that_is_promised_and_none_that_is_not_there(
    db: Database, clock: HeldClock
) -> None:
    shelf, other = await places(db, variants=2)
    await stock(db, {shelf: 5, other: 5})
    await hold(db, [(*shelf, 4)])
    with pytest.raises(BelowReserved):
        await db.transact(corrections.correct, somebody(), ask("lost", (other, 1), (shelf, 2)))
    with pytest.raises(TooFewThere):
        await db.transact(corrections.correct, somebody(), ask("repaired", (shelf, 1)))
    assert (await shelf_of(db, shelf), await shelf_of(db, other)) == ((5, 4), (5, 0))


async def test_the_most_special_limit_holds_and_the_role_that_may_most_counts(db: Database, clock: HeldClock) -> None:
    shelf, elsewhere = await places(db, at=2)
    await stock(db, {shelf: 100, elsewhere: 100})
    boss = somebody()
    here = shelf.location_id
    who = await associate(db)

    async def limit(at: Place = shelf, caller: Caller = who) -> int:
        return await limits.limit_for(db.reading, caller, at.location_id, LimitKind.CORRECTION)

    async def allow(location_id: UUID | None, role: str | None, units: int) -> limits.SetLimit:
        return await db.transact(limits.set_limit, boss, LimitKind.CORRECTION, location_id, role, units)

    assert await limit() == 20
    await allow(None, None, 5)
    await allow(here, None, 4)
    assert (await limit(), await limit(elsewhere)) == (4, 5)
    await allow(None, "store_associate", 3)
    assert (await limit(), await limit(elsewhere), await limit(caller=boss)) == (3, 3, 4)
    special = await allow(here, "store_associate", 2)
    assert (await limit(), await limit(elsewhere)) == (2, 3)
    again = await allow(here, "store_associate", 7)
    assert (again.id, again.version, await limit()) == (special.id, 2, 7)
    waiting = await db.transact(corrections.correct, who, ask("lost", (shelf, 8)))
    assert (waiting.state, waiting.limit_units) == (C.WAITING, 7)
    with pytest.raises(StaleVersion):
        await db.transact(limits.drop_limit, boss, special.id, 1)
    await db.transact(limits.drop_limit, boss, special.id, 2)
    assert await limit() == 3
    with pytest.raises(InvalidInput, match="/role"):
        await allow(None, "nobody", 1)
    bound = somebody(here)
    with pytest.raises(InvalidInput, match="/location_id"):
        await db.transact(limits.set_limit, bound, LimitKind.CORRECTION, None, None, 1_000)
    with pytest.raises(InvalidInput, match="/location_id"):
        await db.transact(limits.set_limit, bound, LimitKind.CORRECTION, elsewhere.location_id, None, 1_000)


async def test_reasons_are_data_beside_those_of_the_product(db: Database, clock: HeldClock) -> None:
    [shelf] = await places(db)
    await stock(db, {shelf: 10})
    boss = somebody()
    with pytest.raises(ReasonUnusable):
        await db.transact(corrections.correct, boss, ask("sample", (shelf, 1)))
    sample = Reason(code="sample", name={"en": "Given away"}, direction=Direction.OFF, spot=Spot.SHRINKAGE)
    assert (await db.transact(reasons.put_reason, boss, sample, 0)).version == 1
    with pytest.raises(StaleVersion):
        await db.transact(reasons.put_reason, boss, sample, 0)
    await db.transact(corrections.correct, boss, ask("sample", (shelf, 1)))
    off = msgspec.structs.replace(sample, active=False)
    await db.transact(reasons.put_reason, boss, off, 1)
    with pytest.raises(ReasonUnusable):
        await db.transact(corrections.correct, boss, ask("sample", (shelf, 1)))
    lost = msgspec.structs.replace(sample, code="lost", active=False)
    await db.transact(reasons.put_reason, boss, lost, 0)
    listed = {reason.code: reason for reason in await reasons.reasons(db.reading)}
    assert not listed["lost"].active
    assert set(listed) >= {"damaged", "found", "quarantine", "sample"}
    assert await shelf_of(db, shelf) == (9, 0)


async def test_anothers_location_looks_as_if_it_did_not_exist(db: Database, clock: HeldClock) -> None:
    mine, other = await places(db, at=2)
    await stock(db, {mine: 100, other: 100})
    who, boss = somebody(mine.location_id), somebody()
    said = set()
    for location_id in (other.location_id, new_id()):
        with pytest.raises(InvalidInput) as refused:
            await db.transact(corrections.correct, who, ask("lost", (mine, 1), at=location_id))
        said.add(refused.value.detail)
    assert len(said) == 1, "the same words for another's and for none"
    waiting = await db.transact(corrections.correct, boss, ask("lost", (other, 50)))
    for act in (corrections.approve, corrections.withdraw):
        with pytest.raises(NotFound):
            await db.transact(act, who, waiting.id)
    with pytest.raises(NotFound):
        await corrections.read(db.reading, who, waiting.id)
    assert await corrections.page(db.reading, who, None, None, None, 10) == []
    with pytest.raises(InvalidInput, match="/lines/1"):
        await db.transact(corrections.correct, who, ask("lost", (mine, 1), (mine, 1)))
