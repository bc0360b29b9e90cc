"""A shelf did not have what the books said: somebody is asked to count it, once while nobody has."""

from collections.abc import Collection

from sqlalchemy import Uuid, select

from commerce.counting import ledger, rules
from commerce.counting.facts import LINES_MOST, CountState
from commerce.counting.named import Name
from commerce.counting.open_count import Wish, open_count
from commerce.counting.tables import stock_count_lines, stock_counts
from commerce.kernel.ids import CountId, LocationId, VariantId
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, any_of, given

SYSTEM = Caller(kind="system")
UNDER_WAY = [state.value for state in (*rules.OPEN, CountState.AWAITING_APPROVAL)]
COUNTED_NOW = Statement(
    select(stock_count_lines.c.variant_id)
    .join_from(stock_counts, stock_count_lines, stock_count_lines.c.count_id == stock_counts.c.id)
    .where(
        stock_counts.c.location_id == given("location_id", Uuid),
        stock_counts.c.state.in_(UNDER_WAY),
        any_of(stock_count_lines.c.variant_id, "variant_ids"),
    )
    .distinct()
)


async def want_count(tx: Tx, location_id: LocationId, variant_ids: Collection[VariantId], note: str) -> CountId | None:
    """Opens a blind count of those of the articles that no count under way at the location has; None where all of them are counted already.

    Opened by nobody in particular, so that whoever did not count may approve it. `note` says why. At most 500 articles.
    """
    await ledger.lock_location(tx, location_id)
    rows = await tx.fetch(COUNTED_NOW, location_id=location_id, variant_ids=list(variant_ids))
    under_way = {VariantId(row["variant_id"]) for row in rows}
    wanted = sorted(set(variant_ids) - under_way)[:LINES_MOST]
    if not wanted:
        return None
    names = [Name(variant_id, None) for variant_id in wanted]
    return (await open_count(tx, SYSTEM, Wish(location_id=location_id, articles=names, note=note))).id
