"""Packages: which picked units are in which. Another package makes the labels void that were made before it, since they say how many there are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Text, Uuid, func, insert, null, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Boolean

from commerce.fulfilment import rules
from commerce.fulfilment.errors import WrongUnits
from commerce.fulfilment.facts import Fulfilment, FulfilmentState as F
from commerce.fulfilment.package_errors import NotAllPacked, TooManyPackages
from commerce.fulfilment.package_facts import PACKAGES_MOST, Measures, Package, PackageState as S
from commerce.fulfilment.package_tables import package_labels, packages
from commerce.fulfilment.queries import fulfilment, lock, scope_of
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, NotFound
from commerce.kernel.ids import FulfilmentLineId, FulfilmentOrderId, PackageId, document_number, new_id
from commerce.kernel.states import Machine
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given

PACKAGE = Machine("package", start=S.PACKED, moves={S.PACKED: {S.VOIDED, S.SENT}})
IN_THE_HOUSE = frozenset({F.PICKING, F.PACKED, F.READY_FOR_PICKUP})
_package, _label = packages.c, package_labels.c
_of_work = _package.fulfilment_order_id == given("fulfilment_order_id", Uuid)
OF_WORK = Statement(select(packages).where(_of_work).order_by(_package.packed_at, _package.id), into=Package)
ONE = Statement(
    select(packages).where(
        _package.id == given("id", Uuid),
        or_(given("everywhere", Boolean), _package.location_id == func.any(given("locations", ARRAY(Uuid)))),
    ),
    into=Package,
)
MAKE = Statement(insert(packages))
END = Statement(
    update(packages)
    .where(any_of(_package.id, "ids"), _package.state == S.PACKED.value)
    .values(
        state=given("state", Text),
        shipment_id=given("shipment_id", Uuid),
        closed_at=given("at", _package.closed_at.type),
        version=_package.version + 1,
    )
)
VOID_LABELS = Statement(
    update(package_labels)
    .where(
        _label.package_id.in_(select(_package.id).where(_of_work)),
        _label.voided_at.is_(None),
    )
    .values(voided_at=given("at", _label.voided_at.type), void_reason=given("reason", Text), document=null())
)


async def packages_of(reads: Reads, fulfilment_id: FulfilmentOrderId) -> list[Package]:
    """Gives all packages of some work, the first one first."""
    return await reads.fetch(OF_WORK, fulfilment_order_id=fulfilment_id)


async def package(reads: Reads, package_id: PackageId, caller: Caller) -> Package:
    """Gives a package; refuses with NotFound one that is not at the caller's locations."""
    found = await reads.fetch_one(ONE, id=package_id, **scope_of(caller))
    if found is None:
        raise NotFound
    return found


async def make_package(
    tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, wanted: Mapping[UUID, int] | None, measures: Measures
) -> Package:
    """Packs picked units into one more package: those named by line, or all that are in none yet.

    Labels that were made for the others are void. Refuses with WrongUnits more than was picked and is in no package, with TooManyPackages,
    NotFound, and IllegalMove when nothing of the work is in the house.
    """
    work = await lock(tx, fulfilment_id, caller)
    if work.state not in IN_THE_HOUSE:
        raise IllegalMove(f"The work is {work.state.value}: nothing is there to be packed.", state=work.state)
    before = packed(await packages_of(tx, work.id))
    if len(before) >= PACKAGES_MOST:
        raise TooManyPackages(f"{PACKAGES_MOST} packages are the most.", most=PACKAGES_MOST)
    now = clock.now()
    made = Package(
        id=PackageId(new_id()),
        number=document_number("P"),
        fulfilment_order_id=work.id,
        location_id=work.location_id,
        state=S.PACKED,
        units=_into_it(work, before, wanted),
        shipment_id=None,
        by=caller.principal,
        packed_at=now,
        **msgspec.structs.asdict(measures),
    )
    await tx.execute(VOID_LABELS, fulfilment_order_id=work.id, at=now, reason="extra_package")
    await tx.execute(MAKE, **msgspec.structs.asdict(made))
    tx.changed("package", made.id, after={"number": made.number, "state": made.state})
    return made


