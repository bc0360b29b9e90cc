"""What others hear of kits when something happens to what they are made of."""

from uuid import UUID

from sqlalchemy import Uuid, select

from commerce.catalog.kit_parts import parts_are
from commerce.catalog.kit_tables import kit_components
from commerce.catalog.tables import variants
from commerce.kernel.events import Event
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given


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
    select(kit_components.c.kit_variant_id)
    .join_from(_part, kit_components, kit_components.c.variant_id == _part.c.id)
    .where(_part.c.product_id == given("product_id", Uuid))
)
KITS_WITH = Statement(
    select(variants.c.id, variants.c.product_id, parts_are("live").label("complete"))
    .where(variants.c.id.in_(_with_one), variants.c.withdrawn_at.is_(None))
    .order_by(variants.c.id)
)


async def tell_kits(tx: Tx, product_id: UUID) -> None:
    """Says of each kit with a variant of this product in it whether all of its components are there now."""
    for row in await tx.fetch(KITS_WITH, product_id=product_id):
        tx.emit(
            KitChanged(
                kit_variant_id=row["id"],
                product_id=row["product_id"],
                component_product_id=product_id,
                complete=row["complete"],
            )
        )
