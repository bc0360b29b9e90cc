"""Orders that customers have in their hands, and returns of them; built through the verbs that stores, checkout and counters use."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from commerce import aftersale, fulfilment, inventory, orders, payments
from commerce.aftersale import Inspected, Return, Wish
from commerce.fulfilment import Proof
from commerce.inventory import Demand
from commerce.kernel import clock
from commerce.kernel.ids import HoldId, LocationId, OrderLineId, PaymentId, VariantId, new_id
from commerce.orders import Order, OrderPlaced
from commerce.payments import PartIn, PaymentProvider, pursue
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from tests.given.orders import Want, draft

VISA = "pm_card_visa"
SHOPPER_SCOPES = frozenset({"orders:read", "orders:write", "returns:read", "returns:request"})
STORE_SCOPES = SHOPPER_SCOPES | {"returns:work", "fulfilment:read", "fulfilment:work", "stock:read"}


def shopper() -> Caller:
    """Somebody who buys and brings back."""
    return Caller(kind="shopper", id=new_id(), scopes=SHOPPER_SCOPES)


def terminal(location_id: UUID) -> Caller:
    """A store's terminal."""
    return Caller(kind="terminal", id=new_id(), scopes=STORE_SCOPES, locations=frozenset({location_id}))


def office() -> Caller:
    """Somebody of the head office, who may act at all locations."""
    return Caller(kind="staff", id=new_id(), scopes=STORE_SCOPES)


async def placed(
    db: Database,
    *wants: Want,
    who: Caller | None = None,
    provider: PaymentProvider | None = None,
    card: str = VISA,
    charge_step: int = 1,
    currency: str = "EUR",
) -> Order:
    """Gives a placed order with its goods reserved and its work offered; held on a card where there is a provider, else paid on collection."""
    kind: payments.PaymentKind = "on_collection" if provider is None else "card"
    made = draft(
        wants, payment_kind=kind, shopper_id=who.id if who else None, charge_step=charge_step, currency=currency
    )
    hold_id = HoldId(new_id() if made.hold_id is None else made.hold_id)
    demands = [Demand(VariantId(want.variant_id), LocationId(want.location_id), want.quantity) for want in wants]
    await inventory.hold(db, demands, until=clock.now() + timedelta(minutes=30), hold_id=hold_id)
    payment_id = PaymentId(new_id())

    async def intend(tx: Tx) -> None:
        order = await orders.open_order(tx, made, at=clock.now(), by="shopper:test")
        parts = [PartIn(group_id=group.id, amount=group.total, location_id=group.location_id) for group in order.groups]
        method = None if provider is None else card
        url = None if provider is None else "https://shop.example.com/paid"
        await payments.intend(tx, order.id, order.currency, parts, kind, method, url, payment_id, order.shopper_id)

    async def place(tx: Tx) -> Order:
        await inventory.bind(tx, hold_id, made.id)
        return await orders.place(tx, made.id)

    await db.transact(intend)
    if provider is not None:
        paid = await payments.authorize(db, provider, payment_id)
        assert paid.state is payments.PaymentState.AUTHORIZED, paid
    order = await db.transact(place)
    await db.transact(fulfilment.offer, OrderPlaced(order_id=order.id, order=order.facts()))
    return order


async def supplied(db: Database, order: Order, *, provider: PaymentProvider | None = None) -> Order:
    """Lets each location hand over or ship its part of an order, and the money be taken."""
    clerk = office()
    for work in await fulfilment.fulfilments_of(db.reading, order.id):
        await db.transact(fulfilment.accept, clerk, work.id)
        picks = [fulfilment.Pick(line.id, line.quantity) for line in work.lines]
        await db.transact(fulfilment.pick, clerk, work.id, picks)
        if work.kind == "pickup":
            await db.transact(fulfilment.ready, clerk, work.id, None)
            await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(identity_checked=True), None)
        else:
            await db.transact(fulfilment.pack, clerk, work.id)
            await db.transact(fulfilment.ship, clerk, work.id, "Correos", "PK123", "https://track.example.com/PK123")
    if provider is not None:
        for payment in await payments.payments_of(db.reading, order.id):
            await pursue(db, provider, payment.id)
    return await orders.order(db.reading, order.id)


async def bought(
    db: Database,
    *wants: Want,
    who: Caller | None = None,
    provider: PaymentProvider | None = None,
    card: str = VISA,
    charge_step: int = 1,
    currency: str = "EUR",
) -> Order:
    """Gives an order whose goods the customer has, and that is paid."""
    order = await placed(db, *wants, who=who, provider=provider, card=card, charge_step=charge_step, currency=currency)
    return await supplied(db, order, provider=provider)


async def asked(
    db: Database,
    who: Caller,
    order: Order,
    *units: int,
    kind: aftersale.Kind = "return",
    location_id: UUID | None = None,
    override: str | None = None,
) -> Return:
    """Asks for a return of so many units of each line of goods, in the order of the lines; 0 leaves one out."""
    wanted: Sequence[tuple[OrderLineId, int]] = [
        (line.id, quantity) for line, quantity in zip(order.goods, units, strict=False) if quantity
    ]
    wish = Wish(order_id=order.id, kind=kind, units=wanted, location_id=location_id, override_reason=override)
    return await db.transact(aftersale.ask, who, await aftersale.policy(db.reading), wish)


async def received(db: Database, who: Caller, asked: Return, location_id: UUID) -> Return:
    """Takes an approved return in, whole."""
    terms = await aftersale.policy(db.reading)
    return await db.transact(aftersale.receive, who, terms, asked.id, location_id, None)


async def accepted(db: Database, who: Caller, here: Return) -> Return:
    """Accepts all that was received, for the shelf here."""
    found = [Inspected(line.id, restock=line.received) for line in here.lines if not line.is_fee]
    return await db.transact(aftersale.inspect, who, here.id, found)


async def brought_back(db: Database, who: Caller, order: Order, *units: int, location_id: UUID) -> Return:
    """The whole way at a counter: taken in, accepted, refunded."""
    here = await asked(db, who, order, *units, location_id=location_id)
    await accepted(db, who, here)
    return await db.transact(aftersale.refund, who, here.id)
