"""What articles are called: for answers that name them to people, sold or withdrawn, on show or not."""

from collections.abc import Collection, Mapping
from typing import Any, TypedDict
from uuid import UUID

import msgspec
from sqlalchemy import JSON, ColumnElement, Select, func, select, text, type_coerce

from commerce.catalog.tables import products, variants
from commerce.kernel.ids import VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of


class ArticleName(msgspec.Struct, frozen=True, kw_only=True):
    """What an article is called."""

    variant_id: VariantId
    sku: str
    title: Text3


class Called(TypedDict):
    """What an article is called in one language, as answers of several slices have it."""

    sku: str | None
    title: str | None


def called(variant_id: UUID | None, names: Mapping[UUID, ArticleName], language: str) -> Called:
    """Gives what an article is called; nulls where there is none, and for one that nobody knows any more."""
    name = None if variant_id is None else names.get(variant_id)
    return Called(sku=name.sku if name else None, title=name.title.said(language) if name else None)


def _names(those: ColumnElement[bool]) -> Select[Any]:
    return (
        select(variants.c.id.label("variant_id"), variants.c.sku, products.c.title)
        .join_from(variants, products, products.c.id == variants.c.product_id)
        .where(those)
    )


NAMES = Statement(_names(any_of(variants.c.id, "ids")), into=ArticleName)


def names_in(ids: Select[tuple[Any]]) -> ColumnElement[Any]:
    """Gives the names of the articles whose ids a SELECT gives, as a JSON list of `ArticleName`: a column of a statement that shows a document."""
    found = _names(variants.c.id.in_(ids)).subquery("named")
    rows = select(func.json_agg(found.table_valued(), type_=JSON)).scalar_subquery()
    return type_coerce(func.coalesce(rows, text("'[]'::json")), JSON)


async def article_names(reads: Reads, ids: Collection[UUID]) -> dict[UUID, ArticleName]:
    """Gives what articles are called, in one statement; an id that nothing has is left out."""
    if not ids:
        return {}
    return {each.variant_id: each for each in await reads.fetch(NAMES, ids=list(ids))}
