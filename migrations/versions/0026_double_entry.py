"""Each movement says from where to where; quarantine, damaged and in transit have balances of their own; safety stock and buffers."""

from alembic import op

revision = "0026_double_entry"
down_revision = "0025_answers_as_they_are"
branch_labels = None
depends_on = None

# Where the units of each kind of movement came from or went, as long as a movement was only one of a shelf's.
OTHER_ENDS = {
    "initial": "opening",
    "received": "supplier",
    "adjusted": "shrinkage",
    "sold": "customer",
    "returned": "customer",
}
INSIDE = "'damaged', 'in_transit', 'quarantine', 'shelf', 'shortage'"
CHECKS = (
    ("stock_levels", "safety_bounded", "safety BETWEEN 0 AND 1000000000"),
    (
        "stock_movements",
        "never_negative",
        "CASE WHEN spot = 'shortage' THEN on_hand_after <= 0 ELSE on_hand_after >= 0 END",
    ),
    ("stock_movements", "spot_known", f"spot IN ({INSIDE})"),
    (
        "stock_movements",
        "other_spot_known",
        "other_spot IN ('customer', 'damaged', 'in_transit', 'opening', 'quarantine', 'shelf', 'shortage', 'shrinkage', 'supplier')",
    ),
    ("stock_movements", "inside_has_a_location", f"(other_spot IN ({INSIDE})) = (other_location_id IS NOT NULL)"),
    ("stock_movements", "frees_what_leaves", "freed BETWEEN 0 AND greatest(-quantity, 0)"),
    ("stock_movements", "goes_somewhere", "spot <> other_spot OR location_id <> other_location_id"),
    (
        "stock_movements",
        "kind_known",
        "kind IN ('adjusted', 'initial', 'moved', 'received', 'returned', 'settled', 'sold')",
    ),
    ("reservations", "owner_kind_known", "owner_kind IN ('order', 'transfer')"),
)
COLUMNS = {
    "stock_levels": ("safety INTEGER DEFAULT '0' NOT NULL", "buffers JSONB"),
    "stock_movements": (
        "spot TEXT DEFAULT 'shelf' NOT NULL",
        "other_spot TEXT",
        "other_location_id UUID",
        "freed INTEGER DEFAULT '0' NOT NULL",
    ),
    "reservations": ("owner_kind TEXT DEFAULT 'order' NOT NULL", "leads BOOLEAN DEFAULT false NOT NULL"),
}
TABLES = (
    """
    CREATE UNIQUE INDEX uq_reservations_leads ON reservations (hold_id) WHERE leads
    """,
    """
    CREATE TABLE stock_balances (
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        spot TEXT NOT NULL,
        units INTEGER NOT NULL,
        CONSTRAINT pk_stock_balances PRIMARY KEY (variant_id, location_id, spot),
        CONSTRAINT ck_stock_balances_spot_known CHECK (spot IN ('damaged', 'in_transit', 'quarantine', 'shortage')),
        CONSTRAINT ck_stock_balances_on_its_side_of_zero CHECK (CASE WHEN spot = 'shortage' THEN units <= 0 ELSE units >= 0 END),
        CONSTRAINT ck_stock_balances_units_bounded CHECK (units BETWEEN -1000000000 AND 1000000000),
        CONSTRAINT fk_stock_balances_level FOREIGN KEY(variant_id, location_id) REFERENCES stock_levels (variant_id, location_id)
    )
    """,
    """
    CREATE INDEX ix_stock_balances_location_id ON stock_balances (location_id, spot, variant_id) WHERE units <> 0
    """,
    """
    CREATE TABLE kept_back_changes (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        channel_id UUID,
        before INTEGER NOT NULL,
        after INTEGER NOT NULL,
        document_kind TEXT NOT NULL,
        document_id UUID,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_kept_back_changes PRIMARY KEY (seq),
        CONSTRAINT ck_kept_back_changes_changes_something CHECK (before <> after AND before >= 0),
        CONSTRAINT ck_kept_back_changes_after_bounded CHECK (after BETWEEN 0 AND 1000000000),
        CONSTRAINT ck_kept_back_changes_explained CHECK (actor <> '' AND document_kind <> ''),
        CONSTRAINT fk_kept_back_changes_channel_id_channels FOREIGN KEY(channel_id) REFERENCES channels (id)
    )
    """,
    """
    CREATE INDEX ix_kept_back_changes_place ON kept_back_changes (variant_id, location_id, seq)
    """,
    """
    CREATE TRIGGER kept_back_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kept_back_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE unrouted_demand (
        owner_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        units INTEGER NOT NULL,
        CONSTRAINT pk_unrouted_demand PRIMARY KEY (owner_id, variant_id),
        CONSTRAINT ck_unrouted_demand_units_bounded CHECK (units BETWEEN 0 AND 1000000000)
    )
    """,
    """
    CREATE INDEX ix_unrouted_demand_variant_id ON unrouted_demand (variant_id) WHERE units > 0
    """,
    """
    CREATE TABLE unrouted_changes (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        owner_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        quantity INTEGER NOT NULL,
        document_kind TEXT NOT NULL,
        document_id UUID,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_unrouted_changes PRIMARY KEY (seq),
        CONSTRAINT ck_unrouted_changes_changes_something CHECK (quantity <> 0),
        CONSTRAINT ck_unrouted_changes_explained CHECK (actor <> '' AND document_kind <> '')
    )
    """,
    """
    CREATE INDEX ix_unrouted_changes_owner_id ON unrouted_changes (owner_id, variant_id)
    """,
    """
    CREATE TRIGGER unrouted_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON unrouted_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE stock_proofs (
        id UUID NOT NULL,
        began_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
        articles INTEGER NOT NULL,
        broken INTEGER NOT NULL,
        findings JSONB NOT NULL,
        CONSTRAINT pk_stock_proofs PRIMARY KEY (id),
        CONSTRAINT ck_stock_proofs_makes_sense CHECK (ended_at >= began_at AND articles >= 0 AND broken >= 0)
    )
    """,
    """
    CREATE INDEX ix_stock_proofs_began_at ON stock_proofs (began_at)
    """,
    """
    CREATE TRIGGER stock_proofs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_proofs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE stock_repairs (
        id UUID NOT NULL,
        what TEXT NOT NULL,
        variant_id UUID NOT NULL,
        location_id UUID NOT NULL,
        subject TEXT NOT NULL,
        held INTEGER NOT NULL,
        told INTEGER NOT NULL,
        actor TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_stock_repairs PRIMARY KEY (id),
        CONSTRAINT ck_stock_repairs_what_known CHECK (what IN ('balance', 'ending', 'reserved')),
        CONSTRAINT ck_stock_repairs_explained CHECK (held <> told AND actor <> '')
    )
    """,
    """
    CREATE INDEX ix_stock_repairs_place ON stock_repairs (variant_id, location_id)
    """,
    """
    CREATE TRIGGER stock_repairs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stock_repairs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    """Adds the other end to every movement: its kind says which it was."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"ADD COLUMN {column}" for column in columns))
    op.execute("ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only")
    ends = " ".join(f"WHEN '{kind}' THEN '{spot}'" for kind, spot in OTHER_ENDS.items())
    # What was sold until now was reserved for the order that it left for: there was no other way to sell.
    op.execute(
        f"UPDATE stock_movements SET other_spot = CASE kind {ends} END, freed = CASE kind WHEN 'sold' THEN -quantity ELSE 0 END"
    )
    op.execute("ALTER TABLE stock_movements ENABLE TRIGGER stock_movements_append_only")
    op.execute("ALTER TABLE stock_movements ALTER COLUMN other_spot SET NOT NULL")
    for name in ("never_negative", "kind_known"):
        op.execute(f"ALTER TABLE stock_movements DROP CONSTRAINT ck_stock_movements_{name}")
    for table, name, check in CHECKS:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({check}) NOT VALID")
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
    op.execute("ALTER TABLE stock_movements DROP CONSTRAINT uq_stock_movements_effect_key")
    op.execute(
        "ALTER TABLE stock_movements ADD CONSTRAINT uq_stock_movements_effect_key "
        "UNIQUE NULLS NOT DISTINCT (effect_key, variant_id, location_id, spot, other_spot, other_location_id)"
    )
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    """Takes the other ends away, where no movement needs them: what is beside a shelf has no place in what was before."""
    for table in (
        "stock_repairs",
        "stock_proofs",
        "unrouted_changes",
        "unrouted_demand",
        "kept_back_changes",
        "stock_balances",
    ):
        op.execute(f"DROP TABLE {table}")
    op.execute("ALTER TABLE stock_movements DROP CONSTRAINT uq_stock_movements_effect_key")
    op.execute(
        "ALTER TABLE stock_movements ADD CONSTRAINT uq_stock_movements_effect_key UNIQUE (effect_key, variant_id, location_id)"
    )
    for table, name, _ in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute(
        "ALTER TABLE stock_movements ADD CONSTRAINT ck_stock_movements_never_negative CHECK (on_hand_after >= 0)"
    )
    op.execute(
        "ALTER TABLE stock_movements ADD CONSTRAINT ck_stock_movements_kind_known "
        "CHECK (kind IN ('adjusted', 'initial', 'received', 'returned', 'sold'))"
    )
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"DROP COLUMN {column.split()[0]}" for column in columns))
