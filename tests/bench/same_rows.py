"""The floor of a checkout: one PL/pgSQL function that writes the rows which one real order wrote, with ids of its own.

The rows are found by the transactions that wrote them. Ids that were not there before become variables of the function, the two articles
its arguments; what was on the shelf before is updated under the same guard; all else is written as it stands.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import asyncpg

from commerce.platform.tables import metadata
from tests.bench.load import RefusedError
from tests.bench.world import World

FUNCTION = "bench_order"
STOCK = "stock_levels"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NUMBER = re.compile(r"O-[2-9A-HJKMNP-Z]{10}")
COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
AND a.attidentity = '' AND a.attgenerated = '' ORDER BY a.attnum"""


@dataclass(frozen=True)
class Column:
    """A column that is written, with its type as PostgreSQL spells it."""

    name: str
    type: str


@dataclass(frozen=True)
class Written:
    """The rows that one table got: their columns, and their values as text; `updated` when they were there before."""

    table: str
    columns: list[Column]
    rows: list[list[str | None]]
    updated: bool


@dataclass(frozen=True)
class Order:
    """All that one order wrote, and the ids that were there before it."""

    tables: list[Written]
    known: set[str]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by table."""
        return {each.table: len(each.rows) for each in self.tables}


async def written(dsn: str, act: Callable[[], Awaitable[object]]) -> Order:
    """Gives what an act writes, while nobody else writes. Refuses what it updated that was there before, but for stock."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = [table.name for table in metadata.sorted_tables]
        before = {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}
        known = await _ids(connection, tables)
        since = int(await connection.fetchval("SELECT pg_current_xact_id()::text"))
        await act()
        found = []
        for table in tables:
            columns = [Column(row["name"], row["type"]) for row in await connection.fetch(COLUMNS, table)]
            texts = ", ".join(f'"{each.name}"::text' for each in columns)
            rows = await connection.fetch(
                f"SELECT {texts} FROM {table} WHERE xmin::text::bigint > $1 ORDER BY ctid", since
            )
            new = await connection.fetchval(f"SELECT count(*) FROM {table}") - before[table]
            if not rows:
                continue
            if new != len(rows) and (new or table != STOCK):
                raise RefusedError(f"{table}: {len(rows)} rows were written, and {new} of them were new")
            found.append(Written(table, columns, [list(row) for row in rows], updated=not new))
    finally:
        await connection.close()
    return Order(found, known)


async def _ids(connection: "asyncpg.Connection[asyncpg.Record]", tables: Iterable[str]) -> set[str]:
    known: set[str] = set()
    for table in tables:
        for column in await connection.fetch(COLUMNS, table):
            if column["type"] == "uuid":
                rows = await connection.fetch(f'SELECT DISTINCT "{column["name"]}"::text FROM {table}')
                known |= {row[0] for row in rows if row[0]}
    return known


async def make_function(dsn: str, order: Order, world: World) -> None:
    """Makes the function, and the table from which it takes articles by number."""
    sql = function(order, {str(each) for each in world.variant_ids})
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("DROP TABLE IF EXISTS bench_variants")
        await connection.execute("CREATE TABLE bench_variants (n integer PRIMARY KEY, id uuid NOT NULL)")
        await connection.copy_records_to_table(
            "bench_variants", records=[(nth, each) for nth, each in enumerate(world.variant_ids, start=1)]
        )
        await connection.execute(sql)
    finally:
        await connection.close()


def function(order: Order, variants: set[str]) -> str:
    """Gives the SQL of the function."""
    texts = [text for each in order.tables for row in each.rows for text in row if text]
    ids = list(dict.fromkeys(found for text in texts for found in _UUID.findall(text)))
    articles = sorted(each for each in ids if each in variants)
    names = {each: f"article_{nth}" for nth, each in enumerate(articles)}
    own = [each for each in ids if each not in order.known]
    names |= {each: f"own_{nth}" for nth, each in enumerate(own)}
    for number in dict.fromkeys(found for text in texts for found in _NUMBER.findall(text)):
        names[number] = "number"
    body = "\n".join(_updates(each, names) if each.updated else _insert(each, names) for each in order.tables)
    variables = "".join(f"  own_{nth} uuid := uuidv7();\n" for nth in range(len(own)))
    chosen = "".join(
        f"  SELECT id INTO STRICT article_{nth} FROM bench_variants WHERE n = picked[{nth + 1}];\n"
        for nth in range(len(articles))
    )
    declared = "".join(f"  article_{nth} uuid;\n" for nth in range(len(articles)))
    return f"""
CREATE OR REPLACE FUNCTION {FUNCTION}(picked integer[]) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
{variables}{declared}  number text := 'O-' || upper(right(own_0::text, 10));
BEGIN
{chosen}{body}
END $body$"""


def _insert(what: Written, names: dict[str, str]) -> str:
    columns = ", ".join(f'"{each.name}"' for each in what.columns)
    rows = ",\n    ".join(
        "(" + ", ".join(_value(text, each, names) for text, each in zip(row, what.columns, strict=True)) + ")"
        for row in what.rows
    )
    return f"  INSERT INTO {what.table} ({columns}) VALUES\n    {rows};"


def _updates(what: Written, names: dict[str, str]) -> str:
    place = [each.name for each in what.columns].index("location_id")
    variant = [each.name for each in what.columns].index("variant_id")
    return "".join(
        f"""
  UPDATE {STOCK} SET reserved = reserved + 1
  WHERE variant_id = {names[str(row[variant])]} AND location_id = '{row[place]}' AND on_hand - reserved >= 1;
  IF NOT FOUND THEN RAISE EXCEPTION 'there is too little'; END IF;"""
        for row in sorted(what.rows, key=lambda row: names[str(row[variant])])
    )


def _value(text: str | None, column: Column, names: dict[str, str]) -> str:
    """Gives a value as SQL: a literal, with the variables where an id of the order's own stands."""
    if text is None:
        return "NULL"
    if text in names and column.type == "uuid":
        return names[text]
    parts: list[str] = []
    at = 0
    for found in sorted((*_UUID.finditer(text), *_NUMBER.finditer(text)), key=lambda each: each.start()):
        if found.group() in names:
            parts += [_quoted(text[at : found.start()]), names[found.group()]]
            at = found.end()
    if not parts:
        return f"{_quoted(text)}::{column.type}"
    return f"concat({', '.join([*parts, _quoted(text[at:])])})::{column.type}"


def _quoted(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def script(world: World) -> str:
    """Gives the script of pgbench: two articles by chance, the lower number first, so that two orders never wait for each other crosswise."""
    most = len(world.variant_ids)
    return f"""
\\set one random(1, {most - 1})
\\set other random(:one + 1, {most})
SELECT {FUNCTION}(ARRAY[:one, :other]::integer[]);"""


async def prove(dsn: str, order: Order) -> None:
    """Refuses a function that writes another number of rows to any table than the order did."""
    connection = await asyncpg.connect(dsn)

    async def call() -> None:
        await connection.execute(f"SELECT {FUNCTION}(ARRAY[1, 2])")

    try:
        ours = Counter(order.counts)
        floor = Counter((await written(dsn, call)).counts)
    finally:
        await connection.close()
    if ours != floor:
        raise RefusedError(f"the floor writes other rows: {dict(floor)} instead of {dict(ours)}")
