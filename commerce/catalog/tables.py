"""Rows of products, variants and categories. Slugs, handles, SKUs and barcodes are unique among what is not withdrawn, so that a withdrawn one frees them."""

from enum import StrEnum
from typing import get_args

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from commerce.catalog import (
    bulk_tables,
    collection_tables,
    definition_tables,
    kit_tables,
    market_functions,
    search_functions,
    words_tables,
)
from commerce.catalog.kinds import SALE_RULES
from commerce.platform.tables import before_tables, beside, instant, key, metadata, one_of, version
from commerce.price_engine import Measured

# Functions and the other tables of the catalogue are declared by importing them, before the tables that use them.
DECLARED_BEFORE = (
    search_functions,
    market_functions,
    bulk_tables,
    definition_tables,
    kit_tables,
    collection_tables,
    words_tables,
)


class Status(StrEnum):
    """Whether a product is on show: drafts and withdrawn ones are seen by the back office only."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


LIVE = text("withdrawn_at IS NULL")

products = Table(
    "products",
    metadata,
    key(),
    Column("slug", Text, nullable=False),
    Column("handle", Text, nullable=False),  # its name in the files that it came in; never changes
    Column("title", JSONB, nullable=False),
    Column("description", JSONB, nullable=False),
    Column("vendor", Text, nullable=False, server_default=""),
    Column("product_type", Text, nullable=False, server_default=""),
    Column("tags", ARRAY(Text), nullable=False, server_default="{}"),
    Column("status", Text, nullable=False),
    Column("tax_category", Text, nullable=False),
    Column(
        "options", JSONB, nullable=False, server_default="[]"
    ),  # the names of its options, in order, as texts in three languages
    # What their values are called: for each option in order {value: text in three languages}; shorter where the last ones have none.
    Column("option_value_texts", JSONB, nullable=False, server_default="[]"),
    Column("images", JSONB, nullable=False, server_default="[]"),  # [{"url", "alt"}]
    Column(
        "attributes", JSONB, nullable=False, server_default="{}"
    ),  # {code: value, or a list of them}, as its type has them
    Column("custom", JSONB, nullable=False, server_default="{}"),  # {code: value}, checked by `custom_fields`
    # A published product is on show from then, until then; none: no bound. The clock decides at each read.
    instant("on_show_from", nullable=True),
    instant("on_show_until", nullable=True),
    # When it came on show the first time, by `market_functions`; '-infinity': before that was kept.
    instant("on_market_since", nullable=True),
    Column("restricted", Boolean, nullable=False, server_default="false"),  # it has rows in `assortments`
    Column("minimum_age", Integer),  # in years; none: anybody
    Column("sale_rules", ARRAY(Text), nullable=False, server_default="{}"),
    # It deteriorates or expires rapidly: Directive 98/6/EC, article 6a, paragraph 3, lets member states judge its reductions otherwise.
    Column("perishable", Boolean, nullable=False, server_default="false"),
    # Regulation (EU) 2023/988, article 19: who made it, who answers for it in the Union, what its user is warned of.
    Column("maker_id", Uuid, ForeignKey("parties.id")),
    Column("responsible_id", Uuid, ForeignKey("parties.id")),
    Column("warnings", JSONB, nullable=False, server_default="{}"),
    Column("search_head", TSVECTOR, nullable=False, server_default=""),  # title, vendor, type, codes
    Column("search_body", TSVECTOR, nullable=False, server_default=""),  # the head, description, tags, facets
    # What it and its variants are described by, `code:value`: what is counted and filtered by.
    Column("facets", ARRAY(Text), nullable=False, server_default="{}"),
    instant("created_at"),
    instant("updated_at"),
    instant("withdrawn_at", nullable=True),
    version(),
    CheckConstraint(one_of("status", Status), name="status_known"),
    CheckConstraint("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_a_time"),
    CheckConstraint("jsonb_typeof(options) = 'array' AND jsonb_array_length(options) <= 3", name="options_are_few"),
    CheckConstraint("jsonb_typeof(option_value_texts) = 'array'", name="option_value_texts_are_a_list"),
    CheckConstraint("jsonb_typeof(images) = 'array'", name="images_are_a_list"),
    CheckConstraint(
        "jsonb_typeof(attributes) = 'object' AND jsonb_typeof(custom) = 'object'", name="values_have_their_codes"
    ),
    CheckConstraint("on_show_from < on_show_until", name="on_show_for_some_time"),
    CheckConstraint("minimum_age BETWEEN 1 AND 99", name="age_in_years"),
    CheckConstraint(
        f"sale_rules <@ ARRAY[{', '.join(repr(each) for each in SALE_RULES)}]::text[]", name="sale_rules_known"
    ),
    Index("uq_products_slug", "slug", unique=True, postgresql_where=LIVE),
    Index("uq_products_handle", "handle", unique=True, postgresql_where=LIVE),
    Index("ix_products_published", "id", postgresql_where=text("status = 'published'")),
    Index("ix_products_published_created_at", "created_at", "id", postgresql_where=text("status = 'published'")),
    Index("ix_products_on_show_from", "on_show_from", postgresql_where=text("on_show_from IS NOT NULL")),
    Index("ix_products_on_show_until", "on_show_until", postgresql_where=text("on_show_until IS NOT NULL")),
    Index("ix_products_product_type", "product_type", postgresql_where=text("product_type <> ''")),
    Index("ix_products_option_value_texts", "id", postgresql_where=text("option_value_texts <> '[]'")),
    Index("ix_products_maker_id", "maker_id", postgresql_where=text("maker_id IS NOT NULL")),
    Index("ix_products_responsible_id", "responsible_id", postgresql_where=text("responsible_id IS NOT NULL")),
    Index("ix_products_search_head", "search_head", postgresql_using="gin"),
    Index("ix_products_search_body", "search_body", postgresql_using="gin"),
)
for _trigger in market_functions.TRIGGERS:
    beside(products, _trigger)

variants = Table(
    "variants",
    metadata,
    key(),
    Column("product_id", Uuid, ForeignKey("products.id"), nullable=False),
    Column("sku", Text, nullable=False),
    Column("barcode", Text),  # as it was given
    Column("barcode_key", Text),  # as it is looked up: a GTIN with 14 digits, any other code in upper case
    Column("option_values", ARRAY(Text), nullable=False, server_default="{}"),
    Column("weight_grams", Integer),
    Column("length_mm", Integer),
    Column("width_mm", Integer),
    Column("height_mm", Integer),
    Column("short_code", Text),  # what is typed at a till
    Column("attributes", JSONB, nullable=False, server_default="{}"),  # of those that are for variants
    Column("content_thousandths", Integer),  # what one unit holds, for its unit price: 750 and `l` is 0.75 l
    Column("content_unit", Text),
    Column("shippable", Boolean, nullable=False, server_default="true"),
    Column("stock", Text, nullable=False, server_default="kept"),  # none: of services, and of what is sent as a file
    Column("kit", Boolean, nullable=False, server_default="false"),  # it has rows in `kit_components`, and their stock
    Column("image_url", Text),
    Column("position", Integer, nullable=False),
    instant("created_at"),
    instant("withdrawn_at", nullable=True),
    version(),
    CheckConstraint("weight_grams >= 0", name="weight_not_negative"),
    CheckConstraint("stock IN ('kept', 'none')", name="stock_known"),
    CheckConstraint("stock = 'kept' OR NOT kit", name="kit_has_its_parts_stock"),
    CheckConstraint("length_mm > 0 AND width_mm > 0 AND height_mm > 0", name="size_positive"),
    CheckConstraint("short_code <> ''", name="short_code_says_something"),
    CheckConstraint("jsonb_typeof(attributes) = 'object'", name="values_have_their_codes"),
    CheckConstraint("content_thousandths > 0", name="content_is_some"),
    CheckConstraint(one_of("content_unit", list(get_args(Measured))), name="content_unit_known"),
    CheckConstraint("(content_thousandths IS NULL) = (content_unit IS NULL)", name="content_has_its_unit"),
    CheckConstraint("(barcode IS NULL) = (barcode_key IS NULL)", name="barcode_has_its_key"),
    CheckConstraint("cardinality(option_values) <= 3", name="options_are_few"),
    Index("ix_variants_product_id_position", "product_id", "position"),
    Index("uq_variants_sku", func.upper(text("sku")), unique=True, postgresql_where=LIVE),
    Index("uq_variants_barcode_key", "barcode_key", unique=True, postgresql_where=LIVE),
    Index("ix_variants_sku_withdrawn", func.upper(text("sku")), postgresql_where=text("withdrawn_at IS NOT NULL")),
    Index("uq_variants_short_code", func.upper(text("short_code")), unique=True, postgresql_where=LIVE),
    Index("ix_variants_made_of_others", "id", postgresql_where=text("kit OR stock = 'none'")),
    Index("uq_variants_option_values", "product_id", "option_values", unique=True, postgresql_where=LIVE),
)

# Every barcode of a variant. The first one (position 0) is that of `variants`, from where a trigger keeps it here, so that all barcodes are one
# unique space however a variant was written; when a variant is withdrawn or comes back, so are all of its barcodes.
variant_barcodes = Table(
    "variant_barcodes",
    metadata,
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("barcode", Text, nullable=False),
    Column("barcode_key", Text, nullable=False),
    instant("withdrawn_at", nullable=True),
    CheckConstraint("position >= 0", name="position_not_negative"),
    Index("uq_variant_barcodes_barcode_key", "barcode_key", unique=True, postgresql_where=LIVE),
    Index(
        "ix_variant_barcodes_barcode_key_withdrawn", "barcode_key", postgresql_where=text("withdrawn_at IS NOT NULL")
    ),
)

FIRST_BARCODES = """\
CREATE OR REPLACE FUNCTION keep_first_barcodes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO variant_barcodes (variant_id, position, barcode, barcode_key, withdrawn_at)
  SELECT id, 0, barcode, barcode_key, withdrawn_at FROM made WHERE barcode_key IS NOT NULL;
  RETURN NULL;
