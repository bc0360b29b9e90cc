"""Payments, their parts, money entries, refunds, provider events."""

from alembic import op

revision = "0009_payments"
down_revision = "0008_delivery"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE payments (
        id UUID NOT NULL,
        order_id UUID NOT NULL,
        shopper_id UUID,
        kind TEXT NOT NULL,
        currency TEXT NOT NULL,
        amount BIGINT NOT NULL,
        state TEXT NOT NULL,
        payment_method TEXT,
        return_url TEXT,
        customer_ref TEXT,
        method_ref TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_payments PRIMARY KEY (id),
        CONSTRAINT ck_payments_kind_known CHECK (kind IN ('card', 'on_collection')),
        CONSTRAINT ck_payments_state_known CHECK (state IN ('action_required', 'authorized', 'declined', 'intended', 'mismatch', 'processing', 'superseded', 'unknown', 'voided')),
        CONSTRAINT ck_payments_amount_not_negative CHECK (amount >= 0),
        CONSTRAINT ck_payments_no_card_number CHECK (payment_method !~ '[0-9]{12,}')
    )
    """,
    """
    CREATE INDEX ix_payments_order_id ON payments (order_id, id)
    """,
    """
    CREATE UNIQUE INDEX uq_payments_one_live_per_order ON payments (order_id) WHERE state IN ('action_required', 'authorized', 'intended', 'processing', 'unknown')
    """,
    """
    CREATE TABLE payment_parts (
        id UUID NOT NULL,
        payment_id UUID NOT NULL,
        group_id UUID NOT NULL,
        location_id UUID,
        after_part UUID,
        position INTEGER NOT NULL,
        amount BIGINT NOT NULL,
        state TEXT NOT NULL,
        on_session BOOLEAN NOT NULL,
        intent_ref TEXT,
        multicapture BOOLEAN NOT NULL,
        authorized BIGINT NOT NULL,
        captured BIGINT NOT NULL,
        voided BIGINT NOT NULL,
        refunding BIGINT NOT NULL,
        refunded BIGINT NOT NULL,
        next_action_url TEXT,
        decline_code TEXT,
        void_key TEXT,
        sent_at TIMESTAMP WITH TIME ZONE,
        tries INTEGER NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_payment_parts PRIMARY KEY (id),
        CONSTRAINT ck_payment_parts_state_known CHECK (state IN ('action_required', 'authorized', 'captured', 'declined', 'intended', 'mismatch', 'processing', 'unknown', 'voided')),
        CONSTRAINT ck_payment_parts_amount_positive CHECK (amount > 0),
        CONSTRAINT ck_payment_parts_authorized_as_asked CHECK (authorized IN (0, amount)),
        CONSTRAINT ck_payment_parts_captured_within_authorized CHECK (captured >= 0 AND voided >= 0 AND captured + voided <= authorized),
        CONSTRAINT ck_payment_parts_refunded_within_captured CHECK (refunded >= 0 AND refunded <= captured),
        CONSTRAINT ck_payment_parts_refunding_not_negative CHECK (refunding >= 0),
        CONSTRAINT ck_payment_parts_action_has_an_address CHECK ((state = 'action_required') = (next_action_url IS NOT NULL)),
        CONSTRAINT uq_payment_parts_payment_id_position UNIQUE (payment_id, position),
        CONSTRAINT fk_payment_parts_payment_id_payments FOREIGN KEY(payment_id) REFERENCES payments (id),
        CONSTRAINT fk_payment_parts_after_part_payment_parts FOREIGN KEY(after_part) REFERENCES payment_parts (id),
        CONSTRAINT uq_payment_parts_intent_ref UNIQUE (intent_ref)
    )
    """,
    """
    CREATE INDEX ix_payment_parts_due_at ON payment_parts (due_at) WHERE due_at IS NOT NULL
    """,
    """
    CREATE INDEX ix_payment_parts_group_id ON payment_parts (group_id)
    """,
    """
    CREATE TABLE provider_events (
        event_id TEXT NOT NULL,
        type TEXT NOT NULL,
        intent_ref TEXT,
        payment_id UUID,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_provider_events PRIMARY KEY (event_id),
        CONSTRAINT fk_provider_events_payment_id_payments FOREIGN KEY(payment_id) REFERENCES payments (id)
    )
    """,
    """
    CREATE TRIGGER provider_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON provider_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE payment_alerts (
        id UUID NOT NULL,
        kind TEXT NOT NULL,
        order_id UUID NOT NULL,
        payment_id UUID NOT NULL,
        part_id UUID NOT NULL,
        effect_key TEXT NOT NULL,
        facts JSONB NOT NULL,
        raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
        resolved_at TIMESTAMP WITH TIME ZONE,
        resolved_by TEXT,
        resolution TEXT,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_payment_alerts PRIMARY KEY (id),
        CONSTRAINT ck_payment_alerts_kind_known CHECK (kind IN ('amount_differs', 'capture_failed', 'refund_failed', 'second_intent', 'void_failed')),
        CONSTRAINT ck_payment_alerts_resolved_by_somebody CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
        CONSTRAINT fk_payment_alerts_payment_id_payments FOREIGN KEY(payment_id) REFERENCES payments (id),
        CONSTRAINT fk_payment_alerts_part_id_payment_parts FOREIGN KEY(part_id) REFERENCES payment_parts (id),
        CONSTRAINT uq_payment_alerts_effect_key UNIQUE (effect_key)
    )
    """,
    """
    CREATE INDEX ix_payment_alerts_payment_id ON payment_alerts (payment_id)
    """,
    """
    CREATE INDEX ix_payment_alerts_raised_at ON payment_alerts (raised_at, id)
    """,
    """
    CREATE TABLE payment_captures (
        id UUID NOT NULL,
        payment_id UUID NOT NULL,
        part_id UUID NOT NULL,
        amount BIGINT NOT NULL,
        effect_key TEXT NOT NULL,
        tender TEXT NOT NULL,
        state TEXT NOT NULL,
        failure_code TEXT,
        key_number INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        sent_at TIMESTAMP WITH TIME ZONE,
        tries INTEGER NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_payment_captures PRIMARY KEY (id),
        CONSTRAINT ck_payment_captures_tender_known CHECK (tender IN ('counter', 'outside', 'provider')),
        CONSTRAINT ck_payment_captures_state_known CHECK (state IN ('captured', 'failed', 'intended')),
        CONSTRAINT ck_payment_captures_amount_positive CHECK (amount > 0),
        CONSTRAINT ck_payment_captures_failed_for_a_reason CHECK ((state = 'failed') = (failure_code IS NOT NULL)),
        CONSTRAINT fk_payment_captures_payment_id_payments FOREIGN KEY(payment_id) REFERENCES payments (id),
        CONSTRAINT fk_payment_captures_part_id_payment_parts FOREIGN KEY(part_id) REFERENCES payment_parts (id),
        CONSTRAINT uq_payment_captures_effect_key UNIQUE (effect_key)
    )
    """,
    """
    CREATE INDEX ix_payment_captures_due_at ON payment_captures (due_at) WHERE due_at IS NOT NULL
    """,
    """
    CREATE INDEX ix_payment_captures_payment_id ON payment_captures (payment_id)
    """,
    """
    CREATE TABLE refunds (
        id UUID NOT NULL,
        payment_id UUID NOT NULL,
        part_id UUID NOT NULL,
        amount BIGINT NOT NULL,
        effect_key TEXT NOT NULL,
        tender TEXT NOT NULL,
        cause JSONB NOT NULL,
        state TEXT NOT NULL,
        provider_ref TEXT,
        failure_code TEXT,
        key_number INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        sent_at TIMESTAMP WITH TIME ZONE,
        tries INTEGER NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_refunds PRIMARY KEY (id),
        CONSTRAINT ck_refunds_tender_known CHECK (tender IN ('counter', 'outside', 'provider')),
        CONSTRAINT ck_refunds_state_known CHECK (state IN ('failed', 'intended', 'pending', 'succeeded')),
        CONSTRAINT ck_refunds_amount_positive CHECK (amount > 0),
        CONSTRAINT ck_refunds_failed_for_a_reason CHECK ((state = 'failed') = (failure_code IS NOT NULL)),
        CONSTRAINT uq_refunds_effect_key_part_id UNIQUE (effect_key, part_id),
        CONSTRAINT fk_refunds_payment_id_payments FOREIGN KEY(payment_id) REFERENCES payments (id),
        CONSTRAINT fk_refunds_part_id_payment_parts FOREIGN KEY(part_id) REFERENCES payment_parts (id),
        CONSTRAINT uq_refunds_provider_ref UNIQUE (provider_ref)
    )
    """,
    """
    CREATE INDEX ix_refunds_due_at ON refunds (due_at) WHERE due_at IS NOT NULL
    """,
    """
    CREATE INDEX ix_refunds_payment_id ON refunds (payment_id)
    """,
    """
    CREATE TABLE money_entries (
        id UUID NOT NULL,
        seq BIGINT GENERATED ALWAYS AS IDENTITY,
        payment_id UUID NOT NULL,
        part_id UUID NOT NULL,
        order_id UUID NOT NULL,
        kind TEXT NOT NULL,
        tender TEXT NOT NULL,
        amount BIGINT NOT NULL,
        currency TEXT NOT NULL,
        capture_id UUID,
        refund_id UUID,
        effect_key TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_money_entries PRIMARY KEY (id),
        CONSTRAINT ck_money_entries_kind_known CHECK (kind IN ('authorized', 'captured', 'refund_failed', 'refunded', 'voided')),
        CONSTRAINT ck_money_entries_tender_known CHECK (tender IN ('counter', 'outside', 'provider')),
        CONSTRAINT ck_money_entries_amount_positive CHECK (amount > 0),
        CONSTRAINT ck_money_entries_refund_named CHECK ((kind IN ('refunded', 'refund_failed')) = (refund_id IS NOT NULL)),
        CONSTRAINT ck_money_entries_capture_named CHECK ((kind = 'captured') = (capture_id IS NOT NULL)),
        CONSTRAINT fk_money_entries_payment_id_payments FOREIGN KEY(payment_id) REFERENCES payments (id),
        CONSTRAINT fk_money_entries_part_id_payment_parts FOREIGN KEY(part_id) REFERENCES payment_parts (id),
        CONSTRAINT fk_money_entries_capture_id_payment_captures FOREIGN KEY(capture_id) REFERENCES payment_captures (id),
        CONSTRAINT fk_money_entries_refund_id_refunds FOREIGN KEY(refund_id) REFERENCES refunds (id),
        CONSTRAINT uq_money_entries_effect_key UNIQUE (effect_key)
    )
    """,
    """
    CREATE INDEX ix_money_entries_order_id ON money_entries (order_id, seq)
    """,
    """
    CREATE INDEX ix_money_entries_part_id ON money_entries (part_id)
    """,
    """
    CREATE TRIGGER money_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON money_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE money_entries")
    op.execute("DROP TABLE refunds")
    op.execute("DROP TABLE payment_captures")
    op.execute("DROP TABLE payment_alerts")
    op.execute("DROP TABLE provider_events")
    op.execute("DROP TABLE payment_parts")
    op.execute("DROP TABLE payments")
