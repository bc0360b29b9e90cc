"""Look at a bulk edit before it is made: which products it finds, and what it would make of each."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, column, func, insert, or_, select, table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from commerce.catalog.bulk_queries import attributes_of_variants, bulk_edit
from commerce.catalog.bulk_schemas import MOST_EDITED, BulkEditIn, BulkEditOut, ChangesIn, RefusedEditOut
from commerce.catalog.bulk_tables import bulk_edit_products, bulk_edits
from commerce.catalog.checked_values import Definitions, attribute_faults
from commerce.catalog.definitions import definitions
from commerce.catalog.describe import require_places
from commerce.catalog.facts import MOST_TAGS
from commerce.catalog.queries import ASSORTMENT, CATEGORY_IDS
from commerce.catalog.schemas import MOST_CATEGORIES, PlaceOut
from commerce.catalog.tables import Status, categories, product_categories, products, variants
from commerce.kernel.errors import invalid
from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A product of the selection, as far as a bulk edit can change it."""

    id: UUID
    version: int
    status: Status
    tags: list[str]
    vendor: str
    product_type: str
    tax_category: str
    perishable: bool
    attributes: dict[str, Any]
    category_ids: list[UUID]
    assortment: list[PlaceOut]
    sold: bool  # it has a variant


NOT_WITHOUT = "Nothing of its type is published without it."
_row = products.c
_ids, _status, _vendor = given("ids", ARRAY(Uuid)), given("status", Text), given("vendor", Text)
_type, _tag, _category, _q = (
    given("product_type", Text),
    given("tag", Text),
    given("category_id", Uuid),
    given("q", Text),
)
_live_variants = (
    select(1).where(variants.c.product_id == _row.id, variants.c.withdrawn_at.is_(None)).correlate(products)
)
SELECTED = Statement(
    select(
        *(
            _row[name]
            for name in ("id", "version", "status", "tags", "vendor", "product_type", "tax_category", "perishable")
        ),
        _row.attributes,
        CATEGORY_IDS.label("category_ids"),
        ASSORTMENT.label("assortment"),
        _live_variants.exists().label("sold"),
    )
    .where(
        or_(_ids.is_(None), _row.id == func.any(_ids)),
        or_(_status.is_(None), _row.status == _status),
        or_(_vendor.is_(None), _row.vendor == _vendor),
        or_(_type.is_(None), _row.product_type == _type),
        or_(_tag.is_(None), _tag == func.any(_row.tags)),
        or_(
            _category.is_(None),
            _row.id.in_(select(product_categories.c.product_id).where(product_categories.c.category_id == _category)),
        ),
        or_(_q.is_(None), _row.search_head.op("@@")(func.search_query(_q))),
    )
    .order_by(_row.id)
    .limit(given("most", Integer)),
    into=Found,
)
KNOWN_CATEGORIES = Statement(
    select(categories.c.id).where(any_of(categories.c.id, "ids"), categories.c.withdrawn_at.is_(None))
)
_taxes, _channels, _locations = (
    table("tax_categories", column("code", Text)),
    table("channels", column("id", Uuid)),
    table("locations", column("id", Uuid)),
)
KNOWN_TAX = Statement(select(_taxes.c.code).where(any_of(_taxes.c.code, "ids")))
KNOWN_CHANNELS = Statement(select(_channels.c.id).where(any_of(_channels.c.id, "ids")))
KNOWN_LOCATIONS = Statement(select(_locations.c.id).where(any_of(_locations.c.id, "ids")))
ADD = Statement(
    insert(bulk_edits).values(
        id=given("id", Uuid),
        state="previewed",
        selection=given("selection", JSONB),
        changes=given("changes", JSONB),
        matched=given("matched", Integer),
        by=given("by", Text),
        created_at=given("at", bulk_edits.c.created_at.type),
    )
)
_new = unnested(
    "new", product_id=Uuid, product_version=Integer, before=JSONB, after=JSONB, refusal=JSONB(none_as_null=True)
)
ADD_PRODUCTS = Statement(
    insert(bulk_edit_products).from_select(
        ["bulk_edit_id", "product_id", "product_version", "before", "after", "refusal"],
        select(
            given("id", Uuid), _new.c.product_id, _new.c.product_version, _new.c.before, _new.c.after, _new.c.refusal
        ),
    )
)


