"""A small shop that can sell: a channel, two stores and a warehouse, tax, prices, stock, and carts that are ready to be ordered."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from commerce import carts
from commerce.carts import Cart
from commerce.carts.change_details import Contact, set_addresses, set_contact
from commerce.carts.change_lines import Beginning, Wanted
from commerce.kernel import clock
from commerce.kernel.ids import ChannelId, LocationId, VariantId, new_id
from commerce.kernel.money import Money
from commerce.platform.database import Database
from commerce.platform.http import Caller
from tests.given import catalog, inventory, pricing, stores

HOME = carts.Address(name="Shopper", line1="Carrer Gran 1", city="Barcelona", postal_code="08012", country="ES")


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What a test may want to name. `cup` costs 19.99 and `plate` 12.50, tax of 21 % included; a parcel costs 4.95."""

    channel_id: ChannelId
    gracia: LocationId
    sants: LocationId
    warehouse: LocationId
    parcel: UUID
    cup: VariantId
    plate: VariantId

    def collected(self, at: LocationId | None = None) -> str:
        """The way of fulfilment of what is collected, at Gràcia unless told."""
        return f"pickup:{at or self.gracia}"

    @property
    def sent(self) -> str:
        """The way of fulfilment of what is sent."""
        return f"ship:{self.parcel}"


async def shop(db: Database, *, stock: int = 10, currency: str = "EUR") -> Shop:
    """A shop whose stores and warehouse have so many units of each article."""
    channel_id = await stores.channel(db, currency=currency)
    gracia = await stores.location(db, "gracia")
    sants = await stores.location(db, "sants", ships=True)
    warehouse = await stores.warehouse(db)
    await pricing.taxes(db)
    parcel = await pricing.delivery_method(db, code="parcel", amount=495, currency=currency)
    cup = await catalog.variant(db, "Cup", sku="CUP")
    plate = await catalog.variant(db, "Plate", sku="PLATE")
    await pricing.prices(db, {cup: 1999, plate: 1250}, currency=currency)
    if stock:
        places = (gracia, sants, warehouse)
        await inventory.stock(db, {(variant, place): stock for variant in (cup, plate) for place in places})
    return Shop(
        channel_id=channel_id, gracia=gracia, sants=sants, warehouse=warehouse, parcel=parcel, cup=cup, plate=plate
    )


def shopper() -> Caller:
    """Somebody who buys."""
    scopes = frozenset({"carts", "quotes", "orders:read", "orders:write", "payments:read", "payments:write"})
    return Caller(kind="shopper", id=new_id(), scopes=scopes)


async def cart(
    db: Database, shop: Shop, who: Caller, lines: Mapping[tuple[VariantId, str], int], *, at: datetime | None = None
) -> Cart:
    """A cart that lacks nothing: `await cart(db, shop, who, {(shop.cup, shop.collected()): 2})`."""
    at = at or clock.now()
    begun = await db.transact(
        carts.begin_cart,
        who,
        Beginning(channel_id=shop.channel_id, country="ES", language="ca"),
        [Wanted(variant, quantity, group) for (variant, group), quantity in lines.items()],
        at=at,
    )
    await db.transact(set_contact, who, begun.id, Contact(email="shopper@example.com", name="Shopper"), at=at)
    if any(group.startswith("ship:") for _, group in lines):
        await db.transact(set_addresses, who, begun.id, HOME, None, at=at)
    return await carts.mine(db.reading, who, begun.id)


async def total_of(db: Database, cart: Cart) -> Money:
    """What a cart costs now."""
    priced = (await carts.priced(db.reading, db.reading, cart, at=clock.now())).quoted.priced
    return Money(priced.total, priced.currency)
