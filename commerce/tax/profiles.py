"""Set how tax is rounded in a zone.

In the European Union the method is left to the member states within the principles of the tax (CJEU C-484/06,
Koninklijke Ahold; C-302/07, Wetherspoon); a zone of which nothing is set takes its country's profile, else each line.
"""

from datetime import datetime
from typing import Any

from msgspec import UNSET
from sqlalchemy import Integer, Select, Text, insert, select, update

from commerce.kernel.errors import NotFound
from commerce.platform.database import Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.tax.index import TAXES
from commerce.tax.schemas_sellers import TaxProfileIn, TaxProfileOut, TaxProfilePatch
from commerce.tax.tables import tax_profiles
from commerce.tax.zones import check_zone

_profile = tax_profiles.c
_at = given("at", _profile.updated_at.type)


def _profiles() -> Select[Any]:
    return select(_profile.zone, _profile.rounding, _profile.version)


PAGE = Statement(
    _profiles().where(_profile.zone > given("after", Text)).order_by(_profile.zone).limit(given("most", Integer)),
    into=TaxProfileOut,
)
ONE = Statement(_profiles().where(_profile.zone == given("zone", Text)), into=TaxProfileOut)
ADD = Statement(insert(tax_profiles).values(zone=given("zone", Text), rounding=given("rounding", Text), updated_at=_at))
CHANGE = Statement(
    update(tax_profiles)
    .where(_profile.zone == given("zone", Text), _profile.version == given("expected", Integer))
    .values(rounding=given("rounding", Text), version=_profile.version + 1, updated_at=_at)
)


async def profiles_page(reads: Reads, *, after: str | None, most: int) -> list[TaxProfileOut]:
    """Gives up to `most` profiles by zone, after the zone named."""
    return await reads.fetch(PAGE, after=after or "", most=most)


async def profile(reads: Reads, zone: str) -> TaxProfileOut:
    """Gives the profile of a zone itself; refuses with NotFound."""
    found = await reads.fetch_one(ONE, zone=zone)
    if found is None:
        raise NotFound("Nothing is set for this zone: it takes its country's profile, else each line is rounded.")
    return found


async def add_profile(tx: Tx, data: TaxProfileIn, *, at: datetime) -> TaxProfileOut:
    """Set the profile of a zone for the first time; refuses a zone that there is not, and TaxProfileExists."""
    check_zone(data.zone, "/zone")
    await tx.execute(ADD, zone=data.zone, rounding=data.rounding, at=at)
    await TAXES.changed(tx)
    made = await profile(tx, data.zone)
    tx.changed("tax_profile", data.zone, after=made)
    return made


async def change_profile(
    tx: Tx, zone: str, expected_version: int, data: TaxProfilePatch, *, at: datetime
) -> TaxProfileOut:
    """Change the profile of a zone; refuses with NotFound and StaleVersion."""
    before = await profile(tx, zone)
    rounding = before.rounding if data.rounding is UNSET else data.rounding
    if not await tx.execute(CHANGE, zone=zone, expected=expected_version, rounding=rounding, at=at):
        raise StaleVersion
    await TAXES.changed(tx)
    after = await profile(tx, zone)
    tx.changed("tax_profile", zone, before=before, after=after)
    return after
