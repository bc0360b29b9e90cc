"""Rows of imports: what came, how far it is, what could not go in and why."""

from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.tables import currency, instant, key, metadata, one_of


class ImportState(StrEnum):
    """How far an import is; `stopped` is one whose file could not be read to its end."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


imports = Table(
    "imports",
    metadata,
    key(),
    Column("state", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("language", Text, nullable=False),
    currency(),
    Column("price_list_id", Uuid),  # the default list of the currency unless given
    Column("location_id", Uuid),  # where quantities are put; none: they are ignored
    Column("actor", Text, nullable=False),
    Column("lines", Integer, nullable=False),  # of the file, as far as known; 0 where it is read from a stream
    Column("next_line", Integer, nullable=False, server_default="1"),  # all before it is done
    Column("counts", JSONB, nullable=False),
    Column("trouble", Integer, nullable=False, server_default="0"),
    Column("stopped_because", Text),
    instant("created_at"),
    instant("started_at", nullable=True),
    instant("finished_at", nullable=True),
    Column("dry_run", Boolean, nullable=False, server_default="false"),  # it only tells what it would do
    CheckConstraint(one_of("state", ImportState), name="state_known"),
    CheckConstraint("next_line >= 1 AND lines >= 0 AND trouble >= 0", name="counts_not_negative"),
    CheckConstraint("(state = 'stopped') = (stopped_because IS NOT NULL)", name="stopped_says_why"),
    CheckConstraint("(state IN ('done', 'stopped')) = (finished_at IS NOT NULL)", name="finished_has_a_time"),
)

# The file in pieces, until the import is over, so that it is read again without being held whole.
import_pieces = Table(
    "import_pieces",
    metadata,
    Column("import_id", Uuid, ForeignKey("imports.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

import_troubles = Table(
    "import_troubles",
    metadata,
    Column("import_id", Uuid, ForeignKey("imports.id"), primary_key=True),
    Column("line", BigInteger, primary_key=True),
    Column("nth", Integer, primary_key=True),
    Column("column_name", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

# What a dry run would make and change, for the first products of the file that it would touch.
import_differences = Table(
    "import_differences",
    metadata,
    Column("import_id", Uuid, ForeignKey("imports.id"), primary_key=True),
    Column("nth", Integer, primary_key=True, autoincrement=False),
    Column("line", BigInteger, nullable=False),
    Column("handle", Text, nullable=False),
    Column("made", Boolean, nullable=False),
    Column("changes", JSONB, nullable=False),  # [{"field", "before", "after"}]
    CheckConstraint("jsonb_typeof(changes) = 'array'", name="changes_are_a_list"),
)

# What a file said of a product when it was last brought in, and how the product was right after: whoever changes it since changes its state, so
# that a mark which no longer holds tells itself. The product is named, not referred to.
import_marks = Table(
    "import_marks",
    metadata,
    Column("product_id", Uuid, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("state", BigInteger, nullable=False),
)
