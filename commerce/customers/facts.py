"""What customers hands out."""

from uuid import UUID

from msgspec import Struct


class CustomerFacts(Struct, frozen=True, kw_only=True, gc=False):
    """What prices may depend on of a customer, as it is at this moment.

    `account` says whether there is such a customer. `groups` are the live groups and segments, sorted. `business` is the VAT number in its compact form, or None.
    `orders_before` is 1 when any order of theirs stands (placed, or waiting for its payment), else 0.
    """

    account: bool = False
    groups: tuple[UUID, ...] = ()
    business: str | None = None
    orders_before: int = 0
