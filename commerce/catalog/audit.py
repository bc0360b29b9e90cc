"""What must always hold in the catalogue, as statements that must return nothing."""

from sqlalchemy import func, or_, select

from commerce.catalog.described_audit import DESCRIBED_CHECKS
from commerce.catalog.kit_audit import KIT_CHECKS
from commerce.catalog.option_words import OPTION_WORDS
from commerce.catalog.rows import DESCRIBED, HEAD, body
from commerce.catalog.tables import Status, categories, products, variants
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

_live_variant = variants.c.withdrawn_at.is_(None)
_parents = categories.alias("parents")

CHECKS: list[Check] = [
    Check(
        code="G16",
        name="variants_fit_the_options_of_their_product",
        statement=Statement(
            select(variants.c.id, variants.c.sku, variants.c.option_values, products.c.options)
            .join_from(variants, products, products.c.id == variants.c.product_id)
            .where(
                _live_variant, func.cardinality(variants.c.option_values) != func.jsonb_array_length(products.c.options)
            )
        ),
    ),
    Check(
        code="G10",
        name="withdrawn_products_have_no_live_variants",
        statement=Statement(
            select(products.c.id, products.c.slug, variants.c.sku)
            .join_from(products, variants, variants.c.product_id == products.c.id)
            .where(products.c.status == Status.WITHDRAWN.value, _live_variant)
        ),
    ),
    Check(
        code="G16",
        name="what_is_on_show_is_found_by_its_words",
        statement=Statement(
            select(products.c.id, products.c.slug).where(
                products.c.status == Status.PUBLISHED.value,
                or_(
                    products.c.search_head != HEAD,
                    products.c.facets != DESCRIBED,
                    products.c.search_body != body(products, products.c.search_head, products.c.facets, OPTION_WORDS),
                ),
            )
        ),
    ),
    Check(
        code="G16",
        name="categories_stand_below_live_ones",
        statement=Statement(
            select(categories.c.id, categories.c.slug)
            .join_from(categories, _parents, _parents.c.id == categories.c.parent_id)
            .where(categories.c.withdrawn_at.is_(None), _parents.c.withdrawn_at.is_not(None))
        ),
    ),
    *DESCRIBED_CHECKS,
    *KIT_CHECKS,
]
