"""Products as a merchant describes them: types, attributes, identifiers, life and assortment.

What is there already reads as before: described by nothing more, sold everywhere. The barcodes that variants have are copied beside them.
"""

from alembic import op

revision = "0038_products"
down_revision = "0037_substitutes"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE attributes (
        code TEXT NOT NULL,
        name JSONB NOT NULL,
        kind TEXT NOT NULL,
        unit TEXT,
        choices JSONB DEFAULT '[]' NOT NULL,
        many BOOLEAN DEFAULT 'false' NOT NULL,
        filterable BOOLEAN DEFAULT 'false' NOT NULL,
        for_variants BOOLEAN DEFAULT 'false' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_attributes PRIMARY KEY (code),
        CONSTRAINT ck_attributes_kind_known CHECK (kind IN ('boolean', 'choice', 'date', 'number', 'text')),
        CONSTRAINT ck_attributes_choices_are_a_list CHECK (jsonb_typeof(choices) = 'array'),
        CONSTRAINT ck_attributes_choices_for_a_choice CHECK ((kind = 'choice') = (choices <> '[]'::jsonb)),
        CONSTRAINT ck_attributes_unit_for_a_number CHECK (unit IS NULL OR kind = 'number'),
        CONSTRAINT ck_attributes_many_of_what_can_be_listed CHECK (NOT many OR kind IN ('choice', 'text'))
    )
    """,
    """
    CREATE TABLE product_types (
        code TEXT NOT NULL,
        name JSONB NOT NULL,
        attributes TEXT[] DEFAULT '{}' NOT NULL,
        required TEXT[] DEFAULT '{}' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_product_types PRIMARY KEY (code),
        CONSTRAINT ck_product_types_required_ones_are_its_own CHECK (required <@ attributes)
    )
    """,
    """
    CREATE TABLE custom_fields (
        code TEXT NOT NULL,
        name JSONB NOT NULL,
        kind TEXT NOT NULL,
        limits JSONB DEFAULT '{}' NOT NULL,
        shown BOOLEAN DEFAULT 'false' NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_custom_fields PRIMARY KEY (code),
        CONSTRAINT ck_custom_fields_kind_known CHECK (kind IN ('boolean', 'choice', 'date', 'number', 'text')),
        CONSTRAINT ck_custom_fields_limits_are_named CHECK (jsonb_typeof(limits) = 'object')
    )
    """,
    """
    CREATE TABLE parties (
        id UUID NOT NULL,
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        postal_address TEXT NOT NULL,
        electronic_address TEXT NOT NULL,
        country TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_parties PRIMARY KEY (id),
        CONSTRAINT ck_parties_country_is_a_code CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_parties_can_be_reached CHECK (name <> '' AND postal_address <> '' AND electronic_address <> '')
    )
    """,
    """
    CREATE UNIQUE INDEX uq_parties_code ON parties (code) WHERE withdrawn_at IS NULL
    """,
    """
    CREATE TABLE variant_barcodes (
        variant_id UUID NOT NULL,
        position INTEGER NOT NULL,
        barcode TEXT NOT NULL,
        barcode_key TEXT NOT NULL,
        withdrawn_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_variant_barcodes PRIMARY KEY (variant_id, position),
        CONSTRAINT ck_variant_barcodes_position_not_negative CHECK (position >= 0),
        CONSTRAINT fk_variant_barcodes_variant_id_variants FOREIGN KEY(variant_id) REFERENCES variants (id)
    )
    """,
    """
    CREATE UNIQUE INDEX uq_variant_barcodes_barcode_key ON variant_barcodes (barcode_key) WHERE withdrawn_at IS NULL
    """,
    """
    CREATE TABLE assortments (
        id UUID NOT NULL,
        product_id UUID NOT NULL,
        channel_id UUID,
        location_id UUID,
        begins_at TIMESTAMP WITH TIME ZONE,
        ends_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_assortments PRIMARY KEY (id),
        CONSTRAINT ck_assortments_for_some_time CHECK (begins_at < ends_at),
        CONSTRAINT uq_assortments_place UNIQUE NULLS NOT DISTINCT (product_id, channel_id, location_id, begins_at),
        CONSTRAINT fk_assortments_product_id_products FOREIGN KEY(product_id) REFERENCES products (id),
        CONSTRAINT fk_assortments_channel_id_channels FOREIGN KEY(channel_id) REFERENCES channels (id),
        CONSTRAINT fk_assortments_location_id_locations FOREIGN KEY(location_id) REFERENCES locations (id)
    )
    """,
    """
    CREATE INDEX ix_assortments_channel_id ON assortments (channel_id)
    """,
    """
    CREATE INDEX ix_assortments_location_id ON assortments (location_id)
    """,
    """
    CREATE TABLE slug_redirects (
        kind TEXT NOT NULL,
        slug TEXT NOT NULL,
        product_id UUID,
        category_id UUID,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_slug_redirects PRIMARY KEY (kind, slug),
        CONSTRAINT ck_slug_redirects_leads_somewhere CHECK ((kind = 'product') = (product_id IS NOT NULL) AND (kind = 'category') = (category_id IS NOT NULL)),
        CONSTRAINT ck_slug_redirects_kind_known CHECK (kind IN ('category', 'product')),
        CONSTRAINT fk_slug_redirects_product_id_products FOREIGN KEY(product_id) REFERENCES products (id),
        CONSTRAINT fk_slug_redirects_category_id_categories FOREIGN KEY(category_id) REFERENCES categories (id)
    )
    """,
    """
    CREATE INDEX ix_slug_redirects_category_id ON slug_redirects (category_id)
    """,
    """
    CREATE INDEX ix_slug_redirects_product_id ON slug_redirects (product_id)
    """,
    """
    CREATE TABLE bulk_edits (
        id UUID NOT NULL,
        state TEXT NOT NULL,
        selection JSONB NOT NULL,
        changes JSONB NOT NULL,
        matched INTEGER NOT NULL,
        by TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        applied_at TIMESTAMP WITH TIME ZONE,
        version INTEGER DEFAULT '1' NOT NULL,
        CONSTRAINT pk_bulk_edits PRIMARY KEY (id),
        CONSTRAINT ck_bulk_edits_state_known CHECK (state IN ('applied', 'applying', 'previewed')),
        CONSTRAINT ck_bulk_edits_applied_at_a_time CHECK ((state = 'applied') = (applied_at IS NOT NULL))
    )
    """,
    """
    CREATE TABLE bulk_edit_products (
        bulk_edit_id UUID NOT NULL,
        product_id UUID NOT NULL,
        product_version INTEGER NOT NULL,
        before JSONB NOT NULL,
        after JSONB NOT NULL,
        refusal JSONB,
        outcome TEXT,
        CONSTRAINT pk_bulk_edit_products PRIMARY KEY (bulk_edit_id, product_id),
        CONSTRAINT ck_bulk_edit_products_outcome_known CHECK (outcome IS NULL OR outcome IN ('changed', 'moved_on', 'refused', 'unchanged')),
        CONSTRAINT fk_bulk_edit_products_bulk_edit_id_bulk_edits FOREIGN KEY(bulk_edit_id) REFERENCES bulk_edits (id),
        CONSTRAINT fk_bulk_edit_products_product_id_products FOREIGN KEY(product_id) REFERENCES products (id)
    )
    """,
    """
    CREATE INDEX ix_bulk_edit_products_product_id ON bulk_edit_products (product_id)
    """,
)
COLUMNS = {
    "products": (
        "attributes JSONB DEFAULT '{}' NOT NULL",
        "custom JSONB DEFAULT '{}' NOT NULL",
        "on_show_from TIMESTAMP WITH TIME ZONE",
        "on_show_until TIMESTAMP WITH TIME ZONE",
        "restricted BOOLEAN DEFAULT 'false' NOT NULL",
        "minimum_age INTEGER",
        "sale_rules TEXT[] DEFAULT '{}' NOT NULL",
        "maker_id UUID",
        "responsible_id UUID",
        "warnings JSONB DEFAULT '{}' NOT NULL",
    ),
    "variants": (
        "length_mm INTEGER",
        "width_mm INTEGER",
        "height_mm INTEGER",
        "short_code TEXT",
        "attributes JSONB DEFAULT '{}' NOT NULL",
    ),
}
CONSTRAINTS = {
    "products": {
        "ck_products_values_have_their_codes": "CHECK (jsonb_typeof(attributes) = 'object' AND jsonb_typeof(custom) = 'object')",
        "ck_products_on_show_for_some_time": "CHECK (on_show_from < on_show_until)",
        "ck_products_age_in_years": "CHECK (minimum_age BETWEEN 1 AND 99)",
        "ck_products_sale_rules_known": "CHECK (sale_rules <@ ARRAY['not_collected', 'not_online', 'not_shipped', 'once_per_order']::text[])",
        "fk_products_maker_id_parties": "FOREIGN KEY(maker_id) REFERENCES parties (id)",
        "fk_products_responsible_id_parties": "FOREIGN KEY(responsible_id) REFERENCES parties (id)",
    },
    "variants": {
        "ck_variants_size_positive": "CHECK (length_mm > 0 AND width_mm > 0 AND height_mm > 0)",
        "ck_variants_short_code_says_something": "CHECK (short_code <> '')",
        "ck_variants_values_have_their_codes": "CHECK (jsonb_typeof(attributes) = 'object')",
    },
}
INDEXES = (
    """
    CREATE INDEX ix_products_on_show_from ON products (on_show_from) WHERE on_show_from IS NOT NULL
    """,
    """
    CREATE INDEX ix_products_on_show_until ON products (on_show_until) WHERE on_show_until IS NOT NULL
    """,
    """
    CREATE INDEX ix_assortments_begins_at ON assortments (begins_at) WHERE begins_at IS NOT NULL
    """,
    """
    CREATE INDEX ix_assortments_ends_at ON assortments (ends_at) WHERE ends_at IS NOT NULL
    """,
    """
    CREATE INDEX ix_products_maker_id ON products (maker_id) WHERE maker_id IS NOT NULL
    """,
    """
    CREATE INDEX ix_products_product_type ON products (product_type) WHERE product_type <> ''
    """,
    """
    CREATE INDEX ix_products_responsible_id ON products (responsible_id) WHERE responsible_id IS NOT NULL
    """,
    """
    CREATE UNIQUE INDEX uq_variants_short_code ON variants (upper(short_code)) WHERE withdrawn_at IS NULL
    """,
)
COPY_BARCODES = (
    "INSERT INTO variant_barcodes (variant_id, position, barcode, barcode_key, withdrawn_at)"
    " SELECT id, 0, barcode, barcode_key, withdrawn_at FROM variants WHERE barcode_key IS NOT NULL"
)
TRIGGERS = (
    """CREATE OR REPLACE FUNCTION keep_first_barcodes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO variant_barcodes (variant_id, position, barcode, barcode_key, withdrawn_at)
  SELECT id, 0, barcode, barcode_key, withdrawn_at FROM made WHERE barcode_key IS NOT NULL;
  RETURN NULL;
