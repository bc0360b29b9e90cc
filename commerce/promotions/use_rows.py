"""The statements that take uses and give them back; each does all of one order's at once.

Counters come first, in the order of their keys, then codes and customers; each is judged on the row as it is after the wait.
"""

from sqlalchemy import (
    CTE,
    BigInteger,
    DateTime,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from commerce.platform.statement import Statement, given, unnested
from commerce.promotions.facts import UseState
from commerce.promotions.rules import USE
from commerce.promotions.tables import promotion_codes, promotion_counters, promotion_customers, promotion_uses

_use = promotion_uses.c
_counter = promotion_counters.c
_code = promotion_codes.c
_customer = promotion_customers.c
_at = DateTime(timezone=True)
_keys = bindparam("customer_keys", type_=ARRAY(LargeBinary), required=True)


def _locked_counters(moved: CTE) -> CTE:
    return (
        select(_counter.promotion_id, moved.c.amount)
        .join_from(moved, promotion_counters, _counter.promotion_id == moved.c.promotion_id)
        .order_by(_counter.promotion_id)
        .with_for_update(of=promotion_counters)
        .cte("locked")
    )


def _locked_codes(moved: CTE, counted: CTE) -> CTE:
    """Locks codes once their promotions are counted, so that all who take and give back wait in one order."""
    return (
        select(_code.code_key)
        .join_from(moved, counted, counted.c.promotion_id == moved.c.promotion_id)
        .join(promotion_codes, _code.code_key == moved.c.code_key)
        .where(_code.promotion_id == moved.c.promotion_id)
        .order_by(_code.code_key)
        .with_for_update(of=promotion_codes)
        .cte("locked_codes")
    )


_wanted = unnested(
    "wanted", promotion_id=Uuid, promotion_version=Integer, code_key=Text, amount=BigInteger, currency=Text
)
_new = (
    insert(promotion_uses)
    .from_select(
        [
            "order_id",
            "promotion_id",
            "promotion_version",
            "code_key",
            "amount",
            "currency",
            "customer_keys",
            "state",
            "reserved_at",
        ],
        select(
            given("order_id", Uuid),
            _wanted.c.promotion_id,
            _wanted.c.promotion_version,
            _wanted.c.code_key,
            _wanted.c.amount,
            _wanted.c.currency,
            _keys,
            literal(UseState.RESERVED.value, Text),
            given("at", _at),
        ).order_by(_wanted.c.promotion_id),
    )
    .on_conflict_do_nothing(index_elements=["order_id", "promotion_id"])
    .returning(_use.promotion_id, _use.code_key, _use.amount)
    .cte("new")
)
_locked = _locked_counters(_new)
# A promotion without a currency gives in any; sums over currencies mean nothing, so it counts uses only.
_spent = case((_counter.currency.is_not(None), _locked.c.amount), else_=0)
_counted = (
    update(promotion_counters)
    .where(
        _counter.promotion_id == _locked.c.promotion_id,
        or_(_counter.uses_most.is_(None), _counter.uses < _counter.uses_most),
        or_(_counter.amount_most.is_(None), _counter.amount + _spent <= _counter.amount_most),
    )
    .values(uses=_counter.uses + 1, amount=_counter.amount + _spent)
    .returning(
        _counter.promotion_id,
        _counter.uses,
        _counter.amount,
        _counter.per_customer_most,
        or_(
            and_(_counter.uses_most.is_not(None), _counter.uses >= _counter.uses_most),
            and_(_counter.amount_most.is_not(None), _counter.amount >= _counter.amount_most),
        ).label("full"),
    )
    .cte("counted")
)
_new_codes = _locked_codes(_new, _counted)
_coded = (
    update(promotion_codes)
    .where(
        _code.code_key == _new_codes.c.code_key,
        or_(_code.uses_most.is_(None), _code.uses < _code.uses_most),
    )
    .values(uses=_code.uses + 1)
    .returning(_code.code_key)
    .cte("coded")
)
_by_key = func.unnest(_keys).table_valued("customer_key", name="by_key").render_derived(name="by_key")
_known = insert(promotion_customers).from_select(
    ["promotion_id", "customer_key", "uses", "uses_most"],
    select(_counted.c.promotion_id, _by_key.c.customer_key, literal(1, Integer), _counted.c.per_customer_most)
    .join_from(_counted, _by_key, true())
    .order_by(_counted.c.promotion_id, _by_key.c.customer_key),
)
_customers = (
    _known.on_conflict_do_update(
        index_elements=["promotion_id", "customer_key"],
        set_={"uses": _customer.uses + 1, "uses_most": _known.excluded.uses_most},
        where=or_(_known.excluded.uses_most.is_(None), _customer.uses < _known.excluded.uses_most),
    )
    .returning(_customer.promotion_id)
    .cte("customers")
)
RESERVE = Statement(
    select(
        _new.c.promotion_id,
        _counted.c.promotion_id.is_not(None).label("counted"),
        or_(_new.c.code_key.is_(None), _coded.c.code_key.is_not(None)).label("coded"),
        select(func.count())
        .select_from(_customers)
        .where(_customers.c.promotion_id == _new.c.promotion_id)
        .scalar_subquery()
        .label("customers"),
        func.coalesce(_counted.c.full, False).label("full"),
        _counted.c.uses,
        _counted.c.amount,
    )
    .join_from(_new, _counted, _counted.c.promotion_id == _new.c.promotion_id, isouter=True)
    .join(_coded, _coded.c.code_key == _new.c.code_key, isouter=True)
    .order_by(_new.c.promotion_id)
)
OF_ORDER = Statement(
    select(_use.promotion_id, _use.state).where(_use.order_id == given("order_id", Uuid)).order_by(_use.promotion_id)
)

COMMIT = Statement(
    update(promotion_uses)
    .where(
        _use.order_id == given("order_id", Uuid),
        _use.state.in_([state.value for state in USE.sources(UseState.COMMITTED)]),
    )
    .values(state=UseState.COMMITTED.value, committed_at=given("at", _at))
)

_live = (
    select(_use.order_id, _use.promotion_id)
    .where(
        _use.order_id == given("order_id", Uuid),
        _use.state.in_([state.value for state in USE.sources(UseState.RELEASED)]),
    )
    .order_by(_use.promotion_id)
    .with_for_update()
    .cte("live")
)
_released = (
    update(promotion_uses)
    .where(
        _use.order_id == _live.c.order_id,
        _use.promotion_id == _live.c.promotion_id,
        _use.state != UseState.RELEASED.value,
    )
    .values(state=UseState.RELEASED.value, released_at=given("at", _at))
    .returning(_use.promotion_id, _use.code_key, _use.amount, _use.customer_keys)
    .cte("released")
)
_counters_back = _locked_counters(_released)
_refunded = case((_counter.currency.is_not(None), _counters_back.c.amount), else_=0)
_uncounted = (
    update(promotion_counters)
    .where(_counter.promotion_id == _counters_back.c.promotion_id)
    .values(uses=_counter.uses - 1, amount=_counter.amount - _refunded)
    .returning(
        _counter.promotion_id,
        or_(
            and_(_counter.uses_most.is_not(None), _counter.uses + 1 >= _counter.uses_most),
            and_(_counter.amount_most.is_not(None), _counter.amount + _refunded >= _counter.amount_most),
        ).label("was_full"),
    )
    .cte("uncounted")
)
_codes_back = _locked_codes(_released, _uncounted)
_uncoded = (
    update(promotion_codes)
    .where(_code.code_key == _codes_back.c.code_key)
    .values(uses=_code.uses - 1)
    .returning(_code.code_key)
    .cte("uncoded")
)
_keys_back = (
    select(_released.c.promotion_id, func.unnest(_released.c.customer_keys).label("customer_key"))
    .join_from(_released, _uncounted, _uncounted.c.promotion_id == _released.c.promotion_id)
    .cte("keys_back")
)
_customers_back = (
    update(promotion_customers)
    .where(
        _customer.promotion_id == _keys_back.c.promotion_id,
        _customer.customer_key == _keys_back.c.customer_key,
    )
    .values(uses=_customer.uses - 1)
    .returning(_customer.promotion_id)
    .cte("customers_back")
)
RELEASE = Statement(
    select(_released.c.promotion_id, func.coalesce(_uncounted.c.was_full, False).label("was_full"))
    .join_from(_released, _uncounted, _uncounted.c.promotion_id == _released.c.promotion_id, isouter=True)
    .order_by(_released.c.promotion_id)
    .add_cte(_uncoded, _customers_back)
)
