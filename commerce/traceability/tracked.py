"""Whether articles ask for anything: one statement, which every verb begins with, and which is all that happens for those that do not."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

import msgspec
from sqlalchemy import Text, Uuid, column, select, table

from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, any_of, given
from commerce.traceability.facts import Tracking
from commerce.traceability.rules import day_at
from commerce.traceability.tables import tracked_articles

locations = table("locations", column("id", Uuid), column("timezone", Text))


class Asking(msgspec.Struct, frozen=True):
    """An article that asks for something, at a place with its zone."""

    variant_id: VariantId
    tracking: Tracking
    dated: bool
    timezone: str


class Asked(msgspec.Struct, frozen=True):
    """Which of some articles ask for lots and which for serial numbers, and the instant and the date at the place."""

    lots: Mapping[VariantId, Asking]
    serials: Mapping[VariantId, Asking]
    at: datetime
    today: date

    def __bool__(self) -> bool:
        return bool(self.lots or self.serials)


_article = tracked_articles.c
_asking = (
    select(_article.variant_id, _article.tracking, _article.dated, locations.c.timezone)
    .select_from(tracked_articles.join(locations, locations.c.id == given("location_id", Uuid)))
    .where(any_of(_article.variant_id, "variant_ids"), _article.tracking != "none")
    .order_by(_article.variant_id)
)
ASKING = Statement(_asking, into=Asking)
# The share of the row's key keeps the answer true until the transaction ends: who changes what an article asks for waits.
ASKING_FOR_GOOD = Statement(_asking.with_for_update(read=True, key_share=True, of=tracked_articles), into=Asking)
TRACKING = Statement(
    select(_article.variant_id, _article.tracking).where(
        any_of(_article.variant_id, "variant_ids"), _article.tracking != "none"
    )
)


async def tracking(reads: Reads, variant_ids: Collection[VariantId]) -> Mapping[VariantId, Tracking]:
    """Gives what each of some articles asks for: the lot, the serial number, or "none"."""
    asked = set(variant_ids)
    rows = await reads.fetch(TRACKING, variant_ids=sorted(asked)) if asked else []
    return {**dict.fromkeys(asked, "none"), **{row["variant_id"]: row["tracking"] for row in rows}}


async def asked_of(tx: Tx, location_id: LocationId, variant_ids: Collection[VariantId]) -> Asked:
    """Gives what articles ask for at a place, and keeps it so until the transaction ends; false where nothing is asked."""
    return await _asked(tx, ASKING_FOR_GOOD, location_id, variant_ids)


async def asked_now(reads: Reads, location_id: LocationId, variant_ids: Collection[VariantId]) -> Asked:
    """Gives what articles ask for at a place at this moment."""
    return await _asked(reads, ASKING, location_id, variant_ids)


async def _asked(
    reads: Reads, statement: Statement[Asking], location_id: LocationId, variant_ids: Collection[VariantId]
) -> Asked:
    at, wanted = clock.now(), sorted(set(variant_ids))
    rows = await reads.fetch(statement, location_id=location_id, variant_ids=wanted) if wanted else []
    return Asked(
        lots={row.variant_id: row for row in rows if row.tracking == "lot"},
        serials={row.variant_id: row for row in rows if row.tracking == "serial"},
        at=at,
        today=day_at(at, rows[0].timezone) if rows else at.date(),
    )