END $$""",
    """CREATE OR REPLACE FUNCTION keep_first_barcode() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.barcode_key IS NULL THEN
    DELETE FROM variant_barcodes WHERE variant_id = NEW.id AND position = 0;
  ELSE
    INSERT INTO variant_barcodes (variant_id, position, barcode, barcode_key, withdrawn_at)
    VALUES (NEW.id, 0, NEW.barcode, NEW.barcode_key, NEW.withdrawn_at)
    ON CONFLICT (variant_id, position) DO UPDATE
    SET barcode = excluded.barcode, barcode_key = excluded.barcode_key, withdrawn_at = excluded.withdrawn_at;
  END IF;
  IF NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at THEN
    UPDATE variant_barcodes SET withdrawn_at = NEW.withdrawn_at WHERE variant_id = NEW.id AND position > 0;
  END IF;
  RETURN NULL;
END $$""",
    (
        "CREATE TRIGGER variants_first_barcodes AFTER INSERT ON variants REFERENCING NEW TABLE AS made "
        "FOR EACH STATEMENT EXECUTE FUNCTION keep_first_barcodes()"
    ),
    (
        "CREATE TRIGGER variants_first_barcode AFTER UPDATE ON variants FOR EACH ROW WHEN (OLD.barcode IS DISTINCT FROM NEW.barcode "
        "OR OLD.barcode_key IS DISTINCT FROM NEW.barcode_key OR OLD.withdrawn_at IS DISTINCT FROM NEW.withdrawn_at) "
        "EXECUTE FUNCTION keep_first_barcode()"
    ),
)
NAMES = (
    "bulk_edit_products",
    "bulk_edits",
    "slug_redirects",
    "assortments",
    "variant_barcodes",
    "parties",
    "custom_fields",
    "product_types",
    "attributes",
)


def upgrade() -> None:
    """Makes the tables, adds the columns, copies the barcodes; a cart says how old its buyer is known to be."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in TABLES:
        op.execute(statement)
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'ADD COLUMN {column}' for column in columns)}")
        for name, constraint in CONSTRAINTS[table].items():
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {constraint} NOT VALID")
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
    op.execute("ALTER TABLE carts ADD COLUMN confirmed_age INTEGER")
    op.execute("ALTER TABLE carts ADD CONSTRAINT ck_carts_age_in_years CHECK (confirmed_age BETWEEN 1 AND 150)")
    for statement in (*INDEXES, COPY_BARCODES, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    """Takes them away, with what is in them."""
    op.execute("ALTER TABLE carts DROP COLUMN confirmed_age")
    op.execute("DROP TRIGGER variants_first_barcodes ON variants")
    op.execute("DROP TRIGGER variants_first_barcode ON variants")
    op.execute("DROP FUNCTION keep_first_barcodes()")
    op.execute("DROP FUNCTION keep_first_barcode()")
    op.execute("DROP INDEX ix_products_product_type")
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'DROP COLUMN {column.split()[0]}' for column in columns)}")
    for name in NAMES:
        op.execute(f"DROP TABLE {name}")
