"""What must always hold of what products are described by, as statements that must return nothing."""

from sqlalchemy import exists, literal_column, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from commerce.catalog.definition_tables import parties, product_types
from commerce.catalog.tables import assortments, products, variant_barcodes, variants
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

_live = products.c.withdrawn_at.is_(None)
_nothing = literal_column("'{}'::jsonb", JSONB)
_places = exists().where(assortments.c.product_id == products.c.id)
_first = variant_barcodes.alias("first")
_any = variant_barcodes.alias("any_of_them")
_party = parties.alias("party")

DESCRIBED_CHECKS: list[Check] = [
    Check(
        code="G16",
        name="restricted_products_have_an_assortment",
        statement=Statement(select(products.c.id, products.c.slug).where(products.c.restricted != _places)),
    ),
    Check(
        code="G16",
        name="barcodes_are_those_of_their_variant",
        statement=Statement(
            select(variants.c.id, variants.c.sku, variants.c.barcode)
            .outerjoin_from(
                variants,
                _first,
                (_first.c.variant_id == variants.c.id) & (_first.c.position == literal_column("0")),
            )
            .where(
                or_(
                    variants.c.barcode_key.is_distinct_from(_first.c.barcode_key),
                    exists().where(
                        _any.c.variant_id == variants.c.id,
                        _any.c.withdrawn_at.is_distinct_from(variants.c.withdrawn_at),
                    ),
                )
            )
        ),
    ),
    Check(
        code="G16",
        name="attributes_are_those_of_their_type",
        statement=Statement(
            select(products.c.id, products.c.slug, products.c.product_type, products.c.attributes)
            .outerjoin_from(products, product_types, product_types.c.code == products.c.product_type)
            .where(
                _live,
                products.c.attributes != _nothing,
                or_(
                    product_types.c.code.is_(None),
                    products.c.attributes.op("-")(product_types.c.attributes) != _nothing,
                ),
            )
        ),
    ),
    Check(
        code="G16",
        name="parties_that_products_name_are_there",
        statement=Statement(
            select(products.c.id, products.c.slug, _party.c.code)
            .join_from(
                products, _party, or_(_party.c.id == products.c.maker_id, _party.c.id == products.c.responsible_id)
            )
            .where(_live, _party.c.withdrawn_at.is_not(None))
        ),
    ),
]