END $$"""
FIRST_BARCODE = """\
CREATE OR REPLACE FUNCTION keep_first_barcode() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.barcode_key IS NULL THEN
    DELETE FROM variant_barcodes WHERE variant_id = NEW.id AND position = 0;
  ELSE
    INSERT INTO variant_barcodes (variant_id, position, barcode, barcode_key, withdrawn_at)
    VALUES (NEW.id, 0, NEW.barcode, NEW.barcode_key, NEW.withdrawn_at)
    ON CONFLICT (variant_id, position) DO UPDATE
    SET barcode = excluded.barcode, barcode_key = excluded.barcode_key, withdrawn_at = excluded.withdrawn_at;
  END IF;
  IF NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at THEN
    UPDATE variant_barcodes SET withdrawn_at = NEW.withdrawn_at WHERE variant_id = NEW.id AND position > 0;
  END IF;
  RETURN NULL;
END $$"""
beside(
    variants,
    "CREATE TRIGGER variants_without_stock BEFORE UPDATE OF stock, kit ON variants FOR EACH ROW "
    "WHEN (NEW.kit AND NOT OLD.kit OR NEW.stock = 'none' AND OLD.stock <> 'none') EXECUTE FUNCTION refuse_stock_left_behind()",
)
before_tables(FIRST_BARCODES)
before_tables(FIRST_BARCODE)
beside(
    variant_barcodes,
    "CREATE TRIGGER variants_first_barcodes AFTER INSERT ON variants REFERENCING NEW TABLE AS made "
    "FOR EACH STATEMENT EXECUTE FUNCTION keep_first_barcodes()",
)
beside(
    variant_barcodes,
    "CREATE TRIGGER variants_first_barcode AFTER UPDATE ON variants FOR EACH ROW WHEN (OLD.barcode IS DISTINCT FROM NEW.barcode "
    "OR OLD.barcode_key IS DISTINCT FROM NEW.barcode_key OR OLD.withdrawn_at IS DISTINCT FROM NEW.withdrawn_at) "
    "EXECUTE FUNCTION keep_first_barcode()",
)

categories = Table(
    "categories",
    metadata,
    key(),
    Column("parent_id", Uuid, ForeignKey("categories.id")),
    Column("slug", Text, nullable=False),
    Column("name", JSONB, nullable=False),
    Column("position", Integer, nullable=False, server_default="0"),
    instant("created_at"),
    instant("withdrawn_at", nullable=True),
    version(),
    CheckConstraint("parent_id <> id", name="not_its_own_parent"),
    Index("uq_categories_slug", "slug", unique=True, postgresql_where=LIVE),
    Index("ix_categories_parent_id", "parent_id"),
)

product_categories = Table(
    "product_categories",
    metadata,
    Column("product_id", Uuid, ForeignKey("products.id"), primary_key=True),
    Column("category_id", Uuid, ForeignKey("categories.id"), primary_key=True),
    Index("ix_product_categories_category_id", "category_id"),
)

# Where and when a product is sold: a product with no row everywhere, one with rows only where one of them says. A column that is empty is no bound.
assortments = Table(
    "assortments",
    metadata,
    key(),
    Column("product_id", Uuid, ForeignKey("products.id"), nullable=False),
    Column("channel_id", Uuid, ForeignKey("channels.id")),
    Column("location_id", Uuid, ForeignKey("locations.id")),
    instant("begins_at", nullable=True),
    instant("ends_at", nullable=True),
    CheckConstraint("begins_at < ends_at", name="for_some_time"),
    UniqueConstraint(
        "product_id",
        "channel_id",
        "location_id",
        "begins_at",
        name="uq_assortments_place",
        postgresql_nulls_not_distinct=True,
    ),
    Index("ix_assortments_begins_at", "begins_at", postgresql_where=text("begins_at IS NOT NULL")),
    Index("ix_assortments_ends_at", "ends_at", postgresql_where=text("ends_at IS NOT NULL")),
    Index("ix_assortments_channel_id", "channel_id"),
    Index("ix_assortments_location_id", "location_id"),
)

# Slugs that products and categories had before; one that something live has now is that one's.
slug_redirects = Table(
    "slug_redirects",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("product_id", Uuid, ForeignKey("products.id")),
    Column("category_id", Uuid, ForeignKey("categories.id")),
    Column("collection_id", Uuid, ForeignKey("collections.id")),
    instant("created_at"),
    CheckConstraint(
        "(kind = 'product') = (product_id IS NOT NULL) AND (kind = 'category') = (category_id IS NOT NULL)"
        " AND (kind = 'collection') = (collection_id IS NOT NULL)",
        name="leads_somewhere",
    ),
    CheckConstraint("kind IN ('category', 'collection', 'product')", name="kind_known"),
    Index("ix_slug_redirects_product_id", "product_id"),
    Index("ix_slug_redirects_category_id", "category_id"),
    Index("ix_slug_redirects_collection_id", "collection_id"),
)

# The functions beside the members of collections read these, so they are made after them.
collection_tables.collection_products.add_is_dependent_on(variants)
collection_tables.collection_products.add_is_dependent_on(product_categories)
