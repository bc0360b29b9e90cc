"""What all tables share: one metadata with named constraints, columns that are written the same everywhere, append-only tables."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Table, Text, Uuid

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

APPEND_ONLY_FUNCTION = """\
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$"""

# Definitions beside tables (functions, triggers), in the order in which they are made: (table or "", SQL).
# Migrations and `create_all` make the same ones; a test compares the two databases.
definitions: list[tuple[str, str]] = [("", APPEND_ONLY_FUNCTION)]


def before_tables(sql: str) -> None:
    """Declares a function that tables or indexes need before they are made. The SQL must be repeatable (CREATE OR REPLACE)."""
    definitions.append(("", sql))


def beside(table: Table, sql: str) -> None:
    """Declares a trigger or the like that is made right after its table."""
    definitions.append((table.name, sql))


def append_only(table: Table) -> Table:
    """Makes a table refuse UPDATE, DELETE and TRUNCATE by trigger: what stands in it is a fact."""
    append_only_tables.append(table.name)
    beside(
        table,
        f"CREATE TRIGGER {table.name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    )
    return table


append_only_tables: list[str] = []


def key(name: str = "id") -> Column[object]:
    """Gives a primary-key column of UUIDv7, made by the application."""
    return Column(name, Uuid, primary_key=True)


def instant(name: str, *, nullable: bool = False) -> Column[object]:
    """Gives a column for an instant, kept in UTC."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def amount(name: str, *, nullable: bool = False) -> Column[object]:
    """Gives a column for minor units of the currency that stands beside it."""
    return Column(name, BigInteger, nullable=nullable)


def currency(name: str = "currency") -> Column[object]:
    """Gives a column for an ISO 4217 code."""
    return Column(name, Text, nullable=False)


def state(name: str = "state") -> Column[object]:
    """Gives a column for a state; its table lists the legal ones in a CHECK."""
    return Column(name, Text, nullable=False)


def version() -> Column[object]:
    """Gives the column behind a resource's ETag: starts at 1, each change adds one."""
    return Column("version", Integer, nullable=False, server_default="1")


def one_of(column: str, values: type[object] | list[str]) -> str:
    """Gives the text of a CHECK that a column holds one of an enum's (or a list's) values."""
    names = values if isinstance(values, list) else [str(member.value) for member in values]  # type: ignore[attr-defined]
    return f"{column} IN ({', '.join(repr(name) for name in sorted(names))})"