async def void_package(tx: Tx, caller: Caller, package_id: PackageId) -> Package:
    """Opens a package again: its units are in none, and the labels of its work are void. A second time changes nothing.

    Refuses with NotFound, and with IllegalMove one that has left.
    """
    work = await lock(tx, (await package(tx, package_id, caller)).fulfilment_order_id, caller)
    before = await package(tx, package_id, caller)
    if before.state is S.VOIDED:
        return before
    PACKAGE.check(before.state, S.VOIDED)
    now = clock.now()
    await tx.execute(END, ids=[before.id], state=S.VOIDED, shipment_id=None, at=now)
    await tx.execute(VOID_LABELS, fulfilment_order_id=work.id, at=now, reason="package_voided")
    tx.changed("package", before.id, before={"state": before.state}, after={"state": S.VOIDED})
    return msgspec.structs.replace(before, state=S.VOIDED, closed_at=now, version=before.version + 1)


async def void_all(tx: Tx, fulfilment_id: FulfilmentOrderId, reason: str, *, at: datetime) -> None:
    """Opens all packages of locked work that are in the house; what is printed on their labels is void and forgotten."""
    await _end(tx, await packages_of(tx, fulfilment_id), S.VOIDED, None, at=at)
    await tx.execute(VOID_LABELS, fulfilment_order_id=fulfilment_id, at=at, reason=reason)


async def void_with(tx: Tx, work: Fulfilment, line_ids: Sequence[UUID], *, at: datetime) -> None:
    """Opens the packages of locked work that hold units of some lines, since some of these stay; all labels of the work are void."""
    there = packed(await packages_of(tx, work.id))
    opened = [each for each in there if any(line_id in line_ids for line_id, _ in each.units)]
    if not opened:
        return
    await _end(tx, opened, S.VOIDED, None, at=at)
    await tx.execute(VOID_LABELS, fulfilment_order_id=work.id, at=at, reason="package_voided")


async def send_packages(
    tx: Tx, work: Fulfilment, units: rules.Units, shipment_id: UUID | None, *, at: datetime
) -> None:
    """Lets the packages of locked work go with its units: into a shipment, or (None) with the customer who takes the last of it.

    Work without packages needs none. A shipment refuses with NotAllPacked when they hold anything else than what leaves.
    """
    there = packed(await packages_of(tx, work.id))
    if not there:
        return
    held = _held(there)
    leaving = {line.id: quantity for line, quantity in units}
    if shipment_id is not None and held != leaving:
        missing = sum(max(0, quantity - held[line_id]) for line_id, quantity in leaving.items())
        raise NotAllPacked(f"{missing} units are in no package.", units_left=missing)
    await _end(tx, there, S.SENT, shipment_id, at=at)
    await tx.execute(VOID_LABELS, fulfilment_order_id=work.id, at=at, reason="left")


def packed(found: Sequence[Package]) -> list[Package]:
    """Gives those that are in the house and whole."""
    return [each for each in found if each.state is S.PACKED]


async def seen_packages(reads: Reads, caller: Caller, fulfilment_id: FulfilmentOrderId) -> list[Package]:
    """Gives the packages of work at one of the caller's locations; refuses with NotFound."""
    return await packages_of(reads, (await fulfilment(reads, fulfilment_id, caller)).id)


async def _end(tx: Tx, found: Sequence[Package], state: S, shipment_id: UUID | None, *, at: datetime) -> None:
    if ids := [each.id for each in packed(found)]:
        await tx.execute(END, ids=ids, state=state, shipment_id=shipment_id, at=at)


def _held(found: Sequence[Package]) -> Counter[FulfilmentLineId]:
    held: Counter[FulfilmentLineId] = Counter()
    for each in found:
        for line_id, quantity in each.units:
            held[line_id] += quantity
    return held


def _into_it(
    work: Fulfilment, before: Sequence[Package], wanted: Mapping[UUID, int] | None
) -> tuple[tuple[FulfilmentLineId, int], ...]:
    """Gives the units for a new package; refuses with WrongUnits what is not there."""
    held = _held(before)
    left = {line.id: line.to_hand - held[line.id] for line in work.lines}
    if wanted is None:
        units = [(line_id, quantity) for line_id, quantity in left.items() if quantity > 0]
    else:
        units = []
        for position, (line_id, quantity) in enumerate(wanted.items()):
            line = work.line(line_id)
            rest = 0 if line is None else left[line.id]
            if line is None or quantity > rest:
                raise WrongUnits.at(position, f"has {rest} picked units that are in no package, not {quantity}")
            units.append((line.id, quantity))
    if not units:
        raise WrongUnits("Nothing is picked that is in no package yet.")
    return tuple(units)
