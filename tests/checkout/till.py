"""How tests check out, and what they look at afterwards."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from commerce import carts, inventory, orders, payments
from commerce.carts import Cart
from commerce.carts.audit import CHECKS as CART_CHECKS
from commerce.checkout import Outcome, PayBy, Wish, jobs, place_order
from commerce.checkout.audit import CHECKS as CHECKOUT_CHECKS
from commerce.inventory.audit import CHECKS as STOCK_CHECKS
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.kernel.money import Money
from commerce.orders.audit import CHECKS as ORDER_CHECKS
from commerce.orders.queries import timeline
from commerce.payments import PaymentProvider
from commerce.platform.audit import Finding, run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.work import Worker
from commerce.promise.audit import CHECKS as PROMISE_CHECKS
from tests.given import checkout as given

CARD = PayBy(kind="card", payment_method="pm_card_visa", return_url="https://shop.example.com/paid")
DECLINED = PayBy(kind="card", payment_method="pm_card_visa_chargeDeclined", return_url="https://shop.example.com/paid")
ASKS = PayBy(
    kind="card", payment_method="pm_card_authenticationRequiredOnSetup", return_url="https://shop.example.com/paid"
)
ON_COLLECTION = PayBy(kind="on_collection")


async def check_out(
    db: Database,
    provider: PaymentProvider,
    who: Caller,
    cart: Cart,
    pay_by: PayBy = CARD,
    *,
    total: Money | None = None,
    command: UUID | None = None,
) -> Outcome:
    """Checks a cart out at the total that it costs now, unless another is said."""
    accepted = total or await given.total_of(db, cart)
    wish = Wish(accepted_total=accepted, pay_by=pay_by)
    return await place_order(db, command or new_id(), provider, who, cart.id, wish)


async def at_once(*flows: Any) -> tuple[list[Outcome], list[Refusal]]:
    """Runs flows at once; gives what came out and what was refused. Any other failure fails the test."""
    came: list[Outcome] = []
    refused: list[Refusal] = []
    for each in await asyncio.gather(*flows, return_exceptions=True):
        if isinstance(each, Refusal):
            refused.append(each)
        elif isinstance(each, BaseException):
            raise each
        else:
            came.append(each)
    return came, refused


async def reserved(db: Database, variant_id: VariantId, location_id: LocationId) -> int:
    """What is kept of an article at a place."""
    [level] = await inventory.levels(db.reading, [variant_id], [location_id])
    return level.reserved


async def tags(db: Database, order: orders.Order) -> list[str]:
    """The facts of an order, without their versions."""
    return [each.type.removesuffix(".v1") for each in await timeline(db.reading, order.id)]


async def attempts(db: Database, order: orders.Order) -> Sequence[payments.Payment]:
    """The attempts to pay an order."""
    return await payments.payments_of(db.reading, order.id)


async def broken(db: Database) -> list[Finding]:
    """The invariants that do not hold."""
    checks = [*ORDER_CHECKS, *STOCK_CHECKS, *CART_CHECKS, *CHECKOUT_CHECKS, *PROMISE_CHECKS]
    return [finding for finding in await run_checks(db.reading, checks) if finding.rows]


async def cart_now(db: Database, who: Caller, cart: Cart) -> Cart:
    """A cart as it is by now."""
    return await carts.mine(db.reading, who, cart.id)


async def expire_due(db: Database, worker: Worker) -> None:
    """Lets the sweeper of unpaid orders pass, and what it asks for be done."""
    await db.transact(jobs.expire_due, None)
    await worker.drain()
