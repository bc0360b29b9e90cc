"""Rows of channels, locations, their hours and dated exceptions, and the shop's settings."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import currency, instant, key, metadata, one_of, version

channels = Table(
    "channels",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    currency(),
    Column("country", Text, nullable=False),
    Column("languages", JSONB, nullable=False),
    Column("prices_include_tax", Boolean, nullable=False),
    Column("timezone", Text),  # IANA; none: that of the capital of its country
    Column("active", Boolean, nullable=False),
    version(),
    instant("created_at"),
    instant("updated_at"),
    UniqueConstraint("code"),
    CheckConstraint("code = lower(code)", name="code_is_lower_case"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_is_a_code"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_a_code"),
    CheckConstraint("jsonb_typeof(languages) = 'array' AND languages <> '[]'::jsonb", name="languages_are_some"),
)

locations = Table(
    "locations",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("address", JSONB, nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("phone", Text),
    Column("pickup", Boolean, nullable=False),
    Column("ships", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("lead_minutes", Integer, nullable=False),
    version(),
    instant("created_at"),
    instant("updated_at"),
    UniqueConstraint("code"),
    CheckConstraint("code = lower(code)", name="code_is_lower_case"),
    CheckConstraint(one_of("kind", ["store", "warehouse"]), name="kind_is_known"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_a_code"),
    CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="coordinates_come_in_pairs"),
    CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="coordinates_are_on_earth"),
    CheckConstraint("lead_minutes BETWEEN 0 AND 43200", name="lead_is_bounded"),
)

location_hours = Table(
    "location_hours",
    metadata,
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("weekday", SmallInteger, primary_key=True),
    Column("opens", SmallInteger, primary_key=True),
    Column("closes", SmallInteger, nullable=False),
    CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday_is_iso"),
    CheckConstraint("0 <= opens AND opens < closes AND closes <= 1440", name="within_one_day"),
)

location_exceptions = Table(
    "location_exceptions",
    metadata,
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("hours", JSONB, nullable=False),
    Column("reason", Text),
    CheckConstraint("jsonb_typeof(hours) = 'array'", name="hours_are_a_list"),
)

# One row at the most: until somebody sets something, the defaults hold.
shop_settings = Table(
    "shop_settings",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("shop_name", Text, nullable=False),
    Column("default_channel_id", Uuid, ForeignKey("channels.id")),
    Column("default_country", Text, nullable=False),
    Column("contact_email", Text),
    Column("pickup_hold_days", Integer, nullable=False),
    Column("return_days", Integer, nullable=False),
    Column("payment_minutes", Integer, nullable=False),
    version(),
    instant("updated_at"),
    CheckConstraint("id = 1", name="one_shop"),
    CheckConstraint("default_country ~ '^[A-Z]{2}$'", name="country_is_a_code"),
    CheckConstraint("pickup_hold_days BETWEEN 1 AND 60", name="pickup_hold_is_bounded"),
    CheckConstraint("return_days BETWEEN 0 AND 3650", name="return_window_is_bounded"),
    CheckConstraint("payment_minutes BETWEEN 5 AND 10080", name="payment_window_is_bounded"),
)