async def preview_bulk_edit(tx: Tx, data: BulkEditIn, *, by: str, at: datetime) -> BulkEditOut:
    """Find the products and work out what the changes would make of each; nothing of them changes.

    Refuses an empty selection, one of more than 10,000 products, changes that say nothing, a category, tax category, channel or location that
    there is not, a place's window that ends before it begins. Changes that do not
    fit one product (an attribute that its type, or the type that it would get, does not have) are told with that product, and the others go on.
    """
    wanted, changes = data.selection, data.changes
    if all(value is None for value in msgspec.structs.asdict(wanted).values()):
        raise invalid("/selection", "Say which products: their ids, or what they have in common.")
    if changes == ChangesIn():
        raise invalid("/changes", "Say what is to change.")
    await _require_there(tx, changes)
    found = await tx.fetch(
        SELECTED,
        ids=wanted.product_ids,
        status=wanted.status,
        vendor=wanted.vendor,
        product_type=wanted.product_type,
        tag=wanted.tag,
        category_id=wanted.category_id,
        q=wanted.q,
        most=MOST_EDITED + 1,
    )
    if len(found) > MOST_EDITED:
        raise invalid("/selection", f"More than {MOST_EDITED:,} products fit; narrow the selection.")
    retyped = [each for each in found if changes.product_type not in {msgspec.UNSET, each.product_type}]
    described = found if changes.attributes or changes.status == Status.PUBLISHED.value else retyped
    of_variants = await attributes_of_variants(tx, [each.id for each in described])
    known = await definitions(
        tx,
        types={each.product_type for each in found} | ({str(changes.product_type)} if retyped else set()),
        attribute_codes={*changes.attributes}.union(*(each.attributes for each in retyped), *of_variants.values()),
    )
    rows = [(each, *edited(each, changes, known, of_variants.get(each.id, ()))) for each in found]
    rows = [row for row in rows if row[1] != row[2] or row[3] is not None]
    bulk_edit_id = new_id()
    await tx.execute(ADD, id=bulk_edit_id, selection=wanted, changes=changes, matched=len(found), by=by, at=at)
    if rows:
        await tx.execute(
            ADD_PRODUCTS,
            id=bulk_edit_id,
            product_id=[each.id for each, *_ in rows],
            product_version=[each.version for each, *_ in rows],
            before=[before for _, before, _, _ in rows],
            after=[after for _, _, after, _ in rows],
            refusal=[refusal for *_, refusal in rows],
        )
    tx.changed("bulk_edit", bulk_edit_id, after=data)
    return await bulk_edit(tx, bulk_edit_id)


async def _require_there(tx: Tx, changes: ChangesIn) -> None:
    """Refuses what no product could be given: a category, tax category, channel or location that there is not, a window that is none."""
    places = () if changes.assortment is msgspec.UNSET else changes.assortment
    require_places("/changes/assortment", places)
    await _require_known(tx, KNOWN_CATEGORIES, "/changes/add_category_ids", changes.add_category_ids, "category")
    taxed = () if changes.tax_category is msgspec.UNSET else (changes.tax_category,)
    await _require_known(tx, KNOWN_TAX, "/changes/tax_category", taxed, "tax category")
    channels = [each.channel_id for each in places if each.channel_id is not None]
    await _require_known(tx, KNOWN_CHANNELS, "/changes/assortment", channels, "channel")
    locations = [each.location_id for each in places if each.location_id is not None]
    await _require_known(tx, KNOWN_LOCATIONS, "/changes/assortment", locations, "location")


async def _require_known(
    tx: Tx, statement: Statement[Any], pointer: str, named: Sequence[str | UUID], what: str
) -> None:
    known = {row[0] for row in await tx.fetch(statement, ids=list(named))} if named else set()
    if unknown := next((each for each in named if each not in known), None):
        raise invalid(pointer, f"There is no {what} {unknown}.")


def edited(
    found: Found, changes: ChangesIn, known: Definitions, of_variants: Collection[str] = ()
) -> tuple[dict[str, Any], dict[str, Any], RefusedEditOut | None]:
    """Gives the fields of a product that the changes make others, as they are and as they would be, and why they do not fit it, if so.

    `of_variants` are the attributes that its variants have, which a new type has to have too.
    """
    after = dict(_changed(found, changes))
    before = {name: msgspec.to_builtins(getattr(found, name)) for name in after}
    after = msgspec.to_builtins(after)
    for name in [name for name in after if after[name] == before[name]]:
        del before[name], after[name]
    return before, after, _refusal(found, changes, after, known, of_variants)


