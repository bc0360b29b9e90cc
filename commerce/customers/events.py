"""Facts about customers. They name no person beyond the id of the account."""

from typing import Literal
from uuid import UUID

from commerce.kernel.events import Event


class CustomerGroupChanged(Event, frozen=True, kw_only=True, tag="customers.group_changed.v1"):
    """A group or segment was made, changed or withdrawn."""

    group_id: UUID
    code: str
    kind: Literal["group", "segment"]
    change: Literal["created", "changed", "withdrawn"]

    def about(self) -> UUID:
        """The group."""
        return self.group_id


class CustomerGroupMembersChanged(Event, frozen=True, kw_only=True, tag="customers.members_changed.v1"):
    """Customers joined or left a group; those that were in it, or not in it, before are not named."""

    group_id: UUID
    joined: list[UUID]
    left: list[UUID]

    def about(self) -> UUID:
        """The group."""
        return self.group_id


class CustomerBusinessChanged(Event, frozen=True, kw_only=True, tag="customers.business_changed.v1"):
    """The business that a customer buys for was set or taken away."""

    customer_id: UUID
    country: str | None
    has_vat_number: bool

    def about(self) -> UUID:
        """The customer."""
        return self.customer_id
