"""What must always hold of prices, lists and costs."""

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.pricing.manage_lists import TERMS
from commerce.pricing.tables import cost_history, costs, price_history, price_list_history, price_lists, prices

_history, _price = price_history.c, prices.c
_tier = ("price_list_id", "variant_id", "min_quantity")

# At each instant at which some price begins, what the history said last must be what stands there.
_begins = select(*(_price[name] for name in _tier), _price.starts_at.label("at")).union(
    select(*(_history[name] for name in _tier), _history.starts_at)
)
_at = _begins.subquery("begins")
_said = (
    select(_at, _history.amount, _history.compare_at)
    .ext(distinct_on(*(_at.c[name] for name in (*_tier, "at"))))
    .join_from(
        _at,
        price_history,
        and_(
            *(_history[name] == _at.c[name] for name in _tier),
            _history.starts_at <= _at.c.at,
            _at.c.at < _history.ends_at,
        ),
        isouter=True,
    )
    .order_by(*(_at.c[name] for name in (*_tier, "at")), _history.id.desc())
    .subquery("said")
)
_stands = and_(
    *(_price[name] == _said.c[name] for name in _tier), _price.starts_at <= _said.c.at, _said.c.at < _price.ends_at
)

_other = prices.alias("other")
_overlap = and_(
    *(_other.c[name] == _price[name] for name in _tier),
    _other.c.starts_at > _price.starts_at,
    _other.c.starts_at < _price.ends_at,
)

_kept = ("terms", "currency", *TERMS)
_last_terms = (
    select(price_list_history)
    .ext(distinct_on(price_list_history.c.price_list_id))
    .order_by(price_list_history.c.price_list_id, price_list_history.c.id.desc())
    .subquery("last_terms")
)

_last_cost = (
    select(cost_history.c.variant_id, cost_history.c.currency, cost_history.c.amount)
    .ext(distinct_on(cost_history.c.variant_id, cost_history.c.currency))
    .order_by(cost_history.c.variant_id, cost_history.c.currency, cost_history.c.id.desc())
    .subquery("last_cost")
)

CHECKS = [
    Check(
        code="G12",
        name="price_is_the_last_of_its_history",
        statement=Statement(
            select(
                *(_said.c[name] for name in (*_tier, "at")),
                _said.c.amount.label("last_of_history"),
                _price.amount,
            )
            .join_from(_said, prices, _stands, isouter=True)
            .where(
                _said.c.amount.is_distinct_from(_price.amount) | _said.c.compare_at.is_distinct_from(_price.compare_at)
            )
        ),
    ),
    Check(
        code="G12",
        name="prices_of_a_tier_do_not_overlap",
        statement=Statement(
            select(*(_price[name] for name in _tier), _price.ends_at, _other.c.starts_at).join_from(
                prices, _other, _overlap
            )
        ),
    ),
    Check(
        code="G12",
        name="list_is_the_last_of_its_history",
        statement=Statement(
            select(price_lists.c.id, price_lists.c.terms, _last_terms.c.terms.label("last_of_history"))
            .join_from(price_lists, _last_terms, _last_terms.c.price_list_id == price_lists.c.id, isouter=True)
            .where(
                func.row(*(price_lists.c[name] for name in _kept)).is_distinct_from(
                    func.row(*(_last_terms.c[name] for name in _kept))
                )
            )
        ),
    ),
    Check(
        code="G12",
        name="cost_is_the_last_of_its_history",
        statement=Statement(
            select(_last_cost, costs.c.amount.label("cost"))
            .join_from(
                costs,
                _last_cost,
                and_(_last_cost.c.variant_id == costs.c.variant_id, _last_cost.c.currency == costs.c.currency),
                full=True,
            )
            .where(_last_cost.c.amount.is_distinct_from(costs.c.amount))
        ),
    ),
]
