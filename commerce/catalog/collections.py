"""Collections: made, changed, withdrawn, and what a rule finds.

Which products a rule finds is kept by triggers on whatever writes products (`collection_tables`). A rule is written under a lock that all
writers of products share, so that none slips past it; meanwhile they wait.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    TableValuedAlias,
    Text,
    Uuid,
    column,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert as upsert

from commerce.catalog.clean_html import clean_texts
from commerce.catalog.collection_schemas import (
    AdminCollectionOut,
    AttributeIs,
    CollectedOut,
    CollectionIn,
    CollectionPatch,
    CreatedWithin,
    InCategory,
    OnSale,
    PreviewedOut,
    PreviewOut,
    PriceBetween,
    Rule,
)
from commerce.catalog.collection_tables import RULE_LOCK, collection_products, collections
from commerce.catalog.create_product import require_text
from commerce.catalog.definition_tables import attributes
from commerce.catalog.events import CollectionChanged
from commerce.catalog.folding import slug_of
from commerce.catalog.resident import catalogue_changed
from commerce.catalog.tables import categories, products, slug_redirects
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import new_id, readable_code
from commerce.kernel.wire import PAGE_DEFAULT, Text3
from commerce.platform.database import Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, any_of, given, unnested

_row = collections.c
AT_EACH_READ = (PriceBetween, CreatedWithin, OnSale)
SETTABLE = ("slug", "name", "description", "image_url", "published", "position", "rule")
_values = {name: given(name, JSONB(none_as_null=True) if name == "rule" else _row[name].type) for name in SETTABLE}
TAKE_TURN = Statement(select(func.pg_advisory_xact_lock(given("turn", BigInteger))))
INSERT = Statement(
    insert(collections).values(id=given("id", Uuid), created_at=given("at", _row.created_at.type), **_values)
)
LOCK = Statement(select(_row.id).where(_row.id == given("id", Uuid)).with_for_update())
_expected = (
    _row.id == given("id", Uuid),
    _row.version == given("expected_version", Integer),
    _row.withdrawn_at.is_(None),
)
SET = Statement(update(collections).where(*_expected).values(version=_row.version + 1, **_values))
WITHDRAW = Statement(
    update(collections)
    .where(*_expected)
    .values(version=_row.version + 1, withdrawn_at=given("at", _row.withdrawn_at.type))
)
EMPTY = Statement(delete(collection_products).where(collection_products.c.collection_id == given("id", Uuid)))
_chosen = unnested("chosen", product_id=Uuid, position=Integer)
CHOOSE = Statement(
    insert(collection_products).from_select(
        ["collection_id", "product_id", "position"],
        select(given("id", Uuid), products.c.id, _chosen.c.position)
        .join_from(_chosen, products, products.c.id == _chosen.c.product_id)
        .where(products.c.withdrawn_at.is_(None)),
    )
)


def _members(rule: ColumnElement[Any]) -> TableValuedAlias:
    """Gives the ids of the products that a rule finds."""
    return func.rule_members(rule).table_valued(column("id", Uuid), name="members").render_derived()


_rule_of = select(_row.rule).where(_row.id == given("id", Uuid)).scalar_subquery()
FILL = Statement(
    insert(collection_products).from_select(
        ["collection_id", "product_id", "position"],
        select(given("id", Uuid), _members(_rule_of).c.id, literal_column("0", Integer)),
    )
)
_redirect = upsert(slug_redirects).values(
    kind=literal_column("'collection'"),
    slug=given("slug", Text),
    collection_id=given("id", Uuid),
    created_at=given("at", slug_redirects.c.created_at.type),
)
REDIRECT = Statement(
    _redirect.on_conflict_do_update(
        index_elements=["kind", "slug"],
        set_={name: _redirect.excluded[name] for name in ("collection_id", "created_at")},
    )
)
_size = (
    select(func.count())
    .where(collection_products.c.collection_id == _row.id)
    .correlate(collections)
    .scalar_subquery()
    .label("products")
)
_seen = [_row[name] for name in AdminCollectionOut.__struct_fields__ if name != "products"]
COLLECTION = Statement(
    select(*_seen, _size).where(_row.id == given("id", Uuid), _row.withdrawn_at.is_(None)), into=AdminCollectionOut
)
COLLECTIONS = Statement(
    select(*_seen, _size)
    .where(
        _row.withdrawn_at.is_(None),
        or_(given("after", Uuid).is_(None), _row.id < given("after", Uuid)),
    )
    .order_by(_row.id.desc())
    .limit(given("most", Integer)),
    into=AdminCollectionOut,
)
_after_position, _after_id = given("after_position", BigInteger), given("after_id", Uuid)
_place = tuple_(collection_products.c.position, products.c.id)
COLLECTED = Statement(
    select(products.c.id, products.c.slug, products.c.title, products.c.status, collection_products.c.position)
    .join_from(collection_products, products, products.c.id == collection_products.c.product_id)
    .where(
        collection_products.c.collection_id == given("id", Uuid),
        or_(_after_position.is_(None), _place > tuple_(_after_position, _after_id)),
    )
    .order_by(collection_products.c.position, products.c.id)
    .limit(given("most", Integer)),
    into=CollectedOut,
)
THERE = Statement(select(products.c.id).where(any_of(products.c.id, "ids"), products.c.withdrawn_at.is_(None)))
CATEGORIES = Statement(
    select(categories.c.id).where(any_of(categories.c.id, "ids"), categories.c.withdrawn_at.is_(None))
)
ATTRIBUTES = Statement(select(attributes.c.code).where(any_of(attributes.c.code, "codes")))
_previewed = (
    select(products.c.id, products.c.slug, products.c.title, products.c.status)
    .where(products.c.withdrawn_at.is_(None), products.c.id.in_(select(_members(given("rule", JSONB)).c.id)))
    .cte("previewed")
)
PREVIEW = Statement(
    select(
        *_previewed.c,
        select(func.count()).select_from(_previewed).scalar_subquery().label("total"),
    )
    .order_by(_previewed.c.id.desc())
    .limit(literal_column(str(PAGE_DEFAULT), Integer))
)
_title = msgspec.json.Decoder(Text3)


async def collection(reads: Reads, collection_id: UUID) -> AdminCollectionOut:
    """Gives a collection that is not withdrawn; refuses with NotFound."""
    found = await reads.fetch_one(COLLECTION, id=collection_id)
    if found is None:
        raise NotFound("There is no such collection.")
    return found


async def collections_page(reads: Reads, *, after: UUID | None, most: int) -> list[AdminCollectionOut]:
    """Gives up to `most` collections, newest first, below the id named."""
    return await reads.fetch(COLLECTIONS, after=after, most=most)


async def collected(
    reads: Reads, collection_id: UUID, *, after: tuple[int, UUID] | None, most: int
) -> list[CollectedOut]:
    """Gives up to `most` products that are kept for a collection, in order, after the place named; refuses with NotFound."""
    await collection(reads, collection_id)
    position, last = after or (None, None)
    return await reads.fetch(COLLECTED, id=collection_id, after_position=position, after_id=last, most=most)


async def create_collection(tx: Tx, data: CollectionIn, *, at: datetime) -> AdminCollectionOut:
    """Make a collection. Refuses with SlugTaken, a name in no language, a product that there is not, products beside a rule, and a rule with
    a category or an attribute that there is not, or a least price above the most, which could find nothing.
    """
    require_text("/name", data.name)
    _require_one_way(data.rule, data.product_ids)
    if data.rule is not None:
        await _require_possible(tx, data.rule)
        await tx.fetch(TAKE_TURN, turn=RULE_LOCK)
    collection_id = new_id()
    slug = data.slug or slug_of(data.name.said("en")) or f"collection-{readable_code(8).lower()}"
    values = {name: getattr(data, name) for name in SETTABLE} | {
        "slug": slug,
        "description": clean_texts(data.description),
    }
    await tx.execute(INSERT, id=collection_id, at=at, **values)
    await _fill(tx, collection_id, data.rule, data.product_ids)
    return await _changed(tx, collection_id)


async def change_collection(
    tx: Tx, collection_id: UUID, expected_version: int, data: CollectionPatch, *, at: datetime
) -> AdminCollectionOut:
    """Change what the patch names; a slug that is given up leads here. Refuses with NotFound, StaleVersion, and as `create_collection` does."""
    if data.rule is not msgspec.UNSET:
        if data.rule is not None:
            await _require_possible(tx, data.rule)
        await tx.fetch(TAKE_TURN, turn=RULE_LOCK)
    await tx.fetch(LOCK, id=collection_id)
    before = await collection(tx, collection_id)
    given_ = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    chosen: Sequence[UUID] | None = given_.pop("product_ids", None)
    values: dict[str, Any] = {name: getattr(before, name) for name in SETTABLE} | given_
    require_text("/name", values["name"])
    _require_one_way(values["rule"], chosen or ())
    values["description"] = clean_texts(values["description"])
    if not await tx.execute(SET, id=collection_id, expected_version=expected_version, **values):
        raise StaleVersion
    if values["slug"] != before.slug:
        await tx.execute(REDIRECT, slug=before.slug, id=collection_id, at=at)
    if chosen is not None or (values["rule"] is not None and "rule" in given_):
        await tx.execute(EMPTY, id=collection_id)
        await _fill(tx, collection_id, values["rule"], chosen or ())
    return await _changed(tx, collection_id, before)


async def withdraw_collection(tx: Tx, collection_id: UUID, expected_version: int, *, at: datetime) -> None:
    """Take a collection away; its slug is free again. Refuses with NotFound and StaleVersion."""
    await tx.fetch(TAKE_TURN, turn=RULE_LOCK)
    before = await collection(tx, collection_id)
    if not await tx.execute(WITHDRAW, id=collection_id, expected_version=expected_version, at=at):
        raise StaleVersion
    await tx.execute(EMPTY, id=collection_id)
    tx.changed("collection", collection_id, before=before)
    tx.emit(CollectionChanged(collection_id=collection_id, change="withdrawn"))
    await catalogue_changed(tx)


async def preview_rule(reads: Reads, rule: Rule) -> PreviewOut:
    """Gives what a rule finds by what only the products themselves decide; nothing is kept by asking. Refuses what `create_collection` does."""
    await _require_possible(reads, rule)
    rows = await reads.fetch(PREVIEW, rule=rule)
    return PreviewOut(
        total=rows[0]["total"] if rows else 0,
        items=[
            PreviewedOut(
                id=row["id"],
                slug=row["slug"],
                title=_title.decode(row["title"]),
                status=row["status"],
            )
            for row in rows
        ],
        judged_at_each_read=any(isinstance(each, AT_EACH_READ) for each in rule.conditions),
    )


def _require_one_way(rule: Rule | None, product_ids: Sequence[UUID]) -> None:
    if rule is not None and product_ids:
        raise invalid("/product_ids", "A collection by rule finds its products itself.")
    if len(set(product_ids)) < len(product_ids):
        raise invalid("/product_ids", "Each product once.")


async def _require_possible(reads: Reads, rule: Rule) -> None:
    """Refuses conditions that no product can meet."""
    parts = list(enumerate(rule.conditions))
    places = {nth: each.category_id for nth, each in parts if isinstance(each, InCategory)}
    codes = {nth: each.code for nth, each in parts if isinstance(each, AttributeIs)}
    there = {row["id"] for row in await reads.fetch(CATEGORIES, ids=list(places.values()))} if places else set()
    known = {row["code"] for row in await reads.fetch(ATTRIBUTES, codes=list(codes.values()))} if codes else set()
    for nth, each in parts:
        if isinstance(each, InCategory) and each.category_id not in there:
            raise invalid(f"/rule/conditions/{nth}/category_id", "There is no such category.")
        if isinstance(each, AttributeIs) and each.code not in known:
            raise invalid(f"/rule/conditions/{nth}/code", "There is no such attribute.")
        if isinstance(each, PriceBetween) and each.least > each.most:
            raise invalid(f"/rule/conditions/{nth}/most", "The most is less than the least.")


async def _fill(tx: Tx, collection_id: UUID, rule: Rule | None, product_ids: Sequence[UUID]) -> None:
    if rule is not None:
        await tx.execute(FILL, id=collection_id)
    elif product_ids:
        chosen = list(product_ids)
        if await tx.execute(CHOOSE, id=collection_id, product_id=chosen, position=list(range(len(chosen)))) != len(
            chosen
        ):
            there = {row["id"] for row in await tx.fetch(THERE, ids=chosen)}
            nth = next(nth for nth, each in enumerate(chosen) if each not in there)
            raise invalid(f"/product_ids/{nth}", "There is no such product, or it is withdrawn.")


async def _changed(tx: Tx, collection_id: UUID, before: AdminCollectionOut | None = None) -> AdminCollectionOut:
    after = await collection(tx, collection_id)
    tx.changed("collection", collection_id, before=before, after=after)
    tx.emit(CollectionChanged(collection_id=collection_id, change="changed" if before else "created"))
    await catalogue_changed(tx)
    return after
