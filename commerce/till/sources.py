"""The tables of other slices, as far as the till reads them in bulk; it writes none of them."""

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, LargeBinary, Text, Uuid, column, table

variants = table(
    "variants",
    column("id", Uuid),
    column("product_id", Uuid),
    column("withdrawn_at", DateTime(timezone=True)),
)
products = table(
    "products",
    column("id", Uuid),
    column("status", Text),
    column("withdrawn_at", DateTime(timezone=True)),
    column("on_show_from", DateTime(timezone=True)),
    column("on_show_until", DateTime(timezone=True)),
    column("restricted", Boolean),
)
variant_barcodes = table(
    "variant_barcodes",
    column("variant_id", Uuid),
    column("position", Integer),
    column("barcode", Text),
    column("withdrawn_at", DateTime(timezone=True)),
)
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
price_lists = table("price_lists", column("id", Uuid), column("version", Integer), column("layered", Boolean))
fees = table(
    "fees",
    column("variant_id", Uuid),
    column("starts_at", DateTime(timezone=True)),
    column("ends_at", DateTime(timezone=True)),
)
promotion_codes = table(
    "promotion_codes",
    column("code_key", Text),
    column("promotion_id", Uuid),
    column("batch_number", Integer),
    column("withdrawn_at", DateTime(timezone=True)),
)
signing_keys = table(
    "signing_keys",
    column("id", Uuid),
    column("state", Text),
    column("public_key", LargeBinary),
    column("retired_at", DateTime(timezone=True)),
)
