"""Rows of quotes: what was quoted to whom, as it was signed, with the trace of how it came about."""

from sqlalchemy import CheckConstraint, Column, LargeBinary, Table, Text, Uuid

from commerce.platform.tables import amount, append_only, currency, instant, key, metadata

# `document` holds the signed bytes as they are; `trace` is the JSON of the price engine's steps.
quotes = append_only(
    Table(
        "quotes",
        metadata,
        key(),
        Column("principal", Text, nullable=False),
        Column("channel_id", Uuid, nullable=False),
        currency(),
        amount("total"),
        instant("created_at"),
        instant("expires_at"),
        Column("key_id", Text, nullable=False),
        Column("document", LargeBinary, nullable=False),
        Column("signature", LargeBinary, nullable=False),
        Column("trace", LargeBinary, nullable=False),
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint("created_at < expires_at", name="window_has_a_length"),
    )
)
