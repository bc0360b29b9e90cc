"""Rows of tax categories and of the rates that hold for them, country by country, from one day up to another."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Numeric, Table, Text

from commerce.platform.tables import instant, key, metadata, version

tax_categories = Table(
    "tax_categories",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    instant("created_at"),
)

# Windows of one category and country never overlap: checked under a lock on the category, proven by the audit.
tax_rates = Table(
    "tax_rates",
    metadata,
    key(),
    Column("category", Text, ForeignKey("tax_categories.code"), nullable=False),
    Column("country", Text, nullable=False),
    Column("rate", Numeric(7, 6), nullable=False),
    Column("name", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    version(),
    instant("created_at"),
    instant("updated_at"),
    CheckConstraint("rate BETWEEN 0 AND 1", name="rate_is_a_share"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_a_code"),
    CheckConstraint("valid_to > valid_from", name="window_has_a_length"),
    Index("ix_tax_rates_category_country", "category", "country", "valid_from"),
)
