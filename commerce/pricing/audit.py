"""What must always hold of prices."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.pricing.tables import price_history, prices

_last = (
    select(
        price_history.c.price_list_id, price_history.c.variant_id, price_history.c.amount, price_history.c.compare_at
    )
    .ext(distinct_on(price_history.c.variant_id, price_history.c.price_list_id))
    .order_by(price_history.c.variant_id, price_history.c.price_list_id, price_history.c.id.desc())
    .subquery("last")
)
_same = (_last.c.price_list_id == prices.c.price_list_id) & (_last.c.variant_id == prices.c.variant_id)

CHECKS = [
    Check(
        code="G12",
        name="price_is_the_last_of_its_history",
        statement=Statement(
            select(
                _last.c.price_list_id,
                _last.c.variant_id,
                _last.c.amount.label("last_of_history"),
                prices.c.price_list_id.label("on_list"),
                prices.c.variant_id.label("of_variant"),
                prices.c.amount,
            )
            .join_from(prices, _last, _same, full=True)
            .where(
                _last.c.amount.is_distinct_from(prices.c.amount)
                | _last.c.compare_at.is_distinct_from(prices.c.compare_at)
            )
        ),
    ),
]
