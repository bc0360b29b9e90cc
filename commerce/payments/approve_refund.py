"""Give money back out of goodwill."""

from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.payments import queries
from commerce.payments.facts import Cause
from commerce.payments.intend_refund import intend_refund
from commerce.payments.queries import sight_of
from commerce.payments.schemas import RefundIn, RefundsOut, refund_out
from commerce.platform.database import Tx
from commerce.platform.http import Caller


async def approve_refund(tx: Tx, caller: Caller, data: RefundIn) -> RefundsOut:
    """Refund an amount of an order that the caller may see; an order of elsewhere refuses with NotFound.

    Refuses as `intend_refund` does, and an amount of nothing.
    """
    if data.amount.amount <= 0:
        raise invalid("/amount/amount", "Give back something: at least one minor unit.")
    await queries.balance(tx, data.order_id, sight_of(caller))
    cause = Cause(kind="goodwill", actor=caller.principal, reason=data.reason)
    ids = await intend_refund(tx, data.order_id, data.amount, cause, f"goodwill:{new_id()}")
    rows = sorted(await queries.refunds_by_id(tx, ids), key=lambda row: ids.index(row.id))
    tx.changed("order", data.order_id, after={"refunded": data.amount, "refunds": ids, "reason": data.reason})
    return RefundsOut(
        amount=Money(sum(row.amount for row in rows), data.amount.currency), items=[refund_out(row) for row in rows]
    )
