"""Rows of media, of what waits to be drawn, and of which product shows what."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from commerce.media.facts import State
from commerce.platform.tables import instant, key, metadata, one_of, version

media = Table(
    "media",
    metadata,
    key(),
    Column("sha256", Text, nullable=False),  # of what was sent: the same bytes are one medium
    Column("state", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("mime", Text, nullable=False),  # of what was sent, by its content
    Column("file_name", Text, nullable=False, server_default=""),
    Column("bytes", BigInteger, nullable=False),
    Column("width", Integer),  # of the largest rendition
    Column("height", Integer),
    Column("renditions", JSONB, nullable=False, server_default="[]"),
    Column("url", Text),  # of the largest rendition
    Column("refused_because", Text),
    instant("created_at"),
    instant("unattached_since", nullable=True),  # no product shows it since then
    version(),
    UniqueConstraint("sha256"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_one"),
    CheckConstraint(one_of("state", State), name="state_known"),
    CheckConstraint(one_of("kind", ["image", "document"]), name="kind_known"),
    CheckConstraint("bytes >= 0 AND width > 0 AND height > 0", name="figures_positive"),
    CheckConstraint("(state = 'refused') = (refused_because IS NOT NULL)", name="refused_says_why"),
    CheckConstraint("state <> 'ready' OR (url IS NOT NULL AND renditions <> '[]'::jsonb)", name="ready_has_files"),
    CheckConstraint("jsonb_typeof(renditions) = 'array'", name="renditions_are_a_list"),
    Index("ix_media_unattached_since", "unattached_since", postgresql_where=Column("unattached_since").is_not(None)),
)

# What was sent, until files have been made of it.
media_uploads = Table(
    "media_uploads",
    metadata,
    Column("media_id", Uuid, ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# What a product shows, in order: media of ours, or pictures elsewhere by their address. `products.images` is written from it.
product_media = Table(
    "product_media",
    metadata,
    key(),
    Column("product_id", Uuid, ForeignKey("products.id"), nullable=False),
    Column("variant_id", Uuid, ForeignKey("variants.id")),  # whose picture it is, where it is one's
    Column("media_id", Uuid, ForeignKey("media.id")),
    Column("url", Text),
    Column("alt", JSONB, nullable=False),
    Column("position", Integer, nullable=False),
    CheckConstraint("(media_id IS NULL) <> (url IS NULL)", name="media_or_url"),
    CheckConstraint("url ~ '^https?://'", name="url_is_of_the_web"),
    UniqueConstraint("product_id", "variant_id", "media_id", "url", postgresql_nulls_not_distinct=True),
    Index("ix_product_media_product_id", "product_id", "position"),
    Index("ix_product_media_media_id", "media_id", postgresql_where=Column("media_id").is_not(None)),
    Index("ix_product_media_variant_id", "variant_id", postgresql_where=Column("variant_id").is_not(None)),
)
