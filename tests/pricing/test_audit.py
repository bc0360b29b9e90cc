"""Each check of prices finds the fault that it is for."""

from sqlalchemy import update

from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement
from commerce.pricing.audit import CHECKS
from commerce.pricing.tables import prices
from tests.given import pricing as given

CHANGE_IN_SECRET = Statement(update(prices).values(amount=prices.c.amount - 1))


async def test_a_price_that_was_changed_without_its_history_is_found(db: Database, clock: HeldClock) -> None:
    await given.prices(db, {new_id(): 1999, new_id(): 500})
    assert [finding.rows for finding in await run_checks(db.reading, CHECKS)] == [0]

    async def fault(tx: Tx) -> None:
        await tx.execute(CHANGE_IN_SECRET)

    await db.transact(fault)
    (finding,) = await run_checks(db.reading, CHECKS)
    assert (finding.code, finding.name, finding.rows) == ("G12", "price_is_the_last_of_its_history", 2)
