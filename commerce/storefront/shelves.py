"""What is there of a variant, place by place: told by the statement in a few figures, and written out here.

A page says of each variant at each place where one can collect what is there, with the place's id, code and name. Written by PostgreSQL that
was half of a page's cost; so a statement only tells place and units, for the places that have any, and everything else of it is resident.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, Uuid, any_, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.platform.statement import given
from commerce.storefront.sources import AVAILABLE, ONLINE, ZERO, kit_components, stock_levels, variants

FEW_UNITS = 5
ALWAYS = "*"
PLENTY = literal_column("1000000", Integer)

_level, _part = stock_levels.c, kit_components.c
_article = variants.alias("article")
_parts = kit_components.join(_article, _article.c.id == _part.variant_id)
_stocked = _article.c.stock == literal_column("'kept'")
_nothing = literal_column("''", Text)


class Shelf(NamedTuple):
    """A place whose stock is told: whether one can collect there, whether it sends, whether its exact figures are told to who asks."""

    id: UUID
    collects: bool
    ships: bool
    exact: bool
    out: str
    few: str
    there: str


class Shelves:
    """The places whose stock is told, in the order of their codes; `ids` is what a statement takes."""

    __slots__ = ("_all_out", "_places", "_shown_at", "figures", "ids")

    def __init__(self, places: Sequence[Shelf], *, figures: bool) -> None:
        self.ids = [each.id for each in places]
        self.figures = figures
        self._places = places
        self._all_out = [_said(each, 0, 0, figures=figures) for each in places if each.collects]
        shown_at = count()
        self._shown_at = [next(shown_at) if each.collects else -1 for each in places]

    def written(self, told: str) -> str:
        """Gives the members `delivery` and `pickup` of a variant as JSON, from what `told` says of it."""
        if told == ALWAYS:
            always = ", ".join(each.there for each in self._places if each.collects)
            return f', "delivery" : "in", "pickup" : [{always}]'
        shown, sent = self._all_out.copy(), 0
        for each in told[:-1].split(",") if told else ():
            place, _, units = each.partition(":")
            nth = int(place) - 1
            shelf, at = self._places[nth], self._shown_at[nth]
            online, _, available = units.partition(":")
            there = int(online)
            if there > 0 and shelf.ships:
                sent += there
            if at >= 0 and (there > 0 or available):
                shown[at] = _said(shelf, there, int(available or 0), figures=self.figures)
        return f', "delivery" : "{_band(sent)}", "pickup" : [{", ".join(shown)}]'


def _band(units: int) -> str:
    return "out" if units <= 0 else "few" if units <= FEW_UNITS else "in"


def _said(place: Shelf, online: int, available: int, *, figures: bool) -> str:
    said = place.out if online <= 0 else place.few if online <= FEW_UNITS else place.there
    return said if not figures else f'{said[:-1]}, "available" : {available if place.exact else "null"}}}'


def told(*, figures: bool, kits: bool) -> ColumnElement[str]:
    """Gives, beside `variants`, `place:units,` for each of the places in `place_ids` that has a level of it, `place:units:available,` with
    figures; the place by its number in that list. `*` for what no stock is kept of. A kit has what its parts make: `kits` says whether there may be any, since what is never looked at costs, too.
    """
    own = (
        select(_listed(_level.location_id, ONLINE, AVAILABLE, figures=figures))
        .where(_level.variant_id == variants.c.id)
        .correlate(variants)
        .scalar_subquery()
    )
    made = _made().subquery("made")
    kit = (
        select(_listed(made.c.location_id, made.c.online, made.c.available, figures=figures))
        .select_from(made)
        .scalar_subquery()
    )
    return _of_each_kind(literal_column(f"'{ALWAYS}'", Text), kit if kits else None, own)


def most_units(*, some_places: bool, kits: bool) -> ColumnElement[int]:
    """Gives, beside `variants`, the most units of it at any one of the places counted; plenty of what no stock is kept of."""
    counted = [_level.location_id == any_(given("counted", ARRAY(Uuid)))] if some_places else []
    own = select(func.max(ONLINE)).where(_level.variant_id == variants.c.id, *counted)
    made = _made(*counted).subquery("made")
    kit = select(func.max(made.c.online)).select_from(made).scalar_subquery()
    return _of_each_kind(PLENTY, kit if kits else None, own.correlate(variants).scalar_subquery())


def _of_each_kind(
    always: ColumnElement[Any], kit: ColumnElement[Any] | None, own: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Looks at the levels of an article's own where it has any, at those of its parts where it is a kit of what stock is kept of."""
    kept = (variants.c.stock == literal_column("'none'"), always)
    if kit is None:
        return case(kept, else_=own)
    parts = (
        select(func.count())
        .where(_part.kit_variant_id == variants.c.id, _stocked)
        .select_from(_parts)
        .correlate(variants)
        .scalar_subquery()
    )
    return case(kept, (variants.c.kit, case((parts == ZERO, always), else_=kit)), else_=own)


def _made(*counted: ColumnElement[bool]) -> Select[Any]:
    """Gives how many of a kit its parts make at each place that has all of them; none where one of them is withdrawn."""
    other, live = kit_components.alias("other"), variants.alias("live")
    parts = (
        select(func.count())
        .join_from(other, _article, _article.c.id == other.c.variant_id)
        .where(other.c.kit_variant_id == variants.c.id, _stocked)
        .correlate(variants)
        .scalar_subquery()
    )
    return (
        select(
            _level.location_id,
            func.min(func.greatest(ONLINE, ZERO) // _part.quantity).label("online"),
            func.min(AVAILABLE // _part.quantity).label("available"),
        )
        .join_from(kit_components, stock_levels, _level.variant_id == _part.variant_id)
        .join(live, live.c.id == _part.variant_id)
        .where(_part.kit_variant_id == variants.c.id, live.c.withdrawn_at.is_(None), *counted)
        .group_by(_level.location_id)
        .having(func.count() == parts)
        .correlate(variants)
    )


def _listed(
    place: ColumnElement[Any], online: ColumnElement[Any], available: ColumnElement[Any], *, figures: bool
) -> ColumnElement[str]:
    colon = literal_column("':'", Text)
    units = [func.array_position(given("place_ids", ARRAY(Uuid)), place), online, *([available] if figures else [])]
    each: ColumnElement[str] = cast(units[0], Text)
    for more in units[1:]:
        each = each + colon + cast(more, Text)
    return func.coalesce(func.string_agg(each + literal_column("','", Text), _nothing), _nothing, type_=Text)
