"""Since when a product is on the market, kept by the database: whoever puts it on show the first time, by whatever way.

It never changes once it has come: a product that is hidden and shown again is as old as it was. A day to come moves with `on_show_from`.
"""

from typing import Final

from commerce.platform.tables import before_tables

before_tables("""\
CREATE OR REPLACE FUNCTION come_on_market() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.on_market_since := greatest(NEW.updated_at, NEW.on_show_from);
  RETURN NEW;
END $$""")
# A statement that does not move `updated_at` is one of several of a change; the one that ends it does.
TRIGGERS: Final = (
    (
        "CREATE TRIGGER products_on_market_insert BEFORE INSERT ON products FOR EACH ROW "
        "WHEN (NEW.status = 'published') EXECUTE FUNCTION come_on_market()"
    ),
    (
        "CREATE TRIGGER products_on_market_update BEFORE UPDATE ON products FOR EACH ROW "
        "WHEN (NEW.status = 'published' AND NEW.updated_at <> OLD.updated_at "
        "AND (NEW.on_market_since IS NULL OR NEW.on_market_since > NEW.updated_at)) EXECUTE FUNCTION come_on_market()"
    ),
)
