"""Rows of kits: which articles a kit is made of, how many of each, in the order in which they are told."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Uuid

from commerce.platform.tables import before_tables, metadata

MOST_COMPONENTS = 20
MOST_UNITS_EACH = 999

kit_components = Table(
    "kit_components",
    metadata,
    Column("kit_variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("variant_id", Uuid, ForeignKey("variants.id"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    CheckConstraint("kit_variant_id <> variant_id", name="no_kit_of_itself"),
    CheckConstraint(f"quantity BETWEEN 1 AND {MOST_UNITS_EACH}", name="units_bounded"),
    CheckConstraint(f"position BETWEEN 0 AND {MOST_COMPONENTS - 1}", name="components_are_few"),
    Index("ix_kit_components_variant_id", "variant_id"),
)

# Of a kit, of a service, of what is sent as a file no stock is kept. Both ends of that are guarded where they are written, the rows of variants
# locked, so that neither slips past the other: a first level (and every movement has one) of such an article, and an article that has levels.
KEEPS_STOCK = """\
CREATE OR REPLACE FUNCTION refuse_level_without_stock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  article RECORD;
BEGIN
  SELECT stock, kit INTO article FROM variants WHERE id = NEW.variant_id FOR SHARE;
  IF article.kit OR article.stock = 'none' THEN
    RAISE EXCEPTION 'no stock is kept of %', NEW.variant_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_levels_of_what_is_kept';
  END IF;
  RETURN NULL;
END $$"""
HAS_STOCK = """\
CREATE OR REPLACE FUNCTION refuse_stock_left_behind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM stock_levels WHERE variant_id = NEW.id) THEN
    RAISE EXCEPTION 'stock is kept of %', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'variants_without_stock';
  END IF;
  RETURN NEW;
END $$"""
before_tables(KEEPS_STOCK)
before_tables(HAS_STOCK)
