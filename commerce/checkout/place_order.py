"""A cart becomes an order: price it, keep its goods, open the order, ask for the money, record what came of it.

Nothing is held while another waits: the goods are kept in a transaction of their own, the order is opened in one, the provider is asked with
none open, its answer is recorded in one. Whatever breaks in between ends by itself: a hold expires, an intended payment is taken up again,
an order that nobody paid is cancelled when its hold ends. A second request for the same cart, whatever its key, gets the order that is there.
"""

from datetime import datetime
from uuid import UUID

from commerce import carts, inventory, orders, payments
from commerce.carts import Cart, CartNotReady, PricedCart
from commerce.checkout.draft import draft_of
from commerce.checkout.errors import CollectionOnly, PriceChanged
from commerce.checkout.facts import Outcome, PayBy, Wish
from commerce.checkout.sourcing import plan_for
from commerce.kernel import clock
from commerce.kernel.errors import Refusal, invalid
from commerce.kernel.ids import CartId, HoldId, OrderId, PaymentId
from commerce.kernel.money import Money
from commerce.orders import Order, OrderDraft
from commerce.payments import PartIn, Payment, PaymentProvider, PaymentState
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.quotes import surroundings


async def place_order(
    db: Database, command_id: UUID, provider: PaymentProvider, caller: Caller, cart_id: CartId, wish: Wish
) -> Outcome:
    """Make an order of a cart and pay for it; gives it with the attempt to pay, whatever came of that.

    An order that is paid on collection is placed at once; one paid by card is placed when the money is held, and a decline leaves it waiting
    for another attempt until its hold ends. Run again with the same command it goes on where it was.
    Refuses with CartNotReady naming all that is missing, PriceChanged when the total is not the accepted one, CollectionOnly,
    InsufficientStock, CannotPromise, and what payments refuse; then nothing is kept.
    """
    cart = await carts.mine(db.reading, caller, cart_id)
    if cart.order_id is not None:
        return await existing(db, command_id, provider, cart)
    at = clock.now()
    around = await surroundings(db.reading)
    shown = await carts.priced(db.reading, around, cart, at=at)
    judge(shown, wish)
    plan = await plan_for(db.reading, cart, at=at)
    draft = draft_of(shown, plan, around, wish, HoldId(command_id))
    await inventory.hold(db, plan.demands, until=plan.until, hold_id=HoldId(command_id))
    opened = await open_or_let_go(db, command_id, caller, cart, draft, wish, at)
    if opened is None:
        return await existing(db, command_id, provider, await carts.mine(db.reading, caller, cart_id))
    if wish.pay_by.kind == "on_collection":
        return opened
    payment = await payments.authorize(db, provider, PaymentId(command_id))
    return Outcome(order=await orders.order(db.reading, opened.order.id), payment=payment)


def judge(shown: PricedCart, wish: Wish) -> None:
    """Refuses a cart that lacks something, costs something else than was agreed to, or cannot be paid in this way."""
    if shown.flaws:
        raise CartNotReady(" ".join(flaw.detail for flaw in shown.flaws[:5]), problems=carts.problems_out(shown.flaws))
    if wish.pay_by.kind == "card" and wish.pay_by.payment_method is None:
        raise invalid("/payment/payment_method", "is needed to pay by card")
    if wish.pay_by.kind == "on_collection" and any(line.kind != "pickup" for line in shown.cart.lines):
        raise CollectionOnly("Pay by card, or collect everything.")
    total = Money(shown.quoted.priced.total, shown.quoted.priced.currency)
    if total != wish.accepted_total:
        raise PriceChanged(
            f"The cart costs {total} now; {wish.accepted_total} was accepted. Show the new total and ask again.",
            accepted_total=wish.accepted_total,
            total=total,
        )


async def open_or_let_go(
    db: Database, command_id: UUID, caller: Caller, cart: Cart, draft: OrderDraft, wish: Wish, at: datetime
) -> Outcome | None:
    """Opens the order; when that is refused, or somebody else was quicker with the cart, the goods are let go."""
    try:
        opened = await db.transact(_open, command_id, caller, cart, draft, wish, at)
    except Refusal:
        await db.transact(let_go, HoldId(command_id), caller.principal)
        raise
    if opened is None:
        await db.transact(let_go, HoldId(command_id), caller.principal)
    return opened


async def _open(
    tx: Tx, command_id: UUID, caller: Caller, cart: Cart, draft: OrderDraft, wish: Wish, at: datetime
) -> Outcome | None:
    if not await carts.ordered(tx, cart, draft.id, at=at):
        return None
    now = wish.pay_by.kind == "on_collection"
    order = await orders.open_order(tx, draft, at=at, by=caller.principal, placed=now)
    tx.changed("order", order.id, after={"number": order.number, "state": order.state, "total": order.total})
    payment = await intend(tx, order, wish.pay_by, PaymentId(command_id))
    if now:
        await inventory.bind(tx, HoldId(command_id), order.id)
    return Outcome(order=order, payment=payment)


async def intend(tx: Tx, order: Order, pay_by: PayBy, payment_id: PaymentId) -> Payment:
    """Writes down that an order is about to be paid, a part for each of its groups."""
    return await payments.intend(
        tx,
        order_id=order.id,
        currency=order.currency,
        parts=[PartIn(group_id=group.id, amount=group.total, location_id=group.location_id) for group in order.groups],
        kind=pay_by.kind,
        payment_method=pay_by.payment_method,
        return_url=pay_by.return_url,
        payment_id=payment_id,
        shopper_id=order.shopper_id,
    )


async def let_go(tx: Tx, hold_id: HoldId, by: str) -> None:
    """Gives back what was kept for a basket, unless an order came of it: the same command may run twice at once."""
    if not await orders.has_order(tx, hold_id):
        await inventory.release(tx, hold_id, None, inventory.Cause("checkout", hold_id, by, "not_ordered"))


async def existing(db: Database, command_id: UUID, provider: PaymentProvider, cart: Cart) -> Outcome:
    """Gives the order that a cart has become; an attempt of this very command that was cut short is taken up again."""
    if cart.order_id is None:
        raise carts.CartChanged("Read it again: it is not what it was when the checkout began.")
    return await resumed(db, command_id, provider, cart.order_id)


async def resumed(db: Database, command_id: UUID, provider: PaymentProvider, order_id: OrderId) -> Outcome:
    """Gives an order with its last attempt to pay; the one of this command goes on if nobody knows yet what became of it."""
    attempts = await payments.payments_of(db.reading, order_id)
    mine = next((each for each in attempts if each.id == command_id), None)
    if mine is not None and mine.state in {PaymentState.INTENDED, PaymentState.UNKNOWN}:
        payment: Payment | None = await payments.authorize(db, provider, mine.id)
    else:
        payment = attempts[-1] if attempts else None
    return Outcome(order=await orders.order(db.reading, order_id), payment=payment)
