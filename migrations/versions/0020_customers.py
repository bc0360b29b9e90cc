"""Customer groups and segments, their members, and the businesses that customers buy for."""

from alembic import op

revision = "0020_customers"
down_revision = "0019_promotions"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE customer_groups (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name JSONB NOT NULL,
        kind TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_customer_groups PRIMARY KEY (id),
        CONSTRAINT ck_customer_groups_kind_known CHECK (kind IN ('group', 'segment')),
        CONSTRAINT ck_customer_groups_code_is_lower_case CHECK (code = lower(code))
    )
    """,
    "CREATE UNIQUE INDEX uq_customer_groups_code ON customer_groups (code) WHERE withdrawn_at IS NULL",
    """
    CREATE TABLE customer_businesses (
        customer_id UUID NOT NULL,
        company_name TEXT NOT NULL,
        country TEXT NOT NULL,
        vat_number TEXT,
        vat_key TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_customer_businesses PRIMARY KEY (customer_id),
        CONSTRAINT ck_customer_businesses_country_is_a_code CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_customer_businesses_vat_number_has_its_key CHECK ((vat_number IS NULL) = (vat_key IS NULL)),
        CONSTRAINT ck_customer_businesses_vat_key_is_compact CHECK (vat_key ~ '^[A-Z]{2}[0-9A-Z+*]{2,13}$'),
        CONSTRAINT fk_customer_businesses_customer_id_accounts FOREIGN KEY(customer_id) REFERENCES accounts (id)
    )
    """,
    """
    CREATE TABLE customer_group_members (
        group_id UUID NOT NULL,
        customer_id UUID NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_customer_group_members PRIMARY KEY (group_id, customer_id),
        CONSTRAINT fk_customer_group_members_group_id_customer_groups FOREIGN KEY(group_id) REFERENCES customer_groups (id),
        CONSTRAINT fk_customer_group_members_customer_id_accounts FOREIGN KEY(customer_id) REFERENCES accounts (id)
    )
    """,
    "CREATE INDEX ix_customer_group_members_customer_id ON customer_group_members (customer_id)",
)


def upgrade() -> None:
    """Makes the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    op.execute("DROP TABLE customer_group_members, customer_businesses, customer_groups")
