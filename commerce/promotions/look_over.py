"""Look promotions over, beside what there is and beside one another."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Text, Uuid, case, column, false, func, literal, or_, select, table
from sqlalchemy.sql.expression import ColumnElement

from commerce.platform.database import Reading
from commerce.platform.statement import Statement, unnested
from commerce.price_engine import Promotion
from commerce.promotions import queries
from commerce.promotions.index import live_at
from commerce.promotions.lint import (
    Finding,
    Thing,
    World,
    never_applies,
    price_reduction,
    shadowed_by,
    shadows,
    things_named,
)
from commerce.promotions.schemas import FindingOut, FindingsOut
from commerce.promotions.tables import promotion_code_batches, promotion_codes

FINDINGS_MOST: Final = 500

_asked = unnested("asked", kind=Text, named=Uuid)
_variants = table("variants", column("id", Uuid), column("product_id", Uuid), column("withdrawn_at"))
_products = table("products", column("id", Uuid), column("status", Text), column("vendor", Text))
_sorted = table("product_categories", column("product_id", Uuid), column("category_id", Uuid))
_categories = table("categories", column("id", Uuid), column("parent_id", Uuid))
_channels = table("channels", column("id", Uuid), column("active"))
_locations = table("locations", column("id", Uuid), column("active"))
_members = table("customer_group_members", column("group_id", Uuid))
_methods = table("delivery_methods", column("id", Uuid), column("active"), column("kind", Text))

_on_show = (
    select(_variants.c.id, _variants.c.product_id, func.lower(_products.c.vendor).label("brand"))
    .join_from(_variants, _products, _products.c.id == _variants.c.product_id)
    .where(_variants.c.withdrawn_at.is_(None), _products.c.status == literal("published", Text))
    .cte("on_show")
)
_own = (
    select(_sorted.c.category_id.label("id"))
    .join_from(_sorted, _on_show, _on_show.c.product_id == _sorted.c.product_id)
    .cte("filled", recursive=True)
)
_filled = _own.union(
    select(_categories.c.parent_id)
    .join_from(_categories, _own, _categories.c.id == _own.c.id)
    .where(_categories.c.parent_id.is_not(None))
)
_named: ColumnElement[UUID] = _asked.c.named
# Each list is read once, when the first of its kind is asked for.
_KINDS: Final = {
    "variant": _named.in_(select(_on_show.c.id)),
    "product": _named.in_(select(_on_show.c.product_id)),
    "category": _named.in_(select(_filled.c.id)),
    "channel": _named.in_(select(_channels.c.id).where(_channels.c.active)),
    "store": _named.in_(select(_locations.c.id).where(_locations.c.active)),
    "group": _named.in_(select(_members.c.group_id)),
    "method": _named.in_(select(_methods.c.id).where(_methods.c.active)),
}
THERE = Statement(
    select(_asked.c.kind, _asked.c.named).where(
        case(*((_asked.c.kind == kind, there) for kind, there in _KINDS.items()), else_=false())
    )
)
_asked_brands = unnested("asked_brands", brand=Text)
BRANDS = Statement(select(_asked_brands.c.brand).where(_asked_brands.c.brand.in_(select(_on_show.c.brand))))
WAYS = Statement(select(_methods.c.id, _methods.c.kind).where(_methods.c.active))

_asked_ids = unnested("asked_ids", id=Uuid)
_code = promotion_codes.c
_batch = promotion_code_batches.c
_usable = (_code.withdrawn_at.is_(None)) & or_(_code.uses_most.is_(None), _code.uses < _code.uses_most)
OPENED = Statement(
    select(_asked_ids.c.id).where(
        or_(
            select(1)
            .select_from(promotion_codes)
            .where(_code.promotion_id == _asked_ids.c.id, _code.batch_number.is_(None), _usable)
            .exists(),
            select(1)
            .select_from(promotion_code_batches)
            .join(promotion_codes, _code.batch_number == _batch.number)
            .where(_batch.promotion_id == _asked_ids.c.id, _batch.withdrawn_at.is_(None), _usable)
            .exists(),
        )
    )
)


async def look_over_all(reading: Reading, *, at: datetime) -> FindingsOut:
    """Gives what is odd about the promotions that are published and not over, the first 500 findings of it."""
    promotions = await live_and_to_come(reading, at)
    world = await world_of(reading, promotions)
    found: list[Finding] = []
    for each in promotions:
        found += _alone(each, world, at)
    found += shadows(promotions)
    return _on_wire(found)


async def look_over(reading: Reading, promotion_id: UUID, *, at: datetime) -> FindingsOut:
    """Gives what is odd about a promotion as it is written now, and which published one would be shadowed by it.

    Refuses with NotFound.
    """
    promotion = await queries.promotion_of(reading, promotion_id)
    others = [each for each in await live_and_to_come(reading, at) if each.id != promotion_id]
    world = await world_of(reading, [promotion])
    found = _alone(promotion, world, at)
    found += [each for each in shadows([*others, promotion]) if each.promotion is promotion]
    found += [
        Finding(
            promotion=each,
            kind="shadowed",
            reason="gives_less_later",
            pointer="/priority",
            detail=f"{promotion.code} would always go before {each.code}.",
            other=promotion.id,
        )
        for each in others
        if shadowed_by(each, promotion)
    ]
    return _on_wire(found)


async def live_and_to_come(reading: Reading, at: datetime) -> list[Promotion]:
    """Gives every version of a published promotion that holds or will hold, used up or not, by id."""
    return await live_at(reading, at, to_come=True)


async def world_of(reading: Reading, promotions: Sequence[Promotion]) -> World:
    """Looks up what promotions name, whatever their number with four statements."""
    named = things_named(promotions)
    ids = [(kind, each) for kind, each in named if isinstance(each, UUID)]
    brands = [each for kind, each in named if kind == "brand"]
    there = await reading.fetch(THERE, kind=[kind for kind, _ in ids], named=[each for _, each in ids])
    things: set[Thing] = {(row["kind"], row["named"]) for row in there}
    if brands:
        things |= {("brand", row["brand"]) for row in await reading.fetch(BRANDS, brand=brands)}
    by_code = [each.id for each in promotions if each.conditions.code]
    opened = await reading.fetch(OPENED, id=by_code) if by_code else []
    ways = await reading.fetch(WAYS)
    return World(
        things=frozenset(things),
        opened=frozenset(row["id"] for row in opened),
        ways={row["id"]: row["kind"] for row in ways},
    )


def _alone(promotion: Promotion, world: World, at: datetime) -> list[Finding]:
    found = never_applies(promotion, world, at)
    if (reduction := price_reduction(promotion)) is not None:
        found.append(reduction)
    return found


def _on_wire(found: Iterable[Finding]) -> FindingsOut:
    items = [
        FindingOut(
            promotion_id=each.promotion.id,
            code=each.promotion.code,
            kind=each.kind,
            reason=each.reason,
            pointer=each.pointer,
            detail=each.detail,
            other_id=each.other,
        )
        for each in found
    ]
    return FindingsOut(findings=items[:FINDINGS_MOST], more=len(items) > FINDINGS_MOST)
