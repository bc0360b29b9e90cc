"""Weigh sales to consumers in other member states against the threshold below which they are taxed at origin.

Directive 2006/112/EC, article 59c: net value of the current and of the preceding calendar year, by the seller's calendar,
at most 10,000 EUR or what national law has for it (paragraph 5, rate of 5 December 2017: PLN 42,000, …). Only sellers
that are taxed at origin are weighed; of the others the sales are written down for their returns.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Record
from sqlalchemy import BigInteger, Boolean, Integer, Text, Uuid, and_, case, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.tax.errors import DistanceThresholdCrossed
from commerce.tax.facts import DistanceSale
from commerce.tax.index import TAXES
from commerce.tax.tables import distance_sales, distance_totals, tax_sellers
from commerce.tax.zones import time_zone

SALE = "sale"
THRESHOLD = Money(1_000_000, "EUR")
_total = distance_totals.c
_instant = distance_sales.c.at.type
_at = given("at", _instant)
_country = given("country", Text)
_year = given("year", Integer)

# Whoever sells abroad without having said anything is taxed at destination, which is the rule.
ENSURE_SELLER = Statement(
    insert(tax_sellers)
    .values(
        country=_country,
        distance="destination",
        threshold=THRESHOLD.amount,
        currency=THRESHOLD.currency,
        domestic_reverse=literal([], JSONB),
        updated_at=_at,
    )
    .on_conflict_do_nothing(index_elements=["country"])
)
# Shared, so that nobody changes the terms meanwhile and sales do not wait for each other.
SELLER = Statement(
    select(tax_sellers.c.distance, tax_sellers.c.threshold, tax_sellers.c.currency)
    .where(tax_sellers.c.country == _country)
    .with_for_update(read=True)
)
ENTER = Statement(
    insert(distance_sales)
    .values(
        id=given("id", Uuid),
        order_id=given("order_id", Uuid),
        effect=given("effect", Text),
        country=_country,
        year=_year,
        destination=given("destination", Text),
        net=given("net", BigInteger),
        currency=given("currency", Text),
        counted=given("counted", Boolean),
        at=_at,
    )
    .on_conflict_do_nothing(index_elements=["order_id", "effect"])
    .returning(distance_sales.c.id)
)
BEGIN_YEAR = Statement(
    insert(distance_totals)
    .values(country=_country, year=_year, total=0, uncounted=0)
    .on_conflict_do_nothing(index_elements=["country", "year"])
)
_net = given("net", BigInteger)
_goes_beyond = and_(
    _total.crossed_at.is_(None),
    or_(_total.total + _net > given("threshold", BigInteger), given("uncounted", Integer) > 0),
)
ADD = Statement(
    update(distance_totals)
    .where(_total.country == _country, _total.year == _year)
    .values(
        total=_total.total + _net,
        uncounted=_total.uncounted + given("uncounted", Integer),
        crossed_at=case((_goes_beyond, _at), else_=_total.crossed_at),
        crossed_by=case((_goes_beyond, given("order_id", Uuid)), else_=_total.crossed_by),
    )
)
BEYOND = Statement(
    select(func.count())
    .select_from(distance_totals)
    .where(_total.country == _country, _total.year.between(_year - 1, _year), _total.crossed_at.is_not(None))
)
_sale = distance_sales.alias("sold")
_back = distance_sales.alias("back")
SOLD = Statement(
    select(_sale).where(_sale.c.order_id == given("order_id", Uuid), _sale.c.effect == SALE).with_for_update()
)
LEFT = Statement(select(func.sum(_back.c.net)).where(_back.c.order_id == given("order_id", Uuid)))


async def record_distance_sale(tx: Tx, sale: DistanceSale, *, at: datetime) -> None:
    """Write a sale down, once for an order, and weigh it. The last step of a placement: below the threshold sales of one
    seller wait for each other here.

    Refuses with DistanceThresholdCrossed a sale that was taxed at origin and is, or goes, beyond the threshold: price it
    again, it is taxed where it arrives. A sale in another currency than the threshold's cannot be weighed: from it on
    the seller counts as beyond (the rule is destination; being below is the exception that must be shown).
    """
    country = sale.seller_country
    await tx.execute(ENSURE_SELLER, country=country, at=at)
    seller = await tx.fetch_one(SELLER, country=country)
    if seller is None:
        return
    year = at.astimezone(ZoneInfo(time_zone(country))).year
    counted = sale.net.currency == seller["currency"]
    entered = await tx.fetch_value(
        ENTER,
        id=new_id(),
        order_id=sale.order_id,
        effect=SALE,
        country=country,
        year=year,
        destination=sale.destination,
        net=sale.net.amount,
        currency=sale.net.currency,
        counted=counted,
        at=at,
    )
    if entered is None:
        return
    if seller["distance"] == "origin":
        await tx.execute(BEGIN_YEAR, country=country, year=year)
        await tx.execute(
            ADD,
            country=country,
            year=year,
            order_id=sale.order_id,
            net=sale.net.amount if counted else 0,
            uncounted=0 if counted else 1,
            threshold=seller["threshold"],
            at=at,
        )
        await TAXES.changed(tx)
    await _refuse_beyond(tx, sale, seller, year)


async def _refuse_beyond(tx: Tx, sale: DistanceSale, seller: Record, year: int) -> None:
    if not sale.at_origin:
        return
    if seller["distance"] == "destination" or await tx.fetch_value(BEYOND, country=sale.seller_country, year=year):
        raise DistanceThresholdCrossed(
            f"Price the order again: goods sent to {sale.destination} are taxed there.", destination=sale.destination
        )


async def reverse_distance_sale(tx: Tx, order_id: UUID, *, effect: str, at: datetime, net: Money | None = None) -> None:
    """Take a sale back, whole or in part (net, at most what is left of it), once for an `effect` (`cancel`, `return:<id>`).

    Counts against the year of the sale. What went beyond the threshold stays beyond: the tax was due there from then on.
    Does nothing where the order was no distance sale.
    """
    sold = await tx.fetch_one(SOLD, order_id=order_id)
    if sold is None:
        return
    left = int(await tx.fetch_value(LEFT, order_id=order_id))
    amount = left if net is None else min(net.amount, left)
    if amount <= 0:
        return
    seller = await tx.fetch_one(SELLER, country=sold["country"])
    entered = await tx.fetch_value(
        ENTER,
        id=new_id(),
        order_id=order_id,
        effect=effect,
        country=sold["country"],
        year=sold["year"],
        destination=sold["destination"],
        net=-amount,
        currency=sold["currency"],
        counted=sold["counted"],
        at=at,
    )
    if entered is None or not sold["counted"] or seller is None or seller["distance"] != "origin":
        return
    await tx.execute(
        ADD,
        country=sold["country"],
        year=sold["year"],
        order_id=order_id,
        net=-amount,
        uncounted=0,
        threshold=seller["threshold"],
        at=at,
    )
    await TAXES.changed(tx)
