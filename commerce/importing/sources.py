"""The tables of other slices, as far as exports and marks read them: whatever a page of products needs in a statement each. Nothing is written."""

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Text, Uuid, column, table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

_instant = DateTime(timezone=True)
products = table(
    "products",
    column("id", Uuid),
    column("handle", Text),
    column("slug", Text),
    column("status", Text),
    column("title", JSONB),
    column("description", JSONB),
    column("vendor", Text),
    column("product_type", Text),
    column("tags", ARRAY(Text)),
    column("tax_category", Text),
    column("images", JSONB),
    column("attributes", JSONB),
    column("custom", JSONB),
    column("on_show_from", _instant),
    column("on_show_until", _instant),
    column("restricted", Boolean),
    column("minimum_age", Integer),
    column("sale_rules", ARRAY(Text)),
    column("perishable", Boolean),
    column("maker_id", Uuid),
    column("responsible_id", Uuid),
    column("warnings", JSONB),
    column("options", JSONB),
    column("option_value_texts", JSONB),
    column("version", Integer),
    column("withdrawn_at", _instant),
)
variants = table(
    "variants",
    column("id", Uuid),
    column("product_id", Uuid),
    column("option_values", ARRAY(Text)),
    column("sku", Text),
    column("short_code", Text),
    column("weight_grams", Integer),
    column("length_mm", Integer),
    column("width_mm", Integer),
    column("height_mm", Integer),
    column("content_thousandths", Integer),
    column("content_unit", Text),
    column("shippable", Boolean),
    column("stock", Text),
    column("image_url", Text),
    column("attributes", JSONB),
    column("position", Integer),
    column("kit", Boolean),
    column("version", Integer),
    column("withdrawn_at", _instant),
)
kit_components = table(
    "kit_components",
    column("kit_variant_id", Uuid),
    column("variant_id", Uuid),
    column("position", Integer),
    column("quantity", Integer),
)
collections = table(
    "collections", column("id", Uuid), column("slug", Text), column("rule", JSONB), column("withdrawn_at", _instant)
)
collection_products = table("collection_products", column("collection_id", Uuid), column("product_id", Uuid))
variant_barcodes = table(
    "variant_barcodes", column("variant_id", Uuid), column("position", Integer), column("barcode", Text)
)
categories = table(
    "categories", column("id", Uuid), column("slug", Text), column("version", Integer), column("withdrawn_at", _instant)
)
product_categories = table("product_categories", column("product_id", Uuid), column("category_id", Uuid))
assortments = table(
    "assortments",
    column("product_id", Uuid),
    column("channel_id", Uuid),
    column("location_id", Uuid),
    column("begins_at", _instant),
    column("ends_at", _instant),
)
parties = table(
    "parties",
    column("id", Uuid),
    column("code", Text),
    column("name", Text),
    column("postal_address", Text),
    column("electronic_address", Text),
    column("country", Text),
    column("version", Integer),
)
# What the values of products are judged by.
definitions = tuple(
    table(name, column("version", Integer), column("created_at", _instant))
    for name in ("attributes", "product_types", "custom_fields")
)
channels = table("channels", column("id", Uuid), column("code", Text))
locations = table("locations", column("id", Uuid), column("code", Text))
price_lists = table(
    "price_lists",
    column("id", Uuid),
    column("code", Text),
    column("currency", Text),
    column("active", Boolean),
    column("customer_id", Uuid),
)
prices = table(
    "prices",
    column("price_list_id", Uuid),
    column("variant_id", Uuid),
    column("min_quantity", Integer),
    column("starts_at", _instant),
    column("ends_at", _instant),
    column("amount", BigInteger),
    column("compare_at", BigInteger),
)
stock_levels = table(
    "stock_levels", column("variant_id", Uuid), column("location_id", Uuid), column("on_hand", Integer)
)
