"""Whose a code is already: said before anything is written, so that the refusal names the field, and who has it.

The constraints stay the judges of two that come at the same moment.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import Text, Uuid, func, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.catalog.codes import barcode_key
from commerce.catalog.errors import BarcodeTaken, OptionsTaken, ShortCodeTaken, SkuTaken
from commerce.catalog.tables import products, variant_barcodes, variants
from commerce.kernel.errors import FieldError, Refusal
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a variant is to be known by; `pointer` leads to it in the request."""

    pointer: str
    variant_id: UUID
    option_values: Sequence[str]
    sku: str
    barcode: str | None
    more_barcodes: Sequence[str]
    short_code: str | None


class _Holder(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    key: str
    variant_id: UUID
    sku: str
    slug: str


class _Claim(msgspec.Struct, frozen=True, kw_only=True):
    """That one variant wants one code; `key` is what two of the same code have in common."""

    kind: str
    key: str
    pointer: str
    value: str
    variant_id: UUID


REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "sku": (SkuTaken, "SKU"),
    "barcode": (BarcodeTaken, "barcode"),
    "short_code": (ShortCodeTaken, "short code"),
    "options": (OptionsTaken, "option values"),
}
_sku, _short = func.upper(variants.c.sku, type_=Text), func.upper(variants.c.short_code, type_=Text)
_live = variants.c.withdrawn_at.is_(None)
_holder = (variants.c.id.label("variant_id"), variants.c.sku, products.c.slug)
_of_product = variants.join(products, products.c.id == variants.c.product_id)
HOLDERS = Statement(
    union_all(
        select(literal_column("'sku'", Text).label("kind"), _sku.label("key"), *_holder)
        .select_from(_of_product)
        .where(_live, _sku.op("=", is_comparison=True)(func.any(given("sku", ARRAY(Text))))),
        select(literal_column("'short_code'", Text), _short, *_holder)
        .select_from(_of_product)
        .where(_live, _short.op("=", is_comparison=True)(func.any(given("short_code", ARRAY(Text))))),
        select(literal_column("'barcode'", Text), variant_barcodes.c.barcode_key, *_holder)
        .select_from(_of_product.join(variant_barcodes, variant_barcodes.c.variant_id == variants.c.id))
        .where(any_of(variant_barcodes.c.barcode_key, "barcode"), variant_barcodes.c.withdrawn_at.is_(None)),
    ),
    into=_Holder,
)
SAME_OPTIONS = Statement(
    select(variants.c.sku).where(
        _live,
        variants.c.product_id == given("product_id", Uuid),
        variants.c.id != given("variant_id", Uuid),
        variants.c.option_values == given("option_values", ARRAY(Text)),
    )
)


async def require_free(tx: Tx, wanted: Sequence[Wanted]) -> None:
    """Refuses with SkuTaken, BarcodeTaken, ShortCodeTaken or OptionsTaken what two of these want, or another variant has: with each field at
    fault, and in `taken_by` the product and the SKU of who has the first. One statement.
    """
    claims = [claim for each in wanted for claim in _claims(each)]
    first: dict[tuple[str, str], _Claim] = {}
    for claim in claims:
        other = first.setdefault((claim.kind, claim.key), claim)
        if other is not claim:
            raise _taken(claim, f"{other.pointer} says the same {REFUSALS[claim.kind][1]}.")
    keys = {kind: [claim.key for claim in claims if claim.kind == kind] for kind in ("sku", "barcode", "short_code")}
    own = {each.variant_id for each in wanted}
    held = {(row.kind, row.key): row for row in await tx.fetch(HOLDERS, **keys) if row.variant_id not in own}
    for claim in claims:
        if row := held.get((claim.kind, claim.key)):
            detail = (
                f"{claim.value} is the {REFUSALS[claim.kind][1]} of the variant {row.sku} of the product {row.slug}."
            )
            raise _taken(claim, detail, {"variant_id": row.variant_id, "sku": row.sku, "product": row.slug})


async def require_options_free(tx: Tx, product_id: UUID, wanted: Wanted) -> None:
    """Refuses with OptionsTaken values that another variant of the product has."""
    values = list(wanted.option_values)
    held = await tx.fetch(SAME_OPTIONS, product_id=product_id, variant_id=wanted.variant_id, option_values=values)
    if held:
        detail = f"The variant {held[0]['sku']} has these values."
        raise OptionsTaken(detail, errors=[FieldError(f"{wanted.pointer}/option_values", detail)])


def _claims(wanted: Wanted) -> Iterator[_Claim]:
    def claim(kind: str, key: str, field: str, value: str) -> _Claim:
        pointer = f"{wanted.pointer}/{field}"
        return _Claim(kind=kind, key=key, pointer=pointer, value=value, variant_id=wanted.variant_id)

    yield claim("sku", wanted.sku.upper(), "sku", wanted.sku)
    if wanted.short_code is not None:
        yield claim("short_code", wanted.short_code.upper(), "short_code", wanted.short_code)
    if wanted.barcode is not None:
        yield claim("barcode", barcode_key(wanted.barcode), "barcode", wanted.barcode)
    for nth, code in enumerate(wanted.more_barcodes):
        yield claim("barcode", barcode_key(code), f"more_barcodes/{nth}", code)
    yield claim("options", "\x00".join(wanted.option_values), "option_values", " / ".join(wanted.option_values))


def _taken(claim: _Claim, detail: str, by: object = None) -> Refusal:
    refusal, _ = REFUSALS[claim.kind]
    told, errors = f"{claim.pointer}: {detail}", [FieldError(claim.pointer, detail)]
    return refusal(told, errors=errors) if by is None else refusal(told, errors=errors, taken_by=by)
