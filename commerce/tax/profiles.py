"""Set how tax is rounded in a zone.

In the European Union the method is left to the member states within the principles of the tax (CJEU C-484/06,
Koninklijke Ahold; C-302/07, Wetherspoon); a zone of which nothing is set takes its country's profile, else each line.
"""

from datetime import datetime

from sqlalchemy import Integer, Text, select
from sqlalchemy.dialects.postgresql import insert

from commerce.platform.database import Reads, Tx
from commerce.platform.statement import Statement, given
from commerce.tax.index import TAXES
from commerce.tax.schemas_sellers import TaxProfileIn, TaxProfileOut
from commerce.tax.tables import tax_profiles
from commerce.tax.zones import check_zone

PROFILES = Statement(
    select(tax_profiles.c.zone, tax_profiles.c.rounding)
    .where(tax_profiles.c.zone > given("after", Text))
    .order_by(tax_profiles.c.zone)
    .limit(given("most", Integer)),
    into=TaxProfileOut,
)
_rounding, _at = given("rounding", Text), given("at", tax_profiles.c.updated_at.type)
SET = Statement(
    insert(tax_profiles)
    .values(zone=given("zone", Text), rounding=_rounding, updated_at=_at)
    .on_conflict_do_update(index_elements=["zone"], set_={"rounding": _rounding, "updated_at": _at})
)


async def profiles_page(reads: Reads, *, after: str | None, most: int) -> list[TaxProfileOut]:
    """Gives up to `most` profiles by zone, after the zone named."""
    return await reads.fetch(PROFILES, after=after or "", most=most)


async def set_profile(tx: Tx, zone: str, data: TaxProfileIn, *, at: datetime) -> TaxProfileOut:
    """Set the profile of a zone; refuses a zone that there is not."""
    check_zone(zone, "/zone")
    await tx.execute(SET, zone=zone, rounding=data.rounding, at=at)
    await TAXES.changed(tx)
    after = TaxProfileOut(zone=zone, rounding=data.rounding)
    tx.changed("tax_profile", zone, after=after)
    return after
