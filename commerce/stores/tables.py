"""Rows of channels, locations with hours, dated exceptions, holidays, services and pauses, and the shop's settings."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import append_only, currency, instant, key, metadata, one_of, version
from commerce.stores.places import KINDS, SERVICES, THIRD_PARTIES

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
    Column("product_url", Text),  # where its website shows a product, with {slug} and the like in it
    UniqueConstraint("code"),
    CheckConstraint("product_url ~ '^https?://'", name="product_url_is_of_the_web"),
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
    Column("operator", Text),  # whose counter or locker it is, where it is not ours
    # Open work of so many minutes an order, over so many people at once, is what a new order waits for.
    Column("minutes_per_order", Integer, nullable=False, server_default="0"),
    Column("staff", Integer, nullable=False, server_default="1"),
    # Switched off for online work since then, and until then; no end: until somebody switches it on.
    instant("paused_at", nullable=True),
    instant("paused_until", nullable=True),
    Column("pause_reason", Text),
    UniqueConstraint("code"),
    CheckConstraint("code = lower(code)", name="code_is_lower_case"),
    CheckConstraint(one_of("kind", list(KINDS)), name="kind_is_known"),
    CheckConstraint(
        f"({one_of('kind', list(THIRD_PARTIES))}) = (operator IS NOT NULL)", name="third_parties_are_named"
    ),
    CheckConstraint("minutes_per_order BETWEEN 0 AND 1440 AND staff BETWEEN 1 AND 1000", name="work_is_bounded"),
    CheckConstraint(
        "(paused_at IS NULL) = (pause_reason IS NULL) AND (paused_until IS NULL OR paused_until > paused_at)",
        name="pause_is_whole",
    ),
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

# What a location does, and on which terms. Collection and sending are offered by the location's own columns; their terms stand here.
location_services = Table(
    "location_services",
    metadata,
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("service", Text, primary_key=True),
    Column("lead_minutes", Integer),
    Column("daily_capacity", Integer),
    Column("slot_minutes", Integer),
    Column("slot_capacity", Integer),
    Column("cutoffs", JSONB, nullable=False),
    CheckConstraint(one_of("service", list(SERVICES)), name="service_is_known"),
    CheckConstraint("lead_minutes BETWEEN 0 AND 43200", name="lead_is_bounded"),
    CheckConstraint("daily_capacity BETWEEN 0 AND 100000", name="capacity_is_bounded"),
    CheckConstraint(
        "(slot_minutes IS NULL) = (slot_capacity IS NULL) AND slot_minutes BETWEEN 5 AND 720 "
        "AND slot_capacity BETWEEN 0 AND 10000",
        name="slots_are_bounded",
    ),
    CheckConstraint("slot_minutes IS NULL OR service = 'pickup'", name="slots_are_for_collection"),
    CheckConstraint("jsonb_typeof(cutoffs) = 'array'", name="cutoffs_are_a_list"),
)

holiday_calendars = Table(
    "holiday_calendars",
    metadata,
    key(),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("country", Text),
    Column("region", Text),
    version(),
    instant("created_at"),
    instant("updated_at"),
    UniqueConstraint("code"),
    CheckConstraint("code = lower(code)", name="code_is_lower_case"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_is_a_code"),
)

holidays = Table(
    "holidays",
    metadata,
    Column("calendar_id", Uuid, ForeignKey("holiday_calendars.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("name", Text, nullable=False),
)

location_holidays = Table(
    "location_holidays",
    metadata,
    Column("location_id", Uuid, ForeignKey("locations.id"), primary_key=True),
    Column("calendar_id", Uuid, ForeignKey("holiday_calendars.id"), primary_key=True, index=True),
)

# Each switching off and on of a location's online work; what holds now stands beside it, on the location.
location_switches = append_only(
    Table(
        "location_switches",
        metadata,
        key(),
        Column("location_id", Uuid, ForeignKey("locations.id"), nullable=False),
        Column("turned", Text, nullable=False),
        instant("until", nullable=True),
        Column("reason", Text),
        Column("by", Text, nullable=False),
        instant("at"),
        CheckConstraint(one_of("turned", ["off", "on"]), name="turned_is_known"),
        CheckConstraint("(turned = 'off') = (reason IS NOT NULL)", name="off_for_a_reason"),
        CheckConstraint("turned = 'off' OR until IS NULL", name="only_a_pause_ends"),
        Index("ix_location_switches_location_id", "location_id", "id"),
    )
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
