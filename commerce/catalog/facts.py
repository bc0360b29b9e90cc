"""What the catalogue hands out and takes in."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from commerce.catalog.kinds import SaleRule, Stocked
from commerce.catalog.tables import Status
from commerce.kernel.ids import ProductId, VariantId
from commerce.kernel.wire import Text3
from commerce.price_engine import Measure, Measured

STANDARD_TAX = "standard"
MOST_OPTIONS = 3
MOST_VARIANTS = 2_048
MOST_VALUE_TEXTS = 200
MOST_IMAGES = 250
MOST_TAGS = 250
MOST_BARCODES = 20
MOST_PLACES = 200
MOST_ATTRIBUTES = 100

# What an attribute of one kind can be: a text or the code of a choice, a number, yes or no, a day (kept as its ISO 8601 text).
AttributeValue = str | int | float | bool | list[str]


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of an article in one kit. `live`: it is not withdrawn; `stocked`: stock of it is kept."""

    variant_id: VariantId
    quantity: int
    stocked: bool = True
    live: bool = True


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be bought: a variant with what a basket needs to know of its product.

    `sellable` says that the product is published and the variant is not withdrawn. `option_text` is such as `Large / Blue`, empty when the
    product has no options, and `option_texts` the same in three languages, None where it is called alike in all of them. `tax_category` is the key of the tax rates. `category_ids` are those
    that the product stands in itself; `category_tree` knows what is above them. No price and no stock: those have their own slices. Of what
    has `stock` none, none is kept. A kit has the `parts` that it is made of, and is sellable and shippable only as long as all of them are there, or can be sent.
    """

    variant_id: VariantId
    product_id: ProductId
    sku: str
    title: Text3
    option_text: str
    tax_category: str
    weight_grams: int | None
    sellable: bool
    shippable: bool
    image_url: str | None
    vendor: str = ""
    category_ids: tuple[UUID, ...] = ()
    content_thousandths: int | None = None
    content_unit: Measured | None = None
    minimum_age: int | None = None
    sale_rules: tuple[SaleRule, ...] = ()
    perishable: bool = False
    stock: Stocked = "kept"
    parts: tuple[Component, ...] | None = None
    option_texts: Text3 | None = None

    def options_said(self, language: str) -> str:
        """Gives what the option values are called in a language: `Gran / Blau`."""
        return self.option_text if self.option_texts is None else self.option_texts.said(language)

    @property
    def brand(self) -> str:
        """The vendor in small letters, as promotions name it; empty where there is none."""
        return self.vendor.strip().lower()

    @property
    def measure(self) -> Measure | None:
        """What one unit holds, for its unit price; None where that is not known."""
        if self.content_thousandths is None or self.content_unit is None:
            return None
        return Measure(thousandths=self.content_thousandths, unit=self.content_unit)


class Image(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A picture by its address, with the text for those who do not see it."""

    url: str
    alt: str = ""


class PartyDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a product, or answers for it in the Union (GPSR, article 19); known by its code, made or changed to be as it says here."""

    code: str
    name: str
    postal_address: str
    electronic_address: str
    country: str


class PlaceDraft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where and when a product is sold: at a channel, at a location, or at that location for that channel; None is no bound.

    The instants are half-open: sold at `begins_at`, no more at `ends_at`.
    """

    channel_id: UUID | None = None
    location_id: UUID | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None


class VariantDraft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A variant as it should be. `None` means not said: an existing one keeps what it has, a new one gets a SKU of its own.

    Where None is a value itself, `UNSET` means not said. `barcodes` are all of them, the first one too: give these or `barcode`. Sizes are in
    millimetres. An empty `barcode`, `short_code` or `image_url` takes away what is there. `stock_if_new` is for a new one that has no `stock` said.
    `parts` are the SKUs of what a kit is made of, and how many of each; none: it is no kit.
    """

    option_values: tuple[str, ...] = ()
    sku: str | None = None
    barcode: str | None = None
    weight_grams: int | None = None
    content_thousandths: int | None = None
    content_unit: Measured | None = None
    shippable: bool | None = None
    stock: Stocked | None = None
    stock_if_new: Stocked | None = None
    image_url: str | None = None
    barcodes: tuple[str, ...] | None = None
    short_code: str | None = None
    length_mm: int | UnsetType | None = UNSET
    width_mm: int | UnsetType | None = UNSET
    height_mm: int | UnsetType | None = UNSET
    attributes: dict[str, AttributeValue] | None = None
    parts: tuple[tuple[str, int], ...] | None = None


class ProductDraft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A product as it should be, with all that is known of its variants. `None` means not said, as in `VariantDraft`.

    Texts are laid over the ones that are there: a language that is not given keeps its text. Where None is a value itself, `UNSET` means not
    said. `slug` is for new products; `categories` are slugs of categories that there are, `collections` of collections whose products are chosen
    one by one. Attributes, custom values, texts of option values, tags, categories, collections and the assortment are replaced whole.
    """

    handle: str
    title: Text3 | None = None
    description: Text3 | None = None
    vendor: str | None = None
    product_type: str | None = None
    tags: tuple[str, ...] | None = None
    status: Status | None = None
    tax_category: str | None = None
    options: tuple[Text3, ...] | None = None
    option_value_texts: tuple[dict[str, Text3], ...] | None = None
    images: tuple[Image, ...] | None = None
    slug: str | None = None
    categories: tuple[str, ...] | None = None
    collections: tuple[str, ...] | None = None
    attributes: dict[str, AttributeValue] | None = None
    custom: dict[str, object] | None = None
    on_show_from: datetime | UnsetType | None = UNSET
    on_show_until: datetime | UnsetType | None = UNSET
    assortment: tuple[PlaceDraft, ...] | None = None
    minimum_age: int | UnsetType | None = UNSET
    sale_rules: tuple[SaleRule, ...] | None = None
    perishable: bool | None = None
    maker: PartyDraft | UnsetType | None = UNSET
    responsible: PartyDraft | UnsetType | None = UNSET
    warnings: Text3 | None = None
    variants: tuple[VariantDraft, ...] = ()


class PutBy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who brings products in, as the audit log names them (`staff:<id>`), and by which import."""

    actor: str
    import_id: UUID


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why a product (`variant` is None) or one of its variants was left out, by its place in what was given."""

    product: int
    variant: int | None
    field: str
    reason: str


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A field that is another one, as plain data; `variants[Large / Red].weight_grams` is one of a variant."""

    field: str
    before: object
    after: object


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A product that is made or changed, and in what."""

    product_id: UUID
    handle: str
    made: bool
    changes: tuple[FieldChange, ...]


class PutResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the drafts; `variant_ids` has one entry for each variant that went in, by its places in what was given.

    `differences` only where they were asked for.
    """

    created: int
    changed: int
    unchanged: int
    variants_created: int
    variants_changed: int
    variant_ids: dict[tuple[int, int], VariantId]
    trouble: list[Trouble]
    differences: list[Difference] = []
