"""What a place does, until when, how much of it in a day; pickup slots."""

from alembic import op

revision = "0028_places_and_slots"
down_revision = "0027_traceability"
branch_labels = None
depends_on = None

# Of `locations`: new ones by name, and the list of kinds, which grows.
CHECKS = {
    "third_parties_are_named": "(kind IN ('locker', 'pickup_point')) = (operator IS NOT NULL)",
    "work_is_bounded": "minutes_per_order BETWEEN 0 AND 1440 AND staff BETWEEN 1 AND 1000",
    "pause_is_whole": "(paused_at IS NULL) = (pause_reason IS NULL) AND (paused_until IS NULL OR paused_until > paused_at)",
    "kind_is_known": "kind IN ('locker', 'pickup_point', 'store', 'warehouse')",
}
STATEMENTS = (
    """
    CREATE TABLE location_services (
        location_id UUID NOT NULL,
        service TEXT NOT NULL,
        lead_minutes INTEGER,
        daily_capacity INTEGER,
        slot_minutes INTEGER,
        slot_capacity INTEGER,
        cutoffs JSONB NOT NULL,
        CONSTRAINT pk_location_services PRIMARY KEY (location_id, service),
        CONSTRAINT ck_location_services_service_is_known CHECK (service IN ('curbside', 'parcels', 'pickup', 'returns', 'ships')),
        CONSTRAINT ck_location_services_lead_is_bounded CHECK (lead_minutes BETWEEN 0 AND 43200),
        CONSTRAINT ck_location_services_capacity_is_bounded CHECK (daily_capacity BETWEEN 0 AND 100000),
        CONSTRAINT ck_location_services_slots_are_bounded CHECK ((slot_minutes IS NULL) = (slot_capacity IS NULL) AND slot_minutes BETWEEN 5 AND 720 AND slot_capacity BETWEEN 0 AND 10000),
        CONSTRAINT ck_location_services_slots_are_for_collection CHECK (slot_minutes IS NULL OR service = 'pickup'),
        CONSTRAINT ck_location_services_cutoffs_are_a_list CHECK (jsonb_typeof(cutoffs) = 'array'),
        CONSTRAINT fk_location_services_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE TABLE holiday_calendars (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        country TEXT,
        region TEXT,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_holiday_calendars PRIMARY KEY (id),
        CONSTRAINT uq_holiday_calendars_code UNIQUE (code),
        CONSTRAINT ck_holiday_calendars_code_is_lower_case CHECK (code = lower(code)),
        CONSTRAINT ck_holiday_calendars_country_is_a_code CHECK (country ~ '^[A-Z]{2}$')
    )
    """,
    """
    CREATE TABLE holidays (
        calendar_id UUID NOT NULL,
        day DATE NOT NULL,
        name TEXT NOT NULL,
        CONSTRAINT pk_holidays PRIMARY KEY (calendar_id, day),
        CONSTRAINT fk_holidays_calendar_id_holiday_calendars FOREIGN KEY(calendar_id) REFERENCES holiday_calendars (id)
    )
    """,
    """
    CREATE TABLE location_holidays (
        location_id UUID NOT NULL,
        calendar_id UUID NOT NULL,
        CONSTRAINT pk_location_holidays PRIMARY KEY (location_id, calendar_id),
        CONSTRAINT fk_location_holidays_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id),
        CONSTRAINT fk_location_holidays_calendar_id_holiday_calendars FOREIGN KEY(calendar_id) REFERENCES holiday_calendars (id)
    )
    """,
    """
    CREATE INDEX ix_location_holidays_calendar_id ON location_holidays (calendar_id)
    """,
    """
    CREATE TABLE location_switches (
        id UUID NOT NULL,
        location_id UUID NOT NULL,
        turned TEXT NOT NULL,
        until TIMESTAMP WITH TIME ZONE,
        reason TEXT,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_location_switches PRIMARY KEY (id),
        CONSTRAINT ck_location_switches_turned_is_known CHECK (turned IN ('off', 'on')),
        CONSTRAINT ck_location_switches_off_for_a_reason CHECK ((turned = 'off') = (reason IS NOT NULL)),
        CONSTRAINT ck_location_switches_only_a_pause_ends CHECK (turned = 'off' OR until IS NULL),
        CONSTRAINT fk_location_switches_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE TRIGGER location_switches_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON location_switches FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE INDEX ix_location_switches_location_id ON location_switches (location_id, id)
    """,
    """
    CREATE TABLE promise_windows (
        id UUID NOT NULL,
        location_id UUID NOT NULL,
        service TEXT NOT NULL,
        day DATE NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE,
        ends_at TIMESTAMP WITH TIME ZONE,
        most INTEGER NOT NULL,
        taken INTEGER NOT NULL,
        CONSTRAINT pk_promise_windows PRIMARY KEY (id),
        CONSTRAINT ck_promise_windows_never_overbooked CHECK (0 <= taken AND taken <= most),
        CONSTRAINT ck_promise_windows_slots_have_both_ends CHECK ((starts_at IS NULL) = (ends_at IS NULL) AND (starts_at IS NULL OR starts_at < ends_at)),
        CONSTRAINT uq_promise_windows_window UNIQUE NULLS NOT DISTINCT (location_id, service, day, starts_at),
        CONSTRAINT fk_promise_windows_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    ) WITH (fillfactor = 70)
    """,
    """
    CREATE TABLE promise_bookings (
        id UUID NOT NULL,
        window_id UUID NOT NULL,
        owner_id UUID NOT NULL,
        booked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE,
        ended_at TIMESTAMP WITH TIME ZONE,
        ended TEXT,
        CONSTRAINT pk_promise_bookings PRIMARY KEY (id),
        CONSTRAINT ck_promise_bookings_ends_once CHECK ((ended IS NULL) = (ended_at IS NULL) AND (ended IS NULL OR ended IN ('expired', 'released'))),
        CONSTRAINT fk_promise_bookings_window_id_promise_windows FOREIGN KEY(window_id) REFERENCES promise_windows (id)
    )
    """,
    """
    CREATE INDEX ix_promise_bookings_owner_id ON promise_bookings (owner_id)
    """,
    """
    CREATE INDEX ix_promise_bookings_window_id ON promise_bookings (window_id, expires_at) WHERE ended_at IS NULL
    """,
    """
    CREATE UNIQUE INDEX uq_promise_bookings_open ON promise_bookings (owner_id, window_id) WHERE ended_at IS NULL
    """,
)
TABLES = (
    "promise_bookings",
    "promise_windows",
    "location_switches",
    "location_holidays",
    "holidays",
    "holiday_calendars",
    "location_services",
)
SLOTS_CHECK = "ck_carts_slots_are_by_location"
COLUMNS = ("operator", "minutes_per_order", "staff", "paused_at", "paused_until", "pause_reason")


