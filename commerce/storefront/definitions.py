"""What pages say of products in words that are the whole catalogue's: names of attributes, choices, own fields, categories. Resident.

A statement gives codes and ids as they stand in the product's row; they are written out here, once for all products that have the same ones.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec
from asyncpg import Record
from sqlalchemy import ColumnElement, ScalarSelect, TableClause, exists, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

from commerce.kernel.errors import Bug
from commerce.kernel.wire import Text3
from commerce.platform.database import Reading
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement
from commerce.storefront.sources import (
    attributes,
    categories,
    custom_fields,
    kit_components,
    media,
    parties,
    product_media,
    product_types,
    products,
)

MOST_DEFINITIONS = 5_000
MOST_CATEGORIES = 50_000
MOST_KEPT = 5_000
MOST_KEPT_LENGTH = 2_000

Value: TypeAlias = str | float | bool
Key: TypeAlias = tuple[str, ...]
_EMPTY = "{}"


class _Choice(msgspec.Struct, frozen=True):
    code: str
    label: Text3


class _Attribute(msgspec.Struct, frozen=True):
    name: Text3
    unit: str | None
    choices: tuple[_Choice, ...]


class _Row(msgspec.Struct, frozen=True):
    attributes: dict[str, _Attribute]
    types: dict[str, list[str]]
    fields: dict[str, Text3]
    kits: bool
    parties: bool
    pictures: bool
    renditions: bool
    called: bool


class Category(msgspec.Struct, frozen=True):
    """A live category as pages name it."""

    id: str
    slug: str
    name: Text3
    position: int


def _by_code(of: TableClause, value: ColumnElement[Any], *where: ColumnElement[bool]) -> ScalarSelect[Any]:
    rows = select(of.c.code, value.label("value")).where(*where).order_by(of.c.code)
    few = rows.limit(literal_column(str(MOST_DEFINITIONS))).subquery()
    object_ = func.coalesce(func.jsonb_object_agg(few.c.code, few.c.value), literal_column("'{}'::jsonb"), type_=JSONB)
    return select(object_).select_from(few).scalar_subquery()


_described = func.jsonb_build_object(
    literal_column("'name'"),
    attributes.c.name,
    literal_column("'unit'"),
    attributes.c.unit,
    literal_column("'choices'"),
    attributes.c.choices,
)
DEFINED = Statement(
    select(
        _by_code(attributes, _described).label("attributes"),
        _by_code(product_types, func.to_jsonb(product_types.c.attributes)).label("types"),
        _by_code(custom_fields, custom_fields.c.name, custom_fields.c.shown).label("fields"),
        exists(select(kit_components.c.variant_id)).label("kits"),
        exists(select(parties.c.id)).label("parties"),
        exists(select(product_media.c.id)).label("pictures"),
        exists(select(media.c.id)).label("renditions"),
        exists(select(products.c.id).where(products.c.option_value_texts != literal_column("'[]'"))).label("called"),
    ),
    into=_Row,
)
CATEGORIES = Statement(
    select(categories.c.id, categories.c.parent_id, categories.c.slug, categories.c.name, categories.c.position)
    .where(categories.c.withdrawn_at.is_(None))
    .order_by(categories.c.position, categories.c.slug)
    .limit(literal_column(str(MOST_CATEGORIES)))
)


class Definitions:
    """What products are described by. `kits`, `parties`, `pictures` (that were arranged here) and `renditions` (of pictures that were sent) say whether
    there are any at all: else no statement looks for them; `called` whether option values of any product have texts in other languages.
    """

    def __init__(self, row: _Row) -> None:
        self.kits, self.parties, self.pictures, self.renditions = row.kits, row.parties, row.pictures, row.renditions
        self.called = row.called
        self._row = row
        self._options: dict[Key, str] = {}
        self._written: dict[Key, str] = {}
        self._labels = {
            code: {choice.code: choice.label for choice in each.choices} for code, each in row.attributes.items()
        }

    def options(self, names: str, language: str) -> str:
        """Gives the names of a product's options in a language as JSON, from those in all languages."""
        return _kept(self._options, (names, language), self._options_of)

    def attributes(self, values: str, product_type: str, language: str) -> str:
        """Gives what a product or a variant is described by as JSON, in the order of its product type, from its values by code."""
        return "[]" if values == _EMPTY else _kept(self._written, (values, product_type, language), self._attributes_of)

    def custom(self, values: str, language: str) -> str:
        """Gives the merchant's own fields that are for everybody as JSON, from the values by code."""
        if values == _EMPTY:
            return "[]"
        held = msgspec.json.decode(values, type=dict[str, Value])
        fields = self._row.fields
        shown = [
            {"code": code, "name": fields[code].said(language), "value": value}
            for code, value in sorted(held.items())
            if code in fields
        ]
        return msgspec.json.encode(shown).decode()

    def _options_of(self, names: str, language: str) -> str:
        held = msgspec.json.decode(names, type=list[Text3])
        return msgspec.json.encode([each.said(language) for each in held]).decode()

    def _attributes_of(self, values: str, product_type: str, language: str) -> str:
        held = msgspec.json.decode(values, type=dict[str, Value | list[Value]])
        order = {code: nth for nth, code in enumerate(self._row.types.get(product_type, ()))}
        codes = sorted(
            (code for code in held if code in self._row.attributes),
            key=lambda code: (order.get(code, len(order)), code),
        )
        return msgspec.json.encode([self._attribute(code, held[code], language) for code in codes]).decode()

    def _attribute(self, code: str, value: Value | list[Value], language: str) -> dict[str, object]:
        defined, labels = self._row.attributes[code], self._labels[code]
        texts = [_plain(each) for each in (value if isinstance(value, list) else [value])]
        shown = [
            {"value": each, "label": (labels[each].said(language) if each in labels else "") or each} for each in texts
        ]
        return {"code": code, "name": defined.name.said(language), "unit": defined.unit, "values": shown}


