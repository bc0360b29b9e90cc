"""What must always hold of simulations: parts sum to their whole."""

from sqlalchemy import Integer, func, or_, select
from sqlalchemy.sql.selectable import ScalarSelect

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.reporting import sourcing_audit
from commerce.reporting.tables import (
    simulation_articles,
    simulation_figures,
    simulation_promotions,
    simulations,
)

_figures, _row = simulation_figures.c, simulations.c


def _of_promotions(name: str) -> ScalarSelect[int]:
    found = simulation_promotions.c
    return (
        select(func.coalesce(func.sum(found[name]), 0))
        .where(found.simulation_id == _figures.simulation_id, found.currency == _figures.currency)
        .correlate(simulation_figures)
        .scalar_subquery()
    )


def _of_articles(name: str) -> ScalarSelect[int]:
    found = simulation_articles.c
    return (
        select(func.coalesce(func.sum(found[name]), 0))
        .where(found.simulation_id == _figures.simulation_id, found.currency == _figures.currency)
        .correlate(simulation_figures)
        .scalar_subquery()
    )


_counted = (
    select(func.coalesce(func.sum(_figures.orders), 0, type_=Integer))
    .where(_figures.simulation_id == _row.id)
    .correlate(simulations)
    .scalar_subquery()
)

CHECKS = [
    Check(
        code="G2",
        name="simulation_counts_each_order_once",
        statement=Statement(select(_row.id, _row.looked, _row.left_out).where(_row.looked != _row.left_out + _counted)),
    ),
    Check(
        code="G3",
        name="simulation_discount_is_the_sum_of_its_promotions",
        statement=Statement(
            select(_figures.simulation_id, _figures.currency).where(
                or_(
                    _figures.discount_before != _of_promotions("saved_before"),
                    _figures.discount_after != _of_promotions("saved_after"),
                    _figures.discount_before < _of_articles("discount_before"),
                    _figures.discount_after < _of_articles("discount_after"),
                    _figures.net_before < _of_articles("net_before"),
                    _figures.net_after < _of_articles("net_after"),
                )
            )
        ),
    ),
    *sourcing_audit.CHECKS,
]
