"""The columns of Shopify's product CSV, as merchants export it: the classic names and the current ones.

Source: help.shopify.com, "Using CSV files to import and export products". Names are compared without case. Columns that are not listed are
ignored: they say nothing that the catalogue keeps.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "handle": ("Handle", "URL handle"),
        "title": ("Title",),
        "body": ("Body (HTML)", "Description"),
        "vendor": ("Vendor",),
        "type": ("Type",),
        "tags": ("Tags",),
        "published": ("Published", "Published on online store"),
        "status": ("Status",),
        "option1_name": ("Option1 Name",),
        "option1_value": ("Option1 Value",),
        "option2_name": ("Option2 Name",),
        "option2_value": ("Option2 Value",),
        "option3_name": ("Option3 Name",),
        "option3_value": ("Option3 Value",),
        "sku": ("Variant SKU", "SKU"),
        "barcode": ("Variant Barcode", "Barcode"),
        "grams": ("Variant Grams", "Weight value (grams)"),
        "tracker": ("Variant Inventory Tracker", "Inventory tracker"),
        "quantity": ("Variant Inventory Qty", "Inventory quantity"),
        "price": ("Variant Price", "Price"),
        "compare_at": ("Variant Compare At Price", "Compare-at price"),
        "ships": ("Variant Requires Shipping", "Requires shipping"),
        "taxable": ("Variant Taxable", "Charge tax"),
        "image": ("Image Src", "Product image URL"),
        "image_position": ("Image Position",),
        "image_alt": ("Image Alt Text",),
        "variant_image": ("Variant Image", "Variant image URL"),
        "gift_card": ("Gift Card",),
    }
)
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {name.casefold(): field for field, names in COLUMNS.items() for name in names}
)
