"""Which article a scanned or typed code stands for: one of its barcodes, else its SKU."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from asyncpg import Record
from sqlalchemy import ColumnElement, DateTime, Select, Text, func, literal_column, select, union_all
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
# Of several that had a code the one that was withdrawn last, a live one before all.
_gone: ColumnElement[datetime] = literal_column("withdrawn_at", DateTime(timezone=True))
AMONG = Statement(
    union_all(
        _barcoded().add_columns(variant_barcodes.c.withdrawn_at).where(any_of(variant_barcodes.c.variant_id, "among")),
        _named().add_columns(variants.c.withdrawn_at).where(any_of(variants.c.id, "among")),
    ).order_by(_gone.desc().nulls_first())
)
GONE = Statement(
    union_all(
        _barcoded().add_columns(variant_barcodes.c.withdrawn_at).where(variant_barcodes.c.withdrawn_at.is_not(None)),
        _named().add_columns(variants.c.withdrawn_at).where(variants.c.withdrawn_at.is_not(None)),
    ).order_by(_gone.desc())
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
    if among:
        return await _found(reads, AMONG, codes, among=list(among))
    return await _found(reads, BY_CODE, codes)


async def variants_on_hand_by_code(
    reads: Reads, codes: Collection[str], *, among: Collection[UUID] = ()
) -> dict[str, VariantId]:
    """Gives the articles by the codes on what lies before somebody: one of those `among` which it is expected, else a live one, else the one
    that was withdrawn last. What is taken from sale lies on shelves, and in vans, until it is counted.
    """
    found = await variants_by_code(reads, codes, among=among) if among else {}
    if left := [code for code in codes if code not in found]:
        found |= await variants_by_code(reads, left)
    if left := [code for code in codes if code not in found]:
        found |= await _found(reads, GONE, left)
    return found


async def _found(
    reads: Reads, statement: Statement[Record], codes: Collection[str], **more: object
) -> dict[str, VariantId]:
    keys = {code: (barcode_key(code), code.strip().upper()) for code in codes}
    wanted = {
        "barcodes": [barcode for barcode, _ in keys.values()],
        "skus": [sku for _, sku in keys.values()],
    }
    by_barcode: dict[str, VariantId] = {}
    by_sku: dict[str, VariantId] = {}
    for row in await reads.fetch(statement, **wanted, **more):
        if row["barcode_key"]:
            by_barcode.setdefault(row["barcode_key"], VariantId(row["id"]))
        else:
            by_sku.setdefault(row["sku"], VariantId(row["id"]))
    found = {code: by_barcode.get(barcode) or by_sku.get(sku) for code, (barcode, sku) in keys.items()}
    return {code: variant_id for code, variant_id in found.items() if variant_id is not None}
