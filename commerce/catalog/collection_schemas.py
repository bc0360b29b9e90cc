"""Collections on the wire: their contents in three languages, their products one by one or by rule."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from commerce.kernel.currencies import Currency
from commerce.kernel.wire import Code, Slug, Text3, WireIn, WireOut

MOST_CHOSEN = 5_000
MOST_CONDITIONS = 20
MOST_DAYS = 3_650

Said = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
Amount = Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
Url = Annotated[str, Meta(max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f\x7f]+\Z")]


class TagIs(WireIn, frozen=True, kw_only=True, tag_field="on", tag="tag"):
    """The product has a tag, whatever the letters' case."""

    value: Said


class VendorIs(WireIn, frozen=True, kw_only=True, tag_field="on", tag="vendor"):
    """The product is of a vendor, whatever the letters' case."""

    value: Said


class TypeIs(WireIn, frozen=True, kw_only=True, tag_field="on", tag="product_type"):
    """The product is of a type, whatever the letters' case."""

    value: Said


class TitleContains(WireIn, frozen=True, kw_only=True, tag_field="on", tag="title"):
    """The title holds these letters in any of the three languages; case and accents do not matter."""

    value: Said


class InCategory(WireIn, frozen=True, kw_only=True, tag_field="on", tag="category"):
    """The product stands in a category or below it."""

    category_id: UUID


class AttributeIs(WireIn, frozen=True, kw_only=True, tag_field="on", tag="attribute"):
    """The product, or one of its variants, has an attribute's value, alone or among others."""

    code: Code
    value: Said | Annotated[int, Meta(ge=-(10**12), le=10**12)] | bool


class PriceBetween(WireIn, frozen=True, kw_only=True, tag_field="on", tag="price"):
    """One of its variants is shown at a price in this currency, tax included, of `least` to `most` minor units. Judged at each read."""

    currency: Currency
    least: Amount = 0
    most: Amount = 1_000_000_000_000


class CreatedWithin(WireIn, frozen=True, kw_only=True, tag_field="on", tag="created"):
    """It was made within so many days of 24 hours. Judged at each read."""

    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)]


class OnSale(WireIn, frozen=True, kw_only=True, tag_field="on", tag="on_sale"):
    """One of its variants is shown with a higher price beside its own. Judged at each read."""


Condition = TagIs | VendorIs | TypeIs | TitleContains | InCategory | AttributeIs | PriceBetween | CreatedWithin | OnSale


class Rule(WireIn, frozen=True, kw_only=True):
    """Which products are in a collection: those for which all, or any, of the conditions hold."""

    match: Literal["all", "any"] = "all"
    conditions: Annotated[list[Condition], Meta(min_length=1, max_length=MOST_CONDITIONS)]


ProductIds = Annotated[
    list[UUID], Meta(max_length=MOST_CHOSEN, description="Its products, in the order in which they are shown")
]
Position = Annotated[int, Meta(ge=0, le=1_000_000, description="Its place among the collections")]


class CollectionIn(WireIn, frozen=True, kw_only=True):
    """A collection: of the products named, or, with a `rule`, of those that it finds. The slug is made from the name unless given."""

    name: Text3
    slug: Slug | None = None
    description: Text3 = Text3()
    image_url: Url | None = None
    published: bool = True
    position: Position = 0
    rule: Rule | None = None
    product_ids: ProductIds = field(default_factory=list)


class CollectionPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays. A slug that is given up leads to the new one. A null rule lets its products stay as chosen ones."""

    name: Text3 | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Text3 | UnsetType = UNSET
    image_url: Url | UnsetType | None = UNSET
    published: bool | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    rule: Rule | UnsetType | None = UNSET
    product_ids: ProductIds | UnsetType = UNSET


class AdminCollectionOut(WireOut, frozen=True, kw_only=True):
    """A collection as the back office sees it. `products` counts those that are kept for it: of a rule, what only the products themselves
    decide; prices, sales and age are judged at each read.
    """

    id: UUID
    slug: str
    name: Text3
    description: Text3
    image_url: str | None
    published: bool
    position: int
    rule: Rule | None
    products: int
    created_at: datetime
    version: int


class PreviewedOut(WireOut, frozen=True, kw_only=True):
    """A product that a rule finds."""

    id: UUID
    slug: str
    title: Text3
    status: str


class CollectedOut(WireOut, frozen=True, kw_only=True):
    """A product that is kept for a collection, whatever its status: a withdrawn one is not shown. `position` is 0 where a rule found it."""

    id: UUID
    slug: str
    title: Text3
    status: str
    position: int


class PreviewIn(WireIn, frozen=True, kw_only=True):
    """A rule that is not in force."""

    rule: Rule


class PreviewOut(WireOut, frozen=True, kw_only=True):
    """What a rule finds by what only the products themselves decide, newest first; `total` counts all that are not withdrawn.

    `judged_at_each_read` says that the rule has conditions on prices, sales or age besides, which are left out here.
    """

    total: int
    items: list[PreviewedOut]
    judged_at_each_read: bool
