"""Price lists for stores, groups and customers; prices by quantity and to come; what lists were; costs, margins, overrides; prior prices."""

from alembic import op

revision = "0017_price_lists"
down_revision = "0016_importing"
branch_labels = None
depends_on = None

PRESENTED_PRICES = """\
CREATE OR REPLACE FUNCTION presented_prices(
  of_variant uuid, in_channel uuid, in_store uuid, in_zone text, in_currency text, from_at timestamptz, upto_at timestamptz
) RETURNS TABLE (since timestamptz, amount bigint, reduced boolean) LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH said AS (
    SELECT h.*, max(h.id) FILTER (WHERE h.since <= from_at AND h.starts_at = '-infinity' AND h.ends_at = 'infinity')
      OVER (PARTITION BY h.price_list_id) AS whole
    FROM price_history h
    WHERE h.variant_id = of_variant AND h.min_quantity = 1 AND h.since < upto_at
  ), known AS MATERIALIZED (
    -- What was said before a price that held for good does not matter any more.
    SELECT s.id, s.price_list_id, s.amount, s.since, s.starts_at, s.ends_at FROM said s WHERE s.whole IS NULL OR s.id >= s.whole
  ), terms AS MATERIALIZED (
    SELECT t.*, lead(t.since) OVER (PARTITION BY t.price_list_id ORDER BY t.id) AS upto
    FROM price_list_history t
    WHERE t.price_list_id IN (SELECT k.price_list_id FROM known k) AND t.since < upto_at
  ), public AS MATERIALIZED (
    SELECT t.* FROM terms t
    WHERE t.currency = in_currency AND t.includes_tax AND t.active AND t.group_id IS NULL AND t.customer_id IS NULL
      AND (t.channel_id IS NULL OR t.channel_id = in_channel) AND (t.store_id IS NULL OR t.store_id = in_store)
      AND (t.upto IS NULL OR t.upto > from_at)
  ), walls AS (
    SELECT timezone(in_zone, timezone('UTC', bound)) AS at
    FROM public p CROSS JOIN LATERAL (VALUES (p.starts_at), (p.ends_at)) AS b (bound)
    WHERE p.store_time AND isfinite(bound)
  ), instants (at) AS (
    SELECT from_at
    UNION SELECT k.since FROM known k
    UNION SELECT k.starts_at FROM known k
    UNION SELECT k.ends_at FROM known k
    UNION SELECT p.since FROM public p
    UNION SELECT p.upto FROM public p
    UNION SELECT p.starts_at FROM public p WHERE NOT p.store_time
    UNION SELECT p.ends_at FROM public p WHERE NOT p.store_time
    -- Where clocks are put back a wall time comes twice, and where they are put forward it does not come at all.
    UNION SELECT w.at + s.shift FROM walls w CROSS JOIN (VALUES (interval '-1 hour'), (interval '0'), (interval '1 hour')) AS s (shift)
    UNION SELECT date_trunc('hour', w.at) FROM walls w
  )
  SELECT i.at, held.amount, held.reduction
  FROM instants i LEFT JOIN LATERAL (
    SELECT last.amount, p.reduction
    FROM public p CROSS JOIN LATERAL (
      SELECT k.amount FROM known k
      WHERE k.price_list_id = p.price_list_id AND k.since <= i.at AND k.starts_at <= i.at AND i.at < k.ends_at
      ORDER BY k.id DESC LIMIT 1
    ) AS last CROSS JOIN LATERAL (
      SELECT CASE WHEN p.store_time THEN timezone('UTC', timezone(in_zone, i.at)) ELSE i.at END AS now
    ) AS clock
    WHERE last.amount IS NOT NULL AND p.since <= i.at AND (p.upto IS NULL OR i.at < p.upto)
      AND (p.starts_at IS NULL OR p.starts_at <= clock.now) AND (p.ends_at IS NULL OR clock.now < p.ends_at)
    ORDER BY p.priority DESC, (p.store_id IS NOT NULL)::int * 2 + (p.channel_id IS NOT NULL)::int DESC, p.price_list_id
    LIMIT 1
  ) AS held ON true
  WHERE i.at >= from_at AND i.at < upto_at
  ORDER BY i.at;
END $$"""

