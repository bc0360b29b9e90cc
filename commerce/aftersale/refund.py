"""Give the money back for what was accepted, and hear what became of it."""

from uuid import UUID

import msgspec

from commerce import orders, payments
from commerce.aftersale import rules
from commerce.aftersale.events import ReturnRefunded, ReturnRefundFailed, ReturnRefunding, fact
from commerce.aftersale.facts import Return, ReturnState as S
from commerce.aftersale.keep import keep
from commerce.aftersale.queries import lock, refund_asked, seen
from commerce.kernel import clock
from commerce.kernel.ids import OrderId, ReturnId
from commerce.payments import Cause, Refund, RefundFailed, RefundState, RefundSucceeded
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller

CAUSE = "return"
UNDER_WAY = frozenset({RefundState.INTENDED, RefundState.PENDING})


async def refund(tx: Tx, caller: Caller, return_id: UUID) -> Return:
    """Ask for the money of an inspected return to go back by the tender that paid: exactly the accepted units' share and the deliveries.

    After a failure it asks again for what did not go back. What was paid at the counter is given back there, and is refunded at once; else
    the return is refunding until payments report. Refuses with MoreThanCaptured while the money has not come in yet, with NotFound,
    IllegalMove. Emits ReturnRefunding, ReturnRefunded.
    """
    order_id = (await seen(tx, caller, return_id)).order_id
    order = await orders.lock(tx, order_id)
    accepted = await lock(tx, return_id)
    rules.RETURN.check(accepted.state, S.REFUNDING)
    whole = accepted.refund_amount
    if whole is None:
        whole = rules.refund_due(accepted, order.charge_step, await refund_asked(tx, order_id))
    under_way = sum(
        each.amount for each in await _refunds(tx, order_id, accepted.id) if each.state is not RefundState.FAILED
    )
    asking = msgspec.structs.replace(accepted, state=S.REFUNDING, refund_amount=whole)
    asked = await keep(tx, accepted, asking, by=caller.principal, at=clock.now())
    tx.emit(fact(ReturnRefunding, asked))
    cause = Cause(CAUSE, asked.id, caller.principal, asked.reason.value if asked.reason else asked.kind)
    await payments.intend_refund(
        tx, order_id, asked.money(whole - under_way), cause, f"return:{asked.id}:{asked.version}"
    )
    return await _concluded(tx, asked, by=caller.principal)


async def hear(tx: Tx, news: RefundSucceeded | RefundFailed) -> None:
    """Moves the return that a refund is for to where its refunds are. The order in which news come does not matter, nor their number."""
    if news.cause.kind != CAUSE or news.cause.document_id is None:
        return
    await _concluded(tx, await lock(tx, news.cause.document_id), by="payments")


async def _concluded(tx: Tx, asked: Return, *, by: str) -> Return:
    """Moves a locked return to where its refunds are, as payments have them now."""
    refunds = await _refunds(tx, asked.order_id, asked.id)
    refunded = sum(each.amount for each in refunds if each.state is RefundState.SUCCEEDED)
    if any(each.state in UNDER_WAY for each in refunds):
        state = S.REFUNDING
    else:
        state = S.REFUNDED if refunded == asked.refund_amount else S.REFUND_FAILED
    if (state, refunded) == (asked.state, asked.refunded):
        return asked
    now_is = msgspec.structs.replace(asked, state=state, refunded=refunded)
    after = await keep(tx, asked, now_is, by=by, at=clock.now())
    if after.state is not asked.state:
        tx.emit(fact(ReturnRefunded, after) if state is S.REFUNDED else fact(ReturnRefundFailed, after))
    return after


async def _refunds(reads: Reads, order_id: OrderId, return_id: ReturnId) -> list[Refund]:
    """Gives the refunds that a return asked for."""
    return [
        each
        for payment in await payments.payments_of(reads, order_id)
        for each in payment.refunds
        if each.cause.kind == CAUSE and each.cause.document_id == return_id
    ]
