"""What must always hold of quotes: the header is the sum of its parts, on each level, and so are discounts."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Numeric, cast, func, literal_column, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.quotes.tables import quotes


def _figure(part: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    return cast(func.jsonb_extract_path_text(part, literal_column(f"'{name}'")), Numeric)


def _sum(basket: ColumnElement[Any], of: str, *names: str) -> ColumnElement[Any]:
    """The sum of figures over the basket's lines, deliveries, groups or rates."""
    each = func.jsonb_array_elements(func.jsonb_extract_path(basket, literal_column(f"'{of}'")))
    parts = each.table_valued(Column("part", JSONB), name=f"each_{of}").render_derived()
    added = sum((_figure(parts.c.part, name) for name in names[1:]), _figure(parts.c.part, names[0]))
    return func.coalesce(select(func.sum(added)).select_from(parts).scalar_subquery(), literal_column("0"))


def _given(basket: ColumnElement[Any]) -> ColumnElement[Any]:
    """The sum of what each line was given, discount by discount."""
    lines = (
        func.jsonb_array_elements(func.jsonb_extract_path(basket, literal_column("'lines'")))
        .table_valued(Column("part", JSONB), name="each_line")
        .render_derived()
    )
    each = func.jsonb_array_elements(func.jsonb_extract_path(lines.c.part, literal_column("'discounts'")))
    discounts = each.table_valued(Column("part", JSONB), name="each_discount").render_derived().lateral()
    added = func.sum(_figure(discounts.c.part, "amount"))
    return func.coalesce(
        select(added).select_from(lines.join(discounts, true())).scalar_subquery(), literal_column("0")
    )


_written = select(
    quotes.c.id,
    quotes.c.total,
    func.jsonb_extract_path(
        cast(func.convert_from(quotes.c.document, literal_column("'UTF8'")), JSONB),
        literal_column("'basket'"),
        type_=JSONB,
    ).label("basket"),
).cte("written")
_basket = _written.c.basket
_rounding = _figure(_basket, "rounding")
_summed = select(
    _written.c.id,
    _written.c.total,
    _figure(_basket, "total").label("signed"),
    _sum(_basket, "groups", "total").label("groups"),
    (_sum(_basket, "lines", "total") + _sum(_basket, "deliveries", "total") + _rounding).label("parts"),
    (_sum(_basket, "taxes", "net", "tax") + _rounding).label("rates"),
    _figure(_basket, "tax_total").label("tax"),
    (_sum(_basket, "lines", "tax") + _sum(_basket, "deliveries", "tax")).label("tax_of_parts"),
).cte("summed")

_discounted = select(
    _written.c.id,
    _figure(_basket, "discount_total").label("discount_total"),
    _sum(_basket, "lines", "discount").label("of_lines"),
    _given(_basket).label("given"),
).cte("discounted")

CHECKS = [
    Check(
        code="G2",
        name="quote_is_the_sum_of_its_parts",
        statement=Statement(
            select(_summed).where(
                or_(
                    _summed.c.total != _summed.c.signed,
                    _summed.c.total != _summed.c.groups,
                    _summed.c.total != _summed.c.parts,
                    _summed.c.total != _summed.c.rates,
                    _summed.c.tax != _summed.c.tax_of_parts,
                )
            )
        ),
    ),
    Check(
        code="G3",
        name="quote_discounts_sum_to_what_was_given",
        statement=Statement(
            select(_discounted).where(
                or_(
                    _discounted.c.discount_total != _discounted.c.of_lines,
                    _discounted.c.discount_total != _discounted.c.given,
                )
            )
        ),
    ),
]
