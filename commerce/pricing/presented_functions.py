"""The price as it was presented, and the prior price of a reduction: as functions in the database, so that a page derives them in its one statement.

Both follow from append-only rows alone (`price_history`, `price_list_history`): no job has to have run. What is known of the time to
come is part of it, so that the prior price of a reduction that begins next week can be told today.
"""

from commerce.platform.tables import before_tables

# The price of one unit that anybody was shown in a channel and store, as steps: from each instant on, up to the next. Lists for
# groups and customers are nobody's public price, and prices before tax are not the selling price of a consumer (98/6/EC, article 2(a)).
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

# The lowest price presented in the 30 days before the reduction began (98/6/EC, article 6a(2)).
# `anew` false: of the reduction that is shown at `at`; null where none is. `anew` true: of one that would begin at `at`.
# A reduction goes back as far as it was presented without interruption at one price and, where the member state has `progressive`
# reductions (6a(5)), at prices that only fell, if need be within `progressive_days`. `new_days` is the period for articles that came on the
# market within the 30 days (6a(4)), `perishable_days` that for what deteriorates or expires rapidly (6a(3)); 0 days ask for the price right
# before. Where nothing was presented in the period: the last price before it.
# The article's own product says whether it is perishable and since when it is on the market: no price was presented before. A caller that
# knows better says so (`spoils`, `on_market`). Of an article that is on the market for longer than was kept, the first price tells.
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

before_tables(PRESENTED_PRICES)
before_tables(PRIOR_PRICE)
