"""Products, variants and categories as the back office writes and reads them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from commerce.catalog.facts import MOST_IMAGES, MOST_OPTIONS, MOST_TAGS
from commerce.catalog.tables import Status
from commerce.kernel.wire import Code, Name, Slug, Text3, WireIn, WireOut
from commerce.price_engine import Measured

MOST_VARIANTS_AT_ONCE = 250
MOST_CATEGORIES = 50

Sku = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?\Z")
]
Barcode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=r"^[!-~]+\Z",
        description="As printed. 8, 12, 13 or 14 digits are a GTIN, whose check digit must be right",
    ),
]
Url = Annotated[str, Meta(max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f\x7f]+\Z")]
Handle = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\s\x00-\x1f\x7f]+\Z")]
Label = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Grams = Annotated[int, Meta(ge=0, le=100_000_000)]
Content = Annotated[
    int,
    Meta(
        ge=1,
        le=1_000_000_000,
        description="What one unit holds, in thousandths of `content_unit`: 750 and `l` is 0.75 l",
    ),
]
ContentUnit = Annotated[Measured, Meta(description="What the unit price is shown for (Directive 98/6/EC, article 3)")]
OptionValues = Annotated[list[Name], Meta(max_length=MOST_OPTIONS, description="One value for each option, in order")]
Tags = Annotated[list[Name], Meta(max_length=MOST_TAGS)]
CategoryIds = Annotated[list[UUID], Meta(max_length=MOST_CATEGORIES)]


class ImageIn(WireIn, frozen=True, kw_only=True):
    """A picture by its address."""

    url: Url
    alt: Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*\Z")] = ""


class VariantIn(WireIn, frozen=True, kw_only=True):
    """A variant. Without a SKU it gets one, which stays."""

    option_values: OptionValues = field(default_factory=list)
    sku: Sku | None = None
    barcode: Barcode | None = None
    weight_grams: Grams | None = None
    content_thousandths: Content | None = None
    content_unit: ContentUnit | None = None
    shippable: bool = True
    image_url: Url | None = None


class VariantPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays. `barcode`, `weight_grams`, the content and `image_url` can be null."""

    option_values: OptionValues | UnsetType = UNSET
    sku: Sku | UnsetType = UNSET
    barcode: Barcode | UnsetType | None = UNSET
    weight_grams: Grams | UnsetType | None = UNSET
    content_thousandths: Content | UnsetType | None = UNSET
    content_unit: ContentUnit | UnsetType | None = UNSET
    shippable: bool | UnsetType = UNSET
    image_url: Url | UnsetType | None = UNSET
    position: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType = UNSET


Images = Annotated[list[ImageIn], Meta(max_length=MOST_IMAGES)]
Options = Annotated[list[Text3], Meta(max_length=MOST_OPTIONS, description="The names of the options, in order")]


class ProductIn(WireIn, frozen=True, kw_only=True):
    """A product with its variants. The slug is made from the title unless given; the handle is its name in files, the slug unless given."""

    title: Text3
    slug: Slug | None = None
    handle: Handle | None = None
    description: Text3 = Text3()
    vendor: Label = ""
    product_type: Label = ""
    tags: Tags = field(default_factory=list)
    publish: bool = False
    tax_category: Code = "standard"
    options: Options = field(default_factory=list)
    images: Images = field(default_factory=list)
    category_ids: CategoryIds = field(default_factory=list)
    variants: Annotated[list[VariantIn], Meta(min_length=1, max_length=MOST_VARIANTS_AT_ONCE)]


class ProductPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays. Texts are replaced whole. The number of options is that of the variants and stays."""

    title: Text3 | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Text3 | UnsetType = UNSET
    vendor: Label | UnsetType = UNSET
    product_type: Label | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    tax_category: Code | UnsetType = UNSET
    options: Options | UnsetType = UNSET
    images: Images | UnsetType = UNSET
    category_ids: CategoryIds | UnsetType = UNSET


class ImageOut(WireOut, frozen=True, kw_only=True):
    """A picture by its address, with the text for those who do not see it."""

    url: str
    alt: str


class AdminVariantOut(WireOut, frozen=True, kw_only=True):
    """A variant as the back office sees it."""

    id: UUID
    product_id: UUID
    sku: str
    barcode: str | None
    option_values: list[str]
    weight_grams: int | None
    content_thousandths: int | None
    content_unit: ContentUnit | None
    shippable: bool
    image_url: str | None
    position: int
    withdrawn_at: datetime | None
    version: int


class AdminProductOut(WireOut, frozen=True, kw_only=True):
    """A product as the back office sees it, with all of its variants, withdrawn ones too."""

    id: UUID
    slug: str
    handle: str
    title: Text3
    description: Text3
    vendor: str
    product_type: str
    tags: list[str]
    status: Status
    tax_category: str
    options: list[Text3]
    images: list[ImageOut]
    category_ids: list[UUID]
    variants: list[AdminVariantOut]
    created_at: datetime
    updated_at: datetime
    withdrawn_at: datetime | None
    version: int


class AdminProductRow(WireOut, frozen=True, kw_only=True):
    """A product in the back office's list."""

    id: UUID
    slug: str
    handle: str
    title: Text3
    vendor: str
    product_type: str
    status: Status
    variant_count: int
    created_at: datetime
    updated_at: datetime
    version: int


class CategoryIn(WireIn, frozen=True, kw_only=True):
    """A category; without a parent it stands at the top. The slug is made from the name unless given."""

    name: Text3
    slug: Slug | None = None
    parent_id: UUID | None = None
    position: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class CategoryPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays. A null parent moves it to the top."""

    name: Text3 | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    parent_id: UUID | UnsetType | None = UNSET
    position: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType = UNSET


class AdminCategoryOut(WireOut, frozen=True, kw_only=True):
    """A category as the back office sees it."""

    id: UUID
    parent_id: UUID | None
    slug: str
    name: Text3
    position: int
    version: int
