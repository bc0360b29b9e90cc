"""What must always hold of kits, of articles without stock and of collections."""

from typing import Any

from sqlalchemy import Select, column, exists, literal_column, or_, select, table, text

from commerce.catalog.kit_tables import kit_components
from commerce.catalog.tables import variants
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

_levels = table("stock_levels", column("variant_id"), column("location_id"), column("on_hand"))
_part = variants.alias("part")
_has_parts = exists().where(kit_components.c.kit_variant_id == variants.c.id)


def _kits() -> Select[Any]:
    """Variants that say they are kits and are made of nothing, or the reverse; components that are kits themselves."""
    of_kits = (
        select(kit_components.c.kit_variant_id.label("id"))
        .join_from(kit_components, _part, _part.c.id == kit_components.c.variant_id)
        .where(_part.c.kit)
    )
    return select(select(variants.c.id).where(variants.c.kit != _has_parts).union(of_kits).subquery())


# What is kept is what rules find, no more and no less.
MEMBERS = """
WITH found AS (
    SELECT c.id AS collection_id, f AS product_id FROM collections c CROSS JOIN LATERAL rule_members(c.rule) AS f
    WHERE c.rule IS NOT NULL AND c.withdrawn_at IS NULL
), kept AS (
    SELECT m.collection_id, m.product_id FROM collection_products m JOIN collections c ON c.id = m.collection_id WHERE c.rule IS NOT NULL
)
(SELECT * FROM found EXCEPT SELECT * FROM kept) UNION ALL (SELECT * FROM kept EXCEPT SELECT * FROM found)
"""

KIT_CHECKS: list[Check] = [
    Check(code="G16", name="kits_are_made_of_articles", statement=Statement(_kits())),
    Check(
        code="G5",
        name="no_stock_is_kept_of_what_has_none",
        statement=Statement(
            select(variants.c.id, variants.c.sku, _levels.c.location_id, _levels.c.on_hand)
            .join_from(variants, _levels, _levels.c.variant_id == variants.c.id)
            .where(or_(variants.c.kit, variants.c.stock == literal_column("'none'")))
        ),
    ),
    Check(code="G16", name="collections_have_what_their_rules_find", statement=Statement(text(MEMBERS))),
]
