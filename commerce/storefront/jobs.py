"""Timed work of the storefront: how often products were ordered lately."""

from datetime import timedelta

from sqlalchemy import BigInteger, DateTime, Uuid, column, delete, func, literal_column, select, table
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel import clock
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.platform.work import Job
from commerce.storefront.tables import product_popularity

COUNTED_DAYS = 30
COUNT_SECONDS = 3_600
MOST_POPULAR = 50_000

_orders = table(
    "orders",
    column("id", Uuid),
    column("opened_at", DateTime(timezone=True)),
    column("placed_at", DateTime(timezone=True)),
)
_lines = table("order_lines", column("order_id", Uuid), column("product_id", Uuid), column("quantity", BigInteger))
_units = func.sum(_lines.c.quantity, type_=BigInteger)
_sold = (
    select(_lines.c.product_id, _units.label("units"))
    .join_from(_orders, _lines, _lines.c.order_id == _orders.c.id)
    .where(_orders.c.opened_at >= given("since", DateTime(timezone=True)), _orders.c.placed_at.is_not(None))
    .group_by(_lines.c.product_id)
    .having(_units > 0)
    .order_by(_units.desc(), _lines.c.product_id)
    .limit(literal_column(str(MOST_POPULAR)))
)
_now = given("now", DateTime(timezone=True))
_counted = insert(product_popularity).from_select(
    ["product_id", "units", "counted_at"], select(*_sold.subquery("sold").c, _now)
)
COUNT = Statement(
    _counted.on_conflict_do_update(
        index_elements=["product_id"],
        set_={"units": _counted.excluded.units, "counted_at": _counted.excluded.counted_at},
    )
)
FORGET = Statement(delete(product_popularity).where(product_popularity.c.counted_at < _now))


async def count_popularity(tx: Tx, _: object) -> None:
    """Counts the units of each product in the orders that were placed in the last thirty days: of the 50,000 that sold best.

    What sorts by popularity reads this; it is at most an hour and the job's own time old.
    """
    now = clock.now()
    await tx.execute(COUNT, since=now - timedelta(days=COUNTED_DAYS), now=now)
    await tx.execute(FORGET, now=now)


JOBS = [Job("storefront.count_popularity", step=count_popularity, every_seconds=COUNT_SECONDS)]
