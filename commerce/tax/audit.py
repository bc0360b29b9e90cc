"""What must always hold of tax: rates, distance sales, exempt supplies and fees."""

from sqlalchemy import and_, func, literal, or_, select

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.tax.exempt import SUPPORTING, TRANSPORT
from commerce.tax.tables import (
    distance_sales,
    distance_totals,
    exempt_supplies,
    fees,
    tax_rates,
    tax_sellers,
    transport_proofs,
)

_other = tax_rates.alias("other")
_fee = fees.alias("other_fee")
_sum = (
    select(
        distance_sales.c.country,
        distance_sales.c.year,
        func.coalesce(func.sum(distance_sales.c.net).filter(distance_sales.c.counted), 0).label("total"),
        func.count().filter(and_(~distance_sales.c.counted, distance_sales.c.effect == "sale")).label("uncounted"),
    )
    .group_by(distance_sales.c.country, distance_sales.c.year)
    .subquery("summed")
)
_weighed = (
    select(tax_sellers.c.country, tax_sellers.c.threshold).where(tax_sellers.c.distance == "origin").subquery("weighed")
)
_total = distance_totals.c
_first, _second = transport_proofs.alias("first"), transport_proofs.alias("second")
_two_documents = (
    select(literal(1))
    .join_from(
        _first,
        _second,
        and_(
            _second.c.supply_id == _first.c.supply_id,
            func.lower(_second.c.issuer) != func.lower(_first.c.issuer),
        ),
    )
    .where(
        _first.c.supply_id == exempt_supplies.c.id,
        _first.c.kind.in_(sorted(TRANSPORT)),
        _second.c.kind.in_(sorted(TRANSPORT | SUPPORTING)),
    )
    .correlate(exempt_supplies)
    .exists()
)
_exit = (
    select(literal(1))
    .select_from(_first)
    .where(_first.c.supply_id == exempt_supplies.c.id, _first.c.kind == "customs_exit")
    .correlate(exempt_supplies)
    .exists()
)

CHECKS = [
    Check(
        code="G15",
        name="one_tax_rate_holds_at_a_time",
        statement=Statement(
            select(tax_rates.c.id, _other.c.id.label("other_id"), tax_rates.c.category, tax_rates.c.country).join_from(
                tax_rates,
                _other,
                and_(
                    _other.c.category == tax_rates.c.category,
                    _other.c.country == tax_rates.c.country,
                    _other.c.id > tax_rates.c.id,
                    or_(_other.c.valid_to.is_(None), _other.c.valid_to > tax_rates.c.valid_from),
                    or_(tax_rates.c.valid_to.is_(None), tax_rates.c.valid_to > _other.c.valid_from),
                ),
            )
        ),
    ),
    Check(
        code="G15",
        name="one_fee_of_a_code_holds_at_a_time",
        statement=Statement(
            select(fees.c.id, _fee.c.id.label("other_id"), fees.c.code, fees.c.variant_id).join_from(
                fees,
                _fee,
                and_(
                    _fee.c.variant_id == fees.c.variant_id,
                    _fee.c.code == fees.c.code,
                    _fee.c.currency == fees.c.currency,
                    _fee.c.id > fees.c.id,
                    or_(_fee.c.zone.is_(None), fees.c.zone.is_(None), _fee.c.zone == fees.c.zone),
                    or_(fees.c.ends_at.is_(None), _fee.c.starts_at.is_(None), _fee.c.starts_at < fees.c.ends_at),
                    or_(_fee.c.ends_at.is_(None), fees.c.starts_at.is_(None), fees.c.starts_at < _fee.c.ends_at),
                ),
            )
        ),
    ),
    Check(
        code="G12",
        name="distance_total_is_the_sum_of_its_sales",
        statement=Statement(
            select(
                _weighed.c.country,
                _sum.c.year.label("year_of_sales"),
                _sum.c.total.label("sum_of_sales"),
                _total.year,
                _total.total,
                _total.uncounted,
            )
            .select_from(
                _weighed.join(_sum, _sum.c.country == _weighed.c.country).join(
                    distance_totals,
                    and_(_total.country == _sum.c.country, _total.year == _sum.c.year),
                    isouter=True,
                )
            )
            .where(
                or_(
                    _total.total.is_distinct_from(_sum.c.total),
                    _total.uncounted.is_distinct_from(_sum.c.uncounted),
                )
            )
        ),
    ),
    Check(
        code="G12",
        name="distance_sales_beyond_the_threshold_are_marked",
        statement=Statement(
            select(_total.country, _total.year, _total.total, _weighed.c.threshold)
            .join_from(distance_totals, _weighed, _weighed.c.country == _total.country)
            .where(_total.crossed_at.is_(None), or_(_total.total > _weighed.c.threshold, _total.uncounted > 0))
        ),
    ),
    Check(
        code="G2",
        name="distance_sale_is_not_taken_back_twice",
        statement=Statement(
            select(distance_sales.c.order_id, func.sum(distance_sales.c.net).label("left"))
            .group_by(distance_sales.c.order_id)
            .having(or_(func.sum(distance_sales.c.net) < 0, func.bool_or(distance_sales.c.effect == "sale").is_(False)))
        ),
    ),
    Check(
        code="G12",
        name="exempt_supply_is_proven_by_its_documents",
        statement=Statement(
            select(exempt_supplies.c.id, exempt_supplies.c.kind, exempt_supplies.c.proven_at).where(
                exempt_supplies.c.proven_at.is_not(None),
                or_(
                    and_(exempt_supplies.c.kind == "intra_community", ~_two_documents),
                    and_(exempt_supplies.c.kind == "export", ~_exit),
                ),
            )
        ),
    ),
]
