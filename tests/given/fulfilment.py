"""Placed orders whose goods are reserved and whose money is promised, and the work that follows from them."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import msgspec

from commerce import fulfilment, inventory, orders, payments
from commerce.fulfilment import Fulfilment
from commerce.inventory import Demand
from commerce.kernel import clock
from commerce.kernel.ids import HoldId, LocationId, PaymentId, VariantId, new_id
from commerce.orders import Order, OrderPlaced
from commerce.payments import PartIn
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from tests.given import catalog, inventory as stock_given, stores
from tests.given.orders import Want, draft

NO_AGES: Mapping[UUID, int] = {}


class Shelf:
    """A store and a warehouse with two articles, ten units of each in either."""

    store: LocationId
    warehouse: LocationId
    cup: VariantId
    bowl: VariantId

    @classmethod
    async def filled(cls, db: Database, *, units: int = 10) -> "Shelf":
        """Builds it."""
        shelf = cls()
        shelf.store, shelf.warehouse = await stores.location(db), await stores.warehouse(db)
        shelf.cup, shelf.bowl = await catalog.variants(db, 2)
        await stock_given.stock(
            db,
            {
                (variant, place): units
                for variant in (shelf.cup, shelf.bowl)
                for place in (shelf.store, shelf.warehouse)
            },
        )
        return shelf


def staff(*locations: UUID) -> Caller:
    """A member of staff at some locations, or everywhere."""
    scopes = frozenset(
        {"fulfilment:read", "fulfilment:work", "orders:read", "returns:work", "returns:read", "stock:read"}
    )
    return Caller(kind="staff", id=new_id(), scopes=scopes, locations=frozenset(locations) or None)


async def placed(
    db: Database, *wants: Want, shopper_id: UUID | None = None, minimum_age: Mapping[UUID, int] = NO_AGES
) -> Order:
    """Gives a placed order, paid on collection, with its units reserved where they are wanted; `minimum_age` in years, by article."""
    made = draft(wants, payment_kind="on_collection", shopper_id=shopper_id)
    aged = [msgspec.structs.replace(line, minimum_age=minimum_age.get(line.variant_id)) for line in made.lines]
    made = msgspec.structs.replace(made, lines=tuple(aged))
    hold_id = HoldId(new_id() if made.hold_id is None else made.hold_id)
    demands = [Demand(VariantId(want.variant_id), LocationId(want.location_id), want.quantity) for want in wants]
    await inventory.hold(db, demands, until=clock.now() + timedelta(minutes=30), hold_id=hold_id)

    async def place(tx: Tx) -> Order:
        order = await orders.open_order(tx, made, at=clock.now(), by="shopper:test", placed=True)
        parts = [PartIn(group_id=group.id, amount=group.total, location_id=group.location_id) for group in order.groups]
        await payments.intend(
            tx, order.id, order.currency, parts, "on_collection", None, None, PaymentId(new_id()), order.shopper_id
        )
        await inventory.bind(tx, hold_id, order.id)
        return order

    return await db.transact(place)


async def offered(db: Database, *wants: Want, shopper_id: UUID | None = None) -> list[Fulfilment]:
    """Gives the work of a placed order, offered, in the order of its groups."""
    order = await placed(db, *wants, shopper_id=shopper_id)
    await db.transact(fulfilment.offer, OrderPlaced(order_id=order.id, order=order.facts()))
    works = {work.group_id: work for work in await fulfilment.fulfilments_of(db.reading, order.id)}
    return [works[group.id] for group in order.groups]


async def picking(db: Database, caller: Caller, *wants: Want) -> Fulfilment:
    """Gives accepted work of one group."""
    (work,) = await offered(db, *wants)
    return await db.transact(fulfilment.accept, caller, work.id)


async def ready(db: Database, caller: Caller, *wants: Want, shopper_id: UUID | None = None) -> Fulfilment:
    """Gives work that waits for its customer, all picked."""
    (work,) = await offered(db, *wants, shopper_id=shopper_id)
    await db.transact(fulfilment.accept, caller, work.id)
    picks = [fulfilment.Pick(line.id, line.quantity) for line in work.lines]
    await db.transact(fulfilment.pick, caller, work.id, picks)
    return await db.transact(fulfilment.ready, caller, work.id, "Shelf A3")
