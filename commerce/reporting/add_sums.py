"""Add the sums of a batch to a simulation's rows: one statement for each kind of row."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import Table, Text, Uuid, select
from sqlalchemy.dialects.postgresql import insert

from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.reporting.tables import simulation_articles, simulation_figures, simulation_promotions
from commerce.reporting.tally import Figures, OfArticle, OfPromotion, Tally


def _adding(table: Table, counts: Sequence[str], *, by: Sequence[str]) -> Statement[Any]:
    """An insert of many rows that adds to those that are there, taken in the order of their keys, so that no two runs wait in a ring."""
    keys = {name: Text if name == "currency" else Uuid for name in by}
    new = unnested("new", **keys, **{name: table.c[name].type for name in counts})
    into = insert(table).from_select(
        ["simulation_id", *keys, *counts],
        select(given("simulation_id", Uuid), *(new.c[name] for name in (*keys, *counts))).order_by(
            *(new.c[name] for name in keys)
        ),
    )
    added = {name: table.c[name] + into.excluded[name] for name in counts}
    return Statement(into.on_conflict_do_update(index_elements=["simulation_id", *keys], set_=added))


FIGURES = [each.name for each in fields(Figures)]
OF_PROMOTION = [each.name for each in fields(OfPromotion)]
OF_ARTICLE = [each.name for each in fields(OfArticle)]
ADD_FIGURES = _adding(simulation_figures, FIGURES, by=["currency"])
ADD_PROMOTIONS = _adding(simulation_promotions, OF_PROMOTION, by=["currency", "promotion_id"])
ADD_ARTICLES = _adding(simulation_articles, OF_ARTICLE, by=["currency", "variant_id"])


async def add_sums(tx: Tx, simulation_id: UUID, tally: Tally) -> None:
    """Adds what was counted."""
    if tally.figures:
        await tx.execute(
            ADD_FIGURES,
            simulation_id=simulation_id,
            currency=list(tally.figures),
            **_columns(FIGURES, tally.figures.values()),
        )
    if tally.promotions:
        await tx.execute(
            ADD_PROMOTIONS,
            simulation_id=simulation_id,
            currency=[currency for currency, _ in tally.promotions],
            promotion_id=[promotion for _, promotion in tally.promotions],
            **_columns(OF_PROMOTION, tally.promotions.values()),
        )
    if tally.articles:
        await tx.execute(
            ADD_ARTICLES,
            simulation_id=simulation_id,
            currency=[currency for currency, _ in tally.articles],
            variant_id=[variant for _, variant in tally.articles],
            **_columns(OF_ARTICLE, tally.articles.values()),
        )


def _columns(names: Sequence[str], rows: Iterable[object]) -> dict[str, list[int]]:
    return {name: [getattr(row, name) for row in rows] for name in names}
