"""Which terms hold for a pickup: published as data for places and categories, else those of the shop's settings."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, and_, column, func, literal, or_, select, table

from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given
from commerce.stores import Location, Settings
from commerce.uncollected.facts import Terms
from commerce.uncollected.rules import Matching, choose_terms
from commerce.uncollected.tables import collection_policies

DEEPEST = 32
"""How far up the categories are followed; no shop has a tree as deep."""
TERMS = tuple(Terms.__struct_fields__)
_policy = collection_policies.c
_variants = table("variants", column("id", Uuid), column("product_id", Uuid))
_stands_in = table("product_categories", column("product_id", Uuid), column("category_id", Uuid))
_categories = table("categories", column("id", Uuid), column("parent_id", Uuid))
_settings = table("shop_settings", column("pickup_hold_days", Integer))

_own = (
    select(_variants.c.id.label("variant_id"), _stands_in.c.category_id, literal(0).label("depth"))
    .join_from(_variants, _stands_in, _stands_in.c.product_id == _variants.c.product_id)
    .where(any_of(_variants.c.id, "ids"))
    .cte("stands", recursive=True)
)
_stands = _own.union(
    select(_own.c.variant_id, _categories.c.parent_id, _own.c.depth + 1)
    .join_from(_own, _categories, _categories.c.id == _own.c.category_id)
    .where(_categories.c.parent_id.is_not(None), _own.c.depth < DEEPEST)
)


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID | None
    depth: int
    of_location: bool
    of_category: bool
    wait_days: int | None
    wait_hours: int | None
    reminders: tuple[int, ...]
    extension_days: int
    grace_minutes: int
    sign_count: int
    sign_days: int


MATCHING = Statement(
    select(
        _stands.c.variant_id,
        func.coalesce(_stands.c.depth, 0).label("depth"),
        _policy.location_id.is_not(None).label("of_location"),
        _policy.category_id.is_not(None).label("of_category"),
        *(_policy[name] for name in TERMS),
    )
    .join_from(
        collection_policies,
        _stands,
        and_(_stands.c.category_id == _policy.category_id),
        isouter=True,
    )
    .where(
        _policy.withdrawn_at.is_(None),
        or_(_policy.location_id.is_(None), _policy.location_id == given("location_id", Uuid)),
        or_(_policy.category_id.is_(None), _stands.c.variant_id.is_not(None)),
    ),
    into=_Row,
)
HOLD_DAYS = Statement(select(_settings.c.pickup_hold_days))


async def terms_for(reads: Reads, place: Location, variants: Sequence[UUID], ready_at: datetime) -> Terms:
    """Gives the terms of a pickup of articles that became ready at a place at an instant: those of the article that waits the shortest."""
    rows = await reads.fetch(MATCHING, ids=list(variants), location_id=place.id)
    found = [
        Matching(
            variant_id=row.variant_id,
            depth=row.depth,
            of_location=row.of_location,
            of_category=row.of_category,
            terms=terms_of(row),
        )
        for row in rows
    ]
    return choose_terms(found, variants, await _of_shop(reads), place.calendar, ready_at)


def terms_of(row: object) -> Terms:
    """Gives the terms of a row or struct that has their fields."""
    return Terms(**{name: getattr(row, name) for name in TERMS})


async def _of_shop(reads: Reads) -> Terms:
    days = await reads.fetch_value(HOLD_DAYS)
    return Terms(wait_days=Settings().pickup_hold_days if days is None else days)
