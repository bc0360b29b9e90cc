"""Packages and labels on the wire."""

import base64
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from commerce.fulfilment.package_facts import Label, Measures, Package, PackageState
from commerce.fulfilment.schemas import LINES_MOST
from commerce.kernel.wire import Quantity, WireIn, WireOut

Grams = Annotated[int, Meta(ge=1, le=1_000_000, description="Grams")]
Millimetres = Annotated[int, Meta(ge=1, le=20_000, description="Millimetres")]


class PackageLineIn(WireIn, frozen=True, kw_only=True):
    """Units of a line that are in the package."""

    line_id: UUID
    quantity: Quantity


class PackageIn(WireIn, frozen=True, kw_only=True):
    """What is in one more package, all that is in none yet where nothing is said, and how heavy and large it is."""

    lines: Annotated[list[PackageLineIn], Meta(min_length=1, max_length=LINES_MOST)] | None = None
    weight_grams: Grams | None = None
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None

    @property
    def measures(self) -> Measures:
        """Its measures."""
        return Measures(**{name: getattr(self, name) for name in Measures.__struct_fields__})


class PackageUnitsOut(WireOut, frozen=True, kw_only=True):
    """Units of a line in a package."""

    line_id: UUID
    quantity: int


class PackageOut(WireOut, frozen=True, kw_only=True):
    """A package."""

    id: UUID
    version: int
    number: str
    fulfilment_order_id: UUID
    location_id: UUID
    state: PackageState
    units: list[PackageUnitsOut]
    weight_grams: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    shipment_id: UUID | None
    packed_at: datetime
    closed_at: datetime | None


class LabelOut(WireOut, frozen=True, kw_only=True):
    """A label that is good: it is on the so-manyeth (`nth`) of `count` packages."""

    id: UUID
    package_id: UUID
    labeller: str
    tracking_number: str | None
    nth: int
    count: int
    media_type: str
    made_at: datetime


class LabelDocumentOut(LabelOut, frozen=True, kw_only=True):
    """A label with what is printed, in base64."""

    document: str


def package_out(found: Package) -> PackageOut:
    """Shapes a package for the wire."""
    units = [PackageUnitsOut(line_id=line_id, quantity=quantity) for line_id, quantity in found.units]
    return PackageOut(
        units=units, **{name: getattr(found, name) for name in PackageOut.__struct_fields__ if name != "units"}
    )


def label_out(found: Label) -> LabelOut:
    """Shapes a label for the wire, without what is printed."""
    return LabelOut(**{name: getattr(found, name) for name in LabelOut.__struct_fields__})


def document_out(found: Label) -> LabelDocumentOut:
    """Shapes a label for the wire, with what is printed."""
    document = base64.b64encode(found.document or b"").decode()
    return LabelDocumentOut(document=document, **{name: getattr(found, name) for name in LabelOut.__struct_fields__})
