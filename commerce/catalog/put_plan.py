"""What has to be written so that the catalogue is as some drafts say: a pure comparison of the drafts with what is there."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from commerce.catalog.codes import barcode_key, check_digit_holds, new_sku
from commerce.catalog.facts import MOST_VARIANTS, STANDARD_TAX, ProductDraft, Trouble, VariantDraft
from commerce.catalog.folding import slug_of
from commerce.catalog.rows import ProductRow, VariantRow, codes_of
from commerce.catalog.tables import Status
from commerce.kernel.ids import ProductId, VariantId, new_id, readable_code
from commerce.kernel.wire import Text3


class Known:
    """The live products that the drafts may mean, and the live variants that they may mean or collide with."""

    def __init__(self, products: Iterable[ProductRow], variants: Sequence[VariantRow]) -> None:
        rows = list(products)
        self.products = {row.handle: row for row in rows}
        self.slugs = {row.slug: row.handle for row in rows}
        self.variants: dict[UUID, list[VariantRow]] = {}
        for variant in variants:
            self.variants.setdefault(variant.product_id, []).append(variant)
        self.skus = {variant.sku.upper(): variant.id for variant in variants}
        self.barcodes = {variant.barcode_key: variant.id for variant in variants if variant.barcode_key}


class Plan:
    """Goes through the drafts in order; afterwards its lists say what to write, what was left out and why."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.new_products: list[ProductRow] = []
        self.changed_products: list[ProductRow] = []
        self.new_variants: list[VariantRow] = []
        self.changed_variants: list[VariantRow] = []
        self.unchanged = 0
        self.variant_ids: dict[tuple[int, int], VariantId] = {}
        self.trouble: list[Trouble] = []

    def consider(self, place: int, draft: ProductDraft) -> None:
        """Decides what one draft means."""
        there = self._known.products.get(draft.handle)
        slug = there.slug if there else slug_of(draft.handle) or f"product-{readable_code(8).lower()}"
        options = draft.options if draft.options is not None else there.options if there else ()
        siblings = self._known.variants.get(there.id, []) if there else []
        if reason := self._fault(draft, there, slug, options, siblings):
            self._troubled(place, None, *reason)
            return
        product_id = there.id if there else ProductId(new_id())
        fresh, changed, kept = self._variants(place, draft, product_id, options, siblings)
        if not there and not fresh:
            return  # each of its variants has said why
        rows = [*kept, *changed, *fresh]
        row = _merged(draft, there, product_id, slug, options, codes_of(rows))
        self._known.slugs[slug] = draft.handle
        if not there:
            self.new_products.append(row)
        elif fresh or changed or msgspec.structs.replace(row, codes=there.codes) != there:
            self.changed_products.append(row)
        else:
            self.unchanged += 1
        self.new_variants += fresh
        self.changed_variants += changed

    def _fault(
        self,
        draft: ProductDraft,
        there: ProductRow | None,
        slug: str,
        options: Sequence[Text3],
        siblings: Sequence[VariantRow],
    ) -> tuple[str, str] | None:
        if there is None and (draft.title is None or not draft.title.said("en")):
            return "title", "a new product needs a title"
        if there is None and not draft.variants:
            return "variants", "a new product needs a variant"
        if self._known.slugs.get(slug, draft.handle) != draft.handle:
            return "handle", f"another product already has the address {slug}"
        if len(draft.variants) + len(siblings) > MOST_VARIANTS * 2 or len(draft.variants) > MOST_VARIANTS:
            return "variants", f"a product has at most {MOST_VARIANTS} variants"
        if any(len(each.option_values) != len(options) for each in siblings):
            return "options", f"its variants have other options than these {len(options)}; withdraw them first"
        return None

    def _variants(
        self,
        place: int,
        draft: ProductDraft,
        product_id: ProductId,
        options: Sequence[Text3],
        siblings: Sequence[VariantRow],
    ) -> tuple[list[VariantRow], list[VariantRow], list[VariantRow]]:
        by_values = {each.option_values: each for each in siblings}
        by_sku = {each.sku.upper(): each for each in siblings}
        fresh: list[VariantRow] = []
        changed: list[VariantRow] = []
        kept = {each.id: each for each in siblings}
        position = max((each.position for each in siblings), default=0)
        seen: set[tuple[str, ...]] = set()
        for nth, variant in enumerate(draft.variants):
            there = by_values.get(variant.option_values) or by_sku.get((variant.sku or "").upper())
            reason = self._variant_fault(variant, there, options, seen)
            if reason:
                self._troubled(place, nth, *reason)
                continue
            row = _variant_row(variant, there, product_id, position + 1)
            self._claim(row)
            seen |= {variant.option_values, row.option_values}
            self.variant_ids[place, nth] = row.id
            if there is None:
                position += 1
                fresh.append(row)
            elif row != there:
                changed.append(row)
                del kept[row.id]
        return fresh, changed, list(kept.values())

    def _variant_fault(
        self,
        variant: VariantDraft,
        there: VariantRow | None,
        options: Sequence[Text3],
        seen: set[tuple[str, ...]],
    ) -> tuple[str, str] | None:
        if len(variant.option_values) != len(options):
            return "option_values", f"the product has {len(options)} options, the variant {len(variant.option_values)}"
        if variant.option_values in seen:
            return "option_values", "the product already has a variant with these option values"
        if variant.barcode and not check_digit_holds(variant.barcode):
            return "barcode", f"{variant.barcode} is no valid GTIN: its check digit is wrong"
        if (variant.content_thousandths is None) != (variant.content_unit is None):
            return "content_unit", "what a unit holds needs an amount and its unit"
        own = there.id if there else None
        if variant.sku and self._known.skus.get(variant.sku.upper(), own) != own:
            return "sku", f"another variant already has the SKU {variant.sku}"
        if variant.barcode and self._known.barcodes.get(barcode_key(variant.barcode), own) != own:
            return "barcode", f"another variant already has the barcode {variant.barcode}"
        return None

    def _claim(self, row: VariantRow) -> None:
        self._known.skus[row.sku.upper()] = row.id
        if row.barcode_key:
            self._known.barcodes[row.barcode_key] = row.id

    def _troubled(self, place: int, variant: int | None, field: str, reason: str) -> None:
        self.trouble.append(Trouble(product=place, variant=variant, field=field, reason=reason))


