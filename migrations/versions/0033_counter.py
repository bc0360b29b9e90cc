"""Pick lists, packages and their labels, who may collect, proofs of hand-overs; units that were refused at the counter.

What is there already reads as before: nothing is on a list, in a package, or refused.
"""

from alembic import op

revision = "0033_counter"
down_revision = "0032_rejections"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE shelf_places (
        location_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        aisle TEXT NOT NULL,
        bay TEXT DEFAULT '' NOT NULL,
        position TEXT DEFAULT '' NOT NULL,
        CONSTRAINT pk_shelf_places PRIMARY KEY (location_id, variant_id),
        CONSTRAINT ck_shelf_places_aisle_named CHECK (aisle <> ''),
        CONSTRAINT fk_shelf_places_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE TABLE pick_lists (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        location_id UUID NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        picker TEXT NOT NULL,
        due_by TIMESTAMP WITH TIME ZONE,
        made_by TEXT NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        closed_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_pick_lists PRIMARY KEY (id),
        CONSTRAINT ck_pick_lists_kind_known CHECK (kind IN ('batch', 'order', 'wave')),
        CONSTRAINT ck_pick_lists_state_known CHECK (state IN ('closed', 'open')),
        CONSTRAINT ck_pick_lists_closed_when_final CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
        CONSTRAINT ck_pick_lists_a_wave_has_an_end CHECK (kind <> 'wave' OR due_by IS NOT NULL),
        CONSTRAINT uq_pick_lists_number UNIQUE (number),
        CONSTRAINT fk_pick_lists_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE INDEX ix_pick_lists_location_id ON pick_lists (location_id, made_at, id)
    """,
    """
    CREATE TABLE pick_list_works (
        pick_list_id UUID NOT NULL,
        fulfilment_order_id UUID NOT NULL,
        released_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_pick_list_works PRIMARY KEY (pick_list_id, fulfilment_order_id),
        CONSTRAINT fk_pick_list_works_pick_list_id_pick_lists FOREIGN KEY(pick_list_id) REFERENCES pick_lists (id),
        CONSTRAINT fk_pick_list_works_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_pick_list_works_held ON pick_list_works (fulfilment_order_id) WHERE released_at IS NULL
    """,
    """
    CREATE TABLE pick_scans (
        pick_list_id UUID NOT NULL,
        scan_id UUID NOT NULL,
        asked JSONB NOT NULL,
        answer JSONB NOT NULL,
        variant_id UUID NOT NULL,
        units INTEGER NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_pick_scans PRIMARY KEY (pick_list_id, scan_id),
        CONSTRAINT ck_pick_scans_units_positive CHECK (units > 0),
        CONSTRAINT fk_pick_scans_pick_list_id_pick_lists FOREIGN KEY(pick_list_id) REFERENCES pick_lists (id)
    )
    """,
    """
    CREATE TRIGGER pick_scans_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pick_scans FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE picked_serials (
        fulfilment_line_id UUID NOT NULL,
        variant_id UUID NOT NULL,
        serial TEXT NOT NULL,
        CONSTRAINT pk_picked_serials PRIMARY KEY (fulfilment_line_id, serial),
        CONSTRAINT uq_picked_serials_variant_id_serial UNIQUE (variant_id, serial),
        CONSTRAINT fk_picked_serials_fulfilment_line_id_fulfilment_lines FOREIGN KEY(fulfilment_line_id) REFERENCES fulfilment_lines (id)
    )
    """,
    """
    CREATE TABLE packages (
        id UUID NOT NULL,
        number TEXT NOT NULL,
        fulfilment_order_id UUID NOT NULL,
        location_id UUID NOT NULL,
        state TEXT NOT NULL,
        units JSONB NOT NULL,
        weight_grams INTEGER,
        length_mm INTEGER,
        width_mm INTEGER,
        height_mm INTEGER,
        shipment_id UUID,
        by TEXT NOT NULL,
        packed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        closed_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_packages PRIMARY KEY (id),
        CONSTRAINT ck_packages_state_known CHECK (state IN ('packed', 'sent', 'voided')),
        CONSTRAINT ck_packages_something_is_in_it CHECK (jsonb_typeof(units) = 'array' AND jsonb_array_length(units) > 0),
        CONSTRAINT ck_packages_closed_when_final CHECK ((state = 'packed') = (closed_at IS NULL)),
        CONSTRAINT ck_packages_sent_with_a_shipment CHECK (shipment_id IS NULL OR state = 'sent'),
        CONSTRAINT ck_packages_measures_positive CHECK (weight_grams > 0 AND length_mm > 0 AND width_mm > 0 AND height_mm > 0),
        CONSTRAINT uq_packages_number UNIQUE (number),
        CONSTRAINT fk_packages_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id),
        CONSTRAINT fk_packages_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id),
        CONSTRAINT fk_packages_shipment_id_shipments FOREIGN KEY(shipment_id) REFERENCES shipments (id)
    )
    """,
    """
    CREATE INDEX ix_packages_fulfilment_order_id ON packages (fulfilment_order_id, packed_at, id)
    """,
    """
    CREATE INDEX ix_packages_shipment_id ON packages (shipment_id)
    """,
    """
    CREATE TABLE package_labels (
        id UUID NOT NULL,
        package_id UUID NOT NULL,
        labeller TEXT NOT NULL,
        tracking_number TEXT,
        nth INTEGER NOT NULL,
        count INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        document BYTEA,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        voided_at TIMESTAMP WITH TIME ZONE,
        void_reason TEXT,
        CONSTRAINT pk_package_labels PRIMARY KEY (id),
        CONSTRAINT ck_package_labels_one_of_them CHECK (nth BETWEEN 1 AND count),
        CONSTRAINT ck_package_labels_void_for_a_reason CHECK ((voided_at IS NULL) = (void_reason IS NULL)),
        CONSTRAINT ck_package_labels_void_prints_nothing CHECK (voided_at IS NULL OR document IS NULL),
        CONSTRAINT uq_package_labels_package_id_id UNIQUE (package_id, id),
        CONSTRAINT fk_package_labels_package_id_packages FOREIGN KEY(package_id) REFERENCES packages (id)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_package_labels_good ON package_labels (package_id) WHERE voided_at IS NULL
    """,
    """
    CREATE TABLE pickup_persons (
        order_id UUID NOT NULL,
        name TEXT NOT NULL,
        code TEXT NOT NULL,
        named_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_pickup_persons PRIMARY KEY (order_id),
        CONSTRAINT ck_pickup_persons_named CHECK (name <> '' AND code <> ''),
        CONSTRAINT fk_pickup_persons_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id)
    )
    """,
    """
    CREATE TABLE arrivals (
        fulfilment_order_id UUID NOT NULL,
        bay TEXT,
        vehicle TEXT,
        said_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_arrivals PRIMARY KEY (fulfilment_order_id),
        CONSTRAINT ck_arrivals_says_something CHECK (bay IS NOT NULL OR vehicle IS NOT NULL),
        CONSTRAINT fk_arrivals_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
    """
    CREATE TABLE hand_over_proofs (
        hand_over_id UUID NOT NULL,
        person TEXT NOT NULL,
        document TEXT,
        device TEXT,
        waited_seconds INTEGER,
        signature_type TEXT,
        signature BYTEA,
        CONSTRAINT pk_hand_over_proofs PRIMARY KEY (hand_over_id),
        CONSTRAINT ck_hand_over_proofs_person_known CHECK (person IN ('customer', 'named')),
        CONSTRAINT ck_hand_over_proofs_document_known CHECK (document IN ('driving_licence', 'identity_card', 'other', 'passport', 'residence_permit')),
        CONSTRAINT ck_hand_over_proofs_wait_not_negative CHECK (waited_seconds >= 0),
        CONSTRAINT ck_hand_over_proofs_signature_has_a_type CHECK ((signature IS NULL) = (signature_type IS NULL)),
        CONSTRAINT ck_hand_over_proofs_signature_bounded CHECK (octet_length(signature) BETWEEN 1 AND 65536),
        CONSTRAINT fk_hand_over_proofs_hand_over_id_hand_overs FOREIGN KEY(hand_over_id) REFERENCES hand_overs (id)
    )
    """,
    """
    CREATE TABLE counter_refusals (
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        fulfilment_order_id UUID NOT NULL,
        units JSONB NOT NULL,
        amount BIGINT NOT NULL,
        reason TEXT NOT NULL,
        by TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_counter_refusals PRIMARY KEY (seq),
        CONSTRAINT ck_counter_refusals_amount_not_negative CHECK (amount >= 0),
        CONSTRAINT fk_counter_refusals_fulfilment_order_id_fulfilment_orders FOREIGN KEY(fulfilment_order_id) REFERENCES fulfilment_orders (id)
    )
    """,
    """
    CREATE INDEX ix_counter_refusals_fulfilment_order_id ON counter_refusals (fulfilment_order_id)
    """,
    """
    CREATE TRIGGER counter_refusals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON counter_refusals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE find_failures (
        principal TEXT NOT NULL,
        failed INTEGER NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_find_failures PRIMARY KEY (principal),
        CONSTRAINT ck_find_failures_failed_not_negative CHECK (failed >= 0)
    )
    """,
)
NAMES = (
    "find_failures",
    "counter_refusals",
    "hand_over_proofs",
    "arrivals",
    "pickup_persons",
    "package_labels",
    "packages",
    "picked_serials",
    "pick_scans",
    "pick_list_works",
    "pick_lists",
    "shelf_places",
)
REASONS = (
    "short_reason IS NULL OR short_reason IN ('closed', 'damage', 'mismatch', 'no_capacity', 'not_accepted', 'not_arrived',"
    " 'not_in_stock', 'refused')"
)


def upgrade() -> None:
    """Makes the tables, and lets a line say that its units were refused at the counter."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)
    _reasons(REASONS)


def downgrade() -> None:
    """Takes them away; refuses where units were refused."""
    _reasons(REASONS.replace(", 'refused'", ""))
    for name in NAMES:
        op.execute(f"DROP TABLE {name}")


def _reasons(condition: str) -> None:
    name = "ck_fulfilment_lines_short_reason_known"
    op.execute(f"ALTER TABLE fulfilment_lines DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE fulfilment_lines ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE fulfilment_lines VALIDATE CONSTRAINT {name}")
