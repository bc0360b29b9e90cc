"""Which article a scanned or typed code stands for: one of its barcodes, else its SKU."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, Text, func, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.catalog.codes import barcode_key
from commerce.catalog.tables import variant_barcodes, variants
from commerce.kernel.ids import VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given

_sku = func.upper(variants.c.sku, type_=Text)
_no_code = literal_column("NULL::text", Text)


def _barcoded() -> Select[tuple[UUID, str, str]]:
    return select(
        variant_barcodes.c.variant_id.label("id"), variant_barcodes.c.barcode_key, _no_code.label("sku")
    ).where(any_of(variant_barcodes.c.barcode_key, "barcodes"))


def _named() -> Select[tuple[UUID, str, str]]:
    return select(variants.c.id, _no_code, _sku).where(
        _sku.op("=", is_comparison=True)(func.any(given("skus", ARRAY(Text))))
    )


# A look into an index each.
BY_CODE = Statement(
    union_all(
        _barcoded().where(variant_barcodes.c.withdrawn_at.is_(None)), _named().where(variants.c.withdrawn_at.is_(None))
    )
)
AMONG = Statement(
    union_all(
        _barcoded().where(any_of(variant_barcodes.c.variant_id, "among")),
        _named().where(any_of(variants.c.id, "among")),
    )
)


async def variants_by_code(
    reads: Reads, codes: Collection[str], *, among: Collection[UUID] = ()
) -> dict[str, VariantId]:
    """Gives the articles by the codes that stand for them, on show or not; a code that nothing has, or that was withdrawn, is left out.

    `among` some articles, withdrawn or not, only these are meant: an order still wants what was withdrawn since, and its label is as it was.
    A barcode is found with or without leading zeros, a SKU in any case; a code that is one article's barcode and another's SKU is the barcode.
    """
    if not codes:
        return {}
    keys = {code: (barcode_key(code), code.strip().upper()) for code in codes}
    wanted = {
        "barcodes": [barcode for barcode, _ in keys.values()],
        "skus": [sku for _, sku in keys.values()],
    }
    rows = await (reads.fetch(AMONG, **wanted, among=list(among)) if among else reads.fetch(BY_CODE, **wanted))
    by_barcode = {row["barcode_key"]: VariantId(row["id"]) for row in rows if row["barcode_key"]}
    by_sku = {row["sku"]: VariantId(row["id"]) for row in rows if row["sku"]}
    found = {code: by_barcode.get(barcode) or by_sku.get(sku) for code, (barcode, sku) in keys.items()}
    return {code: variant_id for code, variant_id in found.items() if variant_id is not None}
