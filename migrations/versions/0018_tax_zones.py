"""Zones of tax: rates of parts of countries, profiles, sellers, distance sales, exempt supplies, VAT numbers, fees.

Old rows keep their meaning: a country is a zone. The widened check is added first and validated after, then the narrow
one goes.
"""

from alembic import op

revision = "0018_tax_zones"
down_revision = "0017_price_lists"
branch_labels = None
depends_on = None

ZONES = (
    """
    ALTER TABLE tax_rates ADD CONSTRAINT ck_tax_rates_country_is_a_zone
        CHECK (country ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$') NOT VALID
    """,
    "ALTER TABLE tax_rates VALIDATE CONSTRAINT ck_tax_rates_country_is_a_zone",
    "ALTER TABLE tax_rates DROP CONSTRAINT ck_tax_rates_country_is_a_code",
)
STATEMENTS = (
    """
    CREATE TABLE seeded_tax_rates (
        key TEXT NOT NULL,
        seeded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_seeded_tax_rates PRIMARY KEY (key)
    )
    """,
    """
    CREATE TRIGGER seeded_tax_rates_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seeded_tax_rates FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE tax_profiles (
        zone TEXT NOT NULL,
        rounding TEXT NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_tax_profiles PRIMARY KEY (zone),
        CONSTRAINT ck_tax_profiles_zone_is_a_zone CHECK (zone ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'),
        CONSTRAINT ck_tax_profiles_rounding_is_known CHECK (rounding IN ('document', 'line'))
    )
    """,
    """
    CREATE TABLE tax_sellers (
        country TEXT NOT NULL,
        distance TEXT NOT NULL,
        threshold BIGINT NOT NULL,
        currency TEXT NOT NULL,
        domestic_reverse JSONB NOT NULL,
        opted_on DATE,
        version INTEGER DEFAULT '1' NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_tax_sellers PRIMARY KEY (country),
        CONSTRAINT ck_tax_sellers_country_is_a_code CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_tax_sellers_distance_is_known CHECK (distance IN ('destination', 'origin')),
        CONSTRAINT ck_tax_sellers_threshold_not_negative CHECK (threshold >= 0),
        CONSTRAINT ck_tax_sellers_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_tax_sellers_domestic_reverse_is_a_list CHECK (jsonb_typeof(domestic_reverse) = 'array')
    )
    """,
    """
    CREATE UNIQUE INDEX uq_tax_sellers_origin ON tax_sellers (distance) WHERE distance = 'origin'
    """,
    """
    CREATE TABLE distance_totals (
        country TEXT NOT NULL,
        year INTEGER NOT NULL,
        total BIGINT NOT NULL,
        uncounted INTEGER NOT NULL,
        crossed_at TIMESTAMP WITH TIME ZONE,
        crossed_by UUID,
        CONSTRAINT pk_distance_totals PRIMARY KEY (country, year),
        CONSTRAINT ck_distance_totals_total_not_negative CHECK (total >= 0),
        CONSTRAINT ck_distance_totals_uncounted_not_negative CHECK (uncounted >= 0),
        CONSTRAINT ck_distance_totals_crossing_is_whole CHECK ((crossed_at IS NULL) = (crossed_by IS NULL)),
        CONSTRAINT fk_distance_totals_country_tax_sellers FOREIGN KEY(country) REFERENCES tax_sellers (country)
    )
    """,
    """
    CREATE TABLE distance_sales (
        id UUID NOT NULL,
        order_id UUID NOT NULL,
        effect TEXT NOT NULL,
        country TEXT NOT NULL,
        year INTEGER NOT NULL,
        destination TEXT NOT NULL,
        net BIGINT NOT NULL,
        currency TEXT NOT NULL,
        counted BOOLEAN NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_distance_sales PRIMARY KEY (id),
        CONSTRAINT uq_distance_sales_order_id_effect UNIQUE (order_id, effect),
        CONSTRAINT ck_distance_sales_only_sales_add CHECK ((effect = 'sale') = (net >= 0)),
        CONSTRAINT ck_distance_sales_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_distance_sales_destination_is_a_zone CHECK (destination ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'),
        CONSTRAINT fk_distance_sales_country_tax_sellers FOREIGN KEY(country) REFERENCES tax_sellers (country)
    )
    """,
    """
    CREATE INDEX ix_distance_sales_country_year ON distance_sales (country, year)
    """,
    """
    CREATE TRIGGER distance_sales_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON distance_sales FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE exempt_supplies (
        id UUID NOT NULL,
        order_id UUID NOT NULL,
        kind TEXT NOT NULL,
        origin TEXT NOT NULL,
        destination TEXT NOT NULL,
        vat_number TEXT,
        consultation TEXT,
        net BIGINT NOT NULL,
        currency TEXT NOT NULL,
        supplied_at TIMESTAMP WITH TIME ZONE NOT NULL,
        proven_at TIMESTAMP WITH TIME ZONE,
        cancelled_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_exempt_supplies PRIMARY KEY (id),
        CONSTRAINT uq_exempt_supplies_order_id_kind UNIQUE (order_id, kind),
        CONSTRAINT ck_exempt_supplies_kind_is_known CHECK (kind IN ('export', 'intra_community', 'reverse_charge')),
        CONSTRAINT ck_exempt_supplies_businesses_have_a_number CHECK (kind = 'export' OR vat_number IS NOT NULL),
        CONSTRAINT ck_exempt_supplies_net_not_negative CHECK (net >= 0),
        CONSTRAINT ck_exempt_supplies_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_exempt_supplies_places_are_zones CHECK (origin ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$' AND destination ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$')
    )
    """,
    """
    CREATE INDEX ix_exempt_supplies_unproven ON exempt_supplies (supplied_at, id) WHERE proven_at IS NULL AND cancelled_at IS NULL
    """,
    """
    CREATE TABLE transport_proofs (
        id UUID NOT NULL,
        supply_id UUID NOT NULL,
        kind TEXT NOT NULL,
        issuer TEXT NOT NULL,
        reference TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_transport_proofs PRIMARY KEY (id),
        CONSTRAINT uq_transport_proofs_document UNIQUE (supply_id, kind, reference),
        CONSTRAINT ck_transport_proofs_kind_is_known CHECK (kind IN ('airfreight_invoice', 'bank_document', 'bill_of_lading', 'carrier_invoice', 'cmr', 'customs_exit', 'insurance', 'official_document', 'warehouse_receipt')),
        CONSTRAINT fk_transport_proofs_supply_id_exempt_supplies FOREIGN KEY(supply_id) REFERENCES exempt_supplies (id)
    )
    """,
    """
    CREATE TRIGGER transport_proofs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transport_proofs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE vat_checks (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        outcome TEXT NOT NULL,
        reference TEXT,
        reason TEXT,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_vat_checks PRIMARY KEY (id),
        CONSTRAINT ck_vat_checks_outcome_is_known CHECK (outcome IN ('invalid', 'unavailable', 'valid')),
        CONSTRAINT ck_vat_checks_only_silence_has_a_reason CHECK ((outcome = 'unavailable') = (reason IS NOT NULL))
    )
    """,
    """
    CREATE INDEX ix_vat_checks_number ON vat_checks (number, at, id)
    """,
    """
    CREATE TRIGGER vat_checks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON vat_checks FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE fees (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        kind TEXT NOT NULL,
        variant_id UUID NOT NULL,
        amount BIGINT NOT NULL,
        currency TEXT NOT NULL,
        includes_tax BOOLEAN NOT NULL,
        tax_category TEXT NOT NULL,
        zone TEXT,
        starts_at TIMESTAMP WITH TIME ZONE,
        ends_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_fees PRIMARY KEY (id),
        CONSTRAINT ck_fees_kind_is_known CHECK (kind IN ('deposit', 'eco_fee')),
        CONSTRAINT ck_fees_amount_not_negative CHECK (amount >= 0),
        CONSTRAINT ck_fees_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_fees_zone_is_a_zone CHECK (zone ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'),
        CONSTRAINT ck_fees_window_has_a_length CHECK (ends_at > starts_at),
        CONSTRAINT fk_fees_tax_category_tax_categories FOREIGN KEY(tax_category) REFERENCES tax_categories (code)
    )
    """,
    """
    CREATE INDEX ix_fees_variant_id ON fees (variant_id, code)
    """,
)
TABLES = (
    "fees",
    "vat_checks",
    "transport_proofs",
    "exempt_supplies",
    "distance_sales",
    "distance_totals",
    "tax_sellers",
    "tax_profiles",
    "seeded_tax_rates",
)


def upgrade() -> None:
    """Widens countries to zones and makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (*ZONES, *STATEMENTS):
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them; rates of parts of countries must be gone before."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE tax_rates DROP CONSTRAINT ck_tax_rates_country_is_a_zone")
    op.execute("ALTER TABLE tax_rates ADD CONSTRAINT ck_tax_rates_country_is_a_code CHECK (country ~ '^[A-Z]{2}$')")
