"""Packages as values."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from commerce.kernel.ids import FulfilmentLineId, FulfilmentOrderId, LocationId, PackageId

PACKAGES_MOST = 50
"""The most packages of one piece of work."""


class PackageState(StrEnum):
    """Where a package is: in the house, opened again, or on its way with the customer or a carrier."""

    PACKED = "packed"
    VOIDED = "voided"
    SENT = "sent"


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """How heavy and how large a package is, where somebody measured."""

    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A package: which units are in it (by fulfilment line), and its measures."""

    id: PackageId
    number: str
    fulfilment_order_id: FulfilmentOrderId
    location_id: LocationId
    state: PackageState
    units: tuple[tuple[FulfilmentLineId, int], ...]
    weight_grams: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    shipment_id: UUID | None
    by: str
    packed_at: datetime
    closed_at: datetime | None = None
    version: int = 1


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A label that is good: of which package, the so-manyeth of so many, what is printed."""

    id: UUID
    package_id: PackageId
    labeller: str
    tracking_number: str | None
    nth: int
    count: int
    media_type: str
    document: bytes | None
    made_at: datetime
