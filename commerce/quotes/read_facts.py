"""Articles and every price that could hold for them, in one statement: one snapshot, one round trip."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import DateTime, Text, select, true

from commerce.catalog import Article, Tree, articles_select
from commerce.kernel.ids import VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
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
_article = articles_select().subquery("article")
_fees = fees_json(_article.c.variant_id, given("currency", Text), given("at", DateTime(timezone=True))).label("fees")
_floors = floor_select(_article.c.variant_id).lateral("guarded")
_candidate = candidates_select(_article.c.variant_id).lateral("candidate")
_of_candidate = [column for column in _candidate.c if column.name != "variant_id"]
FACTS: Statement[Record] = Statement(
    select(*_article.c, _fees, _floors.c.floor, *_of_candidate).select_from(
        _article.outerjoin(_floors, true()).outerjoin(_candidate, true())
    )
)
_some_fees = msgspec.json.Decoder(tuple[FeeFact, ...])
_text = msgspec.json.Decoder(Text3)


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

    def articles(self) -> dict[VariantId, Article]:
        """Gives the articles with their names and pictures."""
        return {variant: _shown(row) for variant, row in self._rows.items()}


async def read_facts(
    reads: Reads, variant_ids: Iterable[UUID], *, audience: Audience, at: datetime, lists: PriceLists
) -> Found:
    """Reads articles and prices; an id that nothing has is left out.

    The lists given back are the ones handed in, unless those had changed meanwhile: then the present ones, with prices read
    together with them, so that no basket is split between two versions of a list.
    """
    ids = list(variant_ids)
    if not ids:
        return Found((), lists)
    while True:
        rows = await reads.fetch(FACTS, ids=ids, **candidate_arguments(lists, audience, at))
        priced = [row for row in rows if row["list_id"] is not None]
        unpriced = len({row["variant_id"] for row in priced}) < len(ids)
        if not moved(priced, lists) and not unpriced:
            return Found(rows, lists)
        # An article without a price may be on a list that is newer than the process's own.
        present = await read_lists(reads)
        if present.version == lists.version:
            return Found(rows, lists)
        lists = present


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
    )


def _with_all_above(own: Sequence[UUID], tree: Tree) -> tuple[UUID, ...]:
    found: dict[UUID, None] = {}
    for category in own:
        found.update(dict.fromkeys(tree.get(category, (category,))))
    return tuple(found)


def _shown(row: Record) -> Article:
    values: dict[str, Any] = {name: row[name] for name in Article.__struct_fields__}
    return msgspec.convert(values | {"title": _text.decode(values["title"])}, Article)
