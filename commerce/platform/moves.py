"""What everything with states shares in its tables: a change and its move are one statement, and two checks prove the moves of all there are.

Beside each table with a `state` stands one of its moves: whose it is, `state_before` (none for the first), `state_after`, `by`, `at`, and a
`seq` that gives their order.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from commerce.kernel.states import Machine
from commerce.platform.audit import Check
from commerce.platform.statement import Statement, given

NOTED = ("state_before", "state_after", "by", "at")


def first_move(moves: Table, *whose: str) -> Statement[Any]:
    """Gives the INSERT of a move; its arguments are the columns of the table of moves, `whose` among them."""
    return Statement(insert(moves).values({name: given(name, moves.c[name].type) for name in (*whose, *NOTED)}))


def moving(table: Table, changing: Iterable[str]) -> CTE:
    """Gives the UPDATE of one row to a state and its next version, as `moved`, which has a row unless the version is no longer that one.

    Its arguments are `id`, `version_before`, `state`, and the columns that are named as changing.
    """
    row = table.c
    return (
        update(table)
        .where(row.id == given("id", Uuid), row.version == given("version_before", Integer))
        .values(
            state=given("state", Text),
            version=row.version + 1,
            **{name: given(name, row[name].type) for name in changing},
        )
        .returning(row.id, row.state)
        .cte("moved")
    )


def noting(change: CTE, moves: Table, of: str, **also: str) -> CTE:
    """Gives the INSERT of the move of what `moving` changed, if it moved, as `noted`; `also` names columns that are always the same.

    Its arguments are `state_before`, `by` and `at`.
    """
    before = given("state_before", Text)
    row = select(
        change.c.id,
        before,
        change.c.state,
        given("by", Text),
        given("at", moves.c.at.type),
        *(literal(value, Text) for value in also.values()),
    ).where(change.c.state != before)
    return insert(moves).from_select([of, *NOTED, *also], row).returning(moves.c.seq).cte("noted")


def move_checks(machine: Machine[Any], table: Table, moves: Table, of: str, *, legal: str, last: str) -> list[Check]:
    """Gives the checks, named as `legal` and `last`, that each move is in the machine's table and begins where the one before ended, and
    that everything is where its last move led.
    """
    whose = moves.c[of]
    return [
        Check(code="G10", name=legal, statement=Statement(_illegal(machine, moves, whose))),
        Check(code="G10", name=last, statement=Statement(_astray(table, moves, whose))),
    ]


def _illegal(machine: Machine[Any], moves: Table, whose: ColumnElement[Any]) -> Any:
    allowed = [("", state.value) for state in machine.start]
    allowed += [(state.value, after.value) for state, targets in machine.moves.items() for after in targets]
    steps = select(
        moves.c.seq,
        whose,
        func.coalesce(moves.c.state_before, literal("", String)).label("before"),
        moves.c.state_after.label("after"),
        func.lag(moves.c.state_after, 1, "").over(partition_by=whose, order_by=moves.c.seq).label("ended"),
    ).subquery()
    return select(steps).where(
        or_(steps.c.before != steps.c.ended, tuple_(steps.c.before, steps.c.after).not_in(allowed))
    )


def _astray(table: Table, moves: Table, whose: ColumnElement[Any]) -> Any:
    last = (
        select(moves.c.state_after).where(whose == table.c.id).order_by(moves.c.seq.desc()).limit(1).scalar_subquery()
    )
    return select(table.c.id, table.c.state, last.label("last_move")).where(table.c.state.is_distinct_from(last))
