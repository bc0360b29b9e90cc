"""Payments over HTTP: how they stand, the return page, the provider's webhook, refunds, the money of an order."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.kernel.errors import NotFound
from commerce.kernel.ids import OrderId
from commerce.kernel.wire import Page
from commerce.payments import queries
from commerce.payments.approve_refund import approve_refund
from commerce.payments.errors import BadSignature, MoreThanCaptured, NotChargeable, OtherCurrency
from commerce.payments.hear_news import take_in
from commerce.payments.queries import sight_of
from commerce.payments.refresh import refresh
from commerce.payments.schemas import (
    MoneyOut,
    PaymentOut,
    RefundIn,
    RefundOut,
    RefundsOut,
    WebhookOut,
    money_out,
    payment_out,
    refund_out,
)
from commerce.platform.connections import Unavailable
from commerce.platform.http import (
    PUBLIC,
    Call,
    Cursor,
    Limit,
    after_cursor,
    answer,
    encode_cursor,
    get,
    paged,
    perform,
    perform_flow,
    post,
)

TAG = "payments"
NEWEST = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=2**128 - 1))


@get("/v1/payments/{payment_id:uuid}", operation="getPayment", scope="payments:read", tag=TAG)
async def get_payment(request: Call, payment_id: FromPath[UUID]) -> Response[PaymentOut]:
    """Get a payment: how it stands, and what the shopper has to do next, if anything.

    An `intended` or `unknown` payment is still being asked for; poll, or refresh it.
    """
    return answer(request, payment_out(await queries.seen(request.db.reading, sight_of(request.caller), payment_id)))


@get(
    "/v1/orders/{order_id:uuid}/payments",
    operation="listOrderPayments",
    scope="payments:read",
    tag=TAG,
    refusals=[NotFound],
)
async def list_order_payments(
    request: Call, order_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[PaymentOut]]:
    """List the payments of an order, the first attempt first. Each order has one from its first moment."""
    after = after_cursor(cursor, UUID)
    found = await queries.seen_of_order(
        request.db.reading,
        sight_of(request.caller),
        order_id,
        after=after[0] if after else None,
        most=limit + 1,
    )
    if not found and after is None:
        raise NotFound(f"There is no order {order_id}.")
    return answer(request, paged([payment_out(each) for each in found], limit, key=lambda each: [each.id]))


@post(
    "/v1/payments/{payment_id:uuid}/refresh",
    operation="refreshPayment",
    scope="payments:write",
    tag=TAG,
    status=200,
)
async def refresh_payment(request: Call, payment_id: FromPath[UUID]) -> Response[PaymentOut]:
    """Look a payment up at the provider now and go on with it.

    For the page that the shopper comes back to after a challenge: it need not wait for the provider's webhook, and is safe beside it.
    """
    provider = request.services.payment_provider
    return await perform_flow(request, refresh, provider, sight_of(request.caller), payment_id)


@post(
    "/v1/payments/webhooks/stripe",
    operation="receiveStripeWebhook",
    scope=PUBLIC,
    tag=TAG,
    status=200,
    key="none",
    refusals=[BadSignature, Unavailable],
    unlimited=True,
)
async def receive_stripe_webhook(request: Call) -> Response[WebhookOut]:
    """Take in an event of Stripe's, signed in the Stripe-Signature header.

    An event that came before, or that is about nothing of ours, is answered in the same way and changes nothing. A fault of ours is answered
    with 5xx, so that the event is sent again.
    """
    news = request.services.payment_provider.read_news(await request.body(), request.headers)
    return await perform(request, take_in, news)


@post(
    "/v1/refunds",
    operation="createRefund",
    scope="refunds:approve",
    tag="refunds",
    key="required",
    refusals=[MoreThanCaptured, OtherCurrency, NotChargeable],
)
async def create_refund(request: Call, data: JSONBody[RefundIn]) -> Response[RefundsOut]:
    """Give back an amount of an order out of goodwill.

    It goes back by the tender that paid, spread over what was captured. Never more than was captured and is neither given back nor about to
    be. Goods that come back are refunded through returns.
    """
    return await perform(request, approve_refund, request.caller, data)


@get("/v1/refunds/{refund_id:uuid}", operation="getRefund", scope="payments:read", tag="refunds")
async def get_refund(request: Call, refund_id: FromPath[UUID]) -> Response[RefundOut]:
    """Get a refund."""
    return answer(request, refund_out(await queries.refund(request.db.reading, sight_of(request.caller), refund_id)))


@get("/v1/refunds", operation="listRefunds", scope="payments:read", tag="refunds")
async def list_refunds(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    order_id: FromQuery[Annotated[UUID | None, Meta(description="Only those of this order")]] = None,
) -> Response[Page[RefundOut]]:
    """List refunds, the newest first."""
    before = after_cursor(cursor, datetime, UUID)
    rows = await queries.refund_list(
        request.db.reading,
        sight_of(request.caller),
        order_id=order_id,
        before=(before[0], before[1]) if before else NEWEST,
        most=limit + 1,
    )
    return answer(request, paged([refund_out(row) for row in rows], limit, key=lambda row: [row.created_at, row.id]))


@get("/v1/orders/{order_id:uuid}/money", operation="getOrderMoney", scope="payments:read", tag=TAG)
async def get_order_money(
    request: Call, order_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[MoneyOut]:
    """Get an order's money: what was authorised, taken, let go and given back, and the ledger that it is the sum of, the oldest entry first."""
    after = after_cursor(cursor, int)
    reading, sight = request.db.reading, sight_of(request.caller)
    balance = await queries.balance(reading, OrderId(order_id), sight)
    rows = await queries.entries(reading, sight, order_id, after=after[0] if after else 0, most=limit + 1)
    more = encode_cursor([rows[limit - 1].seq]) if len(rows) > limit else None
    return answer(request, money_out(balance, rows[:limit], more))


ROUTES: list[HTTPRouteHandler] = [
    get_payment,
    list_order_payments,
    refresh_payment,
    receive_stripe_webhook,
    create_refund,
    get_refund,
    list_refunds,
    get_order_money,
]
