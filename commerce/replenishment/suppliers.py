"""Suppliers and what they have: make one, change it, put and drop its articles."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET, structs
from sqlalchemy import BigInteger, Boolean, Integer, Text, Uuid, delete, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import new_id
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.replenishment.facts import Source
from commerce.replenishment.schemas import (
    SupplierArticle,
    SupplierArticlesIn,
    SupplierArticlesOut,
    SupplierIn,
    SupplierOut,
    SupplierPatch,
)
from commerce.replenishment.tables import supplier_articles, suppliers

_supplier, _article = suppliers.c, supplier_articles.c
_shown = (
    _supplier.id,
    _supplier.version,
    _supplier.code,
    _supplier.name,
    _supplier.lead_days,
    _supplier.currency,
    _supplier.contact,
    _supplier.active,
)
INSERT = Statement(
    insert(suppliers).values(
        {
            name: given(name, _supplier[name].type)
            for name in ("id", "code", "name", "lead_days", "currency", "contact", "created_at")
        }
    )
)
CHANGE = Statement(
    update(suppliers)
    .where(_supplier.id == given("id", Uuid), _supplier.version == given("expected", Integer))
    .values(
        name=given("name", Text),
        lead_days=given("lead_days", Integer),
        contact=given("contact", JSONB),
        active=given("active", Boolean),
        version=_supplier.version + 1,
    )
)
ONE = Statement(select(*_shown).where(_supplier.id == given("id", Uuid)), into=SupplierOut)
PAGE = Statement(
    select(*_shown).where(_supplier.code > given("after", Text)).order_by(_supplier.code).limit(given("most", Integer)),
    into=SupplierOut,
)
_new = unnested(
    "new", variant_id=Uuid, supplier_sku=Text, pack_size=Integer, minimum_order=Integer, unit_cost=BigInteger
)
_put = insert(supplier_articles).from_select(
    ["supplier_id", *_new.c.keys()], select(given("supplier_id", Uuid), *_new.c).order_by(_new.c.variant_id)
)
PUT = Statement(
    _put.on_conflict_do_update(
        index_elements=["supplier_id", "variant_id"],
        set_={name: _put.excluded[name] for name in ("supplier_sku", "pack_size", "minimum_order", "unit_cost")},
    )
)
DROP = Statement(
    delete(supplier_articles).where(
        _article.supplier_id == given("supplier_id", Uuid), any_of(_article.variant_id, "variant_ids")
    )
)
ARTICLES = Statement(
    select(_article.variant_id, _article.supplier_sku, _article.pack_size, _article.minimum_order, _article.unit_cost)
    .where(_article.supplier_id == given("supplier_id", Uuid), _article.variant_id > given("after", Uuid))
    .order_by(_article.variant_id)
    .limit(given("most", Integer)),
    into=SupplierArticle,
)
_terms = (
    _article.variant_id,
    _article.supplier_id,
    _supplier.lead_days,
    _article.supplier_sku,
    _article.pack_size,
    _article.minimum_order,
    _article.unit_cost,
)
SOURCES = Statement(
    select(*_terms)
    .join_from(supplier_articles, suppliers, _supplier.id == _article.supplier_id)
    .where(any_of(_article.variant_id, "variant_ids"), _supplier.active),
    into=Source,
)


async def create_supplier(tx: Tx, data: SupplierIn) -> SupplierOut:
    """Make a supplier. Refuses with SupplierCodeTaken."""
    supplier_id = new_id()
    await tx.execute(INSERT, id=supplier_id, created_at=clock.now(), **structs.asdict(data))
    tx.changed("supplier", supplier_id, after={"code": data.code})
    return await supplier(tx, supplier_id)


async def change_supplier(tx: Tx, supplier_id: UUID, expected: int, patch: SupplierPatch) -> SupplierOut:
    """Change what the patch names. Refuses with NotFound and StaleVersion."""
    before = await supplier(tx, supplier_id)
    wanted = {
        name: getattr(before, name) if (value := getattr(patch, name)) is UNSET else value
        for name in patch.__struct_fields__
    }
    if not await tx.execute(CHANGE, id=supplier_id, expected=expected, **wanted):
        raise StaleVersion
    tx.changed("supplier", supplier_id, before=_said(before), after={**_said(before), **_plain(wanted)})
    return await supplier(tx, supplier_id)


async def put_articles(tx: Tx, supplier_id: UUID, data: SupplierArticlesIn) -> SupplierArticlesOut:
    """Put the terms of articles that a supplier has, and drop those that it has no longer.

    Refuses with NotFound, and with InvalidInput an article that stands twice.
    """
    await supplier(tx, supplier_id)
    known: set[UUID] = set()
    for position, each in enumerate(data.put):
        if each.variant_id in known:
            raise invalid(f"/put/{position}/variant_id", "stands twice")
        known.add(each.variant_id)
    if data.put:
        names = SupplierArticle.__struct_fields__
        await tx.execute(
            PUT, supplier_id=supplier_id, **{name: [getattr(each, name) for each in data.put] for name in names}
        )
    dropped = await tx.execute(DROP, supplier_id=supplier_id, variant_ids=data.drop) if data.drop else 0
    tx.changed("supplier_articles", supplier_id, after={"put": sorted(known), "dropped": data.drop})
    return SupplierArticlesOut(put=len(data.put), dropped=dropped)


async def supplier(reads: Reads, supplier_id: UUID) -> SupplierOut:
    """Gives a supplier; refuses with NotFound."""
    found = await reads.fetch_one(ONE, id=supplier_id)
    if found is None:
        raise NotFound("There is no such supplier.")
    return found


async def supplier_page(reading: Reading, *, after: str, most: int) -> list[SupplierOut]:
    """Gives suppliers by code."""
    return await reading.fetch(PAGE, after=after, most=most)


async def article_page(reading: Reading, supplier_id: UUID, *, after: UUID, most: int) -> list[SupplierArticle]:
    """Gives the articles of a supplier; refuses with NotFound."""
    await supplier(reading, supplier_id)
    return await reading.fetch(ARTICLES, supplier_id=supplier_id, after=after, most=most)


async def sources_of(reads: Reads, variant_ids: Sequence[UUID]) -> list[Source]:
    """Gives the active suppliers of articles, with their terms."""
    return await reads.fetch(SOURCES, variant_ids=list(variant_ids))


def _said(found: SupplierOut) -> dict[str, object]:
    """Gives what the audit log keeps of a supplier: not whom to reach there."""
    return {"name": found.name, "lead_days": found.lead_days, "active": found.active}


def _plain(wanted: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in wanted.items() if name != "contact"}
