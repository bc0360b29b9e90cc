"""What the catalogue hands out and takes in."""

from uuid import UUID

import msgspec

from commerce.catalog.tables import Status
from commerce.kernel.ids import ProductId, VariantId
from commerce.kernel.wire import Text3
from commerce.price_engine import Measure, Measured

STANDARD_TAX = "standard"
MOST_OPTIONS = 3
MOST_VARIANTS = 2_048
MOST_IMAGES = 250
MOST_TAGS = 250


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be bought: a variant with what a basket needs to know of its product.

    `sellable` says that the product is published and the variant is not withdrawn. `option_text` is such as `Large / Blue`, empty when the
    product has no options. `tax_category` is the key of the tax rates. `category_ids` are those
    that the product stands in itself; `category_tree` knows what is above them. No price and no stock: those have their own slices.
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


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A picture by its address, with the text for those who do not see it."""

    url: str
    alt: str = ""


class VariantDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A variant as it should be. `None` means not said: an existing one keeps what it has, a new one gets a SKU of its own."""

    option_values: tuple[str, ...] = ()
    sku: str | None = None
    barcode: str | None = None
    weight_grams: int | None = None
    content_thousandths: int | None = None
    content_unit: Measured | None = None
    shippable: bool | None = None
    image_url: str | None = None


class ProductDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it should be, with all that is known of its variants. `None` means not said, as in `VariantDraft`.

    Texts are laid over the ones that are there: a language that is not given keeps its text.
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
    images: tuple[Image, ...] | None = None
    variants: tuple[VariantDraft, ...] = ()


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why a product (`variant` is None) or one of its variants was left out, by its place in what was given."""

    product: int
    variant: int | None
    field: str
    reason: str


class PutResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the drafts; `variant_ids` has one entry for each variant that went in, by its places in what was given."""

    created: int
    changed: int
    unchanged: int
    variants_created: int
    variants_changed: int
    variant_ids: dict[tuple[int, int], VariantId]
    trouble: list[Trouble]
