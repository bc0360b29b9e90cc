"""Make a bulk edit as it was previewed: a hundred products a transaction, each only if nobody has changed it since.

A few products are done with the request; more are a job, which goes on where it was after a kill: what has an outcome is not done again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record
from sqlalchemy import Boolean, Integer, Text, Uuid, case, column, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert as upsert

from commerce.catalog.bulk_preview import attribute_refusal, type_refusal
from commerce.catalog.bulk_queries import attributes_of_variants, bulk_edit
from commerce.catalog.bulk_schemas import BulkEditOut, Outcome, RefusedEditOut
from commerce.catalog.bulk_tables import bulk_edit_products, bulk_edits
from commerce.catalog.checked_values import Definitions
from commerce.catalog.definitions import definitions
from commerce.catalog.events import ProductsPut
from commerce.catalog.kit_told import tell_kits
from commerce.catalog.resident import catalogue_changed
from commerce.catalog.rows import touch
from commerce.catalog.tables import Status, assortments, categories, product_categories, products, variants
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, NotFound
from commerce.kernel.ids import new_id
from commerce.platform.audit_log import Act, acting
from commerce.platform.database import Database, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.platform.work import enqueue

BATCH: Final = 100
_attributes: Final = msgspec.json.Decoder(dict[str, Any])
RUN: Final = "catalog.bulk_edit"


class BulkEditDue(msgspec.Struct, frozen=True):
    """A bulk edit that waits to be carried on."""

    bulk_edit_id: UUID


class _Next(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    product_version: int
    before: dict[str, Any]
    after: dict[str, Any]


Judged = tuple[_Next, Outcome, RefusedEditOut | None]
_edit, _part = bulk_edits.c, bulk_edit_products.c
LOCK = Statement(select(_edit.state, _edit.version).where(_edit.id == given("id", Uuid)).with_for_update())
ASKED_BY = Statement(select(_edit.by).where(_edit.id == given("id", Uuid)))
BEGIN = Statement(
    update(bulk_edits).where(_edit.id == given("id", Uuid)).values(state="applying", version=_edit.version + 1)
)
FINISH = Statement(
    update(bulk_edits)
    .where(_edit.id == given("id", Uuid))
    .values(state="applied", applied_at=given("at", _edit.applied_at.type), version=_edit.version + 1)
)
NEXT = Statement(
    select(_part.product_id, _part.product_version, _part.before, _part.after)
    .where(_part.bulk_edit_id == given("id", Uuid), _part.outcome.is_(None), _part.refusal.is_(None))
    .order_by(_part.product_id)
    .limit(given("most", Integer)),
    into=_Next,
)
_live_variants = select(1).where(variants.c.product_id == products.c.id, variants.c.withdrawn_at.is_(None))
LOCK_PRODUCTS = Statement(
    select(
        products.c.id,
        products.c.version,
        products.c.product_type,
        products.c.attributes,
        _live_variants.correlate(products).exists().label("sold"),
    )
    .where(any_of(products.c.id, "ids"))
    .order_by(products.c.id)
    .with_for_update(of=products)
)
_new = (
    func.jsonb_to_recordset(given("rows", JSONB))
    .table_valued(
        column("id", Uuid),
        column("tags", ARRAY(Text)),
        column("vendor", Text),
        column("tax_category", Text),
        column("product_type", Text),
        column("perishable", Boolean),
        column("attributes", JSONB),
        column("assortment", JSONB),
        column("status", Text),
        name="new",
    )
    .render_derived(with_types=True)
)
_at = given("at", products.c.withdrawn_at.type)
WRITE = Statement(
    update(products)
    .where(products.c.id == _new.c.id)
    .values(
        **{
            name: func.coalesce(_new.c[name], products.c[name])
            for name in ("tags", "vendor", "tax_category", "product_type", "perishable", "attributes", "status")
        },
        restricted=case(
            (_new.c.assortment.is_not(None), func.jsonb_array_length(_new.c.assortment) > 0),
            else_=products.c.restricted,
        ),
        withdrawn_at=case((_new.c.status == Status.WITHDRAWN.value, _at), else_=products.c.withdrawn_at),
    )
)
HIDE_VARIANTS = Statement(
    update(variants)
    .where(any_of(variants.c.product_id, "ids"), variants.c.withdrawn_at.is_(None))
    .values(withdrawn_at=given("at", variants.c.withdrawn_at.type), version=variants.c.version + 1)
)
_stand = unnested("stand", product_id=Uuid, category_id=Uuid)
LEAVE = Statement(delete(product_categories).where(any_of(product_categories.c.product_id, "ids")))
JOIN = Statement(
    upsert(product_categories)
    .from_select(
        ["product_id", "category_id"],
        select(_stand.c.product_id, _stand.c.category_id).join(
            categories, (categories.c.id == _stand.c.category_id) & categories.c.withdrawn_at.is_(None)
        ),
    )
    .on_conflict_do_nothing()
)
DROP_PLACES = Statement(delete(assortments).where(any_of(assortments.c.product_id, "ids")))
_place = unnested(
    "place",
    id=Uuid,
    product_id=Uuid,
    channel_id=Uuid,
    location_id=Uuid,
    begins_at=assortments.c.begins_at.type,
    ends_at=assortments.c.ends_at.type,
)
ADD_PLACES = Statement(insert(assortments).from_select([each.name for each in _place.c], select(*_place.c)))
_outcome = unnested("outcome", product_id=Uuid, outcome=Text, refusal=JSONB(none_as_null=True))
JUDGE = Statement(
    update(bulk_edit_products)
    .where(_part.bulk_edit_id == given("id", Uuid), _part.product_id == _outcome.c.product_id)
    .values(outcome=_outcome.c.outcome, refusal=_outcome.c.refusal)
)


async def apply_bulk_edit(tx: Tx, bulk_edit_id: UUID, expected_version: int, *, at: datetime) -> BulkEditOut:
    """Make a bulk edit that was previewed: exactly what the preview said, of exactly those products.

    A product that was changed since is left alone and told as `moved_on`. Up to a hundred products are done at once; more are done by a job,
    and the edit says `applying` until then. Refuses with NotFound, with StaleVersion, and with IllegalMove one that was applied already.
    """
    row = await tx.fetch_one(LOCK, id=bulk_edit_id)
    if row is None:
        raise NotFound("There is no such bulk edit.")
    if row["version"] != expected_version:
        raise StaleVersion
    if row["state"] != "previewed":
        raise IllegalMove("It was applied already.", state=row["state"], allowed=[])
    await tx.execute(BEGIN, id=bulk_edit_id)
    if await _batch(tx, bulk_edit_id, at=at):
        await enqueue(tx, RUN, BulkEditDue(bulk_edit_id), dedupe=f"{RUN}:{bulk_edit_id}")
    return await bulk_edit(tx, bulk_edit_id)


async def run_bulk_edit(db: Database, due: BulkEditDue) -> None:
    """Carries a bulk edit on to its end, in the name of whoever asked for it; right to be run again at any time."""
    by: str | None = await db.reading.fetch_value(ASKED_BY, id=due.bulk_edit_id)
    if by is None:
        return
    kind, _, identifier = by.partition(":")
    act = Act(
        actor_kind=kind,
        actor_id=UUID(identifier) if identifier else None,
        operation="applyBulkEdit",
        subject=str(due.bulk_edit_id),
        request_id=None,
    )
    token = acting.set(act)
    try:
        while await db.transact(_carried_on, due.bulk_edit_id, at=clock.now()):
            pass
    finally:
        acting.reset(token)


async def _carried_on(tx: Tx, bulk_edit_id: UUID, *, at: datetime) -> bool:
    row = await tx.fetch_one(LOCK, id=bulk_edit_id)
    return row is not None and row["state"] == "applying" and await _batch(tx, bulk_edit_id, at=at)


async def _batch(tx: Tx, bulk_edit_id: UUID, *, at: datetime) -> bool:
    """Does the next hundred products; gives whether there are more, and ends the edit when there are none."""
    found = await tx.fetch(NEXT, id=bulk_edit_id, most=BATCH + 1)
    rows = found[:BATCH]
    if rows:
        locked = {row["id"]: row for row in await tx.fetch(LOCK_PRODUCTS, ids=[row.product_id for row in rows])}
        judged = await _judged(tx, rows, locked)
        await _write(tx, [row for row, outcome, _ in judged if outcome == "changed"], at=at)
        await tx.execute(
            JUDGE,
            id=bulk_edit_id,
            product_id=[row.product_id for row, _, _ in judged],
            outcome=[outcome for _, outcome, _ in judged],
            refusal=[refusal for _, _, refusal in judged],
        )
    if len(found) <= BATCH:
        await tx.execute(FINISH, id=bulk_edit_id, at=at)
    return len(found) > BATCH


async def _judged(tx: Tx, rows: Sequence[_Next], locked: Mapping[UUID, Record]) -> list[Judged]:
    retyped = [row.product_id for row in rows if "product_type" in row.after]
    of_variants = await attributes_of_variants(tx, retyped)
    own = {each: _attributes.decode(locked[each]["attributes"]) for each in retyped}
    known = await definitions(
        tx,
        types={row["product_type"] for row in locked.values()} | {row.after.get("product_type", "") for row in rows},
        attribute_codes={code for row in rows for code in row.after.get("attributes", ())}.union(
            *own.values(), *of_variants.values()
        ),
    )
    return [
        (
            row,
            *_judgement(
                row, locked[row.product_id], known, own.get(row.product_id, {}), of_variants.get(row.product_id, ())
            ),
        )
        for row in rows
    ]


def _judgement(
    row: _Next, product: Record, known: Definitions, own: Mapping[str, Any], of_variants: Collection[str]
) -> tuple[Outcome, RefusedEditOut | None]:
    if product["version"] != row.product_version:
        return "moved_on", None
    if row.after.get("status") == Status.PUBLISHED and not product["sold"]:
        return "refused", RefusedEditOut(pointer="/status", detail="It has no variant.")
    if "product_type" in row.after:
        values = row.after.get("attributes", own)
        refusal = type_refusal(known, row.after["product_type"], values, of_variants)
    else:
        before = row.before.get("attributes", {})
        new = {code: value for code, value in row.after.get("attributes", {}).items() if before.get(code) != value}
        refusal = attribute_refusal(known, product["product_type"], new)
    return ("changed", None) if refusal is None else ("refused", refusal)


async def _write(tx: Tx, rows: Sequence[_Next], *, at: datetime) -> None:
    if not rows:
        return
    ids = [row.product_id for row in rows]
    await tx.execute(WRITE, rows=[{**row.after, "id": row.product_id} for row in rows], at=at)
    if gone := [row.product_id for row in rows if row.after.get("status") == Status.WITHDRAWN]:
        await tx.execute(HIDE_VARIANTS, ids=gone, at=at)
    if moved := [row for row in rows if "category_ids" in row.after]:
        await tx.execute(LEAVE, ids=[row.product_id for row in moved])
        pairs = [(row.product_id, UUID(each)) for row in moved for each in row.after["category_ids"]]
        await tx.execute(JOIN, product_id=[one for one, _ in pairs], category_id=[other for _, other in pairs])
    if placed := [row for row in rows if "assortment" in row.after]:
        await tx.execute(DROP_PLACES, ids=[row.product_id for row in placed])
        places = [(row.product_id, msgspec.convert(each, _Place)) for row in placed for each in row.after["assortment"]]
        await tx.execute(
            ADD_PLACES,
            id=[new_id() for _ in places],
            product_id=[one for one, _ in places],
            channel_id=[place.channel_id for _, place in places],
            location_id=[place.location_id for _, place in places],
            begins_at=[place.begins_at for _, place in places],
            ends_at=[place.ends_at for _, place in places],
        )
    await touch(tx, ids, at)
    for row in rows:
        tx.changed("product", row.product_id, before=row.before, after=row.after)
    tx.emit(ProductsPut(batch_id=new_id(), product_ids=ids))
    if gone:
        await tell_kits(tx, gone)
    await catalogue_changed(tx)


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: UUID | None = None
    location_id: UUID | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