PRIOR_PRICE = """\
CREATE OR REPLACE FUNCTION prior_price(
  of_variant uuid, in_channel uuid, in_store uuid, in_zone text, in_currency text, at timestamptz,
  anew boolean, progressive boolean, days integer, new_days integer, on_market timestamptz
) RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  upto timestamptz := CASE WHEN anew THEN at ELSE at + interval '1 microsecond' END;
  seen_from timestamptz := at - interval '120 days';
  period interval;
  since timestamptz[]; amounts bigint[]; reduced boolean[];
  n integer; i integer; begun timestamptz; price bigint; lowest bigint;
BEGIN
  LOOP
    SELECT array_agg(p.since ORDER BY p.since), array_agg(p.amount ORDER BY p.since), array_agg(p.reduced ORDER BY p.since)
    INTO since, amounts, reduced
    FROM presented_prices(of_variant, in_channel, in_store, in_zone, in_currency, seen_from, upto) AS p;
    n := coalesce(array_length(since, 1), 0);
    IF anew THEN
      i := n + 1; begun := at; price := -1;
    ELSE
      IF n = 0 OR reduced[n] IS NOT TRUE THEN RETURN NULL; END IF;
      i := n; begun := since[n]; price := amounts[n];
    END IF;
    WHILE i > 1 AND reduced[i - 1] IS TRUE AND (amounts[i - 1] = price OR (progressive AND amounts[i - 1] > price)) LOOP
      i := i - 1; begun := since[i]; price := amounts[i];
    END LOOP;
    -- A few months say it as a rule; a longer reduction, or an article that was away for long, takes all there is.
    EXIT WHEN seen_from = '-infinity' OR (i > 1 AND begun - interval '31 days' >= seen_from
      AND EXISTS (SELECT FROM unnest(amounts[1 : i - 1]) AS u (amount) WHERE u.amount IS NOT NULL));
    seen_from := '-infinity';
  END LOOP;
  period := make_interval(days => days);
  IF new_days IS NOT NULL AND days > 0 THEN
    IF on_market IS NULL THEN
      SELECT min(u.since) INTO on_market FROM unnest(since, amounts) AS u (since, amount) WHERE u.amount IS NOT NULL;
    END IF;
    IF on_market > begun - interval '30 days' THEN period := make_interval(days => new_days); END IF;
  END IF;
  FOR j IN REVERSE i - 1 .. 1 LOOP
    lowest := least(lowest, amounts[j]);
    -- This step is the last that counts when it had begun by the start of the period.
    EXIT WHEN since[j] <= begun - period AND lowest IS NOT NULL;
  END LOOP;
  RETURN lowest;
END $$"""

