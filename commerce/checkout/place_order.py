"""A cart becomes an order: price it, keep its goods, open the order, ask for the money, record what came of it.

Nothing is held while another waits: the goods are kept in a transaction of their own, the order is opened in one, the provider is asked with
none open, its answer is recorded in one. An order that is paid on collection asks nobody: it keeps its goods in the one that opens it. Whatever breaks in between ends by itself: a hold expires, an intended payment is taken up again,
an order that nobody paid is cancelled when its hold ends. A second request for the same cart, whatever its key, gets the order that is there.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from commerce import carts, inventory, orders, payments, promise, traceability
from commerce.carts import GIFT, Cart, CartNotReady, PricedCart
from commerce.checkout.ahead import NoMoreAhead, check_wait, claims_of_draft, may_wait
from commerce.checkout.alternatives import with_alternatives
from commerce.checkout.draft import draft_of
from commerce.checkout.errors import CollectionOnly
from commerce.checkout.facts import Outcome, PayBy, Plan, Wish
from commerce.checkout.kits import Sold, sold_of
from commerce.checkout.price_moved import price_changed
from commerce.checkout.sourcing import goods_of, plan_for
from commerce.checkout.supplies import Supplies, supplies_of, write_down
from commerce.checkout.uses import keep_uses
from commerce.inventory import InsufficientStock, Place
from commerce.kernel import clock
from commerce.kernel.errors import Bug, Refusal, invalid
from commerce.kernel.ids import CartId, ChannelId, HoldId, OrderId, PaymentId, VariantId, new_id
from commerce.kernel.money import Money
from commerce.orders import Order, OrderDraft
from commerce.payments import PartIn, Payment, PaymentProvider, PaymentState
from commerce.platform.database import Database, Reading, Tx
from commerce.platform.http import Caller
from commerce.promise import DayFull
from commerce.promotions import PromotionUsedUp
from commerce.quotes import AskedOnce, surroundings
from commerce.stores import Locations
from commerce.supplies import claim
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
) -> Outcome:
    """Make an order of a cart and pay for it; gives it with the attempt to pay, whatever came of that.

    An order that is paid on collection is placed at once; one paid by card is placed when the money is held, and a decline leaves it waiting
    for another attempt until its hold ends. A gift that cannot be had is left out, and the answer names it. Run again with the same command
    it goes on where it was. `engine` computes the taxes, where that is not us; when it does not answer our own rates are taken, and the
    answer says so.
    Refuses with CartNotReady naming all that is missing, PriceChanged when the total is not the accepted one, also because somebody else had
    the last use of a promotion, CollectionOnly, InsufficientStock with what could be had instead, WaitNeeded where something comes later, CannotPromise, SlotNotOffered, SlotFull,
    DayFull, and what payments refuse; then nothing is kept.
    """
    cart = await carts.mine(db.reading, caller, cart_id)
    if cart.order_id is not None:
        return await existing(db, command_id, provider, cart)
    opened = await _opened(db, command_id, caller, cart, wish, engine)
    if opened is None:
        return await existing(db, command_id, provider, await carts.mine(db.reading, caller, cart_id))
    if wish.pay_by.kind == "on_collection":
        return opened
    payment = await payments.authorize(db, provider, PaymentId(command_id))
    order = await orders.order(db.reading, opened.order.id)
    return msgspec.structs.replace(opened, order=order, payment=payment)


async def _opened(
    db: Database, command_id: UUID, caller: Caller, cart: Cart, wish: Wish, engine: TaxEngine | None
) -> Outcome | None:
    """Prices, keeps the goods, opens the order; once more without what turns out not to be there: a gift, the last use of a promotion."""
    at = clock.now()
    around = await surroundings(db.reading)
    priced_as = paid_as(cart, wish)
    asked = None if engine is None else AskedOnce(engine)
    hold_id, used_up, missing = HoldId(command_id), frozenset[UUID](), dict[UUID, UUID]()
    look_ahead = False
    for left in reversed(range(MOST_ROUNDS)):
        without = (*used_up, *missing)
        shown = await carts.priced(db.reading, around, priced_as, at=at, without=without, engine=asked)
        judge(shown, wish, used_up)
        try:
            sold = await sold_of(db.reading, around, shown, at=at)
            plan = await plan_of(db.reading, shown, sold, at=at, look_ahead=look_ahead)
            check_wait(plan, goods_of(sold), wish)
            draft = draft_of(shown, sold, plan, around, wish, hold_id)
            supplies = supplies_of(draft, around.locations, shown.buyer.business)
            await traceability.take_aside(db, [(each.variant_id, each.location_id) for each in plan.demands])
            if wish.pay_by.kind != "on_collection" and plan.demands:
                channel_id = ChannelId(cart.channel_id)
                await inventory.hold(db, plan.demands, until=plan.until, hold_id=hold_id, channel_id=channel_id)
            opening = Opening(
                cart=cart,
                plan=plan,
                draft=draft,
                supplies=supplies,
                places=around.locations,
                account_id=shown.buyer.customer_id,
                at=at,
            )
            opened = await open_or_let_go(db, command_id, caller, opening, wish)
        except InsufficientStock as short:
            gone = gifts_short(shown, {each.variant_id for each in short.short})
            if not gone:
                again = left and not isinstance(short, NoMoreAhead) and await may_wait(db, short, at)
                if not again:
                    raise await with_alternatives(db.reading, short, cart, at=at) from short
                look_ahead, hold_id = True, HoldId(new_id())
            missing |= gone
        except DayFull:
            if left == 0:
                raise
            hold_id = HoldId(new_id())  # somebody else took the day's last place: the promise moves to the next day
        except PromotionUsedUp as gone_now:
            used_up |= gone_of(gone_now)
            hold_id = HoldId(new_id())
        else:
            told = {"gifts_missing": tuple(missing.items()), "taxed_by": shown.quoted.taxed_by}
            return opened and msgspec.structs.replace(opened, **told)
    raise Bug(f"the cart {cart.id} lost a promotion or a gift in each of {MOST_ROUNDS} attempts to order it")


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


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """An order about to be opened, with what is written down beside it."""

    cart: Cart
    plan: Plan
    draft: OrderDraft
    supplies: Supplies
    places: Locations
    account_id: UUID | None
    at: datetime


async def open_or_let_go(
    db: Database, command_id: UUID, caller: Caller, opening: Opening, wish: Wish
) -> Outcome | None:
    """Opens the order; when that is refused, or somebody else was quicker with the cart, goods that are held already are let go."""
    held = wish.pay_by.kind != "on_collection"
    hold_id = HoldId(opening.draft.hold_id)
    try:
        opened = await db.transact(_open, command_id, caller, opening, wish)
    except Refusal:
        if held:
            await db.transact(let_go, hold_id, caller.principal)
        raise
    if opened is None and held:
        await db.transact(let_go, hold_id, caller.principal)
    return opened


async def _open(tx: Tx, command_id: UUID, caller: Caller, opening: Opening, wish: Wish) -> Outcome | None:
    draft, at = opening.draft, opening.at
    if not await carts.ordered(tx, opening.cart, draft.id, at=at):
        return None
    now = wish.pay_by.kind == "on_collection"
    order = await orders.open_order(tx, draft, at=at, by=caller.principal, placed=now)
    tx.changed("order", order.id, after={"number": order.number, "state": order.state, "total": order.total})
    payment = await intend(tx, order, wish.pay_by, PaymentId(command_id), new_order=True)
    waiting = claims_of_draft(draft)
    demands = opening.plan.demands if now else ()
    if waiting:  # the shelves of both in their one order, and what is there before what is not: a claim is kept back from everybody
        await inventory.lock_shelves(tx, {*(Place(*each[:2]) for each in demands), *(each.place for each in waiting)})
    if demands:
        hold_id, channel_id = HoldId(draft.hold_id), ChannelId(draft.channel_id)
        await inventory.reserve(tx, demands, order.id, hold_id, at=at, channel_id=channel_id)
    if waiting:
        until = None if now else opening.plan.until
        await claim(tx, order.id, waiting, opening.places.by_id, at=at, expires_at=until)
    await keep_uses(tx, order, opening.account_id, at=at)
    await write_down(tx, opening.supplies, at=at)
    await promise.book(tx, order.id, opening.plan.windows, at=at, until=None if now else opening.plan.until)
    return Outcome(order=order, payment=payment)


async def intend(tx: Tx, order: Order, pay_by: PayBy, payment_id: PaymentId, *, new_order: bool = False) -> Payment:
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
        new_order=new_order,
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
