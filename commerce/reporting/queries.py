"""Simulations as the back office sees them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import Integer, Uuid, func, or_, select

from commerce import promotions
from commerce.kernel.errors import NotFound
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.price_engine import Promotion
from commerce.reporting.schemas import (
    MOST_PROMOTIONS,
    TOP_ARTICLES,
    DisplacedOut,
    SimulatedArticleOut,
    SimulationFiguresOut,
    SimulationOut,
    SimulationProgressOut,
    SimulationSummaryOut,
)
from commerce.reporting.sources import products, variants
from commerce.reporting.states import SimulationState
from commerce.reporting.tables import (
    simulation_articles,
    simulation_figures,
    simulation_promotions,
    simulations,
)


class SimulationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A simulation as it is stored."""

    id: UUID
    promotion_id: UUID
    promotion_version: int
    rule: Promotion
    since: datetime
    until: datetime
    channels: tuple[UUID, ...]
    state: SimulationState
    orders: int
    looked: int
    left_out: int
    after_at: datetime | None
    after_id: UUID | None
    stopped_because: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


_row = simulations.c
_columns = [_row[name] for name in SimulationRow.__struct_fields__]
ONE = Statement(select(*_columns).where(_row.id == given("id", Uuid)), into=SimulationRow)
PAGE = Statement(
    select(*_columns)
    .where(
        _row.promotion_id == given("promotion_id", Uuid),
        or_(given("before", Uuid).is_(None), _row.id < given("before", Uuid)),
    )
    .order_by(_row.id.desc())
    .limit(given("most", Integer)),
    into=SimulationRow,
)
FIGURES = Statement(
    select(simulation_figures)
    .where(simulation_figures.c.simulation_id == given("id", Uuid))
    .order_by(simulation_figures.c.currency)
)
_of_promotion = simulation_promotions.c
PROMOTIONS = Statement(
    select(simulation_promotions)
    .where(
        _of_promotion.simulation_id == given("id", Uuid),
        or_(
            _of_promotion.saved_before != _of_promotion.saved_after,
            _of_promotion.orders_before != _of_promotion.orders_after,
        ),
    )
    .order_by(
        func.abs(_of_promotion.saved_after - _of_promotion.saved_before).desc(),
        _of_promotion.promotion_id,
        _of_promotion.currency,
    )
    .limit(given("most", Integer))
)
_of_article = simulation_articles.c
ARTICLES = Statement(
    select(simulation_articles, variants.c.sku, products.c.title)
    .join_from(simulation_articles, variants, variants.c.id == _of_article.variant_id, isouter=True)
    .join(products, products.c.id == variants.c.product_id, isouter=True)
    .where(
        _of_article.simulation_id == given("id", Uuid),
        or_(
            _of_article.discount_before != _of_article.discount_after,
            _of_article.net_before != _of_article.net_after,
        ),
    )
    .order_by(
        func.abs(_of_article.discount_after - _of_article.discount_before).desc(),
        _of_article.variant_id,
        _of_article.currency,
    )
    .limit(given("most", Integer))
)


async def simulation_row(reads: Reads, simulation_id: UUID) -> SimulationRow | None:
    """Gives a simulation as it is stored, or None."""
    return await reads.fetch_one(ONE, id=simulation_id)


async def simulation(
    reads: Reads, promotion_id: UUID, simulation_id: UUID, *, with_costs: bool, language: str = "en"
) -> SimulationOut:
    """Gives a simulation of a promotion with its figures so far; refuses with NotFound."""
    row = await simulation_row(reads, simulation_id)
    if row is None or row.promotion_id != promotion_id:
        raise NotFound("There is no such simulation of this promotion.")
    figures = await reads.fetch(FIGURES, id=simulation_id)
    displaced = await reads.fetch(PROMOTIONS, id=simulation_id, most=MOST_PROMOTIONS)
    articles = await reads.fetch(ARTICLES, id=simulation_id, most=TOP_ARTICLES)
    return SimulationOut(
        id=row.id,
        promotion_id=row.promotion_id,
        promotion_version=row.promotion_version,
        state=row.state,
        since=row.since,
        until=row.until,
        channels=list(row.channels),
        progress=SimulationProgressOut(done=row.looked, total=max(row.orders, row.looked)),
        left_out=row.left_out,
        figures=[_figures(each, with_costs=with_costs) for each in figures],
        promotions=[_displaced(each) for each in displaced],
        articles=[_article(each, language) for each in articles],
        detail=row.stopped_because,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


async def simulations_page(
    reads: Reads, promotion_id: UUID, *, before: UUID | None, most: int
) -> list[SimulationSummaryOut]:
    """Gives up to `most` simulations of a promotion, the latest first, before the one named; refuses with NotFound an unknown promotion."""
    rows = await reads.fetch(PAGE, promotion_id=promotion_id, before=before, most=most)
    if not rows:
        await promotions.promotion_of(reads, promotion_id)
    return [
        SimulationSummaryOut(
            id=row.id,
            promotion_id=row.promotion_id,
            promotion_version=row.promotion_version,
            state=row.state,
            since=row.since,
            until=row.until,
            progress=SimulationProgressOut(done=row.looked, total=max(row.orders, row.looked)),
            created_at=row.created_at,
            finished_at=row.finished_at,
        )
        for row in rows
    ]


def _figures(row: Record, *, with_costs: bool) -> SimulationFiguresOut:
    currency = row["currency"]

    def money(amount: int) -> Money:
        return Money(amount, currency)

    def cost(amount: int) -> Money | None:
        return money(amount) if with_costs else None

    return SimulationFiguresOut(
        currency=currency,
        orders=row["orders"],
        changed=row["changed"],
        uses=row["uses"],
        discount_before=money(row["discount_before"]),
        discount_after=money(row["discount_after"]),
        discount_given=money(row["discount_after"] - row["discount_before"]),
        net_before=money(row["net_before"]),
        net_after=money(row["net_after"]),
        cost_before=cost(row["cost_before"]),
        cost_after=cost(row["cost_after"]),
        margin_before=cost(row["costed_net_before"] - row["cost_before"]),
        margin_after=cost(row["costed_net_after"] - row["cost_after"]),
        uncosted_lines=row["uncosted_lines"],
    )


def _displaced(row: Record) -> DisplacedOut:
    currency = row["currency"]
    return DisplacedOut(
        promotion_id=row["promotion_id"],
        currency=currency,
        orders_before=row["orders_before"],
        orders_after=row["orders_after"],
        saved_before=Money(row["saved_before"], currency),
        saved_after=Money(row["saved_after"], currency),
    )


def _article(row: Record, language: str) -> SimulatedArticleOut:
    currency: Any = row["currency"]
    title = None if row["title"] is None else msgspec.json.decode(row["title"], type=Text3).said(language)
    return SimulatedArticleOut(
        variant_id=row["variant_id"],
        sku=row["sku"],
        title=title,
        currency=currency,
        units=row["units"],
        discount_before=Money(row["discount_before"], currency),
        discount_after=Money(row["discount_after"], currency),
        net_before=Money(row["net_before"], currency),
        net_after=Money(row["net_after"], currency),
    )
