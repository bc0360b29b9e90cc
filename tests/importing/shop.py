"""A shop with all that a file may name, and a product that has everything; nothing of it is a real article."""

import io
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from commerce import pricing
from commerce.catalog.collection_schemas import CollectionIn, Rule, TagIs
from commerce.catalog.collections import create_collection
from commerce.catalog.definition_schemas import AttributeIn, ChoiceIn, CustomFieldIn, LimitsIn, ProductTypeIn
from commerce.catalog.manage_categories import create_category
from commerce.catalog.manage_definitions import create_attribute, create_custom_field, create_product_type
from commerce.catalog.schemas import CategoryIn
from commerce.importing import Format, ImportOf, JobOut, csv_header, export_csv, export_jsonl, import_file
from commerce.kernel import clock
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.pricing.schemas import PriceListIn
from tests.given import stores

WHOLE: dict[str, Any] = {
    "handle": "kettle",
    "slug": "steel-kettle",
    "status": "published",
    "title": {"en": "=Steel kettle", "es": "Hervidor", "ca": "'Bullidor · œuvre"},
    "description": {"en": '<p>Boils, "quickly".</p>\n<p>Second line; with a semicolon</p>', "es": "-2 grados\r\nlínea"},
    "vendor": "@House",
    "product_type": "kettles",
    "tags": ["a|b", "back\\slash", "+plus"],
    "tax_category": "standard",
    "categories": ["kitchen", "tea"],
    "collections": ["gifts", "new"],
    "images": [
        {"url": "https://example.com/1.jpg", "alt": "From the front"},
        {"url": "https://example.com/2.jpg", "alt": ""},
    ],
    "attributes": {"material": "steel", "watts": 1.5},
    "custom": {"shelf": "A-3"},
    "on_show_from": "2026-01-01T00:00:00Z",
    "on_show_until": "2031-06-01T10:30:00.500000Z",
    "assortment": [
        {"channel": "web", "location": None, "begins_at": None, "ends_at": "2030-01-01T00:00:00Z"},
        {"channel": None, "location": "gracia", "begins_at": "2026-02-01T00:00:00Z", "ends_at": None},
    ],
    "minimum_age": 16,
    "sale_rules": ["not_shipped", "once_per_order"],
    "perishable": True,
    "maker": {
        "code": "works",
        "name": "The works",
        "postal_address": "Street 1\n08001 Barcelona",
        "electronic_address": "safety@example.com",
        "country": "ES",
    },
    "responsible": None,
    "warnings": {"es": "Quema."},
    "options": [{"en": "Size", "ca": "Mida"}, {"en": "Colour"}],
    "option_value_texts": [{}, {"Red": {"es": "=Rojo", "ca": "Vermell"}}],
    "variants": [
        {
            "option_values": ["-1", "Red"],
            "sku": "K-1",
            "barcodes": ["4006381333931", "INNER-7"],
            "short_code": "K1",
            "weight_grams": 900,
            "length_mm": 200,
            "width_mm": 150,
            "height_mm": 250,
            "content_thousandths": 1500,
            "content_unit": "l",
            "shippable": True,
            "stock": "kept",
            "image_url": "https://example.com/red.jpg",
            "attributes": {"grip": ["left", "right"]},
            "parts": [],
            "prices": [
                {"list": "default-eur", "amount": "39.90", "compare_at": "45.00"},
                {"list": "default-eur", "amount": "49.90", "starts_at": "2030-05-01T00:00:00Z"},
                {"list": "default-eur", "amount": "35.00", "min_quantity": 10},
                {"list": "trade", "amount": "30.00"},
                {"list": "trade", "amount": None, "starts_at": "2030-07-01T00:00:00Z"},
            ],
            "on_hand": {"born": 3, "gracia": 12},
        },
        {
            "option_values": ["2", "Red"],
            "sku": "K-2",
            "barcodes": [],
            "short_code": None,
            "weight_grams": None,
            "length_mm": None,
            "width_mm": None,
            "height_mm": None,
            "content_thousandths": None,
            "content_unit": None,
            "shippable": False,
            "stock": "none",
            "image_url": None,
            "attributes": {},
            "parts": [],
            "prices": [],
            "on_hand": {},
        },
    ],
}
BARE = {"handle": "a-bare-one", "title": {"es": "Taza"}, "variants": [{"option_values": []}]}


KIT: dict[str, Any] = {
    "handle": "a-set",
    "title": {"en": "Kettle and two cups"},
    "collections": ["gifts"],
    "options": [{"en": "For"}],
    "variants": [
        {"option_values": ["Two"], "sku": "SET", "parts": [{"sku": "k-1"}, {"sku": "CUP", "quantity": 2}]},
        {"option_values": ["None"], "sku": "CUP"},
    ],
}
PLUS = Rule(match="all", conditions=[TagIs(value="+plus")])


def lines(*products: dict[str, Any]) -> bytes:
    """Gives products as JSON lines."""
    return b"".join(msgspec.json.encode(each) + b"\n" for each in products)


async def furnished(db: Database) -> None:
    """Makes what the product names: channel, locations, price lists, categories, attributes, a type, a custom field."""
    await stores.channel(db)
    await stores.location(db)
    await stores.location(db, code="born")
    trade = PriceListIn(code="trade", name="Trade", currency="EUR")
    await db.transact(pricing.create_list, trade, at=clock.now())
    at = clock.now()
    for slug in ("kitchen", "tea"):
        await db.transact(create_category, CategoryIn(name=Text3(en=slug.title()), slug=slug), at=at)
    for slug, rule in (("gifts", None), ("new", None), ("plus", PLUS)):
        await db.transact(create_collection, CollectionIn(name=Text3(en=slug), slug=slug, rule=rule), at=at)
    for attribute in (
        AttributeIn(code="material", name=Text3(en="Material"), kind="choice", choices=[ChoiceIn(code="steel")]),
        AttributeIn(code="watts", name=Text3(en="Power"), kind="number", unit="kW"),
        AttributeIn(code="grip", name=Text3(en="Grip"), kind="text", many=True, for_variants=True),
    ):
        await db.transact(create_attribute, attribute, at=at)
    kettles = ProductTypeIn(code="kettles", name=Text3(en="Kettles"), attributes=["material", "watts", "grip"])
    await db.transact(create_product_type, kettles, at=at)
    shelf = CustomFieldIn(code="shelf", name=Text3(en="Shelf"), kind="text", limits=LimitsIn(most=10))
    await db.transact(create_custom_field, shelf, at=at)


async def bring(db: Database, content: bytes, format_: Format, **how: Any) -> JobOut:
    """Imports a file of the format."""
    return await import_file(
        db,
        io.BytesIO(content),
        ImportOf(currency="EUR", format=format_, **how),
        actor="service:test",
    )


async def out(db: Database, format_: str) -> bytes:
    """Exports the catalogue in the format."""
    at = clock.now()
    pieces: AsyncIterator[bytes] = (
        export_csv(db.reading, await csv_header(db.reading), at=at)
        if format_ == "csv"
        else export_jsonl(db.reading, at=at)
    )
    return b"".join([piece async for piece in pieces])
