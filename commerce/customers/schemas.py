"""Customer groups, their members and customers' businesses on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.wire import Code, Country, Name, Text3, WireIn, WireOut

MOST_MEMBERS = 1_000  # in one call
Kind = Annotated[
    Literal["group", "segment"],
    Meta(description="A group is kept by people; a segment comes from a computation elsewhere. Both count alike"),
]
VatNumber = Annotated[
    str,
    Meta(
        min_length=4,
        max_length=30,
        pattern=r"^[A-Za-z0-9+*][A-Za-z0-9+*. /-]*\Z",
        description="With or without the prefix of its state; spaces, dots and hyphens do not matter",
        examples=["ESB58378431"],
    ),
]
CustomerIds = Annotated[list[UUID], Meta(max_length=MOST_MEMBERS)]


class CustomerGroupIn(WireIn, frozen=True, kw_only=True):
    """A customer group, or a segment. Codes are compared in lower case."""

    code: Code
    name: Text3
    kind: Kind = "group"


class CustomerGroupPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays."""

    code: Code | UnsetType = UNSET
    name: Text3 | UnsetType = UNSET


class CustomerGroupOut(WireOut, frozen=True, kw_only=True):
    """A customer group, or a segment."""

    id: UUID
    code: str
    name: Text3
    kind: Kind
    version: int


class MembersIn(WireIn, frozen=True, kw_only=True):
    """Who joins and who leaves a group; a customer in both lists leaves."""

    join: CustomerIds = msgspec.field(default_factory=list)
    leave: CustomerIds = msgspec.field(default_factory=list)


class MembersChangedOut(WireOut, frozen=True, kw_only=True):
    """How many customers came and went; those that were there, or not there, before do not count."""

    joined: int
    left: int


class MemberOut(WireOut, frozen=True, kw_only=True):
    """A customer in a group."""

    customer_id: UUID
    since: datetime


class BusinessIn(WireIn, frozen=True, kw_only=True):
    """The business that a customer buys for; `country` is where it is established."""

    company_name: Name
    country: Country
    vat_number: VatNumber | None = None


class BusinessOut(WireOut, frozen=True, kw_only=True):
    """The business that a customer buys for. `vat_key` is the VAT number in its compact form, with the prefix of its state."""

    customer_id: UUID
    company_name: str
    country: str
    vat_number: str | None
    vat_key: str | None
    version: int
