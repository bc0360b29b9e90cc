"""What kits are made of, as pieces of statements over `variants`: of what is no kit they cost a look at its own row and nothing else."""

from typing import Any, Literal

from sqlalchemy import ColumnElement, ScalarSelect, func, literal_column, not_, or_, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from commerce.catalog.kit_tables import kit_components
from commerce.catalog.tables import variants

_part = variants.alias("kit_part")


def parts_select() -> ScalarSelect[Any]:
    """Gives, beside `variants`, what it is made of as JSON; null of what is no kit, which costs one look at its row."""
    part = func.jsonb_build_object(
        literal_column("'variant_id'"),
        kit_components.c.variant_id,
        literal_column("'quantity'"),
        kit_components.c.quantity,
        literal_column("'stocked'"),
        _part.c.stock == literal_column("'kept'"),
        literal_column("'live'"),
        _part.c.withdrawn_at.is_(None),
    )
    return (
        select(func.jsonb_agg(aggregate_order_by(part, kit_components.c.position), type_=JSONB))
        .join_from(kit_components, _part, _part.c.id == kit_components.c.variant_id)
        .where(kit_components.c.kit_variant_id == variants.c.id, variants.c.kit)
        .correlate(variants)
        .scalar_subquery()
    )


def parts_are(what: Literal["live", "shippable"]) -> ColumnElement[bool]:
    """Says, beside `variants`, whether every part is not withdrawn, or can be sent; true of what is no kit."""
    missing = _part.c.withdrawn_at.is_not(None) if what == "live" else not_(_part.c.shippable)
    if what == "shippable":
        missing = missing & (_part.c.stock == literal_column("'kept'"))
    there = (
        select(kit_components.c.variant_id)
        .join_from(kit_components, _part, _part.c.id == kit_components.c.variant_id)
        .where(kit_components.c.kit_variant_id == variants.c.id, missing)
        .correlate(variants)
        .exists()
    )
    return or_(not_(variants.c.kit), not_(there))
