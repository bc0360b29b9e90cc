"""Units become units of another article: whatever was and is done with the rest, the money is that which was agreed, to the cent."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import text

from commerce import orders
from commerce.kernel.clock import HeldClock, now
from commerce.kernel.errors import IllegalMove
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.orders import UNPLACED, NotThatManyUnits, Order, OrderDraft, OrderLine, OrderState, rules
from commerce.orders.audit import CHECKS
from commerce.orders.facts import SubstituteArticle
from commerce.orders.split import Split, substituted
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.price_engine import units_share
from tests.given import orders as given_orders
from tests.given.orders import Want

FEES = (given_orders.fee("deposit", 25, kind="deposit"), given_orders.fee("raee", 7))
WANT = st.builds(
    Want,
    quantity=st.integers(1, 6),
    unit=st.integers(0, 4_999),
    delivery=st.sampled_from([0, 495]),
    discount=st.sampled_from([0, 1, 100, 9_999]),
    fees=st.sampled_from([(), FEES]),
    gift=st.sampled_from([False, False, True]),
)
FIGURES = ("subtotal", "discount", "net", "tax", "total")


def other(unit: int) -> SubstituteArticle:
    """Gives another article that costs so much by itself."""
    return SubstituteArticle(
        variant_id=new_id(), product_id=new_id(), sku="OTHER", title=Text3(en="Mug"), option_text="", unit=unit
    )


def placed(want: Want, step: int = 1) -> Order:
    """Gives a placed order of one line, as a value."""
    draft = given_orders.draft([want], currency="KWD" if step > 1 else "EUR", charge_step=step)
    fields = {name: getattr(draft, name) for name in OrderDraft.__struct_fields__}
    return Order(**fields, number="O-2345678", state=OrderState.PLACED, opened_at=now(), placed_at=now())


def swap(order: Order, units: int, unit: int) -> Split:
    """Makes units of the first line, which its place cannot give, units of another article."""
    line, home = order.lines[0], order.groups[0].location_id
    waiting = rules.displaced(order, [(line.id, units)], home)
    return substituted(waiting, line.id, units, other(unit), home)


@settings(max_examples=200, deadline=None)
@given(want=WANT, step=st.sampled_from([1, 10]), data=st.data())
def test_the_money_of_a_line_is_that_which_was_agreed_however_it_is_cut(
    want: Want, step: int, data: st.DataObject
) -> None:
    order = placed(want, step)
    gone = data.draw(st.integers(0, want.quantity - 1))
    handed = data.draw(st.integers(0, want.quantity - 1 - gone))
    units = data.draw(st.integers(1, want.quantity - gone - handed))
    taken = rules.fulfilled(order, [(order.lines[0].id, handed)]).order if handed else order
    taken = rules.units_cancelled(taken, [(order.lines[0].id, gone)]).order if gone else taken
    due, lost = rules.due(taken), rules.given_up(taken)
    split = swap(taken, units, data.draw(st.integers(0, 6_000)))
    after = split.order
    for figure in FIGURES:
        assert sum(getattr(line, figure) for line in after.lines) == sum(getattr(line, figure) for line in order.lines)
    assert (rules.due(after), rules.given_up(after)) == (due, lost + split.amount)
    assert all(line.subtotal == line.unit * line.quantity for line in after.lines)
    kept, had = after.lines[0], taken.lines[0]
    assert (kept.quantity, kept.unit, kept.sku, kept.title) == (had.quantity - units, had.unit, had.sku, had.title)
    # What was charged for units that are still there, and what was given up with those that are not, is what it was.
    for start, stop, offset in ((0, handed, 0), (kept.quantity - gone, kept.quantity, units)):
        assert units_share(kept.sold, start, stop) == units_share(had.sold, start + offset, stop + offset)
    assert split.line.total <= split.agreed.total
    goods = [(line.id, line.open) for line in after.goods if line.open]
    assert rules.due(after) + rules.fulfilled(after, goods).amount + lost + split.amount == order.total


def test_a_dearer_article_costs_what_was_agreed_and_a_cheaper_one_what_it_costs() -> None:
    order = placed(Want(quantity=3, unit=1000, discount=100, fees=FEES[:1]))
    dearer = swap(order, 2, 1500)
    assert (dearer.difference, dearer.amount, dearer.line.unit, dearer.line.total) == (None, 0, 1000, 1934)
    assert orders.substitute_costs(order, order.lines[0].id, 2, 1500) == 1934
    cheaper = swap(order, 2, 800)
    assert (cheaper.line.unit, cheaper.line.total, cheaper.line.discount) == (800, 1600, 0)
    assert cheaper.difference is not None
    told = cheaper.difference
    assert (told.kind, told.quantity, told.cancelled, told.unit, told.total) == ("difference", 2, 2, 200, 334)
    assert (cheaper.amount, [line.of_line_id for line in cheaper.added]) == (334, [None, None, cheaper.line.id])
    assert orders.substitute_costs(order, order.lines[0].id, 2, 800) == 1600


async def _swapped(db: Database, order: Order, units: int, unit: int, line: OrderLine | None = None) -> Order:
    line, home = line or order.lines[0], order.groups[0].location_id
    await db.transact(orders.displace, order.id, [(line.id, units)], from_location=home)

    async def step(tx: Tx) -> Order:
        after, _ = await orders.substitute(
            tx,
            order.id,
            line.id,
            units,
            other(unit),
            location_id=home,
            consent="asked",
            by="shopper:1",
            agreed_by="shopper:1",
        )
        return after

    return await db.transact(step)


async def _broken(db: Database) -> set[str]:
    # Nothing is reserved here: a test of orders alone has no stock.
    found = {each.name for each in await run_checks(db.reading, CHECKS) if each.rows}
    return found - {"placed_orders_have_reserved_what_they_are_owed"}


async def test_what_is_stored_is_what_was_cut_and_the_header_stays(db: Database, clock: HeldClock) -> None:
    order = await given_orders.placed(db, Want(quantity=3, unit=999, discount=100, fees=FEES, delivery=495))
    after = await _swapped(db, order, 2, 500)
    assert after == await orders.order(db.reading, order.id)
    assert (after.total, after.version, len(after.lines)) == (order.total, order.version + 2, 7)
    new = after.lines[3]
    assert (new.sku, new.instead_of_line_id, after.units_at(new, None)) == ("OTHER", order.lines[0].id, 2)
    assert await _broken(db) == set()
    again = await _swapped(db, after, 1, 400, new)  # and what stands for it is missing too
    assert await _broken(db) == set()
    await db.transact(orders.fulfil, order.id, [(line.id, line.open) for line in again.goods if line.open])
    assert (await orders.order(db.reading, order.id)).state is OrderState.COMPLETED
    assert await _broken(db) == set()


async def test_a_line_of_which_all_units_were_replaced_keeps_what_it_says(db: Database, clock: HeldClock) -> None:
    order = await given_orders.placed(db, Want(quantity=2, unit=1000))
    after = await _swapped(db, order, 2, 1000)
    assert [(line.quantity, line.unit, line.total) for line in after.lines] == [(0, 1000, 0), (2, 1000, 2000)]
    paid = await db.transact(orders.fulfil, order.id, [(after.lines[1].id, 2)])
    back = await db.transact(orders.return_units, order.id, [(after.lines[1].id, 2)], withdrawal=True)
    assert (paid.amount, back.amount) == (2000, 2000)
    assert await _broken(db) == set()


async def test_units_at_another_place_stay_there_and_others_are_refused(db: Database, clock: HeldClock) -> None:
    order = await given_orders.placed(db, Want(quantity=2, unit=1000))
    with pytest.raises(NotThatManyUnits):
        await db.transact(
            orders.substitute,
            order.id,
            order.lines[0].id,
            1,
            other(1),
            location_id=new_id(),
            consent="asked",
            by="x",
            agreed_by="x",
        )
    line, away = order.lines[0], new_id()
    await db.transact(orders.displace, order.id, [(line.id, 1)], from_location=order.groups[0].location_id)
    after, split = await db.transact(
        orders.substitute,
        order.id,
        line.id,
        1,
        other(2000),
        location_id=away,
        consent="beforehand",
        by="x",
        agreed_by="x",
    )
    assert (after.units_at(split.line, away), after.units_at(after.lines[0], UNPLACED)) == (1, 0)
    await db.transact(orders.cancel, order.id, "customer", "test")
    with pytest.raises(IllegalMove):
        await _swapped(db, order, 1, 1)
    assert await _broken(db) == set()


FAULTS = [
    "UPDATE order_lines SET instead_of_line_id = NULL WHERE sku = 'OTHER'",
    "UPDATE order_lines SET tax_rate = 0 WHERE sku = 'OTHER'",
    "UPDATE order_lines SET quantity = quantity + 1, subtotal = subtotal + unit, total = total + unit, net = net + unit WHERE sku = 'OTHER'",
    """INSERT INTO order_lines SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(), 'position', 90))).*
    FROM order_lines l WHERE sku = 'OTHER'""",
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_units_that_stand_for_others_without_their_record_are_found(
    db: Database, clock: HeldClock, fault: str
) -> None:
    order = await given_orders.placed(db, Want(quantity=3, unit=999))
    await _swapped(db, order, 2, 500)
    assert await _broken(db) == set()

    async def plant(tx: Tx) -> None:
        await tx.execute(Statement[Any](text(fault)))

    await db.transact(plant)
    assert "substitutes_have_the_money_of_what_they_replace" in await _broken(db)


def test_what_a_substitute_says_is_not_what_the_missing_one_said() -> None:
    order = placed(Want(quantity=1, unit=1000))
    line = msgspec.structs.replace(order.lines[0], compare_at=1200, minimum_age=18, returned=0)
    split = swap(msgspec.structs.replace(order, lines=(line, *order.lines[1:])), 1, 900)
    assert (split.line.compare_at, split.line.minimum_age, split.line.points) == (None, None, line.points)
