"""What must hold of lines that stand for others: the statement gives the rows that break it."""

from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, FromClause, and_, func, literal, or_, select, tuple_

from commerce.orders.tables import order_lines, order_substitutions
from commerce.platform.audit import Check
from commerce.platform.statement import Statement


def _later(line: FromClause, figure: str) -> ColumnElement[Any]:
    """What was taken off a line again, when its units were replaced in their turn."""
    again = order_substitutions.alias("again")
    return (
        select(func.coalesce(func.sum(again.c[figure]), 0))
        .where(again.c.instead_of_line_id == line.c.id)
        .correlate(line)
        .scalar_subquery()
    )


def _substitutions() -> CompoundSelect[Any]:
    """Units that stand for others without their record, on another group or order, or at other money than was agreed for those they replace."""
    new, old, rest = (order_lines.alias(name) for name in ("stands", "replaced", "rest"))
    told = order_substitutions.c
    extra = func.coalesce(rest.c.total, 0), func.coalesce(rest.c.tax, 0)
    recorded = (
        select(new.c.id, new.c.quantity, told.units, told.agreed_total)
        .join_from(order_substitutions, new, new.c.id == told.order_line_id)
        .join(old, old.c.id == told.instead_of_line_id)
        .outerjoin(rest, rest.c.id == told.difference_line_id)
        .where(
            or_(
                tuple_(new.c.order_id, new.c.group_id, new.c.instead_of_line_id, new.c.includes_tax).is_distinct_from(
                    tuple_(old.c.order_id, old.c.group_id, old.c.id, old.c.includes_tax)
                ),
                new.c.order_id != told.order_id,
                new.c.tax_rate != old.c.tax_rate,
                and_(rest.c.id.is_not(None), or_(rest.c.kind != "difference", rest.c.quantity != told.units)),
                # A substitute of a substitute takes its units and its money along: both stand in its own record.
                tuple_(
                    new.c.quantity + _later(new, "units"),
                    new.c.total + extra[0] + _later(new, "agreed_total"),
                    new.c.tax + extra[1] + _later(new, "agreed_tax"),
                ).is_distinct_from(tuple_(told.units, told.agreed_total, told.agreed_tax)),
            )
        )
    )
    unrecorded = (
        select(new.c.id, new.c.quantity, literal(0), new.c.total)
        .outerjoin(order_substitutions, or_(told.order_line_id == new.c.id, told.difference_line_id == new.c.id))
        .where(new.c.of_line_id.is_(None), new.c.instead_of_line_id.is_not(None), told.order_line_id.is_(None))
    )
    emptied = (
        select(new.c.id, new.c.quantity, literal(0), new.c.total)
        .outerjoin(order_substitutions, told.instead_of_line_id == new.c.id)
        .where(new.c.of_line_id.is_(None), new.c.quantity == 0, told.order_line_id.is_(None))
    )
    return recorded.union_all(unrecorded, emptied)


SUBSTITUTES = Check(
    code="G4", name="substitutes_have_the_money_of_what_they_replace", statement=Statement(_substitutions())
)
