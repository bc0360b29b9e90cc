"""Whether a product is on show: the one predicate for lists, searches, pages, look-ups, quotes, carts and feeds.

No job publishes or takes away: the clock decides at each read.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)

from commerce.catalog.tables import assortments, products

_place = assortments.c


def on_show(
    at: ColumnElement[Any], channel: ColumnElement[Any], location: ColumnElement[Any], *, of: FromClause = products
) -> ColumnElement[bool]:
    """Gives the condition on `products` (`of` is that table under another name, or as another slice declares it) that it is on show at an instant, for a channel's id and a location's id.

    It is published, the instant is within its own bounds (half-open), and it is sold there: everywhere where it has no row in `assortments`, else
    where one of its rows says. A null location is a reader who has chosen none (the web without a store): rows of one location are not theirs.
    The common product is not restricted, and its assortment is not looked at.
    """
    return and_(published(of), within(of.c.on_show_from, of.c.on_show_until, at), sold_at(at, channel, location, of=of))


def published(of: FromClause = products) -> ColumnElement[bool]:
    """Gives the condition that the back office has put it on show, whenever and wherever; in the words of the partial index."""
    return and_(of.c.status == literal_column("'published'"), of.c.withdrawn_at.is_(None))


def within(begins: ColumnElement[Any], ends: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Gives the condition that an instant is within a half-open window; a missing bound is none."""
    return and_(or_(begins.is_(None), begins <= at), or_(ends.is_(None), at < ends))


def sold_at(
    at: ColumnElement[Any], channel: ColumnElement[Any], location: ColumnElement[Any], *, of: FromClause = products
) -> ColumnElement[bool]:
    """Gives the condition that its assortment has it there and then."""
    return or_(
        not_(of.c.restricted),
        exists().where(
            _place.product_id == of.c.id,
            or_(_place.channel_id.is_(None), _place.channel_id == channel),
            or_(_place.location_id.is_(None), _place.location_id == location),
            within(_place.begins_at, _place.ends_at, at),
        ),
    )


def turned(since: ColumnElement[Any], at: ColumnElement[Any]) -> Select[Any]:
    """Gives the ids of the products that the clock alone may have put on show or taken away after one instant, up to another."""
    crossed = [
        select(owner.label("product_id")).where(bound > since, bound <= at)
        for owner, bound in (
            (products.c.id, products.c.on_show_from),
            (products.c.id, products.c.on_show_until),
            (_place.product_id, _place.begins_at),
            (_place.product_id, _place.ends_at),
        )
    ]
    return select(union_all(*crossed).subquery("crossed").c.product_id)


def next_turn(at: ColumnElement[Any], *, of: FromClause = products) -> ColumnElement[Any]:
    """Gives the instant after another one at which the clock alone may put a product on show or take it away; null where there is none."""
    bounds = [case((bound > at, bound)) for bound in (of.c.on_show_from, of.c.on_show_until)]
    placed = (
        select(func.least(*(func.min(case((bound > at, bound))) for bound in (_place.begins_at, _place.ends_at))))
        .where(_place.product_id == of.c.id)
        .correlate(of)
        .scalar_subquery()
    )
    return func.least(*bounds, case((of.c.restricted, placed)))
