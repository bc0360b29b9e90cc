"""What an order took beside goods ends when nothing of it is kept: uses of promotions come back once; a sale abroad weighs less by what came back."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from commerce import aftersale, promotions, tax
from commerce.kernel.clock import HeldClock
from commerce.kernel.money import Money
from commerce.orders import Order
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.platform.work import Worker
from commerce.promotions.queries import usage
from commerce.tax import DistanceSale
from commerce.tax.tables import distance_sales
from tests.aftersale.seen import sound
from tests.given import aftersale as given, promotions as given_promotions
from tests.given.fulfilment import Shelf
from tests.given.orders import Want

LEFT = Statement(select(func.sum(distance_sales.c.net)))


async def _with_a_use(db: Database, order: Order) -> UUID:
    """An order that used a promotion of which there is one use."""
    promotion = await given_promotions.published(db, limits={"uses_most": 1})
    told = f'[{{"promotion_id": "{promotion}", "version": 2, "saved": 0, "limited": true}}]'
    await db.transact(_run, f"UPDATE orders SET promotions = '{told}'".replace(":", "\\:"))
    await given_promotions.reserve(db, given_promotions.use(promotion, 0), order=order.id)
    await given_promotions.commit(db, order.id)
    return promotion


async def _run(tx: Tx, sql: str) -> None:
    await tx.execute(Statement[Any](text(sql)))


async def test_a_use_comes_back_when_all_goods_but_the_gift_came_back(
    db: Database, worker: Worker, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    clerk = given.terminal(place.store)
    order = await given.bought(
        db,
        Want(quantity=2, location_id=place.store, variant_id=place.cup),
        Want(location_id=place.store, variant_id=place.bowl, gift=True),
    )
    promotion = await _with_a_use(db, order)
    await given.brought_back(db, clerk, order, 1, location_id=place.store)
    await worker.drain()
    assert (await usage(db.reading, promotion)).uses == 1
    waiting = await given.asked(db, clerk, order, 1)
    await worker.drain()
    assert (await usage(db.reading, promotion)).uses == 1
    here = await given.received(db, clerk, waiting, place.store)
    await given.accepted(db, clerk, here)
    await db.transact(aftersale.refund, clerk, here.id)
    await worker.drain()
    assert (await usage(db.reading, promotion)).uses == 0
    assert await db.transact(promotions.release_uses, order.id, at=clock.at) == 0
    await sound(db)


async def test_what_comes_back_from_abroad_is_taken_off_the_sale(
    db: Database, worker: Worker, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    clerk = given.office()
    order = await given.bought(
        db, Want(quantity=2, unit=1210, kind="ship", location_id=place.warehouse, variant_id=place.cup)
    )
    sale = DistanceSale(order_id=order.id, seller_country="ES", destination="FR", net=Money(2000, "EUR"))
    await db.transact(tax.record_distance_sale, sale, at=clock.at)
    await db.transact(_run, "UPDATE order_groups SET sent_to = 'FR'")
    await given.brought_back(db, clerk, order, 1, location_id=place.store)
    await worker.drain()
    assert await db.reading.fetch_value(LEFT) == 1000
    await sound(db)
