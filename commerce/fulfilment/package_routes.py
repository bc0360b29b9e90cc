"""Packages and their labels over HTTP."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody

from commerce.fulfilment.adapters.svg_labels import BUILT_IN
from commerce.fulfilment.errors import WrongUnits
from commerce.fulfilment.labels import good_label, label, place_of
from commerce.fulfilment.package_errors import LabelRefused, LabelUnsure, PackagesChanged, TooManyPackages
from commerce.fulfilment.package_schemas import (
    LabelDocumentOut,
    LabelOut,
    PackageIn,
    PackageOut,
    document_out,
    label_out,
    package_out,
)
from commerce.fulfilment.packages import make_package, seen_packages, void_package
from commerce.kernel.errors import IllegalMove, InvalidInput, NotFound, invalid
from commerce.kernel.ids import FulfilmentOrderId, PackageId
from commerce.kernel.wire import Page
from commerce.platform.database import Database, Tx
from commerce.platform.http import Call, Caller, answer, get, perform, perform_flow, post

WORK, SEE, TAG = "fulfilment:work", "fulfilment:read", "fulfilment"
OF_WORK, ONE = "/v1/fulfilment-orders/{fulfilment_order_id:uuid}/packages", "/v1/packages/{package_id:uuid}"


@post(
    OF_WORK,
    operation="makePackage",
    scope=WORK,
    tag=TAG,
    key="required",
    refusals=[NotFound, IllegalMove, InvalidInput, WrongUnits, TooManyPackages],
)
async def add_package(
    request: Call, fulfilment_order_id: FromPath[UUID], data: JSONBody[PackageIn]
) -> Response[PackageOut]:
    """Pack picked units into one more package; labels that were made before are void, since they say how many packages there are."""
    return await perform(request, _made, request.caller, FulfilmentOrderId(fulfilment_order_id), data)


@get(OF_WORK, operation="listPackages", scope=SEE, tag=TAG, refusals=[NotFound])
async def list_packages(request: Call, fulfilment_order_id: FromPath[UUID]) -> Response[Page[PackageOut]]:
    """List the packages of some work, the first one first; those that were opened again, too."""
    found = await seen_packages(request.db.reading, request.caller, FulfilmentOrderId(fulfilment_order_id))
    return answer(request, Page(items=[package_out(each) for each in found]))


@post(f"{ONE}/void", operation="voidPackage", scope=WORK, tag=TAG, status=200, refusals=[NotFound, IllegalMove])
async def open_package(request: Call, package_id: FromPath[UUID]) -> Response[PackageOut]:
    """Open a package again: its units are in none, and labels that were made are void."""
    return await perform(request, _voided, request.caller, PackageId(package_id))


@post(
    f"{ONE}/label",
    operation="labelPackage",
    scope=WORK,
    tag=TAG,
    key="required",
    refusals=[NotFound, IllegalMove, LabelRefused, LabelUnsure, PackagesChanged],
)
async def label_package(request: Call, package_id: FromPath[UUID]) -> Response[LabelOut]:
    """Have a label made for a package; one that has a good label keeps it."""
    return await perform_flow(request, _labelled, request.caller, PackageId(package_id))


@get(f"{ONE}/label", operation="getPackageLabel", scope=SEE, tag=TAG, refusals=[NotFound])
async def get_label(request: Call, package_id: FromPath[UUID]) -> Response[LabelDocumentOut]:
    """Get the label of a package as it is printed: the address of one that is sent, the order and the code of one that is collected."""
    return answer(request, document_out(await good_label(request.db.reading, request.caller, PackageId(package_id))))


async def _made(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, data: PackageIn) -> PackageOut:
    wanted: dict[UUID, int] | None = None
    for position, line in enumerate(data.lines or ()):
        wanted = wanted or {}
        if line.line_id in wanted:
            raise invalid(f"/lines/{position}/line_id", "stands twice")
        wanted[line.line_id] = line.quantity
    return package_out(await make_package(tx, caller, fulfilment_id, wanted, data.measures))


async def _voided(tx: Tx, caller: Caller, package_id: PackageId) -> PackageOut:
    return package_out(await void_package(tx, caller, package_id))


async def _labelled(db: Database, command_id: UUID, caller: Caller, package_id: PackageId) -> LabelOut:
    place = await place_of(db.reading, caller, package_id)
    return label_out(await label(db, command_id, caller, BUILT_IN, place, package_id))


PACKAGE_ROUTES = [add_package, list_packages, open_package, label_package, get_label]
