"""What others hear of kits when something happens to what they are made of."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from commerce.catalog.kit_parts import parts_are
from commerce.catalog.kit_tables import kit_components
from commerce.catalog.tables import variants
from commerce.kernel.events import Event
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of


class KitChanged(Event, frozen=True, kw_only=True, tag="catalog.kit_changed.v1"):
    """A component of a kit was withdrawn, or came back: a kit can be had as long as it is `complete`, all of its components being there."""

    kit_variant_id: UUID
    product_id: UUID
    component_product_id: UUID
    complete: bool

    def about(self) -> UUID:
        """Gives the kit."""
        return self.kit_variant_id


_part = variants.alias("part_of")
_with_one = (
    select(kit_components.c.kit_variant_id, _part.c.product_id.label("component"))
    .join_from(_part, kit_components, kit_components.c.variant_id == _part.c.id)
    .where(any_of(_part.c.product_id, "product_ids"))
    .distinct()
    .subquery("with_one")
)
KITS_WITH = Statement(
    select(variants.c.id, variants.c.product_id, _with_one.c.component, parts_are("live").label("complete"))
    .join_from(_with_one, variants, variants.c.id == _with_one.c.kit_variant_id)
    .where(variants.c.withdrawn_at.is_(None))
    .order_by(variants.c.id, _with_one.c.component)
)


async def tell_kits(tx: Tx, product_ids: Sequence[UUID]) -> None:
    """Says of each kit with a variant of one of these products in it whether all of its components are there now."""
    for row in await tx.fetch(KITS_WITH, product_ids=list(product_ids)):
        tx.emit(
            KitChanged(
                kit_variant_id=row["id"],
                product_id=row["product_id"],
                component_product_id=row["component"],
                complete=row["complete"],
            )
        )
