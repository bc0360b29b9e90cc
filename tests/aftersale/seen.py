"""What tests look at: shelves, money, facts, and whether every invariant holds."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any
from uuid import UUID

from commerce import inventory, payments
from commerce.aftersale.audit import CHECKS
from commerce.fulfilment.audit import CHECKS as OF_FULFILMENT
from commerce.inventory.audit import CHECKS as OF_STOCK
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import LocationId, VariantId
from commerce.orders import Order
from commerce.orders.audit import CHECKS as OF_ORDERS
from commerce.orders.queries import timeline
from commerce.payments.audit import CHECKS as OF_PAYMENTS
from commerce.platform.audit import run_checks
from commerce.platform.database import Database


async def shelf(db: Database, variant_id: UUID, location_id: UUID) -> tuple[int, int]:
    """What is on a shelf, and what of it is promised."""
    levels = await inventory.levels(db.reading, [VariantId(variant_id)], [LocationId(location_id)])
    return (levels[0].on_hand, levels[0].reserved) if levels else (0, 0)


async def money(db: Database, order: Order) -> dict[str, int]:
    """What was taken, given back and let go for an order, and what is still held."""
    found = await payments.payments_of(db.reading, order.id)
    held = sum(each.authorized - each.captured - each.voided for each in found)
    return {
        "captured": sum(each.captured for each in found),
        "refunded": sum(each.refunded for each in found),
        "held": held,
    }


async def facts(db: Database, order: Order) -> list[str]:
    """The facts of an order, without their versions."""
    return [each.type.removesuffix(".v1") for each in await timeline(db.reading, order.id)]


async def sound(db: Database) -> None:
    """Every invariant of the slices that take part holds on the database as it is."""
    checks = [*CHECKS, *OF_FULFILMENT, *OF_STOCK, *OF_ORDERS, *OF_PAYMENTS]
    assert [finding for finding in await run_checks(db.reading, checks) if finding.rows] == []


async def at_once(*acts: Awaitable[Any]) -> tuple[list[Any], Sequence[Refusal]]:
    """Does things at once; gives what came of them and what was refused. Any other failure fails the test."""
    came: list[Any] = []
    refused: list[Refusal] = []
    for each in await asyncio.gather(*acts, return_exceptions=True):
        if isinstance(each, Refusal):
            refused.append(each)
        elif isinstance(each, BaseException):
            raise each
        else:
            came.append(each)
    return came, refused
