"""Pictures and documents of products; where a channel's website shows a product."""

from alembic import op

revision = "0042_media"
down_revision = "0041_exchange"
branch_labels = None
depends_on = None

CREATED = (
    """
    CREATE TABLE media (
        id UUID NOT NULL,
        sha256 TEXT NOT NULL,
        state TEXT NOT NULL,
        kind TEXT NOT NULL,
        mime TEXT NOT NULL,
        file_name TEXT DEFAULT '' NOT NULL,
        bytes BIGINT NOT NULL,
        width INTEGER,
        height INTEGER,
        renditions JSONB DEFAULT '[]' NOT NULL,
        url TEXT,
        refused_because TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        unattached_since TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_media PRIMARY KEY (id),
        CONSTRAINT uq_media_sha256 UNIQUE (sha256),
        CONSTRAINT ck_media_sha256_is_one CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        CONSTRAINT ck_media_state_known CHECK (state IN ('leaving', 'ready', 'refused', 'waiting')),
        CONSTRAINT ck_media_kind_known CHECK (kind IN ('document', 'image')),
        CONSTRAINT ck_media_figures_positive CHECK (bytes >= 0 AND width > 0 AND height > 0),
        CONSTRAINT ck_media_refused_says_why CHECK ((state = 'refused') = (refused_because IS NOT NULL)),
        CONSTRAINT ck_media_ready_has_files CHECK (state <> 'ready' OR (url IS NOT NULL AND renditions <> '[]'::jsonb)),
        CONSTRAINT ck_media_renditions_are_a_list CHECK (jsonb_typeof(renditions) = 'array')
    )
    """,
    "CREATE INDEX ix_media_unattached_since ON media (unattached_since) WHERE unattached_since IS NOT NULL",
    """
    CREATE TABLE media_uploads (
        media_id UUID NOT NULL,
        content BYTEA NOT NULL,
        CONSTRAINT pk_media_uploads PRIMARY KEY (media_id),
        CONSTRAINT fk_media_uploads_media_id_media FOREIGN KEY(media_id) REFERENCES media (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE product_media (
        id UUID NOT NULL,
        product_id UUID NOT NULL,
        variant_id UUID,
        media_id UUID,
        url TEXT,
        alt JSONB NOT NULL,
        position INTEGER NOT NULL,
        CONSTRAINT pk_product_media PRIMARY KEY (id),
        CONSTRAINT ck_product_media_media_or_url CHECK ((media_id IS NULL) <> (url IS NULL)),
        CONSTRAINT ck_product_media_url_is_of_the_web CHECK (url ~ '^https?://'),
        CONSTRAINT uq_product_media_product_id_variant_id_media_id_url
            UNIQUE NULLS NOT DISTINCT (product_id, variant_id, media_id, url),
        CONSTRAINT fk_product_media_product_id_products FOREIGN KEY(product_id) REFERENCES products (id),
        CONSTRAINT fk_product_media_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id),
        CONSTRAINT fk_product_media_media_id_media FOREIGN KEY(media_id) REFERENCES media (id)
    )
    """,
    "CREATE INDEX ix_product_media_media_id ON product_media (media_id) WHERE media_id IS NOT NULL",
    "CREATE INDEX ix_product_media_product_id ON product_media (product_id, position)",
    "CREATE INDEX ix_product_media_variant_id ON product_media (variant_id) WHERE variant_id IS NOT NULL",
    """
    CREATE INDEX ix_order_lines_picture ON order_lines (SUBSTRING(image_url FROM '/([0-9a-f]{64})/'))
    WHERE image_url ~ '/[0-9a-f]{64}/'
    """,
    "ALTER TABLE channels ADD COLUMN product_url TEXT",
    "ALTER TABLE channels ADD CONSTRAINT ck_channels_product_url_is_of_the_web CHECK (product_url ~ '^https?://')",
)


def upgrade() -> None:
    """Makes the tables; no product's pictures change."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in CREATED:
        op.execute(statement)


def downgrade() -> None:
    """Forgets which media there are; the files stay where they are, and so do the addresses in `products.images`."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE channels DROP COLUMN product_url")
    op.execute("DROP INDEX ix_order_lines_picture")
    for table in ("product_media", "media_uploads", "media"):
        op.execute(f"DROP TABLE {table}")
