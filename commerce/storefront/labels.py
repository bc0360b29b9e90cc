"""Shelf labels as data: what stands on the label of an article in a store, and which labels are no longer right."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Uuid,
    and_,
    any_,
    case,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from commerce import catalog, pricing
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, any_of, given
from commerce.storefront.fragments import json, money, options_said, per_unit, said, text
from commerce.storefront.lists import page_of
from commerce.storefront.offers import offer_arguments, offers, prior, prior_price_arguments
from commerce.storefront.shop import Prices, Shop
from commerce.storefront.sources import (
    LIVE,
    ON_SHOW,
    ONE,
    price_history,
    price_list_history,
    price_lists,
    prices,
    products,
    variants,
)

_AT, _SINCE = given("at", DateTime(timezone=True)), given("changed_since", DateTime(timezone=True))
_AFTER, _MOST = given("after", Uuid), given("most", Integer)
_ALSO_OF_PRIORS = {"at", "currency", "channel_id"}
_MATTER = prices.c.price_list_id == any_(given("matter", ARRAY(Uuid)))


def _changed() -> Select[Any]:
    """Gives the variants whose label may be another one than at `changed_since`: none that is another one is missing."""
    began = and_(prices.c.starts_at > _SINCE, prices.c.starts_at <= _AT)
    ended = and_(prices.c.ends_at > _SINCE, prices.c.ends_at <= _AT)
    other_terms = select(price_list_history.c.price_list_id).where(price_list_history.c.since > _SINCE)
    other_lists = or_(
        prices.c.price_list_id == any_(given("crossed", ARRAY(Uuid))), prices.c.price_list_id.in_(other_terms)
    )
    parts = [
        select(price_history.c.variant_id).where(price_history.c.since > _SINCE),
        *(select(prices.c.variant_id).where(condition) for condition in (began, ended, other_lists)),
        select(variants.c.id)
        .join_from(variants, products, products.c.id == variants.c.product_id)
        .where(products.c.updated_at > _SINCE),
        select(variants.c.id).where(variants.c.product_id.in_(catalog.turned(_SINCE, _AT))),
    ]
    every = parts[0].union(*parts[1:]).subquery("every")
    (variant,) = every.c
    return (
        select(variant.label("variant_id"))
        .where(or_(_AFTER.is_(None), variant > _AFTER))
        .order_by(variant)
        .limit(_MOST)
    )


def _named() -> Select[Any]:
    return (
        select(variants.c.id.label("variant_id"))
        .where(any_of(variants.c.id, "variant_ids"), or_(_AFTER.is_(None), variants.c.id > _AFTER))
        .order_by(variants.c.id)
        .limit(_MOST)
    )


def _told(instant: ColumnElement[Any]) -> ColumnElement[Any]:
    """Gives an instant as text, in UTC, as all answers have it (RFC 3339)."""
    text_ = func.to_char(
        func.timezone(literal_column("'UTC'"), instant), literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")
    )
    return func.replace(text_, literal_column("'.000000Z'"), literal_column("'Z'"))


def _next_change() -> ColumnElement[Any]:
    """Gives when the label may be another one next: when a price to come begins or one ends, or a list does, or the product comes on show there
    or goes; null when nothing is planned.
    """
    begins = case((prices.c.starts_at > _AT, prices.c.starts_at))
    ends = case((and_(prices.c.ends_at > _AT, func.isfinite(prices.c.ends_at)), prices.c.ends_at))
    priced = (
        select(func.least(func.min(begins), func.min(ends)))
        .where(prices.c.variant_id == variants.c.id, prices.c.min_quantity == ONE, _MATTER)
        .correlate(variants)
        .scalar_subquery()
    )
    shown = catalog.next_turn(_AT, of=products)
    return _told(func.least(priced, given("next_bound", DateTime(timezone=True)), shown))


@cache
def _labels(shape: Prices, *, named: bool) -> Statement[Record]:
    wanted = (_named() if named else _changed()).subquery("wanted")
    offer = offers(shape, products, taxed=False, listed=True)
    on_sale = and_(LIVE, ON_SHOW)
    price = case((on_sale, offer.c.price))
    version = (
        select(price_lists.c.version)
        .where(price_lists.c.id == offer.c.list_id, price.is_not(None))
        .correlate(offer, variants, products)
        .scalar_subquery()
    )
    label = json(
        variant_id=variants.c.id,
        sku=variants.c.sku,
        barcode=variants.c.barcode,
        title=said(products.c.title),
        option_values=options_said(variants, products),
        price=money(price),
        compare_at=money(case((on_sale, offer.c.compare_at))),
        prior=money(case((on_sale, prior(shape, variants.c.id, lambda: offer.c.list_id)))),
        unit_price=per_unit(price, variants.c.content_thousandths, variants.c.content_unit),
        price_list_id=case((price.is_not(None), offer.c.list_id)),
        price_list_version=version,
        until=_next_change(),
    )
    return Statement(
        select(wanted.c.variant_id, case((variants.c.id.is_not(None), text(label))).label("label"))
        .select_from(
            wanted.outerjoin(
                variants.join(products, products.c.id == variants.c.product_id), variants.c.id == wanted.c.variant_id
            ).outerjoin(offer, true())
        )
        .order_by(wanted.c.variant_id)
    )


async def labels(
    reading: Reading,
    shop: Shop,
    *,
    variant_ids: Sequence[UUID] | None,
    changed_since: datetime | None,
    after: UUID | None,
    limit: int,
    at: datetime,
) -> bytes:
    """Gives a page of labels as JSON, by variant, in one statement: of the variants named, or of those that may be another since an instant.

    The walk with `changed_since` misses no label that is another one; it may give one again that is the same. Articles that were deleted or
    are not on show have a label without a price.
    """
    lists, audience = await pricing.price_lists(reading), shop.audience
    channel_id, store_id = audience.channel_id, audience.store_id
    matter = lists.that_matter(audience.currency, channel_id=channel_id, store_id=store_id)
    bounds = lists.bounds(audience.currency, channel_id=channel_id, store_id=store_id, zone=audience.zone)
    how: dict[str, object] = {"variant_ids": list(variant_ids or ())}
    if variant_ids is None and changed_since is not None:
        crossed = {list_id for bound, list_id in bounds if changed_since < bound <= at}
        how = {"changed_since": changed_since, "crossed": list(crossed)}
    rows = await reading.fetch(
        _labels(shop.prices, named=variant_ids is not None),
        **how,
        at=at,
        channel_id=channel_id,
        place_id=shop.place_id,
        after=after,
        most=limit + 1,
        language=shop.language,
        currency=shop.currency,
        matter=[each.id for each in matter],
        next_bound=min((bound for bound, _ in bounds if bound > at), default=None),
        **offer_arguments(shop, taxed=False),
        **{name: value for name, value in prior_price_arguments(shop, at).items() if name not in _ALSO_OF_PRIORS},
    )
    items = ",".join(row["label"] for row in rows[:limit] if row["label"] is not None)
    return page_of(
        f"[{items}]",
        [rows[limit - 1]["variant_id"]] if len(rows) > limit else None,
        at=msgspec.json.encode(at).decode(),
    )
