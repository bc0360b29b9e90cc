"""The tables of other slices, as far as reporting reads them; it writes none of them."""

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Numeric, Text, Uuid, column, table
from sqlalchemy.dialects.postgresql import JSONB

orders = table(
    "orders",
    column("id", Uuid),
    column("channel_id", Uuid),
    column("shopper_id", Uuid),
    column("currency", Text),
    column("state", Text),
    column("payment_kind", Text),
    column("charge_step", Integer),
    column("store_id", Uuid),
    column("tender", Text),
    column("promotions", JSONB),
    column("opened_at", DateTime(timezone=True)),
)
order_transitions = table(
    "order_transitions", column("order_id", Uuid), column("state_before", Text), column("by", Text)
)
order_groups = table(
    "order_groups",
    column("id", Uuid),
    column("order_id", Uuid),
    column("position", Integer),
    column("kind", Text),
    column("location_id", Uuid),
    column("method_id", Uuid),
    column("delivery_amount", BigInteger),
    column("delivery_includes_tax", Boolean),
    column("delivery_tax_category", Text),
    column("delivery_tax_country", Text),
    column("delivery_tax_rate", Numeric),
)
order_lines = table(
    "order_lines",
    column("id", Uuid),
    column("order_id", Uuid),
    column("group_id", Uuid),
    column("position", Integer),
    column("kind", Text),
    column("stocked", Boolean),
    column("variant_id", Uuid),
    column("quantity", Integer),
    column("unit", BigInteger),
    column("includes_tax", Boolean),
    column("tax_category", Text),
    column("tax_country", Text),
    column("tax_rate", Numeric),
)
accounts = table("accounts", column("id", Uuid))
customer_groups = table("customer_groups", column("id", Uuid), column("withdrawn_at", DateTime(timezone=True)))
customer_group_members = table("customer_group_members", column("group_id", Uuid), column("customer_id", Uuid))
promotion_versions = table(
    "promotion_versions",
    column("seq", BigInteger),
    column("promotion_id", Uuid),
    column("in_force", JSONB),
    column("at", DateTime(timezone=True)),
)
variants = table("variants", column("id", Uuid), column("product_id", Uuid), column("sku", Text))
products = table("products", column("id", Uuid), column("title", JSONB))
