"""What is there of a variant, place by place: told by the statement in a few figures, and written out here.

A page says of each variant at each place where one can collect what is there, with the place's id, code and name. Written by PostgreSQL that
was half of a page's cost; so a statement only tells place and units, with commas between them, for the places that have any, and everything else
of it is resident.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Text, Uuid, any_, case, cast, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.platform.statement import given
from commerce.storefront.sources import AVAILABLE, ONLINE, ZERO, kit_components, stock_levels, variants

FEW_UNITS = 5
MORE_THAN_FEW = literal_column(str(FEW_UNITS + 1), Integer)
ALWAYS = "*"
PLENTY = literal_column("1000000", Integer)

_level, _part = stock_levels.c, kit_components.c
_article = variants.alias("article")
_parts = kit_components.join(_article, _article.c.id == _part.variant_id)
# What has to be there so that there is a kit: parts that stock is kept of; and one that is withdrawn, be it a service, is nowhere.
_needed = or_(_article.c.stock == literal_column("'kept'"), _article.c.withdrawn_at.is_not(None))
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


class _Said(NamedTuple):
    """What a place and its units mean on a page: which of the places to collect at it is, how that is said, and what can be sent from it."""

    at: int | None
    band: str
    said: str
    sent: int


_NOTHING_TOLD = _Said(None, "", "", 0)


class Shelves(dict[str, _Said]):
    """The places whose stock is told, in the order of their codes; `some` says that there are others, `ids` is then what a statement takes.

    As a mapping it is what was made of each place with its units: the same few over and over, so that a page is put together from them.
    """

    def __init__(self, places: Sequence[Shelf], *, figures: bool, some: bool) -> None:
        super().__init__()
        self.ids = [each.id for each in places]
        self.some = some
        self.figures = figures
        self._places = {str(each.id): each for each in places}
        collecting = [each for each in places if each.collects]
        self._shown_at = {str(each.id): nth for nth, each in enumerate(collecting)}
        self._all_out = [_said(each, 0, 0, figures=figures) for each in collecting]
        self._always = ", ".join(each.there for each in collecting)

    def written(self, told: str) -> str:
        """Gives the members `delivery` and `pickup` of a variant as JSON, from what `told` says of it."""
        if told == ALWAYS:
            return f', "delivery" : "in", "pickup" : [{self._always}]'
        shown, all_sent = self._all_out.copy(), 0
        for each in told.split(","):
            at, _, said, sent = self[each]
            all_sent += sent
            if at is not None:
                shown[at] = said
        return f', "delivery" : "{_band(all_sent)}", "pickup" : [{", ".join(shown)}]'

    def __missing__(self, told: str) -> _Said:
        made = self._made(told)
        if not self.figures:  # then there are but a few for each place
            self[told] = made
        return made

    def _made(self, told: str) -> _Said:
        id_, _, units = told.partition(":")
        place, at = self._places.get(id_), self._shown_at.get(id_)
        if place is None:
            return _NOTHING_TOLD
        online, _, available = units.partition(":")
        there = int(online)
        said = _said(place, there, int(available or 0), figures=self.figures)
        return _Said(at, _band(there), said, there if place.ships and there > 0 else 0)


def _band(units: int) -> str:
    return "out" if units <= 0 else "few" if units <= FEW_UNITS else "in"


def _said(place: Shelf, online: int, available: int, *, figures: bool) -> str:
    said = place.out if online <= 0 else place.few if online <= FEW_UNITS else place.there
    return said if not figures else f'{said[:-1]}, "available" : {available if place.exact else "null"}}}'


def told(*, figures: bool, kits: bool, some_places: bool) -> ColumnElement[str]:
    """Gives, beside `variants`, `place:units` for each place that has a level of it, no more units than the bands tell apart;
    `place:units:available` with figures. Of some places: those in `place_ids`. `*` for what no stock is kept of. A kit has what its parts
    make: `kits` says whether there may be any, since what is never looked at costs, too.
    """
    asked = [_level.location_id == any_(given("place_ids", ARRAY(Uuid)))] if some_places else []
    own = (
        select(_listed(_level.location_id, ONLINE, AVAILABLE, figures=figures))
        .where(_level.variant_id == variants.c.id, *asked)
        .correlate(variants)
        .scalar_subquery()
    )
    made = _made(*asked).subquery("made")
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
        .where(_part.kit_variant_id == variants.c.id, _needed)
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
        .where(other.c.kit_variant_id == variants.c.id, _needed)
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
    units = [online, available] if figures else [func.least(func.greatest(online, ZERO), MORE_THAN_FEW)]
    each: ColumnElement[str] = cast(place, Text)
    for more in units:
        each = each + literal_column("':'", Text) + cast(more, Text)
    return func.coalesce(func.string_agg(each, literal_column("','", Text)), _nothing, type_=Text)
