"""What the rows of a product and its variants become when a draft is laid over them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from commerce.catalog.codes import barcode_key, new_sku
from commerce.catalog.facts import STANDARD_TAX, AttributeValue, PartyDraft, PlaceDraft, ProductDraft, VariantDraft
from commerce.catalog.option_words import option_words
from commerce.catalog.rows import ProductRow, VariantRow
from commerce.catalog.tables import Status
from commerce.kernel.ids import ProductId, VariantId, new_id
from commerce.kernel.wire import Text3

T = TypeVar("T")
MADE_OF_VARIANTS = ("codes", "described", "option_words")


def new_product(product_id: ProductId, slug: str, handle: str) -> ProductRow:
    """Gives a product of which nothing is said yet; it is published unless a draft says otherwise."""
    return ProductRow(
        id=product_id,
        slug=slug,
        handle=handle,
        title=Text3(),
        description=Text3(),
        vendor="",
        product_type="",
        tags=(),
        status=Status.PUBLISHED,
        tax_category=STANDARD_TAX,
        options=(),
        images=(),
        codes="",
    )


def merged(
    draft: ProductDraft,
    base: ProductRow,
    options: tuple[Text3, ...],
    variants: Sequence[VariantRow],
    codes: str,
    parties: Mapping[str, UUID],
) -> ProductRow:
    """Gives a product as the draft says, with the codes and the attributes of its variants as they will be."""
    status = base.status if draft.status is None else draft.status
    attributes = _said(draft.attributes, base.attributes)
    assortment = base.assortment if draft.assortment is None else in_order(draft.assortment)
    return msgspec.structs.replace(
        base,
        title=laid_over(base.title, draft.title),
        description=laid_over(base.description, draft.description),
        vendor=_said(draft.vendor, base.vendor),
        product_type=_said(draft.product_type, base.product_type),
        tags=_said(draft.tags, base.tags),
        status=status if status is not Status.WITHDRAWN else Status.DRAFT,
        tax_category=draft.tax_category or base.tax_category,
        options=_laid_over_options(base.options, options),
        option_value_texts=_said(draft.option_value_texts, base.option_value_texts),
        images=_said(draft.images, base.images),
        codes=codes,
        attributes=attributes,
        custom=_said(cast("dict[str, AttributeValue] | None", draft.custom), base.custom),
        on_show_from=_set(draft.on_show_from, base.on_show_from),
        on_show_until=_set(draft.on_show_until, base.on_show_until),
        restricted=bool(assortment),
        minimum_age=_set(draft.minimum_age, base.minimum_age),
        sale_rules=base.sale_rules if draft.sale_rules is None else tuple(sorted(draft.sale_rules)),
        perishable=_said(draft.perishable, base.perishable),
        maker_id=_party(draft.maker, base.maker_id, parties),
        responsible_id=_party(draft.responsible, base.responsible_id, parties),
        warnings=laid_over(base.warnings, draft.warnings),
        categories=base.categories if draft.categories is None else tuple(sorted(set(draft.categories))),
        collections=base.collections if draft.collections is None else tuple(sorted(set(draft.collections))),
        assortment=assortment,
        described=tuple(each for each in (attributes, *(row.attributes for row in variants)) if each),
        option_words=option_words(row.option_values for row in variants),
    )


def same(row: ProductRow, there: ProductRow) -> bool:
    """Says whether a product is as it was; what is made from its variants is told by them."""
    made = {name: getattr(there, name) for name in MADE_OF_VARIANTS}
    return msgspec.structs.replace(row, **made) == there


def variant_row(
    draft: VariantDraft,
    there: VariantRow | None,
    product_id: ProductId,
    position: int,
    barcodes: Sequence[str] | None,
    parts: tuple[tuple[str, int], ...],
) -> VariantRow:
    """Gives a variant as the draft says; `barcodes` are all of them, None where the draft says nothing of them;
    `parts` are what it is made of then.
    """
    base = there or VariantRow(
        id=VariantId(new_id()),
        product_id=product_id,
        sku=draft.sku or new_sku(),
        barcode=None,
        barcode_key=None,
        option_values=draft.option_values,
        weight_grams=None,
        content_thousandths=None,
        content_unit=None,
        shippable=True,
        stock=draft.stock_if_new or "kept",
        image_url=None,
        position=position,
    )
    barcode = base.barcode if barcodes is None else barcodes[0] if barcodes else None
    more = tuple(barcodes[1:]) if barcodes is not None and draft.barcodes is not None else base.more_barcodes
    return msgspec.structs.replace(
        base,
        sku=draft.sku or base.sku,
        option_values=draft.option_values,
        barcode=barcode,
        barcode_key=base.barcode_key if barcodes is None else barcode_key(barcode) if barcode else None,
        weight_grams=_said(draft.weight_grams, base.weight_grams),
        content_thousandths=draft.content_thousandths or base.content_thousandths,
        content_unit=draft.content_unit or base.content_unit,
        shippable=_said(draft.shippable, base.shippable),
        stock=draft.stock or base.stock,
        image_url=base.image_url if draft.image_url is None else draft.image_url or None,
        short_code=base.short_code if draft.short_code is None else draft.short_code or None,
        length_mm=_set(draft.length_mm, base.length_mm),
        width_mm=_set(draft.width_mm, base.width_mm),
        height_mm=_set(draft.height_mm, base.height_mm),
        attributes=_said(draft.attributes, base.attributes),
        more_barcodes=more,
        parts=parts,
    )


def barcodes_of(draft: VariantDraft) -> tuple[str, ...] | None:
    """Gives all barcodes that a draft says, the first one first; None where it says nothing of them."""
    if draft.barcodes is not None:
        return tuple(dict.fromkeys(code for each in draft.barcodes if (code := each.strip())))
    if draft.barcode is None:
        return None
    code = draft.barcode.strip()
    return (code,) if code else ()


def laid_over(under: Text3, over: Text3 | None) -> Text3:
    """Gives a text in three languages with those that `over` has replaced."""
    if over is None:
        return under
    return Text3(
        en=under.en if over.en is None else over.en,
        es=under.es if over.es is None else over.es,
        ca=under.ca if over.ca is None else over.ca,
    )


def in_order(places: Iterable[PlaceDraft]) -> tuple[PlaceDraft, ...]:
    """Gives an assortment in the one order in which it is compared and told."""
    return tuple(
        sorted(set(places), key=lambda each: tuple(str(value or "") for value in msgspec.structs.astuple(each)))
    )


def _said(said: T | None, base: T) -> T:
    return base if said is None else said


def _set(said: T | UnsetType | None, base: T | None) -> T | None:
    return base if said is UNSET else said


def _party(said: PartyDraft | UnsetType | None, base: UUID | None, parties: Mapping[str, UUID]) -> UUID | None:
    if said is UNSET:
        return base
    return None if said is None else parties[said.code]


def _laid_over_options(under: Sequence[Text3], over: Sequence[Text3]) -> tuple[Text3, ...]:
    if len(under) != len(over):
        return tuple(over)
    return tuple(laid_over(one, other) for one, other in zip(under, over, strict=True))
