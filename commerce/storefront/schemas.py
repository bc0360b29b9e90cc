"""What everybody sees. PostgreSQL writes these documents; the structs describe them, and a test decodes each answer into its struct."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from commerce.kernel.money import Money
from commerce.kernel.wire import WireOut
from commerce.price_engine import Measured

Band = Literal["in", "few", "out"]


class ShownImageOut(WireOut, frozen=True, kw_only=True):
    """A picture by its address, with the text for those who do not see it."""

    url: str
    alt: str


class CategoryRefOut(WireOut, frozen=True, kw_only=True):
    """A category by name, in the language asked for."""

    id: UUID
    slug: str
    name: str


class PlaceStockOut(WireOut, frozen=True, kw_only=True):
    """What is there at one place: `in`, `few` (1 to 5) or `out`. The figure is told to callers with `stock:read` for their places only."""

    location_id: UUID
    code: str
    name: str
    stock: Band
    available: int | None = None


class UnitPriceOut(WireOut, frozen=True, kw_only=True):
    """The price of one kilogram, litre, metre, square metre or piece, tax included (Directive 98/6/EC, article 3)."""

    price: Money
    unit: Measured


class ProductVariantOut(WireOut, frozen=True, kw_only=True):
    """A variant with its list price, tax included: `tax` is the part of `price` that is tax. Null when it has no price in this channel.

    `prior` is the lowest price of the 30 days before the reduction began, where the price is announced as a reduced one (Directive 98/6/EC,
    article 6a): to be shown with it. `unit_price` is null where the content is not known. `delivery` says what can be sent, `pickup` what can be collected where.
    """

    id: UUID
    sku: str
    barcode: str | None
    option_values: list[str]
    weight_grams: int | None
    shippable: bool
    image_url: str | None
    price: Money | None
    compare_at: Money | None
    tax: Money | None
    prior: Money | None = None
    unit_price: UnitPriceOut | None = None
    delivery: Band
    pickup: list[PlaceStockOut]


class ProductOut(WireOut, frozen=True, kw_only=True):
    """A product page. Texts are in `language`, or in the first of en, es, ca that there is; the description may hold HTML.

    `tax_rate` is an exact decimal (21 % is 0.21), null when none is known in the channel's country.
    """

    id: UUID
    slug: str
    language: str
    title: str
    description: str
    vendor: str
    product_type: str
    tags: list[str]
    options: list[str]
    images: list[ShownImageOut]
    categories: list[CategoryRefOut]
    tax_rate: str | None
    variants: list[ProductVariantOut]


class ProductCardOut(WireOut, frozen=True, kw_only=True):
    """A product in a list: the range of its variants' prices, tax included, and what is there of the best of them.

    `compare_at`, `prior` and `unit_price` belong to the lowest price.
    """

    id: UUID
    slug: str
    title: str
    vendor: str
    product_type: str
    image_url: str | None
    price_from: Money | None
    price_to: Money | None
    compare_at: Money | None
    prior: Money | None = None
    unit_price: UnitPriceOut | None = None
    variant_count: int
    stock: Band


class CategoryOut(WireOut, frozen=True, kw_only=True):
    """A category with the number of products that stand in it, not counting those below it."""

    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    position: int
    product_count: int


class CategoryCountOut(WireOut, frozen=True, kw_only=True):
    """How many of what was found stand in a category."""

    id: UUID
    slug: str
    name: str
    count: int


class VendorCountOut(WireOut, frozen=True, kw_only=True):
    """How many of what was found are of a vendor."""

    value: str
    count: int


class FacetsOut(WireOut, frozen=True, kw_only=True):
    """The most frequent values among all that was found, up to twenty each."""

    categories: list[CategoryCountOut]
    vendors: list[VendorCountOut]


class SearchOut(WireOut, frozen=True, kw_only=True):
    """A page of what was found, best first; total and facets are of all that was found."""

    items: list[ProductCardOut]
    query: str
    total: int
    facets: FacetsOut
    next_cursor: str | None


class LookupProductOut(WireOut, frozen=True, kw_only=True):
    """The product of a variant that was looked up."""

    id: UUID
    slug: str
    title: str
    vendor: str
    image_url: str | None


class VariantLookupOut(WireOut, frozen=True, kw_only=True):
    """The article behind a code."""

    language: str
    product: LookupProductOut
    options: list[str]
    tax_rate: str | None
    variant: ProductVariantOut


class LabelOut(WireOut, frozen=True, kw_only=True):
    """What a shelf label says of a variant in a store, tax included, and until when at least it is right: null, when nothing is planned.

    `price` is null for what is not on sale there (any more): take the label off. `price_list_version` names the price list as it was.
    """

    variant_id: UUID
    sku: str
    barcode: str | None
    title: str
    option_values: list[str]
    price: Money | None
    compare_at: Money | None
    prior: Money | None
    unit_price: UnitPriceOut | None
    price_list_id: UUID | None
    price_list_version: int | None
    until: datetime | None


class LabelsOut(WireOut, frozen=True, kw_only=True):
    """A page of labels, by variant. `at` is the instant that they are of: give it as `changed_since` the next time."""

    at: datetime
    items: list[LabelOut]
    next_cursor: str | None
