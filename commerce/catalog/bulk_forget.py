"""Forget bulk edits that nobody will come back to: previews that were never made, a week later; made ones, whose outcome was read, a season later.

What they changed stays in the history of each product, which is the audit log.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import DateTime, Integer, delete, select

from commerce.catalog.bulk_tables import bulk_edit_products, bulk_edits
from commerce.kernel import clock
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, any_of, given

FORGET: Final = "catalog.forget_bulk_edits"
EVERY_SECONDS: Final = 3_600
KEEP_PREVIEW_DAYS: Final = 7
KEEP_APPLIED_DAYS: Final = 90
MOST: Final = 10
"""A run forgets so many at most, each of up to 10,000 products, in a transaction of its own."""

_edit, _part = bulk_edits.c, bulk_edit_products.c
_moment = DateTime(timezone=True)
_previewed = (_edit.state == "previewed") & (_edit.created_at < given("previewed_before", _moment))
_applied = (_edit.state == "applied") & (_edit.applied_at < given("applied_before", _moment))
# An edit that somebody is about to make is locked: it is passed over.
DUE = Statement(
    select(_edit.id)
    .where(_previewed | _applied)
    .order_by(_edit.created_at, _edit.id)
    .limit(given("most", Integer))
    .with_for_update(skip_locked=True)
)
FORGET_PRODUCTS = Statement(delete(bulk_edit_products).where(any_of(_part.bulk_edit_id, "ids")))
FORGET_EDITS = Statement(delete(bulk_edits).where(any_of(_edit.id, "ids")))


async def forget_bulk_edits(db: Database) -> int:
    """Forgets up to MOST bulk edits, one a transaction; gives how many."""
    for nth in range(MOST):
        if not await db.transact(_forget_one):
            return nth
    return MOST


async def _forget_one(tx: Tx) -> bool:
    now = clock.now()
    due = await tx.fetch(
        DUE,
        previewed_before=now - timedelta(days=KEEP_PREVIEW_DAYS),
        applied_before=now - timedelta(days=KEEP_APPLIED_DAYS),
        most=1,
    )
    ids = [row["id"] for row in due]
    if ids:
        await tx.execute(FORGET_PRODUCTS, ids=ids)
        await tx.execute(FORGET_EDITS, ids=ids)
    return bool(ids)
