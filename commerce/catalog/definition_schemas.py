"""Attributes, product types, custom fields and responsible parties as the back office writes and reads them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from commerce.catalog.kinds import AttributeKind
from commerce.kernel.wire import Code, Country, Name, Text3, WireIn, WireOut

MOST_CHOICES = 500
MOST_OF_A_TYPE = 100

Unit = Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
Codes = Annotated[list[Code], Meta(max_length=MOST_OF_A_TYPE)]
Number = Annotated[float, Meta(ge=-1e12, le=1e12)]
PostalAddress = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]+\Z")]
ElectronicAddress = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=500,
        pattern=r"^(?:[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+|https?://[^\s\x00-\x1f\x7f]+)\Z",
        description="An e-mail address or a web address where they can be written to",
    ),
]


class ChoiceIn(WireIn, frozen=True, kw_only=True):
    """One value that can be chosen, with what it is called."""

    code: Code
    label: Text3 = Text3()


Choices = Annotated[list[ChoiceIn], Meta(max_length=MOST_CHOICES, description="In the order in which they are shown")]


class AttributeIn(WireIn, frozen=True, kw_only=True):
    """What products of some types are described by. `many`: the value is a list. `for_variants`: each variant has its own."""

    code: Code
    name: Text3
    kind: AttributeKind
    unit: Unit | None = None
    choices: Choices = field(default_factory=list)
    many: bool = False
    filterable: bool = False
    for_variants: bool = False


class AttributePatch(WireIn, frozen=True, kw_only=True):
    """What is to change. The kind, `many` and `for_variants` stay what they are; a choice that a product has cannot go."""

    name: Text3 | UnsetType = UNSET
    unit: Unit | UnsetType | None = UNSET
    choices: Choices | UnsetType = UNSET
    filterable: bool | UnsetType = UNSET


class ChoiceOut(WireOut, frozen=True, kw_only=True):
    """One value that can be chosen, with what it is called."""

    code: str
    label: Text3


class AttributeOut(WireOut, frozen=True, kw_only=True):
    """What products of some types are described by."""

    code: str
    name: Text3
    kind: AttributeKind
    unit: str | None
    choices: list[ChoiceOut]
    many: bool
    filterable: bool
    for_variants: bool
    created_at: datetime
    version: int


class ProductTypeIn(WireIn, frozen=True, kw_only=True):
    """A type of products: which attributes they have, in order, and which of them they are not complete without."""

    code: Code
    name: Text3
    attributes: Codes = field(default_factory=list)
    required: Codes = field(default_factory=list)


class ProductTypePatch(WireIn, frozen=True, kw_only=True):
    """What is to change. An attribute that a product of the type has a value for cannot go."""

    name: Text3 | UnsetType = UNSET
    attributes: Codes | UnsetType = UNSET
    required: Codes | UnsetType = UNSET


class ProductTypeOut(WireOut, frozen=True, kw_only=True):
    """A type of products."""

    code: str
    name: Text3
    attributes: list[str]
    required: list[str]
    created_at: datetime
    version: int


class LimitsIn(WireIn, frozen=True, kw_only=True, omit_defaults=True):
    """Bounds of a number, or of a text's length; the values of which a choice is one."""

    least: Number | None = None
    most: Number | None = None
    choices: Annotated[tuple[Code, ...], Meta(max_length=MOST_CHOICES)] = ()


class CustomFieldIn(WireIn, frozen=True, kw_only=True):
    """A field of the merchant's own on every product. `shown`: on the product page too."""

    code: Code
    name: Text3
    kind: AttributeKind
    limits: LimitsIn = field(default_factory=LimitsIn)
    shown: bool = False


class CustomFieldPatch(WireIn, frozen=True, kw_only=True):
    """What is to change. The kind stays; new limits are for what is written from now on."""

    name: Text3 | UnsetType = UNSET
    limits: LimitsIn | UnsetType = UNSET
    shown: bool | UnsetType = UNSET


class LimitsOut(WireOut, frozen=True, kw_only=True):
    """Bounds of a number, or of a text's length; the values of which a choice is one."""

    least: float | None = None
    most: float | None = None
    choices: list[str] = field(default_factory=list)


class CustomFieldOut(WireOut, frozen=True, kw_only=True):
    """A field of the merchant's own on every product."""

    code: str
    name: Text3
    kind: AttributeKind
    limits: LimitsOut
    shown: bool
    created_at: datetime
    version: int


class PartyIn(WireIn, frozen=True, kw_only=True):
    """Who makes products, or answers for them in the Union (Regulation (EU) 2023/988, article 19)."""

    code: Code
    name: Name
    postal_address: PostalAddress
    electronic_address: ElectronicAddress
    country: Country


class PartyPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays."""

    code: Code | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    postal_address: PostalAddress | UnsetType = UNSET
    electronic_address: ElectronicAddress | UnsetType = UNSET
    country: Country | UnsetType = UNSET


class PartyOut(WireOut, frozen=True, kw_only=True):
    """Who makes products, or answers for them in the Union."""

    id: UUID
    code: str
    name: str
    postal_address: str
    electronic_address: str
    country: str
    created_at: datetime
    version: int
