"""The tables of other slices, as far as the storefront reads them: it reads whatever a page needs in one statement, and writes nothing."""

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Text, Uuid, and_, column, literal_column, table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

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
    column("images", JSONB),
    column("search_head", TSVECTOR),
    column("search_body", TSVECTOR),
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
    column("withdrawn_at", DateTime(timezone=True)),
)
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
)
reservations = table(
    "reservations",
    column("variant_id", Uuid),
    column("location_id", Uuid),
    column("open", Integer),
    column("expires_at", DateTime(timezone=True)),
)

# Constants stand in the SQL itself: fewer arguments to send, and the planner sees them.
ZERO, ONE, TWO = (literal_column(str(number), Integer) for number in (0, 1, 2))

# Written out, so that the partial indexes of what is on show are used.
PUBLISHED = and_(products.c.status == literal_column("'published'"), products.c.withdrawn_at.is_(None))
LIVE = variants.c.withdrawn_at.is_(None)
