"""Timed work of checkout: orders that nobody paid end, who waits for supply is served when it is released, and told when it is late. An attempt that a crash cut short is taken up by payments."""

import msgspec

from commerce import orders
from commerce.checkout import settle_order
from commerce.checkout.hear_supply import settle_due
from commerce.checkout.settle_supply import SETTLE_ONE, Unsettled, settle_one
from commerce.kernel import clock
from commerce.kernel.ids import OrderId
from commerce.platform.database import Tx
from commerce.platform.jobs import NewJob, enqueue_all
from commerce.platform.work import Job

EXPIRE, EXPIRE_ONE = "checkout.expire", "checkout.expire_order"
EVERY_SECONDS = 60
MOST_AT_ONCE = 500


class Unpaid(msgspec.Struct, frozen=True):
    """An order whose time to be paid has ended."""

    order_id: OrderId


async def expire_due(tx: Tx, _: None) -> None:
    """Look for unpaid orders whose time has ended, and make a job of each, so that one that fails keeps no other waiting."""
    due = await orders.unpaid(tx, at=clock.now(), most=MOST_AT_ONCE)
    await enqueue_all(
        tx, [NewJob(kind=EXPIRE_ONE, payload=Unpaid(each), dedupe=f"{EXPIRE_ONE}:{each}") for each in due]
    )


async def expire_one(tx: Tx, unpaid: Unpaid) -> None:
    """End one of them."""
    await settle_order.expire(tx, unpaid.order_id)


JOBS: list[Job] = [
    Job(EXPIRE, step=expire_due, every_seconds=EVERY_SECONDS),
    Job(EXPIRE_ONE, Unpaid, step=expire_one),
    Job("checkout.settle_supplies", step=settle_due, every_seconds=EVERY_SECONDS),
    Job(SETTLE_ONE, Unsettled, step=settle_one),
]
