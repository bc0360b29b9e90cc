"""Rows by which products are described: attributes, product types, custom fields, and who answers for a product (GPSR, article 19)."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.catalog.kinds import ATTRIBUTE_KINDS
from commerce.platform.tables import instant, key, metadata, one_of, version

attributes = Table(
    "attributes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", JSONB, nullable=False),
    Column("kind", Text, nullable=False),
    Column("unit", Text),  # what a number is counted in: cm, W; shown as it stands
    Column(
        "choices", JSONB, nullable=False, server_default="[]"
    ),  # [{"code", "label"}], in the order in which they are shown
    Column("many", Boolean, nullable=False, server_default="false"),  # its value is a list of them
    Column("filterable", Boolean, nullable=False, server_default="false"),
    Column("for_variants", Boolean, nullable=False, server_default="false"),  # each variant has its own value
    instant("created_at"),
    version(),
    CheckConstraint(one_of("kind", list(ATTRIBUTE_KINDS)), name="kind_known"),
    CheckConstraint("jsonb_typeof(choices) = 'array'", name="choices_are_a_list"),
    CheckConstraint("(kind = 'choice') = (choices <> '[]'::jsonb)", name="choices_for_a_choice"),
    CheckConstraint("unit IS NULL OR kind = 'number'", name="unit_for_a_number"),
    CheckConstraint("NOT many OR kind IN ('choice', 'text')", name="many_of_what_can_be_listed"),
)

product_types = Table(
    "product_types",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", JSONB, nullable=False),
    Column(
        "attributes", ARRAY(Text), nullable=False, server_default="{}"
    ),  # their codes, in the order in which they are shown
    Column("required", ARRAY(Text), nullable=False, server_default="{}"),  # those without which nothing is published
    instant("created_at"),
    version(),
    CheckConstraint("required <@ attributes", name="required_ones_are_its_own"),
)

custom_fields = Table(
    "custom_fields",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", JSONB, nullable=False),
    Column("kind", Text, nullable=False),
    Column(
        "limits", JSONB, nullable=False, server_default="{}"
    ),  # {"least", "most", "choices"}: of a number, or of a text's length
    Column("shown", Boolean, nullable=False, server_default="false"),  # on the product page; else the back office's own
    instant("created_at"),
    version(),
    CheckConstraint(one_of("kind", list(ATTRIBUTE_KINDS)), name="kind_known"),
    CheckConstraint("jsonb_typeof(limits) = 'object'", name="limits_are_named"),
)

parties = Table(
    "parties",
    metadata,
    key(),
    Column("code", Text, nullable=False),  # its name in files
    Column("name", Text, nullable=False),  # name, registered trade name or trade mark
    Column("postal_address", Text, nullable=False),
    Column("electronic_address", Text, nullable=False),  # an e-mail address or a website where it can be written to
    Column("country", Text, nullable=False),  # ISO 3166-1, where it is established
    instant("created_at"),
    instant("withdrawn_at", nullable=True),
    version(),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_a_code"),
    CheckConstraint("name <> '' AND postal_address <> '' AND electronic_address <> ''", name="can_be_reached"),
    Index("uq_parties_code", "code", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
)
