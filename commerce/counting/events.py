"""What counting tells: counts and corrections that were booked, shelves that hold less than is promised."""

from uuid import UUID

from commerce.counting.facts import AtRisk
from commerce.kernel.events import Event


class CountBooked(Event, tag="counting.count_booked.v1"):
    """A count was booked; `units_off` is by how many units its lines differed together."""

    count_id: UUID
    location_id: UUID
    articles: int
    units_off: int

    def about(self) -> UUID:
        """The count."""
        return self.count_id


class CorrectionWaits(Event, tag="counting.correction_waits.v1"):
    """A correction beyond its asker's limit waits for somebody else."""

    correction_id: UUID
    location_id: UUID
    units: int

    def about(self) -> UUID:
        """The correction."""
        return self.correction_id


class CorrectionBooked(Event, tag="counting.correction_booked.v1"):
    """A correction was booked."""

    correction_id: UUID
    location_id: UUID
    reason: str
    units: int

    def about(self) -> UUID:
        """The correction."""
        return self.correction_id


class ShelfShort(Event, tag="counting.shelf_short.v1"):
    """A shelf holds `units` fewer than are promised from it; `at_risk` are the orders and transfers with units there."""

    shortfall_id: UUID
    location_id: UUID
    variant_id: UUID
    units: int
    at_risk: list[AtRisk]

    def about(self) -> UUID:
        """The shortfall."""
        return self.shortfall_id