def _merged(
    draft: ProductDraft,
    there: ProductRow | None,
    product_id: ProductId,
    slug: str,
    options: tuple[Text3, ...],
    codes: str,
) -> ProductRow:
    empty = ProductRow(
        id=product_id,
        slug=slug,
        handle=draft.handle,
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
    base = there or empty
    status = base.status if draft.status is None else draft.status
    return msgspec.structs.replace(
        base,
        title=laid_over(base.title, draft.title),
        description=laid_over(base.description, draft.description),
        vendor=base.vendor if draft.vendor is None else draft.vendor,
        product_type=base.product_type if draft.product_type is None else draft.product_type,
        tags=base.tags if draft.tags is None else draft.tags,
        status=status if status is not Status.WITHDRAWN else Status.DRAFT,
        tax_category=draft.tax_category or base.tax_category,
        options=_laid_over_options(base.options, options),
        images=base.images if draft.images is None else draft.images,
        codes=codes,
    )


def laid_over(under: Text3, over: Text3 | None) -> Text3:
    """Gives a text in three languages with those that `over` has replaced."""
    if over is None:
        return under
    return Text3(
        en=under.en if over.en is None else over.en,
        es=under.es if over.es is None else over.es,
        ca=under.ca if over.ca is None else over.ca,
    )


def _laid_over_options(under: Sequence[Text3], over: Sequence[Text3]) -> tuple[Text3, ...]:
    if len(under) != len(over):
        return tuple(over)
    return tuple(laid_over(one, other) for one, other in zip(under, over, strict=True))


def _variant_row(draft: VariantDraft, there: VariantRow | None, product_id: ProductId, position: int) -> VariantRow:
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
        image_url=None,
        position=position,
    )
    barcode = base.barcode if draft.barcode is None else draft.barcode.strip() or None
    return msgspec.structs.replace(
        base,
        sku=draft.sku or base.sku,
        option_values=draft.option_values,
        barcode=barcode,
        barcode_key=barcode_key(barcode) if barcode else None,
        weight_grams=base.weight_grams if draft.weight_grams is None else draft.weight_grams,
        content_thousandths=draft.content_thousandths or base.content_thousandths,
        content_unit=draft.content_unit or base.content_unit,
        shippable=base.shippable if draft.shippable is None else draft.shippable,
        image_url=base.image_url if draft.image_url is None else draft.image_url or None,
    )
