"""Channels, locations with their hours, settings."""

from alembic import op

revision = "0003_stores"
down_revision = "0002_identity"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE channels (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        currency TEXT NOT NULL,
        country TEXT NOT NULL,
        languages JSONB NOT NULL,
        prices_include_tax BOOLEAN NOT NULL,
        active BOOLEAN NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_channels PRIMARY KEY (id),
        CONSTRAINT uq_channels_code UNIQUE (code),
        CONSTRAINT ck_channels_code_is_lower_case CHECK (code = lower(code)),
        CONSTRAINT ck_channels_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_channels_country_is_a_code CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_channels_languages_are_some CHECK (jsonb_typeof(languages) = 'array' AND languages <> '[]'::jsonb)
    )
    """,
    """
    CREATE TABLE locations (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        timezone TEXT NOT NULL,
        country TEXT NOT NULL,
        address JSONB NOT NULL,
        latitude DOUBLE PRECISION,
        longitude DOUBLE PRECISION,
        phone TEXT,
        pickup BOOLEAN NOT NULL,
        ships BOOLEAN NOT NULL,
        active BOOLEAN NOT NULL,
        lead_minutes INTEGER NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_locations PRIMARY KEY (id),
        CONSTRAINT uq_locations_code UNIQUE (code),
        CONSTRAINT ck_locations_code_is_lower_case CHECK (code = lower(code)),
        CONSTRAINT ck_locations_kind_is_known CHECK (kind IN ('store', 'warehouse')),
        CONSTRAINT ck_locations_country_is_a_code CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_locations_coordinates_come_in_pairs CHECK ((latitude IS NULL) = (longitude IS NULL)),
        CONSTRAINT ck_locations_coordinates_are_on_earth CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180),
        CONSTRAINT ck_locations_lead_is_bounded CHECK (lead_minutes BETWEEN 0 AND 43200)
    )
    """,
    """
    CREATE TABLE location_exceptions (
        location_id UUID NOT NULL,
        day DATE NOT NULL,
        hours JSONB NOT NULL,
        reason TEXT,
        CONSTRAINT pk_location_exceptions PRIMARY KEY (location_id, day),
        CONSTRAINT ck_location_exceptions_hours_are_a_list CHECK (jsonb_typeof(hours) = 'array'),
        CONSTRAINT fk_location_exceptions_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE TABLE location_hours (
        location_id UUID NOT NULL,
        weekday SMALLINT NOT NULL,
        opens SMALLINT NOT NULL,
        closes SMALLINT NOT NULL,
        CONSTRAINT pk_location_hours PRIMARY KEY (location_id, weekday, opens),
        CONSTRAINT ck_location_hours_weekday_is_iso CHECK (weekday BETWEEN 1 AND 7),
        CONSTRAINT ck_location_hours_within_one_day CHECK (0 <= opens AND opens < closes AND closes <= 1440),
        CONSTRAINT fk_location_hours_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE TABLE shop_settings (
        id SMALLINT NOT NULL,
        shop_name TEXT NOT NULL,
        default_channel_id UUID,
        default_country TEXT NOT NULL,
        contact_email TEXT,
        pickup_hold_days INTEGER NOT NULL,
        return_days INTEGER NOT NULL,
        payment_minutes INTEGER NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_shop_settings PRIMARY KEY (id),
        CONSTRAINT ck_shop_settings_one_shop CHECK (id = 1),
        CONSTRAINT ck_shop_settings_country_is_a_code CHECK (default_country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_shop_settings_pickup_hold_is_bounded CHECK (pickup_hold_days BETWEEN 1 AND 60),
        CONSTRAINT ck_shop_settings_return_window_is_bounded CHECK (return_days BETWEEN 0 AND 3650),
        CONSTRAINT ck_shop_settings_payment_window_is_bounded CHECK (payment_minutes BETWEEN 5 AND 10080),
        CONSTRAINT fk_shop_settings_default_channel_id_channels FOREIGN KEY(default_channel_id) REFERENCES channels (id)
    )
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE shop_settings")
    op.execute("DROP TABLE location_hours")
    op.execute("DROP TABLE location_exceptions")
    op.execute("DROP TABLE locations")
    op.execute("DROP TABLE channels")
