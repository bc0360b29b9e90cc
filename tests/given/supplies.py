"""Articles that are sold ahead: terms, purchase orders that bring them, receipts, and orders that wait, by the verbs of the shop."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from commerce import orders
from commerce.carts.audit import CHECKS as OF_CARTS
from commerce.checkout import Outcome, PayBy, Wish, place_order
from commerce.checkout.audit import CHECKS as OF_CHECKOUT
from commerce.fulfilment.audit import CHECKS as OF_WORK
from commerce.inventory.audit import CHECKS as OF_STOCK
from commerce.kernel import clock
from commerce.kernel.ids import VariantId, new_id, readable_code
from commerce.orders import UNPLACED, Order
from commerce.orders.audit import CHECKS as OF_ORDERS
from commerce.payments import PaymentProvider
from commerce.payments.audit import CHECKS as OF_MONEY
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.recourse.audit import CHECKS as OF_REJECTIONS
from commerce.replenishment.audit import CHECKS as OF_TRANSFERS
from commerce.replenishment.facts import Purchase
from commerce.replenishment.goods_receipt import close_goods_receipt, open_goods_receipt
from commerce.replenishment.purchase import change_purchase, close_purchase, draft_purchase, order_purchase
from commerce.replenishment.queries import PURCHASE, seen
from commerce.replenishment.scan import scan
from commerce.replenishment.schemas import PurchaseIn, PurchaseLineIn, PurchasePatch, ReceiptIn, ScanIn, SupplierIn
from commerce.replenishment.suppliers import create_supplier
from commerce.supplies import Claim, claims_of
from commerce.supplies.audit import CHECKS as OF_SUPPLIES
from commerce.supplies.schemas import SupplyTermsIn, SupplyTermsOut
from commerce.supplies.set_terms import set_terms, terms_of
from tests.given import checkout
from tests.given.checkout import Shop

OFFICE = Caller(
    kind="staff",
    id=new_id(),
    scopes=frozenset({"stock:read", "stock:plan", "stock:receive", "stock:approve", "stock:adjust"}),
)
CARD = PayBy(kind="card", payment_method="pm_card_visa", return_url="https://shop.example.com/paid")
IN_STORE = PayBy(kind="on_collection")
FAR = timedelta(days=400)


async def terms(db: Database, variant_id: UUID, location_id: UUID, kind: str, **more: Any) -> SupplyTermsOut:
    """Sells an article ahead: `await terms(db, shop.cup, shop.gracia, "back_order")`."""
    before = await terms_of(db.reading, variant_id, location_id)
    data = msgspec.convert({"kind": kind, "reason": "test", **more}, SupplyTermsIn)
    return await db.transact(set_terms, OFFICE, variant_id, location_id, before.version + 1, data)


async def purchase(db: Database, variant_id: UUID, location_id: UUID, units: int, *, days: int = 7) -> Purchase:
    """A purchase order that is expected in so many days."""
    potter = await db.transact(
        create_supplier, SupplierIn(code=readable_code(6), name="Potter", lead_days=5, currency="EUR")
    )
    lines = [PurchaseLineIn(variant_id=variant_id, quantity=units)]
    draft = await db.transact(
        draft_purchase, OFFICE, PurchaseIn(supplier_id=potter.id, location_id=location_id, lines=lines)
    )
    today = clock.now().date()
    return await db.transact(order_purchase, OFFICE, draft.id, today + timedelta(days=days), today=today)


async def postponed(db: Database, order: Purchase, until: date) -> None:
    """The supplier says another day."""
    now_is = await seen(db.reading, PURCHASE, order.id, None)
    await db.transact(change_purchase, OFFICE, order.id, now_is.version, PurchasePatch(expected_on=until))


async def closed_short(db: Database, order: Purchase) -> None:
    """Nothing more will come of it."""
    await db.transact(close_purchase, OFFICE, order.id, "the supplier has no more")


async def received(
    db: Database,
    order: Purchase,
    units: int,
    barcode: str = "CUP",
    *,
    damaged: int = 0,
    closing: Database | None = None,
) -> UUID:
    """Units of a purchase order come; gives the receipt. `closing` is the database on which it is closed, where that is another."""
    data = ReceiptIn(location_id=order.location_id, purchase_order_id=order.id)
    receipt = await db.transact(open_goods_receipt, OFFICE, data)
    if units:
        await db.transact(scan, OFFICE, receipt.id, ScanIn(scan_id=new_id(), barcode=barcode, quantity=units))
    if damaged:
        bad = ScanIn(scan_id=new_id(), barcode=barcode, quantity=damaged, condition="damaged")
        await db.transact(scan, OFFICE, receipt.id, bad)
    await (closing or db).transact(close_goods_receipt, OFFICE, receipt.id)
    return receipt.id


async def ordered(
    db: Database,
    provider: PaymentProvider,
    shop: Shop,
    lines: dict[tuple[VariantId, str], int],
    *,
    who: Caller | None = None,
    pay_by: PayBy = IN_STORE,
    wait_until: datetime | None = None,
) -> Outcome:
    """A shopper orders and waits as long as it takes, unless told."""
    who = who or checkout.shopper()
    cart = await checkout.cart(db, shop, who, lines)
    wish = Wish(
        accepted_total=await checkout.total_of(db, cart),
        pay_by=pay_by,
        wait_until=wait_until or clock.now() + FAR,
    )
    return await place_order(db, new_id(), provider, who, cart.id, wish)


async def now(db: Database, order: Order) -> Order:
    """The order as it is."""
    return await orders.order(db.reading, order.id)


async def waiting(db: Database, order: Order) -> list[int]:
    """How many units of each line wait."""
    is_now = await now(db, order)
    return [is_now.units_at(line, UNPLACED) for line in is_now.goods]


async def claim_of(db: Database, order: Order) -> Claim:
    """The claim of an order that has one."""
    (claim,) = await claims_of(db.reading, order.id)
    return claim


async def proven(db: Database) -> None:
    """Every invariant of orders, work, stock, money, supply, rejections and checkout holds."""
    checks = [
        *OF_ORDERS,
        *OF_WORK,
        *OF_STOCK,
        *OF_MONEY,
        *OF_TRANSFERS,
        *OF_REJECTIONS,
        *OF_SUPPLIES,
        *OF_CHECKOUT,
        *OF_CARTS,
    ]
    found = [(each.name, each.shown) for each in await run_checks(db.reading, checks) if each.rows]
    assert found == [], found
