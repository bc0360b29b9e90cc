"""More kinds of messages: a promise that moved, something to choose, a pickup that waits."""

from alembic import op

revision = "0036_told"
down_revision = "0035_supply"
branch_labels = None
depends_on = None

BEFORE = [
    "order_confirmed",
    "ready_for_pickup",
    "shipped",
    "not_supplied",
    "order_cancelled",
    "return_approved",
    "return_declined",
    "refunded",
]
NOW = [
    *BEFORE,
    "promise_moved",
    "choice_wanted",
    "choice_made",
    "pickup_reminder",
    "pickup_extended",
    "pickup_expired",
]


def upgrade() -> None:
    """Lets them be noted."""
    _known(NOW)


def downgrade() -> None:
    """Knows the earlier ones alone; fails where a new one was sent."""
    _known(BEFORE)


def _known(kinds: list[str]) -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint("ck_notifications_kind_known", "notifications")
    listed = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    op.create_check_constraint("kind_known", "notifications", f"kind IN ({listed})")
