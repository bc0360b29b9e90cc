"""Many at once for the last unit that comes, on real connections; and a receipt that comes while they buy and give up."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from commerce.aftersale.cancel_order import cancel_order
from commerce.checkout import Outcome
from commerce.inventory import InsufficientStock
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Refusal
from commerce.payments import PaymentProvider
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.platform.work import Worker, within_reactions
from commerce.replenishment.goods_receipt import close_goods_receipt
from commerce.replenishment.tables import goods_receipts
from commerce.supplies import claims_of
from tests.given import checkout, supplies as given
from tests.given.aftersale import office
from tests.given.recourse import shelf
from tests.supplies.conftest import ALL

OPEN = Statement(select(goods_receipts.c.id).where(goods_receipts.c.state == "open"))


async def at_once(*flows: Any) -> tuple[list[Outcome], list[Refusal]]:
    """Gives what came out and what was refused; any other failure fails the test."""
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


async def test_as_many_units_are_sold_ahead_as_come_and_are_allowed_however_many_ask_at_once(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order", allowed=2, lead_days=30)
    coming = await given.purchase(db, shop.cup, shop.gracia, 5)
    wanted = {(shop.cup, shop.collected()): 1}
    came, refused = await at_once(*(given.ordered(db, provider, shop, wanted) for _ in range(24)))
    assert (len(came), len(refused)) == (7, 17)
    assert all(isinstance(each, InsufficientStock) for each in refused)
    await given.proven(db)
    await worker.drain()
    await given.received(db, coming, 5)
    served = [claim.served for each in came for claim in await claims_of(db.reading, each.order.id)]
    assert (sorted(served), await shelf(db, shop.cup, shop.gracia)) == ([0, 0, 1, 1, 1, 1, 1], (5, 5))
    await given.proven(db)


async def test_what_comes_is_shared_out_right_while_some_buy_and_others_give_up(
    db: Database, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    parcels = [await given.purchase(db, shop.cup, shop.gracia, 4, days=3) for _ in range(3)]
    wanted = {(shop.cup, shop.collected()): 2}
    early = [(await given.ordered(db, provider, shop, wanted)).order for _ in range(4)]
    await worker.drain()
    came, _ = await at_once(
        *(given.ordered(db, provider, shop, wanted) for _ in range(6)),
        *(given.received(db, each, 4) for each in parcels),
        *(db.transact(cancel_order, office(), each.id, "changed my mind") for each in early[:2]),
    )
    later = [each.order for each in came if isinstance(each, Outcome)]
    kept = [*early[2:], *later]
    assert len(later) == 4
    on_hand, reserved = await shelf(db, shop.cup, shop.gracia)
    assert (on_hand, reserved) == (12, 12)
    assert [await given.waiting(db, each) for each in kept[:2]] == [[0], [0]]
    await worker.drain()
    await given.proven(db)


class _PlugPulledError(Exception):
    """The process dies before the commit."""


async def test_a_receipt_that_dies_before_its_commit_served_nobody_and_the_next_one_serves_once(
    db: Database, dsn: str, provider: PaymentProvider, worker: Worker, clock: HeldClock
) -> None:
    shop = await checkout.shop(db, stock=0)
    await given.terms(db, shop.cup, shop.gracia, "back_order")
    coming = await given.purchase(db, shop.cup, shop.gracia, 2)
    order = (await given.ordered(db, provider, shop, {(shop.cup, shop.collected()): 2})).order
    await worker.drain()
    dies = Database(dsn, before_commit=_die, within=within_reactions(ALL))
    with pytest.raises(_PlugPulledError):
        await given.received(db, coming, 2, closing=dies)
    await dies.close()
    assert (await given.waiting(db, order), await shelf(db, shop.cup, shop.gracia)) == ([2], (0, 0))
    await given.proven(db)
    (receipt,) = [row["id"] for row in await db.reading.fetch(OPEN)]
    await db.transact(close_goods_receipt, given.OFFICE, receipt)
    assert (await given.waiting(db, order), await shelf(db, shop.cup, shop.gracia)) == ([0], (2, 2))
    await given.proven(db)


async def _die(tx: Tx) -> None:
    raise _PlugPulledError
