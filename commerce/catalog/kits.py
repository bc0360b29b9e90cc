"""Kits: articles that are made of others. What a kit is made of is said here and read here; its stock is theirs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Integer, Uuid, delete, exists, insert, literal_column, or_, select, update

from commerce.catalog import queries
from commerce.catalog.change_product import lock_product
from commerce.catalog.create_product import product_changed
from commerce.catalog.facts import Component
from commerce.catalog.kit_errors import KitInKit, KitOfNothing
from commerce.catalog.kit_parts import parts_select
from commerce.catalog.kit_tables import kit_components
from commerce.catalog.resident import CATALOGUE
from commerce.catalog.rows import touch
from commerce.catalog.schemas import AdminVariantOut
from commerce.catalog.tables import products, variants
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import StaleVersion
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement, any_of, given, unnested

_part = variants.alias("part")


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: VariantId
    stock: str
    parts: tuple[Component, ...] | None


MADE_OF = Statement(
    select(variants.c.id.label("variant_id"), variants.c.stock, parts_select().label("parts")).where(
        any_of(variants.c.id, "ids"), or_(variants.c.kit, variants.c.stock == literal_column("'none'"))
    ),
    into=_Made,
)


ANY_MADE = Statement(
    select(exists().where(or_(variants.c.kit, variants.c.stock == literal_column("'none'"))).label("any_made"))
)


async def _any_made(reading: Reading) -> bool:
    return bool(await reading.fetch_value(ANY_MADE))


MADE: Resident[bool] = Resident(CATALOGUE.name, _any_made)


async def any_made(reading: Reading) -> bool:
    """Says whether the shop has any article that is not its own stock, a kit or one without stock; in the process, at most one second old."""
    return await MADE.get(reading)


async def components(reads: Reads, variant_ids: Collection[UUID]) -> dict[VariantId, tuple[Component, ...]]:
    """Gives of which articles, that stock is kept of, one unit of each of these is made, in one statement; what is its own stock is left out.

    A kit is made of its components that have stock; what has no stock at all is made of nothing, and so is always to be had.
    """
    if not variant_ids:
        return {}
    return {each.variant_id: stocked(each.parts or ()) for each in await reads.fetch(MADE_OF, ids=list(variant_ids))}


def stocked(parts: Sequence[Component]) -> tuple[Component, ...]:
    """Gives the components of which stock is kept."""
    return tuple(part for part in parts if part.stocked)


class KitPart(msgspec.Struct, frozen=True, kw_only=True):
    """A component as the back office sees it."""

    variant_id: UUID
    quantity: int
    sku: str
    title: Text3
    withdrawn: bool


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """What a variant is made of; no components: it is no kit."""

    variant_id: UUID
    version: int
    components: list[KitPart]


_product = products.alias("product_of_part")
KIT = Statement(
    select(
        kit_components.c.variant_id,
        kit_components.c.quantity,
        _part.c.sku,
        _product.c.title,
        _part.c.withdrawn_at.is_not(None).label("withdrawn"),
    )
    .join_from(kit_components, _part, _part.c.id == kit_components.c.variant_id)
    .join(_product, _product.c.id == _part.c.product_id)
    .where(kit_components.c.kit_variant_id == given("id", Uuid))
    .order_by(kit_components.c.position),
    into=KitPart,
)
# All variants that are named, in one order: two kits that want to be made of each other meet here.
LOCK = Statement(
    select(variants.c.id, variants.c.kit, variants.c.withdrawn_at)
    .where(any_of(variants.c.id, "ids"))
    .order_by(variants.c.id)
    .with_for_update()
)
IN_A_KIT = Statement(select(exists().where(kit_components.c.variant_id == given("id", Uuid))))
EMPTY = Statement(delete(kit_components).where(kit_components.c.kit_variant_id == given("id", Uuid)))
_new = unnested("new", variant_id=Uuid, quantity=Integer, position=Integer)
FILL = Statement(
    insert(kit_components).from_select(
        ["kit_variant_id", "variant_id", "quantity", "position"], select(given("id", Uuid), *_new.c)
    )
)
MARK = Statement(
    update(variants)
    .where(variants.c.id == given("id", Uuid), variants.c.version == given("expected_version", Integer))
    .values(kit=given("kit", variants.c.kit.type), version=variants.c.version + 1)
)


async def kit(reads: Reads, variant_id: UUID) -> Kit:
    """Gives what a variant is made of; refuses with NotFound a variant that there is not."""
    there = await queries.variant(reads, variant_id)
    return Kit(variant_id=there.id, version=there.version, components=await reads.fetch(KIT, id=variant_id))


async def set_kit(
    tx: Tx, variant_id: UUID, expected_version: int, wanted: Sequence[tuple[UUID, int]], *, at: datetime
) -> Kit:
    """Says what a variant is made of: units of other articles, each named once; of none: it is no kit any more.

    Orders keep what they were made of. Refuses with NotFound, StaleVersion, KitInKit, with KitOfNothing when no component has stock, with
    StockIsKept a variant that was on a shelf, and with InvalidInput a component that there is not, is withdrawn, or is named twice.
    """
    there = await _locked(tx, variant_id)
    before = await queries.product(tx, there.product_id)
    parts = await tx.fetch(KIT, id=variant_id)
    await _judge(tx, variant_id, [each for each, _ in wanted])
    await tx.execute(EMPTY, id=variant_id)
    if not await tx.execute(MARK, id=variant_id, expected_version=expected_version, kit=bool(wanted)):
        raise StaleVersion
    if wanted:
        await tx.execute(
            FILL,
            id=variant_id,
            variant_id=[each for each, _ in wanted],
            quantity=[units for _, units in wanted],
            position=list(range(len(wanted))),
        )
        made = (await components(tx, [variant_id]))[VariantId(variant_id)]
        if not made:
            raise KitOfNothing("Name at least one component of which stock is kept.")
    await touch(tx, [there.product_id], at)
    after = await kit(tx, variant_id)
    tx.changed("kit", variant_id, before=parts, after=after.components)
    made_of = ({"kits": {there.sku: _said(parts)}}, {"kits": {there.sku: _said(after.components)}})
    await product_changed(tx, there.product_id, "changed", before=before, beside=made_of)
    return after


def _said(parts: Sequence[KitPart]) -> list[dict[str, object]]:
    return [{"sku": each.sku, "quantity": each.quantity} for each in parts]


async def _locked(tx: Tx, variant_id: UUID) -> AdminVariantOut:
    there = await queries.variant(tx, variant_id)
    await lock_product(tx, there.product_id)
    there = await queries.variant(tx, variant_id)
    if there.withdrawn_at is not None:
        raise NotFound("There is no such variant.")
    return there


async def _judge(tx: Tx, variant_id: UUID, parts: Sequence[UUID]) -> None:
    found = {row["id"]: row for row in await tx.fetch(LOCK, ids=sorted({variant_id, *parts}))}
    for n, part in enumerate(parts):
        if part in parts[:n]:
            raise invalid(f"/components/{n}/variant_id", "Another component names this article.")
        if part == variant_id:
            raise KitInKit("A kit is not made of itself.")
        row = found.get(part)
        if row is None or row["withdrawn_at"] is not None:
            raise invalid(f"/components/{n}/variant_id", "There is no such article.")
        if row["kit"]:
            raise KitInKit("One of the components is a kit itself; name what that one is made of.")
    if parts and await tx.fetch_value(IN_A_KIT, id=variant_id):
        raise KitInKit("The article is a component of another kit.")
