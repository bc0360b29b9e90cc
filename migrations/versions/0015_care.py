"""Notifications."""

from alembic import op

revision = "0015_care"
down_revision = "0014_aftersale"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE notifications (
        id UUID NOT NULL,
        order_id UUID NOT NULL,
        kind TEXT NOT NULL,
        language TEXT NOT NULL,
        effect_key TEXT NOT NULL,
        sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_notifications PRIMARY KEY (id),
        CONSTRAINT ck_notifications_kind_known CHECK (kind IN ('not_supplied', 'order_cancelled', 'order_confirmed', 'ready_for_pickup', 'refunded', 'return_approved', 'return_declined', 'shipped')),
        CONSTRAINT ck_notifications_effect_named CHECK (effect_key <> ''),
        CONSTRAINT fk_notifications_order_id_orders FOREIGN KEY(order_id) REFERENCES orders (id),
        CONSTRAINT uq_notifications_effect_key UNIQUE (effect_key)
    )
    """,
    """
    CREATE INDEX ix_notifications_order_id ON notifications (order_id, sent_at, id)
    """,
    """
    CREATE TRIGGER notifications_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON notifications FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE notifications")
