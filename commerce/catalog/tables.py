"""Rows of the catalogue. Slugs, handles, SKUs and barcodes are unique among what is not withdrawn, so that a withdrawn one frees them."""

from enum import StrEnum
from typing import get_args

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from commerce.catalog import search_functions
from commerce.platform.tables import instant, key, metadata, one_of, version
from commerce.price_engine import Measured

assert search_functions.FOLDED  # noqa: S101 -- the functions are declared by importing them, before the tables that use them


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
    Column("images", JSONB, nullable=False, server_default="[]"),  # [{"url", "alt"}]
    Column("search_head", TSVECTOR, nullable=False, server_default=""),  # title, vendor, type, codes
    Column("search_body", TSVECTOR, nullable=False, server_default=""),  # description, tags
    instant("created_at"),
    instant("updated_at"),
    instant("withdrawn_at", nullable=True),
    version(),
    CheckConstraint(one_of("status", Status), name="status_known"),
    CheckConstraint("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_a_time"),
    CheckConstraint("jsonb_typeof(options) = 'array' AND jsonb_array_length(options) <= 3", name="options_are_few"),
    CheckConstraint("jsonb_typeof(images) = 'array'", name="images_are_a_list"),
    Index("uq_products_slug", "slug", unique=True, postgresql_where=LIVE),
    Index("uq_products_handle", "handle", unique=True, postgresql_where=LIVE),
    Index("ix_products_published", "id", postgresql_where=text("status = 'published'")),
    Index("ix_products_search_head", "search_head", postgresql_using="gin"),
    Index("ix_products_search_body", "search_body", postgresql_using="gin"),
)

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
    Column("content_thousandths", Integer),  # what one unit holds, for its unit price: 750 and `l` is 0.75 l
    Column("content_unit", Text),
    Column("shippable", Boolean, nullable=False, server_default="true"),
    Column("image_url", Text),
    Column("position", Integer, nullable=False),
    instant("created_at"),
    instant("withdrawn_at", nullable=True),
    version(),
    CheckConstraint("weight_grams >= 0", name="weight_not_negative"),
    CheckConstraint("content_thousandths > 0", name="content_is_some"),
    CheckConstraint(one_of("content_unit", list(get_args(Measured))), name="content_unit_known"),
    CheckConstraint("(content_thousandths IS NULL) = (content_unit IS NULL)", name="content_has_its_unit"),
    CheckConstraint("(barcode IS NULL) = (barcode_key IS NULL)", name="barcode_has_its_key"),
    CheckConstraint("cardinality(option_values) <= 3", name="options_are_few"),
    Index("ix_variants_product_id_position", "product_id", "position"),
    Index("uq_variants_sku", func.upper(text("sku")), unique=True, postgresql_where=LIVE),
    Index("uq_variants_barcode_key", "barcode_key", unique=True, postgresql_where=LIVE),
    Index("uq_variants_option_values", "product_id", "option_values", unique=True, postgresql_where=LIVE),
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
