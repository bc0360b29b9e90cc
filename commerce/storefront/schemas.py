"""What everybody sees. PostgreSQL writes these documents; the structs describe them, and a test decodes each answer into its struct."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import UNSET, UnsetType

from commerce.catalog import AttributeKind, SaleRule
from commerce.kernel.embedded_codes import Kind
from commerce.kernel.money import Money
from commerce.kernel.wire import WireOut
from commerce.price_engine import Measured

Band = Literal["in", "few", "out"]


class ShownRenditionOut(WireOut, frozen=True, kw_only=True):
    """A file made of a picture; width and height in pixels. Its address never shows anything else."""

    url: str
    mime: str
    width: int | None
    height: int | None


class ShownImageOut(WireOut, frozen=True, kw_only=True):
    """A picture by its address, with the text for those who do not see it, in the language asked for.

    `renditions` are its sizes, the smallest first; left out of a picture that is kept elsewhere.
    """

    url: str
    alt: str
    renditions: list[ShownRenditionOut] | UnsetType = UNSET


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
    available: int | UnsetType | None = UNSET


class UnitPriceOut(WireOut, frozen=True, kw_only=True):
    """The price of one kilogram, litre, metre, square metre or piece, tax included (Directive 98/6/EC, article 3)."""

    price: Money
    unit: Measured


class AttributeValueOut(WireOut, frozen=True, kw_only=True):
    """A value of an attribute: the code of a choice with its label in the language, or twice the same text."""

    value: str
    label: str


class ShownAttributeOut(WireOut, frozen=True, kw_only=True):
    """What a product or a variant is described by."""

    code: str
    name: str
    unit: str | None
    values: list[AttributeValueOut]


class ShownFieldOut(WireOut, frozen=True, kw_only=True):
    """A field of the merchant's own that is for everybody."""

    code: str
    name: str
    value: str | float | bool


class ShownPartyOut(WireOut, frozen=True, kw_only=True):
    """Who made a product, or answers for it in the Union: shown with the offer (Regulation (EU) 2023/988, article 19)."""

    name: str
    postal_address: str
    electronic_address: str
    country: str


class KitPartOut(WireOut, frozen=True, kw_only=True):
    """What a kit is made of: so many units of an article. `slug` is that of its page, null where it is not on show by itself."""

    variant_id: UUID
    quantity: int
    title: str
    slug: str | None
    option_values: list[str]


class ProductVariantOut(WireOut, frozen=True, kw_only=True):
    """A variant with its list price, tax included: `tax` is the part of `price` that is tax. Null when it has no price in this channel.

    `prior` is the lowest price of the 30 days before the reduction began, where the price is announced as a reduced one (Directive 98/6/EC,
    article 6a): to be shown with it. `unit_price` is null where the content is not known. `delivery` says what can be sent, `pickup` what can be collected where.
    `keeps_stock` is false of a service and of what is sent as a file: there is always some of it. `parts` are what a kit is made of, null of
    what is none.
    """

    id: UUID
    sku: str
    barcode: str | None
    option_values: list[str]
    attributes: list[ShownAttributeOut]
    weight_grams: int | None
    shippable: bool
    image_url: str | None
    price: Money | None
    compare_at: Money | None
    tax: Money | None
    prior: Money | None = None
    unit_price: UnitPriceOut | None = None
    keeps_stock: bool
    parts: list[KitPartOut] | None
    delivery: Band
    pickup: list[PlaceStockOut]