class Categories:
    """The live categories by id. `nested` says whether any stands below another."""

    def __init__(self, rows: Sequence[Record]) -> None:
        self._by_id = {
            str(row["id"]): (
                nth,
                Category(str(row["id"]), row["slug"], msgspec.json.decode(row["name"], type=Text3), row["position"]),
            )
            for nth, row in enumerate(rows)
        }
        self.nested = any(str(row["parent_id"]) in self._by_id for row in rows)
        self._slugs = {each.slug for _, each in self._by_id.values()}
        self._written: dict[Key, str] = {}

    def has(self, id_or_slug: str) -> bool:
        """Says whether a live category has this id or slug; a slug of former days is none."""
        return id_or_slug in self._slugs or id_or_slug in self._by_id

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, id_: str) -> Category | None:
        """Gives a category by its id; None where it is none that is live."""
        found = self._by_id.get(id_)
        return None if found is None else found[1]

    def written(self, ids: str, language: str) -> str:
        """Gives the categories of a product as JSON in the order of the tree's level, from their ids with commas between them."""
        return "[]" if not ids else _kept(self._written, (ids, language), self._of)

    def _of(self, ids: str, language: str) -> str:
        found = sorted(self._by_id[each] for each in ids.split(",") if each in self._by_id)
        shown = [{"id": each.id, "slug": each.slug, "name": each.name.said(language)} for _, each in found]
        return msgspec.json.encode(shown).decode()


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)


def _kept(kept: dict[Key, str], key: Key, write: Callable[..., str]) -> str:
    """Gives what was written before, or writes it; what is long or already too much is written each time."""
    found = kept.get(key)
    if found is None:
        found = write(*key)
        if len(kept) < MOST_KEPT and len(key[0]) + len(found) < MOST_KEPT_LENGTH:
            kept[key] = found
    return found


async def _load(reading: Reading) -> Definitions:
    row = await reading.fetch_one(DEFINED)
    if row is None:
        raise Bug("what stands without FROM gave no row")
    return Definitions(row)


async def _load_categories(reading: Reading) -> Categories:
    return Categories(await reading.fetch(CATEGORIES))


DEFINITIONS: Resident[Definitions] = Resident("catalog", _load)
TREE: Resident[Categories] = Resident("catalog.categories", _load_categories)
