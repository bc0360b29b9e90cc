"""The tables of other slices, as far as the storefront reads them: it reads whatever a page needs in one statement, and writes nothing."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    Text,
    Uuid,
    case,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.visitors import replacement_traverse

from commerce import catalog
from commerce.platform.statement import given

products = table(
    "products",
    column("id", Uuid),
    column("slug", Text),
    column("title", JSONB),
    column("description", JSONB),
    column("vendor", Text),
    column("product_type", Text),
    column("tags", ARRAY(Text)),
    column("status", Text),
    column("tax_category", Text),
    column("options", JSONB),
    column("option_value_texts", JSONB),
    column("images", JSONB),
    column("search_head", TSVECTOR),
    column("search_body", TSVECTOR),
    column("facets", ARRAY(Text)),
    column("attributes", JSONB),
    column("custom", JSONB),
    column("on_show_from", DateTime(timezone=True)),
    column("on_show_until", DateTime(timezone=True)),
    column("restricted", Boolean),
    column("minimum_age", Integer),
    column("perishable", Boolean),
    column("sale_rules", ARRAY(Text)),
    column("maker_id", Uuid),
    column("responsible_id", Uuid),
    column("warnings", JSONB),
    column("updated_at", DateTime(timezone=True)),
    column("withdrawn_at", DateTime(timezone=True)),
)
variants = table(
    "variants",
    column("id", Uuid),
    column("product_id", Uuid),
    column("sku", Text),
    column("barcode", Text),
    column("barcode_key", Text),
    column("option_values", ARRAY(Text)),
    column("weight_grams", Integer),
    column("shippable", Boolean),
    column("image_url", Text),
    column("position", Integer),
    column("content_thousandths", Integer),
    column("content_unit", Text),
    column("stock", Text),
    column("kit", Boolean),
    column("short_code", Text),
    column("attributes", JSONB),
    column("withdrawn_at", DateTime(timezone=True)),
)
attributes = table(
    "attributes", column("code", Text), column("name", JSONB), column("unit", Text), column("choices", JSONB)
)
product_types = table("product_types", column("code", Text), column("attributes", ARRAY(Text)))
custom_fields = table("custom_fields", column("code", Text), column("name", JSONB), column("shown", Boolean))
parties = table(
    "parties",
    column("id", Uuid),
    column("name", Text),
    column("postal_address", Text),
    column("electronic_address", Text),
    column("country", Text),
)
slug_redirects = table(
    "slug_redirects",
    column("kind", Text),
    column("slug", Text),
    column("product_id", Uuid),
    column("category_id", Uuid),
)
variant_barcodes = table(
    "variant_barcodes",
    column("variant_id", Uuid),
    column("barcode_key", Text),
    column("withdrawn_at", DateTime(timezone=True)),
)
kit_components = table(
    "kit_components",
    column("kit_variant_id", Uuid),
    column("variant_id", Uuid),
    column("position", Integer),
    column("quantity", Integer),
)
product_media = table(
    "product_media",
    column("id", Uuid),
    column("product_id", Uuid),
    column("media_id", Uuid),
    column("url", Text),
    column("alt", JSONB),
    column("position", Integer),
)
media = table("media", column("id", Uuid), column("kind", Text), column("url", Text), column("renditions", JSONB))
categories = table(
    "categories",
    column("id", Uuid),
    column("parent_id", Uuid),
    column("slug", Text),
    column("name", JSONB),
    column("position", Integer),
    column("withdrawn_at", DateTime(timezone=True)),
)
product_categories = table("product_categories", column("product_id", Uuid), column("category_id", Uuid))
prices = table(
    "prices",
    column("price_list_id", Uuid),
    column("variant_id", Uuid),
    column("min_quantity", Integer),
    column("starts_at", DateTime(timezone=True)),
    column("ends_at", DateTime(timezone=True)),
    column("amount", BigInteger),
    column("compare_at", BigInteger),
)
price_lists = table("price_lists", column("id", Uuid), column("version", Integer))
price_history = table(
    "price_history",
    column("price_list_id", Uuid),
    column("variant_id", Uuid),
    column("since", DateTime(timezone=True)),
)
price_list_history = table(
    "price_list_history", column("price_list_id", Uuid), column("since", DateTime(timezone=True))
)

stock_levels = table(
    "stock_levels",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("on_hand", Integer),
    column("reserved", Integer),
    column("safety", Integer),
    column("claimed", Integer),
    column("closed_until", DateTime(timezone=True)),
)
# The storefront's own: `tables.py` declares it.
product_popularity = table("product_popularity", column("product_id", Uuid), column("units", BigInteger))
reservations = table(
    "reservations",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("open", Integer),
    column("expires_at", DateTime(timezone=True)),
)

# Constants stand in the SQL itself: fewer arguments to send, and the planner sees them.
AT = given("at", DateTime(timezone=True))
ZERO, ONE, TWO = (literal_column(str(number), Integer) for number in (0, 1, 2))

LIVE = variants.c.withdrawn_at.is_(None)


def _as_here(element: ClauseElement, **_: object) -> ClauseElement | None:
    """Gives a column of the catalogue's own products as that of the ones that are read here."""
    if isinstance(element, Column) and element.table.name == "products":
        return products.c[element.name]
    return None


# On show to whom the page is made for, at the instant of reading.
ON_SHOW: ColumnElement[bool] = replacement_traverse(
    catalog.on_show(AT, given("channel_id", Uuid), given("place_id", Uuid)), {}, _as_here
)

_level = stock_levels.c
# As `inventory.levels` has it: units of holds that are over count as free. Only where something is reserved can there be any.
_over = (
    select(func.sum(reservations.c.open))
    .where(
        reservations.c.variant_id == _level.variant_id,
        reservations.c.location_id == _level.location_id,
        reservations.c.open > ZERO,
        reservations.c.expires_at <= AT,
    )
    .correlate(stock_levels)
    .scalar_subquery()
)
# What nobody is promised; and of that, what may be promised to those who do not stand before the shelf.
AVAILABLE = _level.on_hand - _level.reserved + case((_level.reserved > ZERO, func.coalesce(_over, ZERO)), else_=ZERO)
ONLINE = case((_level.closed_until > AT, ZERO), else_=AVAILABLE - _level.safety - _level.claimed)
