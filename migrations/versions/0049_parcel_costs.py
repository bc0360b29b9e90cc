"""What a parcel costs from each place that sends, as it was said over time."""

from alembic import op

revision = "0049_parcel_costs"
down_revision = "0048_perishable"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE parcel_costs (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        location_id UUID NOT NULL,
        currency TEXT NOT NULL,
        amount BIGINT,
        per_km BIGINT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        actor TEXT NOT NULL,
        CONSTRAINT pk_parcel_costs PRIMARY KEY (seq),
        CONSTRAINT ck_parcel_costs_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_parcel_costs_costs_not_negative CHECK (amount >= 0 AND per_km >= 0 AND (amount IS NOT NULL OR per_km = 0)),
        CONSTRAINT fk_parcel_costs_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    "CREATE INDEX ix_parcel_costs_location_id ON parcel_costs (location_id, currency, seq)",
    """
    CREATE TRIGGER parcel_costs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON parcel_costs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    """Makes the table; no place says anything yet."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the table away, with what was said."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE parcel_costs")
