"""A package gets its label: what it says is read, whoever makes labels is asked outside of any transaction, and the answer is kept."""

from typing import assert_never
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, insert, select

from commerce import orders, stores
from commerce.fulfilment.facts import Fulfilment
from commerce.fulfilment.package_errors import LabelRefused, LabelUnsure, PackagesChanged
from commerce.fulfilment.package_facts import Label, PackageState
from commerce.fulfilment.package_tables import package_labels
from commerce.fulfilment.packages import PACKAGE, package, packages_of, packed
from commerce.fulfilment.ports import Labelled, Labeller, Parcel, Refused, Unknown
from commerce.fulfilment.queries import lock, pickup_code
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.kernel.ids import PackageId
from commerce.orders import Address
from commerce.platform.database import Database, Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.stores import Location

_label = package_labels.c
GOOD = Statement(
    select(
        _label.id,
        _label.package_id,
        _label.labeller,
        _label.tracking_number,
        _label.nth,
        _label.count,
        _label.media_type,
        _label.document,
        _label.made_at,
    ).where(_label.package_id == given("package_id", Uuid), _label.voided_at.is_(None)),
    into=Label,
)
KEEP = Statement(insert(package_labels))


async def label(
    db: Database, command_id: UUID, caller: Caller, labeller: Labeller, place: Location, package_id: PackageId
) -> Label:
    """Gives the package's label, made now where it has no good one.

    Refuses with LabelRefused; with LabelUnsure when no answer came, then the same request asks again for the same label; with
    PackagesChanged when there were other packages by the time that it was made, and the label is taken back; with NotFound, IllegalMove.
    """
    parcel = await db.transact(_parcel, command_id, caller, place, package_id)
    if isinstance(parcel, Label):
        return parcel
    outcome = await labeller.label(parcel)
    match outcome:
        case Labelled():
            kept = await db.transact(_keep, caller, labeller.name, package_id, parcel, outcome)
            if kept is None:
                await labeller.void(parcel.id)
                raise PackagesChanged("Ask for the label again.")
            return kept
        case Refused(reason=reason):
            raise LabelRefused(reason)
        case Unknown():
            raise LabelUnsure("Repeat the request with the same key.", retry_after_seconds=5)
        case _:
            assert_never(outcome)


async def good_label(reads: Reads, caller: Caller, package_id: PackageId) -> Label:
    """Gives the label of a package; refuses with NotFound where it has none that is good."""
    found = await reads.fetch_one(GOOD, package_id=(await package(reads, package_id, caller)).id)
    if found is None:
        raise NotFound("There is no label that is good.")
    return found


async def place_of(reads: Reads, caller: Caller, package_id: PackageId) -> Location:
    """Gives where a package is; refuses with NotFound."""
    return await stores.location(reads, (await package(reads, package_id, caller)).location_id)


async def _parcel(tx: Tx, label_id: UUID, caller: Caller, place: Location, package_id: PackageId) -> Parcel | Label:
    found = await package(tx, package_id, caller)
    work = await lock(tx, found.fulfilment_order_id, caller)
    found = await package(tx, package_id, caller)
    if found.state is not PackageState.PACKED:
        raise PACKAGE.refusal(found.state, PackageState.PACKED)
    if (before := await tx.fetch_one(GOOD, package_id=found.id)) is not None:
        return before
    there = [each.id for each in packed(await packages_of(tx, work.id))]
    to, code = await _whereto(tx, work)
    return Parcel(
        id=label_id,
        number=found.number,
        nth=there.index(found.id) + 1,
        count=len(there),
        order_number=work.order_number,
        pickup_code=code,
        origin=(place.name, place.address.line1, f"{place.address.postal_code or ''} {place.address.city}".strip()),
        to=to,
        weight_grams=found.weight_grams,
    )


async def _keep(
    tx: Tx, caller: Caller, labeller: str, package_id: PackageId, parcel: Parcel, made: Labelled
) -> Label | None:
    """Keeps a label; None where it says what is true no longer."""
    found = await package(tx, package_id, caller)
    work = await lock(tx, found.fulfilment_order_id, caller)
    if (before := await tx.fetch_one(GOOD, package_id=found.id)) is not None:
        return before if before.id == parcel.id else None
    there = [each.id for each in packed(await packages_of(tx, work.id))]
    if found.id not in there or (there.index(found.id) + 1, len(there)) != (parcel.nth, parcel.count):
        return None
    kept = Label(
        id=parcel.id,
        package_id=found.id,
        labeller=labeller,
        tracking_number=made.tracking_number,
        nth=parcel.nth,
        count=parcel.count,
        media_type=made.media_type,
        document=made.document,
        made_at=clock.now(),
    )
    await tx.execute(KEEP, **msgspec.structs.asdict(kept), voided_at=None, void_reason=None)
    return kept


async def _whereto(tx: Tx, work: Fulfilment) -> tuple[tuple[str, ...], str | None]:
    """Gives the lines of the address that a parcel is sent to, or the code under which it is collected."""
    if work.kind == "pickup":
        code = await pickup_code(tx, work.id)
        return (), code.code if code else None
    address = (await orders.order(tx, work.order_id)).shipping_address
    return (() if address is None else _said(address)), None


def _said(address: Address) -> tuple[str, ...]:
    lines = (
        address.name,
        address.line1,
        address.line2,
        f"{address.postal_code} {address.city}",
        address.region,
        address.country,
    )
    return tuple(line for line in lines if line)