def upgrade() -> None:
    """Adds columns with defaults under which each location goes on as it was, and the tables, empty."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        """
        ALTER TABLE locations
            ADD COLUMN operator TEXT,
            ADD COLUMN minutes_per_order INTEGER DEFAULT '0' NOT NULL,
            ADD COLUMN staff INTEGER DEFAULT '1' NOT NULL,
            ADD COLUMN paused_at TIMESTAMP WITH TIME ZONE,
            ADD COLUMN paused_until TIMESTAMP WITH TIME ZONE,
            ADD COLUMN pause_reason TEXT
        """
    )
    op.execute("ALTER TABLE locations DROP CONSTRAINT ck_locations_kind_is_known")
    for name, check in CHECKS.items():
        op.execute(f"ALTER TABLE locations ADD CONSTRAINT ck_locations_{name} CHECK ({check}) NOT VALID")
        op.execute(f"ALTER TABLE locations VALIDATE CONSTRAINT ck_locations_{name}")
    op.execute("ALTER TABLE carts ADD COLUMN slots JSONB DEFAULT '{}' NOT NULL")
    op.execute(f"ALTER TABLE carts ADD CONSTRAINT {SLOTS_CHECK} CHECK (jsonb_typeof(slots) = 'object') NOT VALID")
    op.execute(f"ALTER TABLE carts VALIDATE CONSTRAINT {SLOTS_CHECK}")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables and columns away, with what is in them; a third party's place would stand in the way."""
    op.execute("ALTER TABLE carts DROP COLUMN slots")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    for name in CHECKS:
        op.execute(f"ALTER TABLE locations DROP CONSTRAINT ck_locations_{name}")
    op.execute("ALTER TABLE locations ADD CONSTRAINT ck_locations_kind_is_known CHECK (kind IN ('store', 'warehouse'))")
    op.execute("ALTER TABLE locations " + ", ".join(f"DROP COLUMN {column}" for column in COLUMNS))
