"""Counts among all that was found: by category, brand, attribute, price and stock. Of a facet's own filter nothing is left out."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import CTE, ColumnElement, Integer, Subquery, Text, Uuid, any_, func, literal_column, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from commerce import catalog
from commerce.platform.statement import given
from commerce.storefront.definitions import Categories
from commerce.storefront.fragments import json, listed
from commerce.storefront.lists import below, in_or_below
from commerce.storefront.schemas import (
    AttributeCountOut,
    AvailabilityCountOut,
    CategoryCountOut,
    FacetsOut,
    PriceCountOut,
    ValueCountOut,
    VendorCountOut,
)
from commerce.storefront.search_filters import Count, Shape
from commerce.storefront.sources import ZERO, product_categories

FACET_VALUES = 20
_FACET_VALUES = literal_column(str(FACET_VALUES), Integer)
MOST_ATTRIBUTE_VALUES = 1_000
MOST_CATEGORIES = 1_000  # withdrawn ones among them, which are not told
# In minor units of any currency: 1, 2, 5, 10 … of its hundreds. What a price is not below, and below the next.
STEPS = [0, *(digit * 10**power for power in range(2, 9) for digit in (1, 2, 5))]
_STEPS: ColumnElement[Any] = literal_column(f"'{{{','.join(map(str, STEPS))}}}'::bigint[]")


def _but(judged: CTE, shape: Shape, name: str) -> ColumnElement[bool]:
    """Says whether a product fails no filter, or only the one of this name."""
    if not shape.filtered:
        return literal_column("true")
    return judged.c.failed.op("<@")(literal_column(f"'{{#{name}}}'::text[]"))


def passes(judged: CTE, shape: Shape) -> ColumnElement[bool]:
    """Says whether a product fails no filter."""
    return judged.c.failed == literal_column("'{}'::text[]") if shape.filtered else literal_column("true")


def _vendors(judged: CTE, shape: Shape) -> ColumnElement[Any]:
    counted = (
        select(judged.c.vendor, func.count().label("count"))
        .where(judged.c.vendor != literal_column("''"), _but(judged, shape, "vendor"))
        .group_by(judged.c.vendor)
        .order_by(func.count().desc(), judged.c.vendor)
        .limit(_FACET_VALUES)
        .subquery("vendors")
    )
    value = json(value=counted.c.vendor, count=counted.c.count)
    return select(listed(value, counted.c.count.desc(), counted.c.vendor)).scalar_subquery()


def _categories(judged: CTE, shape: Shape) -> ColumnElement[Any]:
    """Gives `[[id, count], …]`, as many as choosing each finds: what stands in it or below it, each product once. Where some are chosen already,
    of those and of what is below them: of others not all that they have is looked at. Their names are the whole catalogue's, and resident.
    """
    each = _in_or_below_each(judged, shape) if shape.nested else _in_each(judged, shape)
    counted = select(each.c.id, func.sum(each.c.count).label("count"))
    if shape.within:
        tree = below(any_(given("categories", ARRAY(Text))), called="chosen")
        counted = counted.where(each.c.id.in_(select(tree.c.id)))
    most = (
        counted.group_by(each.c.id)
        .order_by(func.sum(each.c.count).desc(), each.c.id)
        .limit(literal_column(str(MOST_CATEGORIES)))
        .subquery("counted")
    )
    value = func.json_build_array(most.c.id, most.c.count)
    return select(listed(value, most.c.count.desc(), most.c.id)).scalar_subquery()


def _in_each(judged: CTE, shape: Shape) -> Subquery:
    """Gives how many of what was found stand in each category, where none is below another."""
    own = select(product_categories.c.category_id).where(product_categories.c.product_id == judged.c.id)
    if not shape.everything:
        # Of few products one by one; of everything by a join, which reads the whole table.
        own = own.offset(ZERO)
    each = own.lateral("own")
    return (
        select(each.c.category_id.label("id"), func.count().label("count"))
        .join_from(judged, each, true())
        .where(_but(judged, shape, "category"))
        .group_by(each.c.category_id)
        .subquery("in_each")
    )


def _in_or_below_each(judged: CTE, shape: Shape) -> Subquery:
    """Gives how many of what was found stand in each category or below it."""
    own = select(product_categories.c.category_id).where(product_categories.c.product_id == judged.c.id)
    ids = func.array(own.order_by(product_categories.c.category_id).scalar_subquery(), type_=ARRAY(Uuid))
    return in_or_below(
        select(ids.label("ids")).select_from(judged).where(_but(judged, shape, "category")).subquery("held")
    )


def _code(facet: ColumnElement[Any]) -> ColumnElement[str]:
    return func.split_part(facet, literal_column("':'"), literal_column("1"), type_=Text)


def _attributes(judged: CTE, shape: Shape) -> ColumnElement[Any]:
    """Gives `[[code, value, count], …]`."""
    # In the list of columns, where PostgreSQL unnests at a third of the cost.
    every = select(func.unnest(judged.c.facets, type_=Text).label("said"))
    if shape.filtered:
        failed = judged.c.failed
        all_of = every.add_columns(failed).where(func.cardinality(failed) <= literal_column("1")).subquery("all_of")
        own = all_of.c.failed[literal_column("1")] == _code(all_of.c.said)
        every = select(all_of.c.said).where(or_(func.cardinality(all_of.c.failed) == literal_column("0"), own))
    heard = every.subquery("heard")
    grouped = select(heard.c.said, func.count().label("count")).group_by(heard.c.said).subquery("grouped")
    # Counted before they are judged: values are few.
    counted = (
        select(grouped.c.said, grouped.c.count)
        .where(_code(grouped.c.said) == any_(given("filterable", ARRAY(Text))))
        .order_by(grouped.c.count.desc(), grouped.c.said)
        .limit(literal_column(str(MOST_ATTRIBUTE_VALUES)))
        .subquery("values")
    )
    value = func.json_build_array(counted.c.said, counted.c.count)
    return select(listed(value, counted.c.count.desc(), counted.c.said)).scalar_subquery()


def _prices(judged: CTE, shape: Shape) -> ColumnElement[Any]:
    step = func.width_bucket(judged.c.price, _STEPS, type_=Integer)
    counted = (
        select(step.label("step"), func.count().label("count"))
        .where(judged.c.price.is_not(None), _but(judged, shape, "price"))
        .group_by(step)
        .subquery("prices")
    )
    return select(listed(func.json_build_array(counted.c.step, counted.c.count), counted.c.step)).scalar_subquery()


def _availability(judged: CTE, shape: Shape) -> ColumnElement[Any]:
    there = func.count().filter(judged.c.available)
    return (
        select(json(available=there, out=func.count() - there))
        .select_from(judged)
        .where(_but(judged, shape, "availability"))
        .scalar_subquery()
    )


def facets(judged: CTE, shape: Shape) -> ColumnElement[Any]:
    """Gives the counts that are wanted as one JSON object."""
    made = {
        Count.CATEGORY: _categories,
        Count.VENDOR: _vendors,
        Count.ATTRIBUTE: _attributes,
        Count.PRICE: _prices,
        Count.AVAILABILITY: _availability,
    }
    return json(**{each.value: made[each](judged, shape) for each in Count if each in shape.counts})


class _Counted(msgspec.Struct):
    """The counts as the statement gives them."""

    category: list[tuple[str, int]] | None = None
    vendor: list[VendorCountOut] | None = None
    attribute: list[tuple[str, int]] | None = None
    price: list[tuple[int, int]] | None = None
    availability: AvailabilityCountOut | None = None


_counted = msgspec.json.Decoder(_Counted)


def countable(counts: frozenset[Count], known: Mapping[str, catalog.Facet], tree: Categories) -> frozenset[Count]:
    """Gives which of the counts that are wanted a statement has to find: none of categories or attributes where the shop has none."""
    none = {count for count, there in ((Count.CATEGORY, tree), (Count.ATTRIBUTE, known)) if not there}
    return counts - none if none else counts


def told(
    counts: str, wanted: frozenset[Count], known: Mapping[str, catalog.Facet], tree: Categories, language: str
) -> FacetsOut:
    """Gives the counts as they are told, with names and labels in a language; an empty list where there was nothing to count."""
    counted = _counted.decode(counts)
    if counted.category is None and Count.CATEGORY in wanted:
        counted.category = []
    if counted.attribute is None and Count.ATTRIBUTE in wanted:
        counted.attribute = []
    return FacetsOut(
        categories=None if counted.category is None else _told_categories(counted.category, tree, language),
        vendors=counted.vendor,
        attributes=None if counted.attribute is None else _told_attributes(counted.attribute, known, language),
        prices=None if counted.price is None else [_told_price(step, count) for step, count in counted.price],
        availability=counted.availability,
    )


def _told_categories(counted: list[tuple[str, int]], tree: Categories, language: str) -> list[CategoryCountOut]:
    named = ((each, count) for id_, count in counted if (each := tree.get(id_)) is not None)
    first = sorted(named, key=lambda each: (-each[1], each[0].slug))[:FACET_VALUES]
    return [
        CategoryCountOut(id=UUID(each.id), slug=each.slug, name=each.name.said(language), count=count)
        for each, count in first
    ]


def _told_price(step: int, count: int) -> PriceCountOut:
    return PriceCountOut(least=STEPS[step - 1], below=STEPS[step] if step < len(STEPS) else None, count=count)


def _told_attributes(
    counted: list[tuple[str, int]], known: Mapping[str, catalog.Facet], language: str
) -> list[AttributeCountOut]:
    values: dict[str, list[tuple[str, int]]] = {}
    for facet, count in counted:
        code, _, value = facet.partition(":")
        values.setdefault(code, []).append((value, count))
    return [_told_attribute(known[code], found, language) for code, found in sorted(values.items()) if code in known]


def _told_attribute(facet: catalog.Facet, values: list[tuple[str, int]], language: str) -> AttributeCountOut:
    bounds: tuple[str, str] | None = None
    shown = values
    if facet.kind == "number":
        numbers = sorted((value for value, _ in values), key=Decimal)
        bounds = numbers[0], numbers[-1]
    elif facet.kind == "date":
        days = sorted(value for value, _ in values)
        bounds = days[0], days[-1]
    elif facet.kind == "choice":
        places = {choice.code: nth for nth, choice in enumerate(facet.choices)}
        shown = sorted(values, key=lambda each: places.get(each[0], len(places)))
    labels = {choice.code: choice.label.said(language) or choice.code for choice in facet.choices}
    return AttributeCountOut(
        code=facet.code,
        name=facet.name.said(language),
        kind=facet.kind,
        unit=facet.unit,
        least=bounds[0] if bounds else None,
        most=bounds[1] if bounds else None,
        values=[
            ValueCountOut(value=value, label=labels.get(value, value), count=count)
            for value, count in shown[:FACET_VALUES]
        ],
    )
