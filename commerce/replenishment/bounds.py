"""The bounds of replenishment, with their history, and what the shop decides of receiving."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET, structs
from sqlalchemy import BigInteger, Boolean, Integer, Uuid, delete, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, insert

from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import Caller, Forbidden, StaleVersion
from commerce.platform.statement import Statement, given, unnested
from commerce.replenishment.facts import Rules
from commerce.replenishment.queries import rules_now, scope_of
from commerce.replenishment.schemas import (
    BoundChangeOut,
    BoundIn,
    BoundOut,
    BoundsIn,
    BoundsOut,
    RulesPatch,
)
from commerce.replenishment.tables import replenishment_bound_changes, replenishment_bounds, replenishment_rules

_bound, _change = replenishment_bounds.c, replenishment_bound_changes.c
_at = _bound.changed_at.type
_new = unnested("new", variant_id=Uuid, location_id=Uuid, minimum=Integer, maximum=Integer)
_put = insert(replenishment_bounds).from_select(
    [*_new.c.keys(), "changed_at"], select(*_new.c, given("at", _at)).order_by(_new.c.variant_id, _new.c.location_id)
)
PUT = Statement(
    _put.on_conflict_do_update(
        index_elements=["variant_id", "location_id"],
        set_={name: _put.excluded[name] for name in ("minimum", "maximum", "changed_at")},
    ).returning(*replenishment_bounds.c),
    into=BoundOut,
)
_gone = unnested("gone", variant_id=Uuid, location_id=Uuid)
DROP = Statement(
    delete(replenishment_bounds).where(
        _bound.variant_id == _gone.c.variant_id, _bound.location_id == _gone.c.location_id
    )
)
NOTE = Statement(
    insert(replenishment_bound_changes).from_select(
        [*_new.c.keys(), "by", "at"], select(*_new.c, given("by", _change.by.type), given("at", _at))
    )
)
_everywhere, _locations = given("everywhere", Boolean), given("locations", ARRAY(Uuid))
_location, _variant = given("location_id", Uuid), given("variant_id", Uuid)
PAGE = Statement(
    select(replenishment_bounds)
    .where(
        or_(_everywhere, _bound.location_id == func.any(_locations)),
        or_(_location.is_(None), _bound.location_id == _location),
        tuple_(_bound.variant_id, _bound.location_id)
        > tuple_(given("after_variant", Uuid), given("after_place", Uuid)),
    )
    .order_by(_bound.variant_id, _bound.location_id)
    .limit(given("most", Integer)),
    into=BoundOut,
)
CHANGES = Statement(
    select(replenishment_bound_changes)
    .where(
        or_(_everywhere, _change.location_id == func.any(_locations)),
        or_(_location.is_(None), _change.location_id == _location),
        or_(_variant.is_(None), _change.variant_id == _variant),
        _change.seq < given("before", BigInteger),
    )
    .order_by(_change.seq.desc())
    .limit(given("most", Integer)),
    into=BoundChangeOut,
)
_rules = insert(replenishment_rules).values(
    id=1,
    receiver_differs=given("receiver_differs", Boolean),
    over_tolerance_percent=given("over_tolerance_percent", Integer),
    version=given("version", Integer),
)
SET_RULES = Statement(
    _rules.on_conflict_do_update(
        index_elements=["id"],
        set_={name: _rules.excluded[name] for name in ("receiver_differs", "over_tolerance_percent", "version")},
        where=replenishment_rules.c.version == given("expected", Integer),
    )
)


async def set_bounds(tx: Tx, caller: Caller, data: BoundsIn) -> BoundsOut:
    """Set bounds, or take them away, all of them or none; each change is kept.

    Refuses with InvalidInput a location that is none of the caller's, a place that stands twice, a minimum above its maximum, half a pair.
    """
    known: set[tuple[UUID, UUID]] = set()
    for position, each in enumerate(data.bounds):
        _check(caller, position, each, known)
    now = clock.now()
    wanted = [each for each in data.bounds if each.maximum is not None]
    gone = [each for each in data.bounds if each.maximum is None]
    put = await tx.fetch(PUT, **_columns(wanted), at=now) if wanted else []
    if gone:
        await tx.execute(
            DROP, variant_id=[each.variant_id for each in gone], location_id=[each.location_id for each in gone]
        )
    await tx.execute(NOTE, **_columns(data.bounds), by=caller.principal, at=now)
    tx.changed("replenishment_bounds", "many", after=list(data.bounds))
    return BoundsOut(bounds=sorted(put, key=lambda each: (each.variant_id, each.location_id)))


async def set_rules(tx: Tx, caller: Caller, expected: int, patch: RulesPatch) -> Rules:
    """Change what the shop decides of receiving. Refuses with StaleVersion, and with Forbidden who is bound to locations."""
    if caller.locations is not None:
        raise Forbidden("The rules hold for all locations; you are bound to some of them.")
    before = await rules_now(tx)
    wanted = {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
    after = structs.replace(before, version=before.version + 1, **wanted)
    if before.version != expected or not await tx.execute(SET_RULES, expected=expected, **structs.asdict(after)):
        raise StaleVersion
    tx.changed("replenishment_rules", "shop", before=before, after=after)
    return after


async def bound_page(
    reads: Reads, caller: Caller | None, *, location_id: UUID | None, after: tuple[UUID, UUID], most: int
) -> Sequence[BoundOut]:
    """Gives bounds by (article, location), at the caller's locations."""
    return await reads.fetch(
        PAGE, **scope_of(caller), location_id=location_id, after_variant=after[0], after_place=after[1], most=most
    )


async def change_page(
    reading: Reading, caller: Caller, *, variant_id: UUID | None, location_id: UUID | None, before: int, most: int
) -> Sequence[BoundChangeOut]:
    """Gives the changes of bounds at the caller's locations, the latest first."""
    return await reading.fetch(
        CHANGES, **scope_of(caller), variant_id=variant_id, location_id=location_id, before=before, most=most
    )


def _check(caller: Caller, position: int, each: BoundIn, known: set[tuple[UUID, UUID]]) -> None:
    pointer = f"/bounds/{position}"
    if not caller.may_at(each.location_id):
        raise invalid(f"{pointer}/location_id", "is none of your locations")
    if (each.variant_id, each.location_id) in known:
        raise invalid(pointer, "stands for an article and a location that stand there already")
    known.add((each.variant_id, each.location_id))
    if (each.minimum is None) is not (each.maximum is None):
        raise invalid(pointer, "give both minimum and maximum, or neither to take them away")
    if each.minimum is not None and each.maximum is not None and (each.maximum < 1 or each.minimum > each.maximum):
        raise invalid(f"{pointer}/maximum", "must be at least 1, and no less than the minimum")


def _columns(bounds: Sequence[BoundIn]) -> dict[str, list[object]]:
    return {name: [getattr(each, name) for each in bounds] for name in BoundIn.__struct_fields__}
