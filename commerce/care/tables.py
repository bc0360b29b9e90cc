"""What was sent, about which order. Whom it went to and what it said stands nowhere: a person can be erased."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, Uuid

from commerce.care.facts import Kind
from commerce.platform.tables import append_only, instant, key, metadata, one_of

notifications = append_only(
    Table(
        "notifications",
        metadata,
        key(),
        Column("order_id", Uuid, ForeignKey("orders.id"), nullable=False),
        Column("kind", Text, nullable=False),
        Column("language", Text, nullable=False),
        Column("effect_key", Text, nullable=False, unique=True),
        instant("sent_at"),
        CheckConstraint(one_of("kind", Kind), name="kind_known"),
        CheckConstraint("effect_key <> ''", name="effect_named"),
        Index("ix_notifications_order_id", "order_id", "sent_at", "id"),
    )
)
