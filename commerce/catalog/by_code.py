"""Which article a scanned or typed code stands for: its barcode, else its SKU."""

from collections.abc import Collection

from sqlalchemy import Text, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.catalog.codes import barcode_key
from commerce.catalog.tables import variants
from commerce.kernel.ids import VariantId
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given

_sku = func.upper(variants.c.sku, type_=Text)
BY_CODE = Statement(
    select(variants.c.id, variants.c.barcode_key, _sku.label("sku")).where(
        variants.c.withdrawn_at.is_(None),
        any_of(variants.c.barcode_key, "barcodes")
        | _sku.op("=", is_comparison=True)(func.any(given("skus", ARRAY(Text)))),
    )
)


async def variants_by_code(reads: Reads, codes: Collection[str]) -> dict[str, VariantId]:
    """Gives the articles by the codes that stand for them, on show or not; a code that nothing has, or that was withdrawn, is left out.

    A barcode is found with or without leading zeros, a SKU in any case; a code that is one article's barcode and another's SKU is the barcode.
    """
    if not codes:
        return {}
    keys = {code: (barcode_key(code), code.strip().upper()) for code in codes}
    rows = await reads.fetch(
        BY_CODE, barcodes=[barcode for barcode, _ in keys.values()], skus=[sku for _, sku in keys.values()]
    )
    by_barcode = {row["barcode_key"]: VariantId(row["id"]) for row in rows if row["barcode_key"]}
    by_sku = {row["sku"]: VariantId(row["id"]) for row in rows}
    found = {code: by_barcode.get(barcode) or by_sku.get(sku) for code, (barcode, sku) in keys.items()}
    return {code: variant_id for code, variant_id in found.items() if variant_id is not None}
