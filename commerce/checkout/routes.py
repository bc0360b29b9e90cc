"""Checkout over HTTP."""

from uuid import UUID

from litestar import Response
from litestar.params import FromPath, JSONBody

from commerce.carts import CartChanged, CartNotReady
from commerce.checkout.errors import CollectionOnly, PaymentTimeOver, PriceChanged, WaitNeeded
from commerce.checkout.facts import Outcome, PayBy, Seen, SeenLine, Wish
from commerce.checkout.pay_again import pay_again
from commerce.checkout.place_order import place_order
from commerce.checkout.schemas import (
    AcceptedIn,
    CheckoutIn,
    CheckoutOut,
    CheckoutPaymentOut,
    GiftMissingOut,
    PayAgainIn,
    PayByIn,
)
from commerce.inventory import InsufficientStock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import CartId, OrderId, VariantId, new_id
from commerce.payments import AlreadyPaid, NoPaymentMethod, NotChargeable, PaymentProvider
from commerce.platform.database import Database
from commerce.platform.http import Call, Caller, Ending, Kept, perform_ending, perform_flow, post
from commerce.promise import CannotPromise, DayFull, SlotFull, SlotNotOffered
from commerce.tax import DistanceThresholdCrossed, TaxEngine, tax_engine

PAYING = [InvalidInput, NotFound, NoPaymentMethod, NotChargeable]


@post(
    "/v1/carts/{cart_id:uuid}/checkout",
    operation="checkOutCart",
    scope="carts",
    tag="checkout",
    key="required",
    refusals=[
        *PAYING,
        CartNotReady,
        CartChanged,
        PriceChanged,
        CollectionOnly,
        InsufficientStock,
        WaitNeeded,
        CannotPromise,
        SlotNotOffered,
        SlotFull,
        DayFull,
        DistanceThresholdCrossed,
    ],
)
async def check_out(request: Call, cart_id: FromPath[UUID], data: JSONBody[CheckoutIn]) -> Response[CheckoutOut]:
    """Make an order of a cart and pay for it. `accepted_total` is the total that the buyer saw: any other is refused with the new one.

    With `accepted` the refusal's `changes` say what moved, from what to what, and why; the buyer confirms by sending the new figures.

    What is not there and comes is waited for, as long as `wait_until` allows: WaitNeeded says until when that has to be.

    A declined payment answers 201 too: the order waits for another attempt. A cart that has become an order gives that order.
    """
    wish = Wish(
        accepted_total=data.accepted_total,
        pay_by=_pay_by(data.payment),
        seen=None if data.accepted is None else _seen(data.accepted),
        wait_until=data.wait_until,
        substitutes="ask" if data.substitutes is None else data.substitutes.wish,
        substitutes_of={} if data.substitutes is None else {str(e.line_id): e.wish for e in data.substitutes.lines},
    )
    provider: PaymentProvider = request.services.payment_provider
    engine, cart = tax_engine(request.services.settings), CartId(cart_id)
    if wish.pay_by.kind == "on_collection":
        return await perform_ending(request, _check_out_at_once, provider, engine, request.caller, cart, wish)
    return await perform_flow(request, _check_out, provider, engine, request.caller, cart, wish)


@post(
    "/v1/orders/{order_id:uuid}/payments",
    operation="payOrder",
    scope="payments:write",
    tag="checkout",
    key="required",
    refusals=[*PAYING, AlreadyPaid, PaymentTimeOver],
)
async def pay_order(request: Call, order_id: FromPath[UUID], data: JSONBody[PayAgainIn]) -> Response[CheckoutOut]:
    """Try again to pay an order that waits for its payment, by card."""
    provider: PaymentProvider = request.services.payment_provider
    return await perform_flow(request, _pay_again, provider, request.caller, OrderId(order_id), _pay_by(data.payment))


async def _check_out(
    db: Database,
    command_id: UUID,
    provider: PaymentProvider,
    engine: TaxEngine | None,
    caller: Caller,
    cart_id: CartId,
    wish: Wish,
) -> CheckoutOut:
    return checkout_out(await place_order(db, command_id, provider, caller, cart_id, wish, engine=engine))


async def _check_out_at_once(
    db: Database,
    ending: Ending,
    provider: PaymentProvider,
    engine: TaxEngine | None,
    caller: Caller,
    cart_id: CartId,
    wish: Wish,
) -> CheckoutOut:
    """Nobody is asked for money: the transaction that opens the order is the last one, and keeps the key."""
    last: list[tuple[Outcome, CheckoutOut]] = []

    def told(outcome: Outcome) -> Kept | None:
        last[:] = [(outcome, checkout_out(outcome))]
        return ending.kept(last[0][1])

    outcome = await place_order(db, new_id(), provider, caller, cart_id, wish, engine=engine, told=told)
    if last and last[0][0] is outcome:  # any other is an order that was there, and has no part in what was rolled back
        ending.stored = True
        return last[0][1]
    return checkout_out(outcome)


async def _pay_again(
    db: Database, command_id: UUID, provider: PaymentProvider, caller: Caller, order_id: OrderId, pay_by: PayBy
) -> CheckoutOut:
    return checkout_out(await pay_again(db, command_id, provider, caller, order_id, pay_by))


def checkout_out(outcome: Outcome) -> CheckoutOut:
    """Gives the answer of a checkout."""
    order, payment = outcome.order, outcome.payment
    return CheckoutOut(
        order_id=order.id,
        number=order.number,
        state=order.state.value,
        total=order.money(order.total),
        pay_until=order.hold_until if order.placed_at is None and order.closed_at is None else None,
        payment=None
        if payment is None
        else CheckoutPaymentOut(
            id=payment.id,
            kind=payment.kind,
            state=payment.state.value,
            next_action_url=payment.next_action_url,
            decline_code=payment.decline_code,
        ),
        gifts_missing=[
            GiftMissingOut(promotion_id=promotion_id, variant_id=VariantId(variant_id))
            for promotion_id, variant_id in outcome.gifts_missing
        ],
        taxed_by=outcome.taxed_by,
    )


def _seen(given: AcceptedIn) -> Seen:
    return Seen(
        lines=[
            SeenLine(
                line_id=line.line_id,
                unit=line.unit.amount,
                total=line.total.amount,
                price_list_id=line.price_list_id,
                price_list_version=line.price_list_version,
                tax=None if line.tax is None else line.tax.amount,
            )
            for line in given.lines
        ],
        deliveries={
            f"{each.fulfilment.kind}:{each.fulfilment.location_id or each.fulfilment.method_id}": each.total.amount
            for each in given.deliveries
        },
        promotions={each.promotion_id: each.saved.amount for each in given.promotions},
        tax_total=None if given.tax_total is None else given.tax_total.amount,
        taxed_by=given.taxed_by,
    )


def _pay_by(given: PayByIn) -> PayBy:
    return PayBy(kind=given.kind, payment_method=given.payment_method, return_url=given.return_url)


ROUTES: list[object] = [check_out, pay_order]
