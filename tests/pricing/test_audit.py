"""Each check of prices finds the fault that it is for, and nothing where all is well."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Executable, insert, update

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.pricing import remove_prices
from commerce.pricing.audit import CHECKS
from commerce.pricing.tables import costs, price_lists, prices
from tests.given import pricing as given

NOW_AND_LATER = timedelta(days=1)


async def do(db: Database, clause: Executable) -> None:
    statement: Statement[Any] = Statement(clause)

    async def fault(tx: Tx) -> None:
        await tx.execute(statement)

    await db.transact(fault)


async def found(db: Database) -> dict[str, int]:
    findings = await run_checks(db.reading, CHECKS)
    assert {finding.code for finding in findings} == {"G12"}
    return {finding.name: finding.rows for finding in findings if finding.rows}


@pytest.mark.parametrize(
    ("fault", "name", "rows"),
    [
        (update(prices).values(amount=prices.c.amount - 1), "price_is_the_last_of_its_history", 5),
        (
            update(prices).where(prices.c.min_quantity == 1).values(ends_at=prices.c.ends_at + timedelta(hours=1)),
            "prices_of_a_tier_do_not_overlap",
            1,
        ),
        (update(price_lists).values(priority=7), "list_is_the_last_of_its_history", 2),
        (update(costs).values(amount=costs.c.amount + 1), "cost_is_the_last_of_its_history", 2),
    ],
)
async def test_what_was_changed_without_its_history_is_found(
    db: Database, clock: HeldClock, fault: Executable, name: str, rows: int
) -> None:
    pot, pan, lid = new_id(), new_id(), new_id()
    base = await given.price_list(db, store_time=True)
    await given.prices(db, {pot: 1999, pan: 500, lid: 100}, list_id=base)
    await given.prices(db, {pot: 1499}, list_id=base, starts_at=clock.at + NOW_AND_LATER)
    await given.prices(db, {pan: None}, list_id=base, starts_at=clock.at + NOW_AND_LATER)
    await given.prices(db, {pan: 450}, list_id=base, min_quantity=10)
    await given.prices(db, {lid: 90})
    await db.transact(remove_prices, base, [lid], actor="t", at=clock.at)
    await given.costs(db, {pot: 900, pan: 200, lid: 10})
    await given.costs(db, {pot: 950})
    await given.forgotten_cost(db, lid)
    clock.move(days=2)
    assert await found(db) == {}
    await do(db, fault)
    assert (await found(db))[name] == rows


async def test_a_price_without_any_history_is_found(db: Database, clock: HeldClock) -> None:
    base = await given.price_list(db)
    await do(db, insert(prices).values(price_list_id=base, variant_id=new_id(), amount=5))
    assert await found(db) == {"price_is_the_last_of_its_history": 1}
