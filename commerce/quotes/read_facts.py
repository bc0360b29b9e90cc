"""Articles and every price that could hold for them, in one statement: one snapshot, one round trip, shared with whoever asks meanwhile."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record
from msgspec import Struct
from sqlalchemy import ColumnElement, DateTime, FromClause, Integer, Select, Text, Uuid, select, true

from commerce.catalog import Article, Component, There, Tree, articles_select
from commerce.kernel.ids import VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given, unnested
from commerce.platform.together import Together
from commerce.price_engine import ArticleFact, FeeFact, Measure, PriceFact
from commerce.pricing import (
    Audience,
    PriceLists,
    candidate_arguments,
    candidate_facts,
    candidates_select,
    floor_select,
    moved,
    read_lists,
)
from commerce.tax import fees_json

NO_FEES: Final = "[]"


def facts_beside(
    source: FromClause, variant: ColumnElement[Any], at: ColumnElement[datetime], *own: ColumnElement[Any]
) -> Select[Any]:
    """Selects columns of another slice's own together with the facts of the variant that each of its rows names, if it names one, at the
    instant that the row names.

    To be run with `facts_arguments`; its rows, handed in as `Ahead`, are what `price_basket` would read. The names of the own
    columns must not be those of articles and prices.
    """
    # What is on show at the store where it is bought, or on the web without one.
    there = There(at, given("shown_channel", Uuid), given("shown_location", Uuid))
    article = articles_select(variant, there=there).lateral("article")
    fees = fees_json(variant, given("currency", Text), at).label("fees")
    floors = floor_select(variant).lateral("guarded")
    candidate = candidates_select(variant, at=at).lateral("candidate")
    of_candidate = [column for column in candidate.c if column.name != "variant_id"]
    return select(*own, *article.c, fees, floors.c.floor, *of_candidate).select_from(
        source.outerjoin(article, true()).outerjoin(floors, true()).outerjoin(candidate, true())
    )


_asked = unnested("asked", nth=Integer, asked_variant=Uuid, asked_at=DateTime(timezone=True))
FACTS: Final = Together(Statement(facts_beside(_asked, _asked.c.asked_variant, _asked.c.asked_at, _asked.c.nth)))


def facts_arguments(lists: PriceLists, audience: Audience, at: datetime) -> dict[str, object]:
    """Gives what `facts_beside` takes as arguments, beside the instant."""
    arguments = candidate_arguments(lists, audience, at)
    del arguments["at"]
    return {**arguments, "shown_channel": audience.channel_id, "shown_location": audience.store_id}


class Ahead(Struct, frozen=True, kw_only=True):
    """Rows of `facts_beside` that were read before the basket was known in full, and what they were read for.

    They count for a basket of just these variants, priced by these lists for this audience at this instant; for any other one
    they are as if they had not been read.
    """

    rows: Sequence[Record]
    variants: Collection[UUID]
    audience: Audience
    lists: PriceLists
    at: datetime

    def of(
        self, variants: Collection[UUID], audience: Audience, lists: PriceLists, at: datetime
    ) -> Sequence[Record] | None:
        """Gives the rows, if they are those of such a basket."""
        same = lists is self.lists and at == self.at and audience == self.audience
        if not same or len(variants) != len(self.variants) or not all(each in self.variants for each in variants):
            return None
        return _of_articles(self.rows)


def _of_articles(rows: Iterable[Record]) -> list[Record]:
    """Leaves out the rows whose variant is none that there is."""
    return [row for row in rows if row["variant_id"] is not None]


_some_fees = msgspec.json.Decoder(tuple[FeeFact, ...])
_text = msgspec.json.Decoder(Text3)
_parts = msgspec.json.Decoder(tuple[Component, ...])
_ARTICLE: Final = Article.__struct_fields__
_of_article = itemgetter(*_ARTICLE)


class Found:
    """What the statement gave: facts for the engine, and the articles for whoever shows them."""

    def __init__(self, rows: Sequence[Record], lists: PriceLists) -> None:
        self.lists = lists
        self._rows = {row["variant_id"]: row for row in rows}
        self.prices: Mapping[UUID, tuple[PriceFact, ...]] = candidate_facts(
            row for row in rows if row["list_id"] is not None
        )

    def facts(self, tree: Tree) -> dict[UUID, ArticleFact]:
        """Gives the articles as the engine takes them."""
        return {variant: _fact(row, tree) for variant, row in self._rows.items()}

    def without_stock(self) -> frozenset[UUID]:
        """Gives the variants of which no stock is kept."""
        return frozenset(variant for variant, row in self._rows.items() if row["stock"] == "none")

    def articles(self) -> dict[VariantId, Article]:
        """Gives the articles with their names and pictures."""
        return {variant: _shown(row) for variant, row in self._rows.items()}


async def read_facts(
    reads: Reads,
    variant_ids: Iterable[UUID],
    *,
    audience: Audience,
    at: datetime,
    lists: PriceLists,
    ahead: Ahead | None = None,
) -> Found:
    """Reads articles and prices, unless just these were read ahead; an id that nothing has is left out.

    The lists given back are the ones handed in, unless those had changed meanwhile: then the present ones, with prices read
    together with them, so that no basket is split between two versions of a list.
    """
    ids = list(variant_ids)
    if not ids:
        return Found((), lists)
    read = None if ahead is None else ahead.of(ids, audience, lists, at)
    while True:
        rows = read if read is not None else await _read(reads, ids, lists, audience, at)
        priced = [row for row in rows if row["list_id"] is not None]
        unpriced = len({row["variant_id"] for row in priced}) < len(ids)
        if not moved(priced, lists) and not unpriced:
            return Found(rows, lists)
        # An article without a price may be on a list that is newer than the process's own.
        present = await read_lists(reads)
        if present.version == lists.version:
            return Found(rows, lists)
        lists, read = present, None


async def _read(
    reads: Reads, ids: Sequence[UUID], lists: PriceLists, audience: Audience, at: datetime
) -> Sequence[Record]:
    asked = {"asked_variant": ids, "asked_at": [at] * len(ids)}
    return _of_articles(await FACTS.fetch(reads, {"nth": asked}, **facts_arguments(lists, audience, at)))


def _fact(row: Record, tree: Tree) -> ArticleFact:
    own: Sequence[UUID] = row["category_ids"]
    thousandths, unit = row["content_thousandths"], row["content_unit"]
    return ArticleFact(
        variant_id=row["variant_id"],
        product_id=row["product_id"],
        tax_category=row["tax_category"],
        categories=_with_all_above(own, tree) if own else (),
        brand=row["vendor"].strip().lower(),
        sellable=row["sellable"],
        shippable=row["shippable"],
        measure=None if unit is None else Measure(thousandths=thousandths, unit=unit),
        floor_net=row["floor"],
        fees=() if row["fees"] == NO_FEES else _some_fees.decode(row["fees"]),
        minimum_age=row["minimum_age"],
        sale_rules=tuple(row["sale_rules"]),
    )


def _with_all_above(own: Sequence[UUID], tree: Tree) -> tuple[UUID, ...]:
    found: dict[UUID, None] = {}
    for category in own:
        found.update(dict.fromkeys(tree.get(category, (category,))))
    return tuple(found)


def _shown(row: Record) -> Article:
    values: dict[str, Any] = dict(zip(_ARTICLE, _of_article(row), strict=True))
    values["title"] = _text.decode(values["title"])
    values["category_ids"] = tuple(values["category_ids"])
    values["sale_rules"] = tuple(values["sale_rules"])
    values["parts"] = None if values["parts"] is None else _parts.decode(values["parts"])
    values["option_texts"] = None if values["option_texts"] is None else _text.decode(values["option_texts"])
    return Article(**values)
