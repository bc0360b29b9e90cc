"""Products, variants and categories as the back office writes and reads them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, field

from commerce.catalog.facts import (
    MOST_ATTRIBUTES,
    MOST_BARCODES,
    MOST_IMAGES,
    MOST_OPTIONS,
    MOST_PLACES,
    MOST_TAGS,
    MOST_VALUE_TEXTS,
)
from commerce.catalog.kinds import SaleRule, Stocked
from commerce.catalog.tables import Status
from commerce.kernel.wire import Code, Instant, Name, Slug, Text3, WireIn, WireOut
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
Stock = Annotated[
    Stocked, Meta(description="`none`: a service or a file, which is always to be had and of which no stock is booked")
]
OptionValues = Annotated[list[Name], Meta(max_length=MOST_OPTIONS, description="One value for each option, in order")]
Tags = Annotated[list[Name], Meta(max_length=MOST_TAGS)]
Millimetres = Annotated[int, Meta(ge=1, le=1_000_000)]
ShortCode = Annotated[
    str, Meta(min_length=1, max_length=20, pattern=r"^[!-~]+\Z", description="What is typed at a till; in any case")
]
MoreBarcodes = Annotated[
    list[Barcode],
    Meta(max_length=MOST_BARCODES - 1, description="Further barcodes of the same article, beside `barcode`"),
]
Value = Annotated[str, Meta(max_length=2_000, pattern=r"^[^\x00]*\Z")]
Whole = Annotated[int, Meta(ge=-(10**15), le=10**15)]
Values = Annotated[
    dict[str, Value | Whole | float | bool | Annotated[list[Value], Meta(max_length=50)]],
    Meta(max_length=MOST_ATTRIBUTES, description="Values by the code of their definition"),
]
Perishable = Annotated[
    bool,
    Meta(
        description="It deteriorates or expires rapidly (Directive 98/6/EC, article 6a, paragraph 3): where a member state says so, no prior price is told of it"
    ),
]
SaleRules = Annotated[
    list[SaleRule],
    Meta(
        max_length=4,
        description="not_online: over the counter only; not_shipped, not_collected: the other way only; once_per_order: one unit in an order",
    ),
]
MinimumAge = Annotated[int, Meta(ge=1, le=99, description="Years that a buyer must have")]
CategoryIds = Annotated[list[UUID], Meta(max_length=MOST_CATEGORIES)]


class ImageIn(WireIn, frozen=True, kw_only=True):
    """A picture by its address."""

    url: Url
    alt: Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*\Z")] = ""


class PlaceIn(WireIn, frozen=True, kw_only=True):
    """Where and when a product is sold: at a channel, at a location, or at that location for that channel; what is left out is no bound.

    The window is half-open: sold at `begins_at`, no more at `ends_at`.
    """

    channel_id: UUID | None = None
    location_id: UUID | None = None
    begins_at: Instant | None = None
    ends_at: Instant | None = None


Assortment = Annotated[
    list[PlaceIn],
    Meta(
        max_length=MOST_PLACES,
        description="Where it is sold; an empty list: everywhere. Else only where one of these says",
    ),
]


class VariantIn(WireIn, frozen=True, kw_only=True):
    """A variant. Without a SKU it gets one, which stays."""

    option_values: OptionValues = field(default_factory=list)
    sku: Sku | None = None
    barcode: Barcode | None = None
    weight_grams: Grams | None = None
    content_thousandths: Content | None = None
    content_unit: ContentUnit | None = None
    shippable: bool = True
    stock: Stock = "kept"
    image_url: Url | None = None
    more_barcodes: MoreBarcodes = field(default_factory=list)
    short_code: ShortCode | None = None
    length_mm: Millimetres | None = None
    width_mm: Millimetres | None = None
    height_mm: Millimetres | None = None
    attributes: Values = field(default_factory=dict)


class VariantPatch(WireIn, frozen=True, kw_only=True):
    """What is to change; what is left out stays. Codes but the SKU, measures, the content and `image_url` can be null."""

    option_values: OptionValues | UnsetType = UNSET
    sku: Sku | UnsetType = UNSET
    barcode: Barcode | UnsetType | None = UNSET
    weight_grams: Grams | UnsetType | None = UNSET
    content_thousandths: Content | UnsetType | None = UNSET
    content_unit: ContentUnit | UnsetType | None = UNSET
    shippable: bool | UnsetType = UNSET
    stock: Stock | UnsetType = UNSET
    image_url: Url | UnsetType | None = UNSET
    more_barcodes: MoreBarcodes | UnsetType = UNSET
    short_code: ShortCode | UnsetType | None = UNSET
    length_mm: Millimetres | UnsetType | None = UNSET
    width_mm: Millimetres | UnsetType | None = UNSET
    height_mm: Millimetres | UnsetType | None = UNSET
    attributes: Values | UnsetType = UNSET
    position: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType = UNSET


Images = Annotated[list[ImageIn], Meta(max_length=MOST_IMAGES)]
Options = Annotated[list[Text3], Meta(max_length=MOST_OPTIONS, description="The names of the options, in order")]


class ValueText(WireIn, frozen=True, kw_only=True):
    """What a value is called in each language; in one that is missing it stands as it was written."""

    en: Name | None = None
    es: Name | None = None
    ca: Name | None = None


OptionValueTexts = Annotated[
    list[Annotated[dict[Name, ValueText], Meta(max_length=MOST_VALUE_TEXTS)]],
    Meta(
        max_length=MOST_OPTIONS,
        description='What option values are called, for each option in order: `[{"Red": {"es": "Rojo", "ca": "Vermell"}}]`. '
        "A value, or a language, that is not there is shown as the value was written",
    ),
]


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
    option_value_texts: OptionValueTexts = field(default_factory=list)
    images: Images = field(default_factory=list)
    category_ids: CategoryIds = field(default_factory=list)
    attributes: Values = field(default_factory=dict)
    custom: Values = field(default_factory=dict)
    on_show_from: Instant | None = None
    on_show_until: Instant | None = None
    assortment: Assortment = field(default_factory=list)
    minimum_age: MinimumAge | None = None
    sale_rules: SaleRules = field(default_factory=list)
    perishable: Perishable = False
    maker_id: UUID | None = None
    responsible_id: UUID | None = None
    warnings: Text3 = Text3()
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
    option_value_texts: OptionValueTexts | UnsetType = UNSET
    images: Images | UnsetType = UNSET
    category_ids: CategoryIds | UnsetType = UNSET
    attributes: Values | UnsetType = UNSET
    custom: Values | UnsetType = UNSET
    on_show_from: Instant | UnsetType | None = UNSET
    on_show_until: Instant | UnsetType | None = UNSET
    assortment: Assortment | UnsetType = UNSET
    minimum_age: MinimumAge | UnsetType | None = UNSET
    sale_rules: SaleRules | UnsetType = UNSET
    perishable: Perishable | UnsetType = UNSET
    maker_id: UUID | UnsetType | None = UNSET
    responsible_id: UUID | UnsetType | None = UNSET
    warnings: Text3 | UnsetType = UNSET


class ImageOut(WireOut, frozen=True, kw_only=True):
    """A picture by its address, with the text for those who do not see it."""

    url: str
    alt: str


class PlaceOut(WireOut, frozen=True, kw_only=True):
    """Where and when a product is sold; null is no bound."""

    channel_id: UUID | None
    location_id: UUID | None
    begins_at: datetime | None
    ends_at: datetime | None


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
    stock: Stock
    kit: bool
    image_url: str | None
    more_barcodes: list[str]
    short_code: str | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    attributes: dict[str, str | int | float | bool | list[str]]
    position: int
    withdrawn_at: datetime | None
    version: int


class AdminProductOut(WireOut, frozen=True, kw_only=True):
    """A product as the back office sees it, with its first 250 variants, withdrawn ones too; `variant_count` says how many there are.

    `scheduled` says that it is published, and not on show yet.
    """

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
    option_value_texts: list[dict[str, Text3]]
    images: list[ImageOut]
    category_ids: list[UUID]
    attributes: dict[str, str | int | float | bool | list[str]]
    custom: dict[str, str | int | float | bool | list[str]]
    on_show_from: datetime | None
    on_show_until: datetime | None
    scheduled: bool
    assortment: list[PlaceOut]
    minimum_age: int | None
    sale_rules: list[SaleRule]
    perishable: bool
    maker_id: UUID | None
    responsible_id: UUID | None
    warnings: Text3
    variant_count: int
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