STATEMENTS = (
    """
    ALTER TABLE price_lists
        ADD COLUMN store_id UUID,
        ADD COLUMN group_id UUID,
        ADD COLUMN customer_id UUID,
        ADD COLUMN store_time BOOLEAN DEFAULT 'false' NOT NULL,
        ADD COLUMN reduction BOOLEAN DEFAULT 'false' NOT NULL,
        ADD COLUMN layered BOOLEAN DEFAULT 'false' NOT NULL,
        ADD COLUMN terms INTEGER DEFAULT '1' NOT NULL,
        ADD CONSTRAINT ck_price_lists_terms_count CHECK (terms BETWEEN 1 AND version) NOT VALID,
        ADD CONSTRAINT ck_price_lists_reduction_is_public
            CHECK (NOT reduction OR (includes_tax AND group_id IS NULL AND customer_id IS NULL)) NOT VALID,
        ADD CONSTRAINT fk_price_lists_store_id_locations FOREIGN KEY(store_id) REFERENCES locations (id) NOT VALID
    """,
    """
    ALTER TABLE price_lists
        VALIDATE CONSTRAINT ck_price_lists_terms_count,
        VALIDATE CONSTRAINT ck_price_lists_reduction_is_public,
        VALIDATE CONSTRAINT fk_price_lists_store_id_locations
    """,
    """
    CREATE INDEX ix_price_lists_store_id ON price_lists (store_id)
    """,
    """
    ALTER TABLE prices
        ADD COLUMN min_quantity INTEGER DEFAULT '1' NOT NULL,
        ADD COLUMN starts_at TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL,
        ADD COLUMN ends_at TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL,
        ADD CONSTRAINT ck_prices_tier_is_bounded CHECK (min_quantity BETWEEN 1 AND 9999) NOT VALID,
        ADD CONSTRAINT ck_prices_holds_for_a_while CHECK (starts_at < ends_at) NOT VALID
    """,
    """
    ALTER TABLE prices
        VALIDATE CONSTRAINT ck_prices_tier_is_bounded,
        VALIDATE CONSTRAINT ck_prices_holds_for_a_while
    """,
    """
    ALTER TABLE prices
        DROP CONSTRAINT pk_prices,
        ADD CONSTRAINT pk_prices PRIMARY KEY (price_list_id, variant_id, min_quantity, starts_at)
    """,
    """
    ALTER TABLE price_history
        ADD COLUMN min_quantity INTEGER DEFAULT '1' NOT NULL,
        ADD COLUMN starts_at TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL,
        ADD COLUMN ends_at TIMESTAMP WITH TIME ZONE DEFAULT 'infinity' NOT NULL
    """,
    """
    CREATE INDEX ix_prices_variant_id_price_list_id ON prices (variant_id, price_list_id)
    """,
    """
    DROP INDEX ix_prices_variant_id
    """,
    """
    CREATE INDEX ix_prices_starts_at ON prices (starts_at) WHERE starts_at > '-infinity'
    """,
    """
    CREATE INDEX ix_prices_ends_at ON prices (ends_at) WHERE ends_at < 'infinity'
    """,
    """
    CREATE INDEX ix_price_history_since ON price_history USING brin (since)
    """,
    """
    CREATE TABLE cost_history (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        variant_id UUID NOT NULL,
        currency TEXT NOT NULL,
        amount BIGINT,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        actor TEXT NOT NULL,
        CONSTRAINT pk_cost_history PRIMARY KEY (id)
    )
    """,
    """
    CREATE INDEX ix_cost_history_variant_id ON cost_history (variant_id, currency, id)
    """,
    """
    CREATE TRIGGER cost_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cost_history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE costs (
        variant_id UUID NOT NULL,
        currency TEXT NOT NULL,
        amount BIGINT NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_costs PRIMARY KEY (variant_id, currency),
        CONSTRAINT ck_costs_amount_not_negative CHECK (amount >= 0),
        CONSTRAINT ck_costs_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    """
    CREATE TABLE margin_guards (
        currency TEXT NOT NULL,
        basis TEXT NOT NULL,
        share NUMERIC(7, 6) NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_margin_guards PRIMARY KEY (currency),
        CONSTRAINT ck_margin_guards_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_margin_guards_basis_is_known CHECK (basis IN ('cost', 'price')),
        CONSTRAINT ck_margin_guards_share_can_be_kept CHECK (share >= 0 AND (basis = 'cost' OR share < 1))
    )
    """,
    """
    CREATE TABLE override_limits (
        scope TEXT NOT NULL,
        most NUMERIC(7, 6) NOT NULL,
        reason_required BOOLEAN NOT NULL,
        version INTEGER DEFAULT '1' NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_override_limits PRIMARY KEY (scope),
        CONSTRAINT ck_override_limits_most_is_a_share CHECK (most BETWEEN 0 AND 1)
    )
    """,
    """
    CREATE TABLE price_list_history (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        price_list_id UUID NOT NULL,
        terms INTEGER NOT NULL,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        currency TEXT NOT NULL,
        channel_id UUID,
        store_id UUID,
        group_id UUID,
        customer_id UUID,
        priority INTEGER NOT NULL,
        active BOOLEAN NOT NULL,
        starts_at TIMESTAMP WITH TIME ZONE,
        ends_at TIMESTAMP WITH TIME ZONE,
        store_time BOOLEAN NOT NULL,
        includes_tax BOOLEAN NOT NULL,
        reduction BOOLEAN NOT NULL,
        CONSTRAINT pk_price_list_history PRIMARY KEY (id),
        CONSTRAINT uq_price_list_history_price_list_id_terms UNIQUE (price_list_id, terms),
        CONSTRAINT fk_price_list_history_price_list_id_price_lists FOREIGN KEY(price_list_id) REFERENCES price_lists (id)
    )
    """,
    """
    INSERT INTO price_list_history (price_list_id, terms, since, currency, channel_id, store_id, group_id, customer_id,
        priority, active, starts_at, ends_at, store_time, includes_tax, reduction)
    SELECT id, terms, created_at, currency, channel_id, store_id, group_id, customer_id,
        priority, active, starts_at, ends_at, store_time, includes_tax, reduction
    FROM price_lists
    """,
    """
    CREATE TRIGGER price_list_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON price_list_history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    """Adds the columns and makes the tables. What a list was before is taken to be what it is now, since it was made."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(PRESENTED_PRICES)
    op.execute(PRIOR_PRICE)


def downgrade() -> None:
    """Takes all of it away; prices by quantity and those to come are lost."""
    op.execute("DROP FUNCTION prior_price")
    op.execute("DROP FUNCTION presented_prices")
    for table in ("override_limits", "margin_guards", "costs", "cost_history", "price_list_history"):
        op.execute(f"DROP TABLE {table}")
    op.execute("CREATE INDEX ix_prices_variant_id ON prices (variant_id)")
    op.execute("DROP INDEX ix_prices_variant_id_price_list_id")
    op.execute("DROP INDEX ix_price_history_since")
    op.execute("ALTER TABLE price_history DROP COLUMN min_quantity, DROP COLUMN starts_at, DROP COLUMN ends_at")
    op.execute("DELETE FROM prices WHERE min_quantity <> 1 OR starts_at <> '-infinity'")
    op.execute(
        "ALTER TABLE prices DROP CONSTRAINT pk_prices, ADD CONSTRAINT pk_prices PRIMARY KEY (price_list_id, variant_id)"
    )
    op.execute("ALTER TABLE prices DROP COLUMN min_quantity, DROP COLUMN starts_at, DROP COLUMN ends_at")
    columns = ("store_id", "group_id", "customer_id", "store_time", "reduction", "layered", "terms")
    op.execute("ALTER TABLE price_lists " + ", ".join(f"DROP COLUMN {name}" for name in columns))
