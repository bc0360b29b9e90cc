"""The records of the plain format, as JSONL has them one to a line: a product with its variants, their prices by list and their units by location.

A member that is missing says nothing: what is there stays. A null takes away what can be taken away. Amounts are decimals in text, in the
currency of their list. docs/exchange.md is the description for merchants.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from commerce.kernel.wire import Code, Country, Name, Slug, Text3
from commerce.price_engine import Measured

MOST_PRICES = 500
MOST_LOCATIONS = 500
MOST_TITLE = 200
MOST_PARTS = 20
MOST_VALUE_TEXTS = 200
MOST_UNITS_EACH = 999
MOST_UNITS = 2_000_000_000

_PLAIN = r"^[^\x00-\x1f\x7f]*\Z"
Label = Annotated[str, Meta(max_length=200, pattern=_PLAIN)]
OptionValue = Annotated[str, Meta(min_length=1, max_length=200, pattern=_PLAIN)]
Handle = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\s\x00-\x1f\x7f]+\Z")]
Url = Annotated[str, Meta(max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f\x7f]+\Z")]
SomeCode = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[!-~]+\Z")]
Sku = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?\Z")
]
Text = Annotated[str, Meta(max_length=2_000, pattern=r"^[^\x00]*\Z")]
Value = Text | int | float | bool | Annotated[list[Text], Meta(max_length=50)]
Values = Annotated[dict[Code, Value], Meta(max_length=100)]
Millimetres = Annotated[int, Meta(ge=1, le=1_000_000)]
Units = Annotated[int, Meta(ge=0, le=MOST_UNITS)]
Decimals = Annotated[str, Meta(max_length=24, pattern=r"^\d{1,15}(?:\.\d{1,4})?\Z")]
SaleRule = Literal["not_collected", "not_online", "not_shipped", "once_per_order"]
State = Literal["draft", "published"]
Stock = Literal["kept", "none"]
CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "status": get_args(State),
    "stock": get_args(Stock),
    "sale_rules": get_args(SaleRule),
    "content_unit": get_args(Measured),
}


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A record of the plain format."""


class ValueRecord(Record, frozen=True, kw_only=True):
    """What an option's value is called in each language."""

    en: OptionValue | None = None
    es: OptionValue | None = None
    ca: OptionValue | None = None


class ImageRecord(Record, frozen=True, kw_only=True):
    """A picture."""

    url: Url
    alt: Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*\Z")] = ""


class PartyRecord(Record, frozen=True, kw_only=True):
    """Who made it, or answers for it in the Union."""

    code: Code
    name: Name
    postal_address: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]+\Z")]
    electronic_address: Annotated[
        str,
        Meta(
            min_length=3,
            max_length=500,
            pattern=r"^(?:[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+|https?://[^\s\x00-\x1f\x7f]+)\Z",
        ),
    ]
    country: Country


class PlaceRecord(Record, frozen=True, kw_only=True):
    """Where and when it is sold: a channel and a location by their codes; null is no bound."""

    channel: Code | None = None
    location: Code | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None


class PriceRecord(Record, frozen=True, kw_only=True):
    """A price on a list, by its code; without an amount, from `starts_at` on it is off the list."""

    list: Code
    amount: Decimals | None
    compare_at: Decimals | None = None
    min_quantity: Annotated[int, Meta(ge=1, le=9_999)] = 1
    starts_at: datetime | None = None


class PartRecord(Record, frozen=True, kw_only=True):
    """So many units of an article, by its SKU, in one kit."""

    sku: Sku
    quantity: Annotated[int, Meta(ge=1, le=MOST_UNITS_EACH)] = 1


class VariantRecord(Record, frozen=True, kw_only=True):
    """A variant, known by its option values."""

    option_values: Annotated[list[OptionValue], Meta(max_length=3)]
    sku: Sku | UnsetType | None = UNSET
    barcodes: Annotated[list[SomeCode], Meta(max_length=20)] | UnsetType = UNSET
    short_code: Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[!-~]+\Z")] | UnsetType | None = UNSET
    weight_grams: Annotated[int, Meta(ge=0, le=100_000_000)] | UnsetType | None = UNSET
    length_mm: Millimetres | UnsetType | None = UNSET
    width_mm: Millimetres | UnsetType | None = UNSET
    height_mm: Millimetres | UnsetType | None = UNSET
    content_thousandths: Annotated[int, Meta(ge=1, le=1_000_000_000)] | UnsetType | None = UNSET
    content_unit: Measured | UnsetType | None = UNSET
    shippable: bool | UnsetType = UNSET
    stock: Stock | UnsetType = UNSET
    image_url: Url | UnsetType | None = UNSET
    attributes: Values | UnsetType = UNSET
    parts: Annotated[list[PartRecord], Meta(max_length=MOST_PARTS)] | UnsetType = UNSET
    prices: Annotated[list[PriceRecord], Meta(max_length=MOST_PRICES)] | UnsetType = UNSET
    on_hand: Annotated[dict[Code, Units], Meta(max_length=MOST_LOCATIONS)] | UnsetType = UNSET


class ProductRecord(Record, frozen=True, kw_only=True):
    """A product, known by its handle; its variants are read one by one."""

    handle: Handle
    slug: Slug | UnsetType = UNSET
    status: State | UnsetType = UNSET
    title: Text3 | UnsetType = UNSET
    description: Text3 | UnsetType = UNSET
    vendor: Label | UnsetType = UNSET
    product_type: Label | UnsetType = UNSET
    tags: Annotated[list[Label], Meta(max_length=250)] | UnsetType = UNSET
    tax_category: Code | UnsetType = UNSET
    categories: Annotated[list[Slug], Meta(max_length=50)] | UnsetType = UNSET
    collections: Annotated[list[Slug], Meta(max_length=50)] | UnsetType = UNSET
    images: Annotated[list[ImageRecord], Meta(max_length=250)] | UnsetType = UNSET
    attributes: Values | UnsetType = UNSET
    custom: Values | UnsetType = UNSET
    on_show_from: datetime | UnsetType | None = UNSET
    on_show_until: datetime | UnsetType | None = UNSET
    assortment: Annotated[list[PlaceRecord], Meta(max_length=200)] | UnsetType = UNSET
    minimum_age: Annotated[int, Meta(ge=1, le=99)] | UnsetType | None = UNSET
    sale_rules: Annotated[list[SaleRule], Meta(max_length=4)] | UnsetType = UNSET
    perishable: bool | UnsetType = UNSET
    maker: PartyRecord | UnsetType | None = UNSET
    responsible: PartyRecord | UnsetType | None = UNSET
    warnings: Text3 | UnsetType = UNSET
    options: Annotated[list[Text3], Meta(max_length=3)] | UnsetType = UNSET
    option_value_texts: (
        Annotated[
            list[Annotated[dict[OptionValue, ValueRecord], Meta(max_length=MOST_VALUE_TEXTS)]], Meta(max_length=3)
        ]
        | UnsetType
    ) = UNSET
