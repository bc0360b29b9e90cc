"""What must always hold of shadow runs: each order counted once, no more changed orders kept than changed."""

from sqlalchemy import Integer, func, select

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.reporting.sourcing_tables import (
    sourcing_simulation_figures,
    sourcing_simulation_orders,
    sourcing_simulations,
)

_row, _figures, _order = sourcing_simulations.c, sourcing_simulation_figures.c, sourcing_simulation_orders.c
_counted = (
    select(func.coalesce(func.sum(_figures.orders), 0, type_=Integer))
    .where(_figures.simulation_id == _row.id)
    .correlate(sourcing_simulations)
    .scalar_subquery()
)
_changed = (
    select(func.coalesce(func.sum(_figures.changed), 0, type_=Integer))
    .where(_figures.simulation_id == _row.id)
    .correlate(sourcing_simulations)
    .scalar_subquery()
)
_kept = (
    select(func.count())
    .select_from(sourcing_simulation_orders)
    .where(_order.simulation_id == _row.id)
    .correlate(sourcing_simulations)
    .scalar_subquery()
)

CHECKS = [
    Check(
        code="G2",
        name="sourcing_simulation_counts_each_order_once",
        statement=Statement(select(_row.id, _row.looked).where(_row.looked != _counted)),
    ),
    Check(
        code="G2",
        name="sourcing_simulation_keeps_orders_that_change",
        statement=Statement(select(_row.id).where(_kept > _changed)),
    ),
]
