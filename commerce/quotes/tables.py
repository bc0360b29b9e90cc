"""Rows of quotes: what was quoted to whom, as it was signed, with all that it was priced from."""

from sqlalchemy import CheckConstraint, Column, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import amount, append_only, beside, currency, instant, key, metadata

# `document` holds the signed bytes as they are; `inputs` is the price engine's record, from which the trace is made again.
# Quotes of the time before records have the `trace` itself, as JSON of the engine's steps.
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
        Column("trace", LargeBinary),
        Column("inputs", LargeBinary),
        Column("refused_codes", JSONB),  # codes that were offered and open nothing: [{"code", "why", "promotion_id"}]
        CheckConstraint("total >= 0", name="total_not_negative"),
        CheckConstraint("created_at < expires_at", name="window_has_a_length"),
        CheckConstraint("(trace IS NULL) <> (inputs IS NULL)", name="can_be_explained"),
    )
)
# A quote fits into a page as it is. Compressing it would cost the statement a third of its time.
beside(quotes, "ALTER TABLE quotes SET (toast_tuple_target = 8160)")
