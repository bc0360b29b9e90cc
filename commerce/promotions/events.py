"""What others hear from promotions."""

from datetime import datetime
from uuid import UUID

from commerce.kernel.events import Event


class PromotionPublished(Event, frozen=True, kw_only=True, tag="promotions.promotion_published.v1"):
    """A promotion was published for the first time; without `begins_at` this version holds from now on."""

    promotion_id: UUID
    promotion_version: int
    code: str
    begins_at: datetime | None = None

    def about(self) -> UUID:
        """Gives the id of the promotion."""
        return self.promotion_id


class PromotionChanged(Event, frozen=True, kw_only=True, tag="promotions.promotion_changed.v1"):
    """Another version of a published promotion was published; until `begins_at` the earlier one goes on."""

    promotion_id: UUID
    promotion_version: int
    code: str
    begins_at: datetime | None = None

    def about(self) -> UUID:
        """Gives the id of the promotion."""
        return self.promotion_id


class PromotionWithdrawn(Event, frozen=True, kw_only=True, tag="promotions.promotion_withdrawn.v1"):
    """A promotion applies no more, and never will again."""

    promotion_id: UUID
    promotion_version: int
    code: str

    def about(self) -> UUID:
        """Gives the id of the promotion."""
        return self.promotion_id


class PromotionUsedUp(Event, frozen=True, kw_only=True, tag="promotions.promotion_used_up.v1"):
    """The last use, or the last of the budget, was taken; it may come back when an order is cancelled."""

    promotion_id: UUID
    uses: int
    amount: int

    def about(self) -> UUID:
        """Gives the id of the promotion."""
        return self.promotion_id
