"""Min and max: what is proposed, from where, and the drafts that are made of it once."""

import asyncio

import pytest
from sqlalchemy import text

from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.platform.database import Database
from commerce.platform.http import Caller, StaleVersion
from commerce.platform.statement import Statement
from commerce.replenishment.bounds import bound_page, set_bounds, set_rules
from commerce.replenishment.facts import Proposal, PurchaseState, Rules, TransferState
from commerce.replenishment.propose import draft_proposals, proposals_for
from commerce.replenishment.queries import BEGINNING, PURCHASE, rules_now, seen
from commerce.replenishment.schemas import (
    BoundIn,
    BoundsIn,
    DraftsOut,
    RulesPatch,
    SupplierArticle,
    SupplierArticlesIn,
    SupplierIn,
)
from commerce.replenishment.suppliers import create_supplier, put_articles
from tests.replenishment.world import BOSS, World, world

HISTORY = Statement(text("SELECT minimum, maximum, by FROM replenishment_bound_changes ORDER BY seq"))


@pytest.fixture
async def shop(db: Database, clock: HeldClock) -> World:
    return await world(db, POT=30, JUG=0)


async def bound(shop: World, sku: str, minimum: int | None, maximum: int | None, *, at_warehouse: bool = False) -> None:
    place = shop.origin if at_warehouse else shop.destination
    each = BoundIn(variant_id=shop.articles[sku], location_id=place, minimum=minimum, maximum=maximum)
    await shop.db.transact(set_bounds, BOSS, BoundsIn(bounds=[each]))


async def proposed(shop: World) -> list[Proposal]:
    bounds = await bound_page(shop.db.reading, BOSS, location_id=None, after=(BEGINNING, BEGINNING), most=100)
    return await proposals_for(shop.db.reading, bounds, [shop.origin])


async def drafts(shop: World) -> DraftsOut:
    return await shop.db.transact(draft_proposals, BOSS, shop.destination, [shop.origin])


async def supplied(shop: World, sku: str, pack: int = 1, cost: int | None = None) -> None:
    made = await shop.db.transact(create_supplier, SupplierIn(code=f"S-{sku}", name="Potter", currency="EUR"))
    terms = SupplierArticle(variant_id=shop.articles[sku], supplier_sku="P-77", pack_size=pack, unit_cost=cost)
    await shop.db.transact(put_articles, made.id, SupplierArticlesIn(put=[terms]))


async def test_what_is_below_its_minimum_is_proposed_up_to_its_maximum(shop: World) -> None:
    await bound(shop, "POT", 5, 12)
    [one] = await proposed(shop)
    assert (one.kind, one.quantity, one.origin_id) == ("transfer", 12, shop.origin)
    sent = await shop.transfer({"POT": 5})
    assert await proposed(shop) == []
    await shop.ship(sent)
    await shop.receive(sent, "POT", 4)
    assert await proposed(shop) == []
    await shop.receive(sent, "POT", 1, "damaged")
    [one] = await proposed(shop)
    assert (one.need.on_hand, one.need.coming, one.quantity) == (4, 0, 8)


async def test_a_warehouse_keeps_its_own_minimum_and_a_supplier_brings_the_rest_in_packs(shop: World) -> None:
    await bound(shop, "POT", 1, 20)
    await bound(shop, "POT", 22, 30, at_warehouse=True)
    await supplied(shop, "POT", pack=5)
    found = sorted(((each.kind, each.quantity) for each in await proposed(shop)), key=str)
    assert found == [("purchase", 15), ("transfer", 8)]


async def test_drafts_count_as_coming_so_that_nothing_is_drafted_twice(shop: World) -> None:
    await bound(shop, "POT", 5, 12)
    await bound(shop, "JUG", 1, 6)
    await supplied(shop, "JUG", pack=4, cost=250)
    made = await drafts(shop)
    assert (len(made.transfer_ids), len(made.purchase_order_ids), made.without_source) == (1, 1, 0)
    again = await drafts(shop)
    assert (again.transfer_ids, again.purchase_order_ids) == ([], [])
    [transfer] = await shop.all_transfers()
    assert (transfer.state, transfer.lines[0].quantity) == (TransferState.DRAFT, 12)
    order = await seen(shop.db.reading, PURCHASE, made.purchase_order_ids[0], None)
    assert (order.state, order.location_id) == (PurchaseState.DRAFT, shop.destination)
    assert [(line.ordered, line.supplier_sku, line.unit_cost) for line in order.lines] == [(8, "P-77", 250)]
    assert (await shop.stock("POT"))["origin"] == (30, 0)
    assert await shop.audit() == []


async def test_two_who_draft_at_once_make_one_set_of_drafts(shop: World) -> None:
    await bound(shop, "POT", 5, 12)
    found = await asyncio.gather(*(drafts(shop) for _ in range(4)))
    assert sorted(len(each.transfer_ids) for each in found) == [0, 0, 0, 1]


async def test_what_nobody_has_is_said(shop: World) -> None:
    await bound(shop, "JUG", 1, 6)
    assert [(each.kind, each.quantity) for each in await proposed(shop)] == [("none", 6)]
    assert (await drafts(shop)).without_source == 1


async def test_bounds_keep_their_history_and_end(shop: World) -> None:
    await bound(shop, "POT", 5, 12)
    await bound(shop, "POT", 6, 14)
    await bound(shop, "POT", None, None)
    rows = await shop.db.reading.fetch(HISTORY)
    assert [(row["minimum"], row["maximum"]) for row in rows] == [(5, 12), (6, 14), (None, None)]
    assert await proposed(shop) == []
    with pytest.raises(InvalidInput):
        await bound(shop, "POT", 9, 8)
    stranger = Caller(kind="staff", id=BOSS.id, scopes=BOSS.scopes, locations=frozenset({shop.origin}))
    each = BoundIn(variant_id=shop.articles["POT"], location_id=shop.destination, minimum=1, maximum=2)
    with pytest.raises(InvalidInput):
        await shop.db.transact(set_bounds, stranger, BoundsIn(bounds=[each]))
    assert await shop.audit() == []


async def test_the_rules_of_receiving_change_on_the_version_that_was_read(shop: World) -> None:
    changed = await shop.db.transact(set_rules, BOSS, 1, RulesPatch(receiver_differs=False))
    assert changed == Rules(receiver_differs=False, over_tolerance_percent=10, version=2)
    with pytest.raises(StaleVersion):
        await shop.db.transact(set_rules, BOSS, 1, RulesPatch(over_tolerance_percent=50))
    assert await rules_now(shop.db.reading) == changed
    both = Caller(kind="staff", id=shop.sender.id, scopes=shop.sender.scopes, locations=None)
    sent = await shop.transfer({"POT": 2})
    await shop.ship(sent)
    await shop.receive(sent, "POT", 2, by=both)
    assert (await shop.stock("POT"))["destination"] == (2, 0)
