"""What the rule of sourcing in force asks for, promises give: the age of stock; and a basket that goes as a whole is refused for what is short."""

from datetime import timedelta

import pytest

from commerce.inventory import Cause, Demand, InsufficientStock, receive
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Database
from commerce.promise import alternatives, source
from tests.given import catalog, sourcing, stores
from tests.given.inventory import stock

OLDEST = {"steps": [{"name": "oldest first", "rank": [{"by": "age"}]}]}
WHOLE = {"steps": [{"name": "any", "rank": [{"by": "kind"}]}], "complete": True}


async def refill(db: Database, variant: VariantId, place: LocationId) -> None:
    await db.transact(receive, [(variant, place, 1)], Cause("goods_receipt", None, "staff:test"), f"test:{new_id()}")


async def test_what_lies_longest_is_sent_first_where_the_rule_says_so(db: Database, clock: HeldClock) -> None:
    pot = await catalog.variant(db)
    one, two = await stores.warehouse(db, "a"), await stores.warehouse(db, "b")
    await stock(db, {(pot, one): 5, (pot, two): 5})
    await sourcing.published(db, OLDEST)
    clock.move(days=30)
    await refill(db, pot, one)
    assert await source(db.reading, [(pot, 1)], clock.at) == [Demand(pot, two, 1)]
    clock.move(days=30)
    await refill(db, pot, two)
    assert await source(db.reading, [(pot, 1)], clock.at) == [Demand(pot, one, 1)]


async def test_a_whole_basket_or_nothing_names_only_what_is_short(db: Database, clock: HeldClock) -> None:
    pot, lamp = await catalog.variants(db, 2)
    house = await stores.warehouse(db)
    await stock(db, {(pot, house): 5, (lamp, house): 1})
    await sourcing.published(db, WHOLE)
    with pytest.raises(InsufficientStock) as refused:
        await source(db.reading, [(pot, 2), (lamp, 2)], clock.at + timedelta(minutes=1))
    assert [(short.variant_id, short.requested, short.available) for short in refused.value.short] == [(lamp, 2, 1)]
    assert [each.kind for each in await alternatives(db.reading, [(pot, 2), (lamp, 2)], clock.at)] == []
    taken = await source(db.reading, [(pot, 2), (lamp, 1)], clock.at)
    assert sorted(taken) == sorted([Demand(pot, house, 2), Demand(lamp, house, 1)])
