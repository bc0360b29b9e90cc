"""Set how the shop sells from a member state: whether it is below the threshold, and what it reverse-charges."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
from asyncpg import Record
from msgspec import UNSET
from sqlalchemy import BigInteger, Boolean, Date, Integer, Text, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from commerce.kernel.errors import FieldError, InvalidInput, NotFound, invalid
from commerce.kernel.money import Money
from commerce.platform.database import Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, any_of, given
from commerce.price_engine import MEMBER_STATES
from commerce.tax.errors import DestinationOptionBinds
from commerce.tax.index import TAXES
from commerce.tax.schemas_sellers import SalesYear, TaxSellerIn, TaxSellerOut, TaxSellerPatch
from commerce.tax.tables import distance_sales, distance_totals, tax_categories, tax_sellers
from commerce.tax.zones import time_zone

OPTION_YEARS = 2
_seller = tax_sellers.c
_at = given("at", _seller.updated_at.type)
_country = given("country", Text)
SELLERS = Statement(
    select(tax_sellers)
    .where(_seller.country > given("after", Text), or_(~given("one", Boolean), _seller.country == _country))
    .order_by(_seller.country)
    .limit(given("most", Integer))
)
YEARS = Statement(
    select(distance_totals)
    .where(any_of(distance_totals.c.country, "countries"))
    .order_by(distance_totals.c.country, distance_totals.c.year.desc())
)
KNOWN = Statement(select(tax_categories.c.code).where(any_of(tax_categories.c.code, "codes")))
ADD = Statement(
    insert(tax_sellers).values(
        country=_country,
        distance=given("distance", Text),
        threshold=given("threshold", BigInteger),
        currency=given("currency", Text),
        domestic_reverse=given("domestic_reverse", JSONB),
        opted_on=given("opted_on", Date),
        updated_at=_at,
    )
)
LOCK = Statement(select(tax_sellers).where(_seller.country == _country).with_for_update())
CHANGE = Statement(
    update(tax_sellers)
    .where(_seller.country == _country, _seller.version == given("expected", Integer))
    .values(
        distance=given("distance", Text),
        domestic_reverse=given("domestic_reverse", JSONB),
        opted_on=given("opted_on", Date),
        version=_seller.version + 1,
        updated_at=_at,
    )
)
FORGET_YEARS = Statement(delete(distance_totals).where(distance_totals.c.country == _country))
# What was sold while nothing was weighed: the sums of each year, and the sale with which each went beyond the threshold.
_sold = distance_sales.c
_running = (
    select(
        _sold.year,
        _sold.order_id,
        _sold.at,
        _sold.counted,
        func.sum(_sold.net)
        .filter(_sold.counted)
        .over(partition_by=_sold.year, order_by=[_sold.at, _sold.id])
        .label("sum"),
    )
    .where(_sold.country == _country)
    .subquery("running")
)
_crossed = (
    select(_running.c.year, _running.c.at, _running.c.order_id)
    .ext(distinct_on(_running.c.year))
    .where(or_(_running.c.sum > given("threshold", BigInteger), ~_running.c.counted))
    .order_by(_running.c.year, _running.c.at)
    .subquery("crossed")
)
_summed = (
    select(
        _sold.year,
        func.coalesce(func.sum(_sold.net).filter(_sold.counted), 0).label("total"),
        func.count().filter(and_(~_sold.counted, _sold.effect == "sale")).label("uncounted"),
    )
    .where(_sold.country == _country)
    .group_by(_sold.year)
    .subquery("summed")
)
WEIGH = Statement(
    insert(distance_totals).from_select(
        ["country", "year", "total", "uncounted", "crossed_at", "crossed_by"],
        select(
            _country, _summed.c.year, _summed.c.total, _summed.c.uncounted, _crossed.c.at, _crossed.c.order_id
        ).join_from(_summed, _crossed, _crossed.c.year == _summed.c.year, isouter=True),
    )
)


async def sellers_page(reads: Reads, *, after: str | None, most: int) -> list[TaxSellerOut]:
    """Gives up to `most` countries that the shop sells from, with their years of distance sales, after the one named."""
    return await _sellers(reads, await reads.fetch(SELLERS, after=after or "", one=False, country="", most=most))


async def tax_seller(reads: Reads, country: str) -> TaxSellerOut:
    """Gives how the shop sells from one country; refuses with NotFound."""
    found = await _sellers(reads, await reads.fetch(SELLERS, after="", one=True, country=country, most=1))
    if not found:
        raise NotFound("Nothing is set for this country; distance sales from it are taxed at destination.")
    return found[0]


async def add_seller(tx: Tx, data: TaxSellerIn, *, at: datetime) -> TaxSellerOut:
    """Set how the shop sells from a country for the first time.

    Refuses what is no member state, an unknown category, a second country at origin (OneThresholdOnly), and a country
    that is set already (TaxSellerExists).
    """
    if data.country not in MEMBER_STATES:
        raise invalid("/country", "Distance sales are a matter of member states of the European Union.")
    if data.threshold.amount < 0:
        raise invalid("/threshold/amount", "A threshold is not negative.")
    await _check_categories(tx, data.domestic_reverse)
    await tx.execute(
        ADD,
        country=data.country,
        distance=data.distance,
        threshold=data.threshold.amount,
        currency=data.threshold.currency,
        domestic_reverse=data.domestic_reverse,
        opted_on=None,
        at=at,
    )
    await TAXES.changed(tx)
    made = await tax_seller(tx, data.country)
    tx.changed("tax_seller", data.country, after=made)
    return made


async def change_seller(
    tx: Tx, country: str, expected_version: int, data: TaxSellerPatch, *, at: datetime
) -> TaxSellerOut:
    """Change how the shop sells from a country; sales wait meanwhile, so that none is weighed twice or not at all.

    Who turns from destination to origin is weighed by what was sold in all the years on record. Refuses that within two
    calendar years of the option for destination (DestinationOptionBinds; Directive 2006/112/EC, article 59c(3)), and as
    `add_seller` does.
    """
    row = await tx.fetch_one(LOCK, country=country)
    before = await tax_seller(tx, country)
    if row is None or row["version"] != expected_version:
        raise StaleVersion
    reverse = before.domestic_reverse if data.domestic_reverse is UNSET else data.domestic_reverse
    await _check_categories(tx, reverse)
    distance = before.distance if data.distance is UNSET else data.distance
    today = at.astimezone(ZoneInfo(time_zone(country))).date()
    opted_on = before.opted_on
    if distance == "destination" and before.distance == "origin":
        opted_on = today
    elif distance == "origin" and before.distance == "destination":
        _refuse_bound(opted_on, today)
        opted_on = None
    await tx.execute(
        CHANGE,
        country=country,
        expected=expected_version,
        distance=distance,
        domestic_reverse=reverse,
        opted_on=opted_on,
        at=at,
    )
    if distance != before.distance:
        await tx.execute(FORGET_YEARS, country=country)
        if distance == "origin":
            await tx.execute(WEIGH, country=country, threshold=before.threshold.amount)
    await TAXES.changed(tx)
    after = await tax_seller(tx, country)
    tx.changed("tax_seller", country, before=before, after=after)
    return after


def _refuse_bound(opted_on: date | None, today: date) -> None:
    if opted_on is not None and today.year < opted_on.year + OPTION_YEARS:
        raise DestinationOptionBinds(
            f"It was chosen on {opted_on} and holds to the end of {opted_on.year + OPTION_YEARS - 1}.",
            errors=[FieldError("/distance", "Cannot be origin before then.")],
        )


async def _check_categories(tx: Tx, codes: Sequence[str]) -> None:
    known = {row["code"] for row in await tx.fetch(KNOWN, codes=list(codes))} if codes else set()
    errors = [
        FieldError(f"/domestic_reverse/{place}", "There is no such tax category.")
        for place, code in enumerate(codes)
        if code not in known
    ]
    if errors:
        raise InvalidInput("Some categories are not known.", errors=errors)


async def _sellers(reads: Reads, rows: Iterable[Record]) -> list[TaxSellerOut]:
    found = list(rows)
    years: dict[str, list[Record]] = defaultdict(list)
    for year in await reads.fetch(YEARS, countries=[row["country"] for row in found]):
        years[year["country"]].append(year)
    return [_out(row, years[row["country"]]) for row in found]


def _out(row: Record, years: Iterable[Record]) -> TaxSellerOut:
    currency = row["currency"]
    return TaxSellerOut(
        country=row["country"],
        distance=row["distance"],
        threshold=Money(row["threshold"], currency),
        domestic_reverse=msgspec.json.decode(row["domestic_reverse"], type=list[str]),
        opted_on=row["opted_on"],
        years=[
            SalesYear(
                year=year["year"],
                net=Money(year["total"], currency),
                uncounted=year["uncounted"],
                beyond_since=year["crossed_at"],
            )
            for year in years
        ],
        version=row["version"],
    )
