"""Which promotions of a priced basket could not be reserved as things stand."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, Text, Uuid, and_, bindparam, case, false, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.platform.database import Reads
from commerce.platform.statement import Statement, unnested
from commerce.price_engine import code_key
from commerce.promotions.customer import customer_keys
from commerce.promotions.facts import SOMEBODY, Customer, Use
from commerce.promotions.tables import promotion_codes, promotion_counters, promotion_customers

_counter = promotion_counters.c
_code = promotion_codes.c
_wanted = unnested("wanted", promotion_id=Uuid, code_key=Text, amount=BigInteger)
_spent = case((_counter.currency.is_not(None), _wanted.c.amount), else_=0)
JUDGE = Statement(
    select(
        _wanted.c.promotion_id,
        _counter.per_customer_most,
        or_(
            _counter.promotion_id.is_(None),
            func.coalesce(_counter.uses >= _counter.uses_most, false()),
            func.coalesce(_counter.amount + _spent > _counter.amount_most, false()),
            and_(_wanted.c.code_key.is_not(None), _code.code_key.is_(None)),
            func.coalesce(_code.uses >= _code.uses_most, false()),
        ).label("gone"),
    )
    .join_from(_wanted, promotion_counters, _counter.promotion_id == _wanted.c.promotion_id, isouter=True)
    .join(
        promotion_codes,
        and_(_code.code_key == _wanted.c.code_key, _code.promotion_id == _wanted.c.promotion_id),
        isouter=True,
    )
)
_customer = promotion_customers.c
_bounded = unnested("bounded", promotion_id=Uuid)
SPENT = Statement(
    select(_bounded.c.promotion_id)
    .join_from(_bounded, promotion_counters, _counter.promotion_id == _bounded.c.promotion_id)
    .join(promotion_customers, _customer.promotion_id == _bounded.c.promotion_id)
    .where(
        _customer.customer_key == func.any(bindparam("customer_keys", type_=ARRAY(LargeBinary), required=True)),
        _customer.uses >= _counter.per_customer_most,
    )
    .distinct()
)


async def unavailable(reads: Reads, uses: Sequence[Use], *, customer: Customer = SOMEBODY) -> frozenset[UUID]:
    """Gives the promotions that could not be reserved for this customer now; `reserve_uses` judges once more.

    To be asked for what applied and is limited: one statement, and two more where a promotion is limited per customer.
    Each is judged by itself. The basket is then priced again without these.
    """
    if not uses:
        return frozenset()
    rows = await reads.fetch(
        JUDGE,
        promotion_id=[use.promotion_id for use in uses],
        code_key=[None if use.code is None else code_key(use.code) for use in uses],
        amount=[use.saved.amount for use in uses],
    )
    gone = {row["promotion_id"] for row in rows if row["gone"]}
    bounded = [row["promotion_id"] for row in rows if row["per_customer_most"] is not None and not row["gone"]]
    if bounded and (keys := await customer_keys(reads, customer)):
        gone |= {row["promotion_id"] for row in await reads.fetch(SPENT, promotion_id=bounded, customer_keys=keys)}
    return frozenset(gone)
