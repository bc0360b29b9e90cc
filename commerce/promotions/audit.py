"""What must always hold of promotions: each statement gives the rows that break it."""

from sqlalchemy import Boolean, FromClause, Text, and_, case, column, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from commerce.platform.audit import Check
from commerce.platform.statement import Statement
from commerce.promotions.facts import UseState
from commerce.promotions.tables import (
    promotion_code_batches,
    promotion_codes,
    promotion_counters,
    promotion_customers,
    promotion_uses,
    promotion_versions,
    promotions,
)

_row = promotions.c
_version = promotion_versions.c
_use = promotion_uses.c
_code = promotion_codes.c
_counter = promotion_counters.c
_customer = promotion_customers.c
_batch = promotion_code_batches.c
_live = _use.state != UseState.RELEASED.value

_used = (
    select(_use.promotion_id, func.count().label("uses"), func.sum(_use.amount).label("amount"))
    .where(_live)
    .group_by(_use.promotion_id)
    .subquery("used")
)
_told_amount = case((_counter.currency.is_not(None), func.coalesce(_used.c.amount, 0)), else_=0)

_code_used = (
    select(_use.code_key, _use.promotion_id, func.count().label("uses"))
    .where(_live, _use.code_key.is_not(None))
    .group_by(_use.code_key, _use.promotion_id)
    .subquery("code_used")
)

_keys = select(_use.promotion_id, func.unnest(_use.customer_keys).label("customer_key")).where(_live).subquery("keys")
_customer_used = (
    select(_keys.c.promotion_id, _keys.c.customer_key, func.count().label("uses"))
    .group_by(_keys.c.promotion_id, _keys.c.customer_key)
    .subquery("customer_used")
)

_last = (
    select(_version.promotion_id, _version.version, _version.in_force)
    .ext(distinct_on(_version.promotion_id))
    .order_by(_version.promotion_id, _version.seq.desc())
    .subquery("last")
)


def _windows(name: str) -> FromClause:
    """The windows of what is in force, in order."""
    return (
        func.jsonb_array_elements(promotion_versions.c.in_force)
        .table_valued(column("value", JSONB), with_ordinality="nth", name=name, joins_implicitly=True)
        .render_derived(name=name)
    )


_first, _second = _windows("first"), _windows("second")


def _bound(of: FromClause, bound: str) -> object:
    return of.c.value["window"][bound].astext.cast(_version.at.type)


_held = (
    select(_code.batch_number, func.count().label("codes"))
    .where(_code.batch_number.is_not(None))
    .group_by(_code.batch_number)
    .subquery("held")
)

CHECKS = [
    Check(
        code="G9",
        name="promotion_counter_is_the_sum_of_its_uses",
        statement=Statement(
            select(_counter.promotion_id, _used.c.promotion_id.label("used_id"), _counter.uses, _counter.amount)
            .join_from(promotion_counters, _used, _used.c.promotion_id == _counter.promotion_id, full=True)
            .where(
                or_(
                    _counter.uses.is_distinct_from(func.coalesce(_used.c.uses, 0)),
                    _counter.amount.is_distinct_from(_told_amount),
                )
            )
        ),
    ),
    Check(
        code="G9",
        name="code_counter_is_the_number_of_its_uses",
        statement=Statement(
            select(_code.code_key, _code.promotion_id, _code.uses, _code_used.c.uses.label("told"))
            .join_from(
                promotion_codes,
                _code_used,
                and_(_code_used.c.code_key == _code.code_key, _code_used.c.promotion_id == _code.promotion_id),
                isouter=True,
            )
            .where(_code.uses != func.coalesce(_code_used.c.uses, 0))
        ),
    ),
    Check(
        code="G9",
        name="customer_counter_is_the_number_of_their_uses",
        statement=Statement(
            select(
                func.coalesce(_customer.promotion_id, _customer_used.c.promotion_id).label("promotion_id"),
                _customer.uses,
                _customer_used.c.uses.label("told"),
            )
            .join_from(
                promotion_customers,
                _customer_used,
                and_(
                    _customer_used.c.promotion_id == _customer.promotion_id,
                    _customer_used.c.customer_key == _customer.customer_key,
                ),
                full=True,
            )
            .where(func.coalesce(_customer.uses, 0) != func.coalesce(_customer_used.c.uses, 0))
        ),
    ),
    Check(
        code="G9",
        name="code_belongs_to_a_promotion",
        statement=Statement(
            select(_code.code_key, _code.promotion_id, _code.batch_number)
            .join_from(promotion_codes, promotions, _row.id == _code.promotion_id, isouter=True)
            .join(promotion_code_batches, _batch.number == _code.batch_number, isouter=True)
            .where(
                or_(
                    _row.id.is_(None),
                    and_(_code.batch_number.is_not(None), _batch.promotion_id.is_distinct_from(_code.promotion_id)),
                )
            )
        ),
    ),
    Check(
        code="G9",
        name="batch_has_the_codes_that_it_counts",
        statement=Statement(
            select(_batch.id, _batch.made, _held.c.codes)
            .join_from(promotion_code_batches, _held, _held.c.batch_number == _batch.number, isouter=True)
            .where(_batch.made != func.coalesce(_held.c.codes, 0))
        ),
    ),
    Check(
        code="G13",
        name="promotion_in_force_is_its_last_version",
        statement=Statement(
            select(_row.id, _row.state, _row.published_version, _last.c.version)
            .join_from(promotions, _last, _last.c.promotion_id == _row.id, isouter=True)
            .where(
                or_(
                    _row.published_version.is_distinct_from(_last.c.version),
                    (_row.state == literal("published", Text))
                    != func.coalesce(func.jsonb_array_length(_last.c.in_force) > 0, literal(False, Boolean)),  # noqa: FBT003
                )
            )
        ),
    ),
    Check(
        code="G15",
        name="one_version_of_a_promotion_holds_at_a_time",
        statement=Statement(
            select(_version.promotion_id, _version.version)
            .select_from(promotion_versions, _first, _second)
            .where(
                _first.c.nth < _second.c.nth,
                func.coalesce(_bound(_first, "ends_at"), literal("infinity", Text).cast(_version.at.type))
                > func.coalesce(_bound(_second, "starts_at"), literal("-infinity", Text).cast(_version.at.type)),
                func.coalesce(_bound(_second, "ends_at"), literal("infinity", Text).cast(_version.at.type))
                > func.coalesce(_bound(_first, "starts_at"), literal("-infinity", Text).cast(_version.at.type)),
            )
        ),
    ),
]