class ProductOut(WireOut, frozen=True, kw_only=True):
    """A product page. Texts are in `language`, or in the first of en, es, ca that there is; the description may hold HTML.

    `tax_rate` is an exact decimal (21 % is 0.21), null when none is known in the channel's country. `minimum_age` is that of the buyer, in
    years. `variants` are the first hundred; `next_variants` is the cursor with which their list goes on, null where these are all.
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
    attributes: list[ShownAttributeOut]
    custom: list[ShownFieldOut]
    minimum_age: int | None
    sale_rules: list[SaleRule]
    maker: ShownPartyOut | None
    responsible: ShownPartyOut | None
    warnings: str | None
    tax_rate: str | None
    variants: list[ProductVariantOut]
    next_variants: str | None


class ProductCardOut(WireOut, frozen=True, kw_only=True):
    """A product in a list: the range of its variants' prices, tax included, and what is there of the best of them.

    `image` is the picture at `image_url` with its text and its sizes, null where that is kept elsewhere. `compare_at`, `prior` and `unit_price` belong to the lowest price.
    """

    id: UUID
    slug: str
    title: str
    vendor: str
    product_type: str
    image_url: str | None
    image: ShownImageOut | None
    price_from: Money | None
    price_to: Money | None
    compare_at: Money | None
    prior: Money | None = None
    unit_price: UnitPriceOut | None = None
    variant_count: int
    stock: Band


class CollectionOut(WireOut, frozen=True, kw_only=True):
    """A collection in the language asked for; the description may hold HTML."""

    id: UUID
    slug: str
    name: str
    description: str
    image_url: str | None


class CategoryOut(WireOut, frozen=True, kw_only=True):
    """A category with the number of products on show that choosing it finds: those that stand in it or in one below it."""

    id: UUID
    parent_id: UUID | None
    slug: str
    name: str
    position: int
    product_count: int


class CategoryCountOut(WireOut, frozen=True, kw_only=True):
    """How many of what was found stand in a category or in one below it: what choosing it leaves."""

    id: UUID
    slug: str
    name: str
    count: int


class VendorCountOut(WireOut, frozen=True, kw_only=True):
    """How many of what was found are of a vendor."""

    value: str
    count: int


class ValueCountOut(WireOut, frozen=True, kw_only=True):
    """How many of what was found have a value of an attribute; the label is in the language asked for."""

    value: str
    label: str
    count: int


class AttributeCountOut(WireOut, frozen=True, kw_only=True):
    """The values of an attribute among what was found: up to twenty, those of most products first, choices in the order in which they are shown.

    `least` and `most` are those of numbers and dates.
    """

    code: str
    name: str
    kind: AttributeKind
    unit: str | None
    least: str | None = None
    most: str | None = None
    values: list[ValueCountOut]


class PriceCountOut(WireOut, frozen=True, kw_only=True):
    """How many of what was found cost from `least` to less than `below`, in minor units of the channel's currency; null: no bound."""

    least: int
    below: int | None
    count: int


class AvailabilityCountOut(WireOut, frozen=True, kw_only=True):
    """How many of what was found can be had at the places asked about, and how many cannot."""

    available: int
    out: int


class FacetsOut(WireOut, frozen=True, kw_only=True):
    """Counts among all that was found, the most frequent values first, up to twenty each; null where they were not asked for.

    A facet counts what all filters but its own leave, so that another value of it can be chosen.
    """

    categories: list[CategoryCountOut] | None = None
    vendors: list[VendorCountOut] | None = None
    attributes: list[AttributeCountOut] | None = None
    prices: list[PriceCountOut] | None = None
    availability: AvailabilityCountOut | None = None


class SearchOut(WireOut, frozen=True, kw_only=True):
    """A page of what was found, best first unless sorted otherwise; total and facets are of all that was found. Without a text, `query` and
    `searched_for` are empty.

    At most 20,000 products are looked at, without a text the newest: where there are more, `total_is_exact` is false, and total and facets are
    what there is at least. `order_is_exact` is false where what was not looked at may belong before what is shown, as in the order of prices:
    narrow it, by a category.
    Where words of the query are not in use and others are near, those were searched: `searched_for` says what, `instead_of` is then the query.
    """

    items: list[ProductCardOut]
    query: str
    searched_for: str
    instead_of: str | None
    total: int
    total_is_exact: bool
    order_is_exact: bool
    facets: FacetsOut
    next_cursor: str | None


class SuggestionOut(WireOut, frozen=True, kw_only=True):
    """What a query may become: a word or several (`text` is the query then), or a category, brand or product to go to by its `slug`."""

    kind: Literal["brand", "category", "product", "words"]
    text: str
    slug: str | None


class SuggestionsOut(WireOut, frozen=True, kw_only=True):
    """Suggestions for a query as it is being typed, the best first."""

    query: str
    suggestions: list[SuggestionOut]


class LookupProductOut(WireOut, frozen=True, kw_only=True):
    """The product of a variant that was looked up."""

    id: UUID
    slug: str
    title: str
    vendor: str
    image_url: str | None
    minimum_age: int | None
    sale_rules: list[SaleRule]


class EmbeddedOut(WireOut, frozen=True, kw_only=True):
    """What a barcode says of the piece that it stands on. `price` is for the piece, tax included: the one in the code, which stands instead of
    the article's, or the article's unit price for its weight; null where the article has none by the kilogram.
    """

    kind: Kind
    weight_grams: int | None
    price: Money | None


class VariantLookupOut(WireOut, frozen=True, kw_only=True):
    """The article behind a code; `embedded` where a weight or a price stands in it."""

    language: str
    product: LookupProductOut
    options: list[str]
    tax_rate: str | None
    embedded: EmbeddedOut | None
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
