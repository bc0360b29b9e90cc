"""A cart becomes an order: price it, keep its goods, open the order, ask for the money, record what came of it.

Nothing is held while another waits: the goods are kept in a transaction of their own, the order is opened in one, the provider is asked with
none open, its answer is recorded in one. An order that is paid on collection asks nobody: it keeps its goods in the one that opens it. Whatever breaks in between ends by itself: a hold expires, an intended payment is taken up again,
an order that nobody paid is cancelled when its hold ends. A second request for the same cart, whatever its key, gets the order that is there.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from commerce import carts, inventory, orders, payments, traceability
from commerce.carts import GIFT, Cart, CartNotReady, Foreseen, PricedCart
from commerce.checkout.ahead import NoMoreAhead, check_wait, may_wait
from commerce.checkout.alternatives import with_alternatives
from commerce.checkout.draft import draft_of
from commerce.checkout.errors import CollectionOnly
from commerce.checkout.facts import Outcome, Plan, Wish
from commerce.checkout.kits import Sold, sold_of
from commerce.checkout.open_orders import Opening, Told, open_order
from commerce.checkout.price_moved import price_changed
from commerce.checkout.sourcing import goods_of, others_may_send, plan_for
from commerce.checkout.supplies import supplies_of
from commerce.inventory import InsufficientStock
from commerce.kernel import clock
from commerce.kernel.errors import Bug, Refusal, invalid
from commerce.kernel.ids import CartId, ChannelId, HoldId, OrderId, PaymentId, VariantId, new_id
from commerce.kernel.money import Money
from commerce.orders import OrderDraft
from commerce.payments import Payment, PaymentProvider, PaymentState
from commerce.platform.database import Database, Reading, Tx
from commerce.platform.http import Caller
from commerce.promise import DayFull
from commerce.promotions import PromotionUsedUp
from commerce.quotes import AskedOnce, Surroundings, surroundings
from commerce.tax import TaxEngine

MOST_ROUNDS = 8


async def place_order(
    db: Database,
    command_id: UUID,
    provider: PaymentProvider,
    caller: Caller,
    cart_id: CartId,
    wish: Wish,
    *,
    engine: TaxEngine | None = None,
    told: Told | None = None,
) -> Outcome:
    """Make an order of a cart and pay for it; gives it with the attempt to pay, whatever came of that.

    An order that is paid on collection is placed at once; one paid by card is placed when the money is held, and a decline leaves it waiting
    for another attempt until its hold ends. A gift that cannot be had is left out, and the answer names it. Run again with the same command
    it goes on where it was. `engine` computes the taxes, where that is not us; when it does not answer our own rates are taken, and the
    answer says so. `told` is asked for the request's key in the transaction that opens the order, where that is the last one.
    Refuses with CartNotReady naming all that is missing, PriceChanged when the total is not the accepted one, also because somebody else had
    the last use of a promotion, CollectionOnly, InsufficientStock with what could be had instead, WaitNeeded where something comes later, CannotPromise, SlotNotOffered, SlotFull,
    DayFull, and what payments refuse; then nothing is kept.
    """
    at = clock.now()
    around = await surroundings(db.reading)
    cart, foreseen = await carts.read_ahead(db.reading, around, caller, cart_id, (), at=at)
    if cart.order_id is not None:
        return await existing(db, command_id, provider, cart)
    trying = Trying(command_id=command_id, caller=caller, cart=cart, wish=wish, told=told, at=at)
    opened = await _opened(db, trying, around, foreseen, engine)
    if opened is None:
        return await existing(db, command_id, provider, await carts.mine(db.reading, caller, cart_id))
    if wish.pay_by.kind == "on_collection":
        return opened
    payment = await payments.authorize(db, provider, PaymentId(command_id))
    order = await orders.order(db.reading, opened.order.id)
    return msgspec.structs.replace(opened, order=order, payment=payment)


class Trying(msgspec.Struct, frozen=True, kw_only=True):
    """A cart that is to become an order: by which command of whom, as it was read, what is wished, at which instant."""

    command_id: UUID
    caller: Caller
    cart: Cart
    wish: Wish
    told: Told | None
    at: datetime


async def _opened(
    db: Database, trying: Trying, around: Surroundings, foreseen: Foreseen, engine: TaxEngine | None
) -> Outcome | None:
    """Prices, keeps the goods, opens the order; once more without what turns out not to be there: a gift, the last use of a promotion."""
    cart, wish, at = trying.cart, trying.wish, trying.at
    priced_as = paid_as(cart, wish)
    asked = None if engine is None else AskedOnce(engine)
    hold_id, used_up, missing = HoldId(trying.command_id), frozenset[UUID](), dict[UUID, UUID]()
    look_ahead = False
    for left in reversed(range(MOST_ROUNDS)):
        without = (*used_up, *missing)
        shown = await carts.priced(
            db.reading, around, priced_as, at=at, without=without, engine=asked, foreseen=foreseen
        )
        judge(shown, wish, used_up)
        try:
            sold = await sold_of(db.reading, around, shown, at=at)
            plan = await plan_of(db.reading, shown, sold, at=at, look_ahead=look_ahead)
            check_wait(plan, goods_of(sold), wish)
            draft = draft_of(shown, sold, plan, around, wish, hold_id)
            await traceability.take_aside(db, [(each.variant_id, each.location_id) for each in plan.demands])
            if wish.pay_by.kind != "on_collection" and plan.demands:
                channel_id = ChannelId(cart.channel_id)
                await inventory.hold(db, plan.demands, until=plan.until, hold_id=hold_id, channel_id=channel_id)
            return await open_or_let_go(db, _opening(trying, shown, plan, draft, around, missing))
        except InsufficientStock as short:
            gone = gifts_short(shown, {each.variant_id for each in short.short})
            if not gone:
                another = others_may_send(short, cart)
                again = left and not isinstance(short, NoMoreAhead) and (another or await may_wait(db, short, at))
                if not again:
                    raise await with_alternatives(db.reading, short, cart, at=at) from short
                look_ahead, hold_id = look_ahead or not another, HoldId(new_id())
            missing |= gone
        except DayFull:
            if left == 0:
                raise
            hold_id = HoldId(new_id())  # somebody else took the day's last place: the promise moves to the next day
        except PromotionUsedUp as gone_now:
            used_up |= gone_of(gone_now)
            hold_id = HoldId(new_id())
    raise Bug(f"the cart {cart.id} lost a promotion or a gift in each of {MOST_ROUNDS} attempts to order it")


def _opening(
    trying: Trying,
    shown: PricedCart,
    plan: Plan,
    draft: OrderDraft,
    around: Surroundings,
    missing: Mapping[UUID, UUID],
) -> Opening:
    return Opening(
        command_id=trying.command_id,
        caller=trying.caller,
        cart=trying.cart,
        plan=plan,
        draft=draft,
        pay_by=trying.wish.pay_by,
        supplies=supplies_of(draft, around.locations, shown.buyer.business),
        places=around.locations,
        account_id=shown.buyer.customer_id,
        at=trying.at,
        gifts_missing=dict(missing),
        taxed_by=shown.quoted.taxed_by,
        told=trying.told,
    )


async def plan_of(reading: Reading, shown: PricedCart, sold: Sold, *, at: datetime, look_ahead: bool = False) -> Plan:
    """Gives where the units of a cart come from, with the pickup slots that were chosen."""
    cart, priced = shown.cart, shown.quoted.priced
    channel_id = ChannelId(cart.channel_id)
    return await plan_for(
        reading,
        goods_of(sold),
        at=at,
        slots=cart.slots,
        channel_id=channel_id,
        value=priced.total - priced.delivery_total,
        store_id=cart.store_id,
        look_ahead=look_ahead,
    )


def paid_as(cart: Cart, wish: Wish) -> Cart:
    """Gives the cart as it is priced when it is paid in this way: a promotion for one tender is none for another."""
    return cart if cart.tender in {None, wish.pay_by.kind} else msgspec.structs.replace(cart, tender=None)


def judge(shown: PricedCart, wish: Wish, used_up: Collection[UUID] = ()) -> None:
    """Refuses a cart that lacks something, costs something else than was agreed to, or cannot be paid in this way."""
    if shown.flaws:
        raise CartNotReady(" ".join(flaw.detail for flaw in shown.flaws[:5]), problems=carts.problems_out(shown.flaws))
    if wish.pay_by.kind == "card" and wish.pay_by.payment_method is None:
        raise invalid("/payment/payment_method", "is needed to pay by card")
    if wish.pay_by.kind == "on_collection" and any(line.kind != "pickup" for line in shown.cart.lines):
        raise CollectionOnly("Pay by card, or collect everything.")
    tender = shown.quoted.assembled.basket.circumstances.tender
    if tender is not None and tender != wish.pay_by.kind:
        raise invalid("/payment/kind", f"The price that was frozen is for paying by {tender}.")
    if Money(shown.quoted.priced.total, shown.quoted.priced.currency) != wish.accepted_total:
        raise price_changed(shown, wish, used_up)


def gone_of(refused: PromotionUsedUp) -> frozenset[UUID]:
    """Gives the promotions of which somebody else had the last use."""
    return frozenset(UUID(each) for each in msgspec.convert(refused.facts["promotions"], list[str]))


def gifts_short(shown: PricedCart, short: Collection[UUID]) -> dict[UUID, UUID]:
    """Gives the articles that are given for nothing and cannot be had, themselves or a component, by the promotion that gives them."""
    gifts = [line for line in shown.quoted.priced.lines if line.kind == "gift"]
    made = {line.variant_id: shown.quoted.articles[VariantId(line.variant_id)].parts or () for line in gifts}
    return {
        UUID(line.key.removeprefix(GIFT)): line.variant_id
        for line in gifts
        if line.variant_id in short or any(part.variant_id in short for part in made[line.variant_id])
    }


async def open_or_let_go(db: Database, opening: Opening) -> Outcome | None:
    """Opens the order; when that is refused, or somebody else was quicker with the cart, goods that are held already are let go."""
    held, by = not opening.now, opening.caller.principal
    hold_id = HoldId(opening.draft.hold_id)
    try:
        opened = await open_order(db, opening)
    except Refusal:
        if held:
            await db.transact(let_go, hold_id, by)
        raise
    if opened is None and held:
        await db.transact(let_go, hold_id, by)
    return opened


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
