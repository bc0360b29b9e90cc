"""Carts with codes, freezes and prices by hand; orders with fees, gifts, discounted deliveries and the promotions that gave it; returns of fees.

What is there already reads as before: its lines are articles, nothing of it was frozen, no delivery was reduced.
"""

from alembic import op

revision = "0023_discounted_orders"
down_revision = "0022_quote_inputs"
branch_labels = None
depends_on = None

COLUMNS = {
    "carts": (
        "store_id UUID",
        "vat_number TEXT",
        "tender TEXT",
        "codes TEXT[] DEFAULT '{}' NOT NULL",
        "frozen_what TEXT",
        "frozen_until TIMESTAMP WITH TIME ZONE",
        "frozen_record BYTEA",
        "frozen_by TEXT",
        "quote_id UUID",
    ),
    "cart_lines": ("override_unit BIGINT", "override_by TEXT", "override_reason TEXT"),
    "orders": (
        "vat_number TEXT",
        "store_id UUID",
        "tender TEXT",
        "promotions JSONB DEFAULT '[]' NOT NULL",
    ),
    "order_groups": (
        "delivery_discounts JSONB DEFAULT '[]' NOT NULL",
        "delivery_discount BIGINT DEFAULT '0' NOT NULL",
        "delivery_relief TEXT",
        "sent_to TEXT",
    ),
    "order_lines": (
        "kind TEXT DEFAULT 'article' NOT NULL",
        "of_line_id UUID",
        "list_unit BIGINT",
        "prior BIGINT",
        "unit_price BIGINT",
        "measure TEXT",
        "points NUMERIC",
        "relief TEXT",
    ),
    "return_lines": ("kind TEXT DEFAULT 'article' NOT NULL", "of_line_id UUID"),
}
CONSTRAINTS = {
    "carts": {
        "ck_carts_codes_bounded": "CHECK (cardinality(codes) <= 10)",
        "ck_carts_frozen_what_known": "CHECK (frozen_what IN ('all', 'prices'))",
        "ck_carts_frozen_with_its_record": "CHECK (num_nulls(frozen_what, frozen_until, frozen_record, frozen_by) IN (0, 4))",
        "ck_carts_quoted_is_frozen": "CHECK (quote_id IS NULL OR frozen_what = 'all')",
    },
    "cart_lines": {
        "ck_cart_lines_override_not_negative": "CHECK (override_unit >= 0)",
        "ck_cart_lines_override_is_explained": "CHECK (num_nulls(override_unit, override_by, override_reason) IN (0, 3))",
    },
    "orders": {"ck_orders_promotions_are_a_list": "CHECK (jsonb_typeof(promotions) = 'array')"},
    "order_groups": {
        "ck_order_groups_delivery_discount_bounded": "CHECK (delivery_discount BETWEEN 0 AND delivery_amount)",
        "ck_order_groups_delivery_less_discount_is_paid": """CHECK (
            delivery_amount - delivery_discount = CASE WHEN delivery_includes_tax THEN delivery_total ELSE delivery_net END
        )""",
    },
    "order_lines": {
        "fk_order_lines_of_line_id_order_lines": "FOREIGN KEY (of_line_id) REFERENCES order_lines (id)",
        "ck_order_lines_kind_known": "CHECK (kind IN ('article', 'deposit', 'eco_fee', 'gift'))",
        "ck_order_lines_fee_comes_with_an_article": "CHECK ((kind IN ('deposit', 'eco_fee')) = (of_line_id IS NOT NULL))",
        "ck_order_lines_fee_is_not_discounted": "CHECK (of_line_id IS NULL OR discount = 0)",
        "ck_order_lines_gift_costs_nothing": "CHECK (kind <> 'gift' OR discount = subtotal)",
        "ck_order_lines_terms_not_negative": "CHECK (list_unit >= 0 AND prior >= 0 AND unit_price >= 0 AND points >= 0)",
    },
    "return_lines": {
        "fk_return_lines_of_line_id_return_lines": "FOREIGN KEY (of_line_id) REFERENCES return_lines (id)",
        "ck_return_lines_kind_known": "CHECK (kind IN ('article', 'deposit', 'eco_fee', 'gift'))",
        "ck_return_lines_fee_comes_with_an_article": "CHECK ((kind IN ('deposit', 'eco_fee')) = (of_line_id IS NOT NULL))",
    },
}


def upgrade() -> None:
    """Adds what is new with defaults that keep old rows as they are, and validates the constraints after it without a long lock."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"ADD COLUMN {column}" for column in columns))
    for table, constraints in CONSTRAINTS.items():
        for name, definition in constraints.items():
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID")
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    """Takes the columns away, with their constraints and what is in them."""
    for table, columns in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} " + ", ".join(f"DROP COLUMN {column.split()[0]}" for column in columns))
