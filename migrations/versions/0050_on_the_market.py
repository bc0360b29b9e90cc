"""Since when a product is on the market, and whether it is perishable, count for the prior price of its reductions."""

from alembic import op

revision = "0050_on_the_market"
down_revision = "0049_parcel_costs"
branch_labels = None
depends_on = None

COME_ON_MARKET = """\
CREATE OR REPLACE FUNCTION come_on_market() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.on_market_since := greatest(NEW.updated_at, NEW.on_show_from);
  RETURN NEW;
END $$"""
TRIGGERS = (
    (
        "CREATE TRIGGER products_on_market_insert BEFORE INSERT ON products FOR EACH ROW "
        "WHEN (NEW.status = 'published') EXECUTE FUNCTION come_on_market()"
    ),
    (
        "CREATE TRIGGER products_on_market_update BEFORE UPDATE ON products FOR EACH ROW "
        "WHEN (NEW.status = 'published' AND NEW.updated_at <> OLD.updated_at "
        "AND (NEW.on_market_since IS NULL OR NEW.on_market_since > NEW.updated_at)) EXECUTE FUNCTION come_on_market()"
    ),
)
PRIOR_PRICE = """\
CREATE OR REPLACE FUNCTION prior_price(
  of_variant uuid, in_channel uuid, in_store uuid, in_zone text, in_currency text, at timestamptz,
  anew boolean, progressive boolean, days integer, new_days integer, on_market timestamptz,
  perishable_days integer DEFAULT NULL, progressive_days integer DEFAULT NULL, spoils boolean DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  upto timestamptz := CASE WHEN anew THEN at ELSE at + interval '1 microsecond' END;
  seen_from timestamptz := at - interval '120 days';
  it record;
  stepwise boolean;
  period interval;
  since timestamptz[]; amounts bigint[]; reduced boolean[];
  n integer; i integer; begun timestamptz; latest timestamptz; price bigint; lowest bigint;
BEGIN
  SELECT p.perishable, CASE WHEN p.status = 'published' THEN coalesce(p.on_market_since, p.created_at)
    ELSE coalesce(p.on_market_since, 'infinity') END AS on_market
  INTO it FROM variants v JOIN products p ON p.id = v.product_id WHERE v.id = of_variant;
  on_market := coalesce(on_market, it.on_market, '-infinity');
  IF perishable_days IS NOT NULL AND coalesce(spoils, it.perishable) THEN days := perishable_days; END IF;
  seen_from := greatest(seen_from, on_market);
  LOOP
    SELECT array_agg(p.since ORDER BY p.since), array_agg(p.amount ORDER BY p.since), array_agg(p.reduced ORDER BY p.since)
    INTO since, amounts, reduced
    FROM presented_prices(of_variant, in_channel, in_store, in_zone, in_currency, seen_from, upto) AS p;
    n := coalesce(array_length(since, 1), 0);
    IF NOT anew AND (n = 0 OR reduced[n] IS NOT TRUE) THEN RETURN NULL; END IF;
    stepwise := progressive;
    LOOP
      IF anew THEN
        i := n + 1; begun := at; price := -1;
      ELSE
        i := n; begun := since[n]; price := amounts[n];
      END IF;
      latest := NULL;
      WHILE i > 1 AND reduced[i - 1] IS TRUE AND (amounts[i - 1] = price OR (stepwise AND amounts[i - 1] > price)) LOOP
        IF amounts[i - 1] <> price THEN latest := coalesce(latest, begun); END IF;
        i := i - 1; begun := since[i]; price := amounts[i];
      END LOOP;
      EXIT WHEN latest IS NULL OR progressive_days IS NULL OR begun >= latest - make_interval(days => progressive_days);
      stepwise := false;
    END LOOP;
    -- A few months say it as a rule; a longer reduction, or an article that was away for long, takes all there is.
    EXIT WHEN seen_from = on_market OR (i > 1 AND begun - interval '31 days' >= seen_from
      AND EXISTS (SELECT FROM unnest(amounts[1 : i - 1]) AS u (amount) WHERE u.amount IS NOT NULL));
    seen_from := on_market;
  END LOOP;
  period := make_interval(days => days);
  IF new_days IS NOT NULL AND days > 0 THEN
    IF on_market = '-infinity' THEN
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
PRIOR_PRICE_BEFORE = """\
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
ARGUMENTS = "uuid, uuid, uuid, text, text, timestamptz, boolean, boolean, integer, integer, timestamptz"


def upgrade() -> None:
    """Adds the column, '-infinity' for what is there: it is on the market for longer than was kept, and its first price tells as it did.

    The function takes three arguments more, each with a default: a process of the release before asks it as it did.
    """
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE products ADD COLUMN on_market_since TIMESTAMP WITH TIME ZONE DEFAULT '-infinity'")
    op.execute("ALTER TABLE products ALTER COLUMN on_market_since DROP DEFAULT")
    op.execute(COME_ON_MARKET)
    for trigger in TRIGGERS:
        op.execute(trigger)
    op.execute(f"DROP FUNCTION prior_price({ARGUMENTS})")
    op.execute(PRIOR_PRICE)


def downgrade() -> None:
    """Forgets since when; the function is the one before."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP FUNCTION prior_price({ARGUMENTS}, integer, integer, boolean)")
    op.execute(PRIOR_PRICE_BEFORE)
    op.execute("DROP TRIGGER products_on_market_update ON products")
    op.execute("DROP TRIGGER products_on_market_insert ON products")
    op.execute("DROP FUNCTION come_on_market()")
    op.execute("ALTER TABLE products DROP COLUMN on_market_since")
