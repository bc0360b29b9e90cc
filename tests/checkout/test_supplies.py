"""Sales across a border are written down with the order and taken back with it; what is free of tax waits for its proof."""

from sqlalchemy import select

from commerce import aftersale, carts
from commerce.carts import Address
from commerce.carts.change_details import set_addresses
from commerce.carts.change_terms import set_vat_number
from commerce.kernel.clock import HeldClock
from commerce.orders import Order
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from commerce.tax.tables import distance_sales, exempt_supplies
from tests.checkout.till import CARD, ON_COLLECTION, broken, check_out
from tests.given import checkout as given, customers
from tests.given.aftersale import office

LISBON = Address(name="Ana", line1="Rua 1", city="Lisboa", postal_code="1000-001", country="PT")
SALES = Statement(
    select(
        distance_sales.c.effect, distance_sales.c.country, distance_sales.c.destination, distance_sales.c.net
    ).order_by(distance_sales.c.at, distance_sales.c.effect.desc())
)
EXEMPT = Statement(
    select(
        exempt_supplies.c.kind,
        exempt_supplies.c.origin,
        exempt_supplies.c.destination,
        exempt_supplies.c.vat_number,
        exempt_supplies.c.net,
        exempt_supplies.c.cancelled_at,
    )
)


async def _sent_to(
    db: Database, provider: StripeProvider, clock: HeldClock, to: Address, vat_number: str | None = None
) -> Order:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.sent): 2})
    cart = await db.transact(set_addresses, who, cart.id, to, None, at=clock.at)
    if vat_number is not None:
        cart = await db.transact(set_vat_number, who, cart.id, vat_number, at=clock.at)
    cart = await carts.mine(db.reading, who, cart.id)
    return (await check_out(db, provider, who, cart, CARD)).order


async def test_goods_sent_to_a_consumer_in_another_state_are_a_distance_sale_until_the_order_ends(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    order = await _sent_to(db, provider, clock, LISBON)
    [group] = order.groups
    assert (group.sent_to, {line.tax_country for line in order.lines}, order.total) == ("PT", {"PT"}, 4493)
    [sale] = await db.reading.fetch(SALES)
    assert dict(sale) == {"effect": "sale", "country": "ES", "destination": "PT", "net": order.net_total}
    await db.transact(aftersale.cancel_order, office(), order.id, "fraud")
    assert [row["net"] for row in await db.reading.fetch(SALES)] == [order.net_total, -order.net_total]
    assert await broken(db) == []


async def test_a_business_abroad_buys_without_tax_and_the_supply_waits_for_its_proof(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    number = "PT501964843"
    await customers.confirmed(db, number)
    order = await _sent_to(db, provider, clock, LISBON, number)
    assert (order.tax_total, {line.relief for line in order.lines}, order.vat_number) == (
        0,
        {"intra_community"},
        number,
    )
    assert await db.reading.fetch(SALES) == []
    [supply] = await db.reading.fetch(EXEMPT)
    assert dict(supply) == {
        "kind": "intra_community",
        "origin": "ES",
        "destination": "PT",
        "vat_number": number,
        "net": order.net_total,
        "cancelled_at": None,
    }
    await db.transact(aftersale.cancel_order, office(), order.id, "fraud")
    assert [row["cancelled_at"] for row in await db.reading.fetch(EXEMPT)] == [clock.at]
    assert await broken(db) == []


async def test_what_stays_in_the_country_writes_nothing_down(
    db: Database, provider: StripeProvider, clock: HeldClock
) -> None:
    shop, who = await given.shop(db), given.shopper()
    cart = await given.cart(db, shop, who, {(shop.cup, shop.collected()): 1})
    await check_out(db, provider, who, cart, ON_COLLECTION)
    home = await given.cart(db, shop, who, {(shop.plate, shop.sent): 1})
    order = (await check_out(db, provider, who, home, CARD)).order
    assert [group.sent_to for group in order.groups] == [None]
    assert (await db.reading.fetch(SALES), await db.reading.fetch(EXEMPT)) == ([], [])