def _changed(found: Found, changes: ChangesIn) -> Iterator[tuple[str, object]]:
    if changes.add_tags or changes.remove_tags:
        kept = [tag for tag in found.tags if tag not in set(changes.remove_tags)]
        yield "tags", [*kept, *(tag for tag in dict.fromkeys(changes.add_tags) if tag not in kept)]
    if changes.add_category_ids or changes.remove_category_ids:
        own = (set(found.category_ids) - set(changes.remove_category_ids)) | set(changes.add_category_ids)
        yield "category_ids", sorted(own)
    if changes.vendor is not msgspec.UNSET:
        yield "vendor", changes.vendor
    if changes.tax_category is not msgspec.UNSET:
        yield "tax_category", changes.tax_category
    if changes.product_type is not msgspec.UNSET:
        yield "product_type", changes.product_type
    if changes.perishable is not msgspec.UNSET:
        yield "perishable", changes.perishable
    if changes.attributes:
        merged = {**found.attributes, **changes.attributes}
        yield "attributes", {code: value for code, value in merged.items() if value is not None}
    if changes.assortment is not msgspec.UNSET:
        yield "assortment", changes.assortment
    if changes.status is not msgspec.UNSET:
        yield "status", changes.status


def _refusal(
    found: Found, changes: ChangesIn, after: dict[str, Any], known: Definitions, of_variants: Collection[str]
) -> RefusedEditOut | None:
    if found.status is Status.WITHDRAWN:
        return RefusedEditOut(pointer="/status", detail="It is withdrawn; publish it by itself first.")
    if after.get("status") == Status.PUBLISHED and not found.sold:
        return RefusedEditOut(pointer="/status", detail="It has no variant.")
    if len(after.get("tags", ())) > MOST_TAGS:
        return RefusedEditOut(pointer="/tags", detail=f"At most {MOST_TAGS} tags.")
    if len(after.get("category_ids", ())) > MOST_CATEGORIES:
        return RefusedEditOut(pointer="/category_ids", detail=f"At most {MOST_CATEGORIES} categories.")
    if "product_type" in after:
        wrong = type_refusal(known, after["product_type"], after.get("attributes", found.attributes), of_variants)
    else:
        # Only what is new is judged: what the product has besides is as it was accepted.
        new = {code: value for code, value in after.get("attributes", {}).items() if code in changes.attributes}
        wrong = attribute_refusal(known, found.product_type, new)
    return wrong or _lacking(found, after, known, of_variants)


def _lacking(
    found: Found, after: Mapping[str, Any], known: Definitions, of_variants: Collection[str]
) -> RefusedEditOut | None:
    """Says what a product would be on show without although its type asks it; what it is on show without already is no reason."""
    of_type = known.types.get(after.get("product_type", found.product_type))
    if of_type is None or after.get("status", found.status) != Status.PUBLISHED:
        return None
    has = {*after.get("attributes", found.attributes), *of_variants}
    if found.status is Status.PUBLISHED and "product_type" not in after:
        has |= {code for code in of_type.required if code not in found.attributes}
    wanted = next((code for code in of_type.required if code not in has), None)
    return None if wanted is None else RefusedEditOut(pointer=f"/attributes/{wanted}", detail=NOT_WITHOUT)


def attribute_refusal(known: Definitions, product_type: str, values: Mapping[str, Any]) -> RefusedEditOut | None:
    """Says which of some attributes does not fit a product of a type, and why; None where all do."""
    for fault in attribute_faults(known, product_type, values, for_variants=False):
        return RefusedEditOut(pointer=f"/attributes/{fault.code}", detail=fault.reason)
    return None


def type_refusal(
    known: Definitions, product_type: str, values: Mapping[str, Any], of_variants: Collection[str]
) -> RefusedEditOut | None:
    """Says why a product cannot be of another type: an attribute of its own, or of a variant, that the type does not have."""
    of_type = known.types.get(product_type)
    for code in sorted(of_variants):
        if of_type is None or code not in of_type.attributes:
            detail = f"Its variants have {code}, which products of the type {product_type or 'none'} do not have."
            return RefusedEditOut(pointer="/product_type", detail=detail)
    return attribute_refusal(known, product_type, values)
