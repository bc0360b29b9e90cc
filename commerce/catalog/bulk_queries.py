"""What the back office reads of bulk edits, and of the history of a product."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, cast, column, func, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.catalog.bulk_schemas import BulkEditOut, BulkEditProductOut, HistoryEntryOut
from commerce.catalog.bulk_tables import bulk_edit_products, bulk_edits
from commerce.catalog.tables import products, variants
from commerce.kernel.errors import NotFound
from commerce.platform.audit_log import audit_entries
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given

_edit, _part = bulk_edits.c, bulk_edit_products.c
_counts = (
    select(
        func.count().filter(_part.refusal.is_(None)).label("to_change"),
        func.count().filter(_part.refusal.is_not(None)).label("refused"),
        func.count().filter(_part.outcome == "changed").label("changed"),
        func.count().filter(_part.outcome == "moved_on").label("moved_on"),
    )
    .where(_part.bulk_edit_id == _edit.id)
    .lateral("counts")
)
BULK_EDIT = Statement(
    select(_edit.id, _edit.state, _edit.matched, *_counts.c, _edit.created_at, _edit.applied_at, _edit.version)
    .select_from(bulk_edits.join(_counts, true()))
    .where(_edit.id == given("id", Uuid)),
    into=BulkEditOut,
)
PRODUCTS = Statement(
    select(_part.product_id, products.c.slug, _part.before, _part.after, _part.refusal, _part.outcome)
    .join_from(bulk_edit_products, products, products.c.id == _part.product_id)
    .where(
        _part.bulk_edit_id == given("id", Uuid),
        or_(given("after", Uuid).is_(None), _part.product_id > given("after", Uuid)),
    )
    .order_by(_part.product_id)
    .limit(given("most", Integer)),
    into=BulkEditProductOut,
)
_code = func.jsonb_object_keys(variants.c.attributes).table_valued(column("code", Text), name="own").render_derived()
OF_VARIANTS = Statement(
    select(variants.c.product_id, func.array_agg(_code.c.code.distinct(), type_=ARRAY(Text)).label("codes"))
    .select_from(variants.join(_code, true()))
    .where(any_of(variants.c.product_id, "product_ids"), variants.c.withdrawn_at.is_(None))
    .group_by(variants.c.product_id)
)
_entry = audit_entries.c
_before_at, _before_id = given("before_at", _entry.at.type), given("before_id", Uuid)
HISTORY = Statement(
    select(
        *(
            cast(func.substring(_entry.request_id, "^import:(.*)$"), Uuid).label(name)
            if name == "import_id"
            else _entry[name]
            for name in HistoryEntryOut.__struct_fields__
        )
    )
    .where(
        _entry.subject_id == given("product_id", Text),
        _entry.subject_kind == "product",
        or_(_before_at.is_(None), tuple_(_entry.at, _entry.id) < tuple_(_before_at, _before_id)),
    )
    .order_by(_entry.at.desc(), _entry.id.desc())
    .limit(given("most", Integer)),
    into=HistoryEntryOut,
)


async def bulk_edit(reads: Reads, bulk_edit_id: UUID) -> BulkEditOut:
    """Gives a bulk edit with its counts; refuses with NotFound."""
    found = await reads.fetch_one(BULK_EDIT, id=bulk_edit_id)
    if found is None:
        raise NotFound("There is no such bulk edit.")
    return found


async def bulk_edit_page(
    reads: Reads, bulk_edit_id: UUID, *, after: UUID | None, most: int
) -> list[BulkEditProductOut]:
    """Gives up to `most` products of a bulk edit, by id after the one named; refuses with NotFound."""
    await bulk_edit(reads, bulk_edit_id)
    return await reads.fetch(PRODUCTS, id=bulk_edit_id, after=after, most=most)


async def attributes_of_variants(reads: Reads, product_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Gives, by product, which attributes its variants have of their own; a product whose variants have none is left out."""
    if not product_ids:
        return {}
    rows = await reads.fetch(OF_VARIANTS, product_ids=list(product_ids))
    return {row["product_id"]: row["codes"] for row in rows}


async def history(
    reads: Reads, product_id: UUID, *, before: Sequence[object] | None, most: int
) -> list[HistoryEntryOut]:
    """Gives what was done to a product, the latest first; `before` is the place (instant, id) that the entries follow."""
    before_at, before_id = before or (None, None)
    return await reads.fetch(HISTORY, product_id=str(product_id), before_at=before_at, before_id=before_id, most=most)
