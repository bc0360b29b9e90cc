"""What others hear from tax."""

from uuid import UUID

from commerce.kernel.events import Event


class FeesChanged(Event, tag="tax.fees_changed.v1"):
    """A fee was added to, or ended for, these variants."""

    fee_id: UUID
    variant_ids: tuple[UUID, ...]

    def about(self) -> UUID:
        """Gives the id of the fee."""
        return self.fee_id
