"""What has to be written so that the catalogue is as some drafts say: a pure comparison of the drafts with what is there."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from msgspec import UNSET

from commerce.catalog.checked_values import attribute_faults, custom_faults
from commerce.catalog.codes import barcode_key, check_digit_holds
from commerce.catalog.facts import MOST_VARIANTS, ProductDraft, Trouble, VariantDraft
from commerce.catalog.folding import slug_of
from commerce.catalog.put_beside import Named
from commerce.catalog.put_kits import Kits
from commerce.catalog.put_rows import barcodes_of, merged, new_product, same, variant_row
from commerce.catalog.rows import ProductRow, VariantRow, codes_of
from commerce.catalog.tables import Status
from commerce.kernel.ids import ProductId, VariantId, new_id, readable_code
from commerce.kernel.wire import Text3


class Known:
    """The live products that the drafts may mean, and the live variants that they may mean or collide with."""

    def __init__(
        self, products: Iterable[ProductRow], variants: Sequence[VariantRow], names: Named, kits: Kits
    ) -> None:
        rows = list(products)
        self.names = names
        self.products = {row.handle: row for row in rows}
        self.slugs = {row.slug: row.handle for row in rows}
        self.variants: dict[UUID, list[VariantRow]] = {}
        for variant in variants:
            self.variants.setdefault(variant.product_id, []).append(variant)
        self.skus = {variant.sku.upper(): variant.id for variant in variants}
        self.barcodes = {variant.barcode_key: variant.id for variant in variants if variant.barcode_key}
        self.barcodes |= {barcode_key(code): variant.id for variant in variants for code in variant.more_barcodes}
        self.kits = kits
        self.short_codes = {variant.short_code.upper(): variant.id for variant in variants if variant.short_code}


class Plan:
    """Goes through the drafts in order; afterwards its lists say what to write, what was left out and why."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.new_products: list[ProductRow] = []
        self.changed_products: list[ProductRow] = []
        self.new_variants: list[VariantRow] = []
        self.changed_variants: list[VariantRow] = []
        self._products_before: dict[UUID, ProductRow] = {}
        self._variants_before: dict[UUID, VariantRow] = {}
        self.unchanged = 0
        self.variant_ids: dict[tuple[int, int], VariantId] = {}
        self.trouble: list[Trouble] = []

    def consider(self, place: int, draft: ProductDraft) -> None:
        """Decides what one draft means."""
        there = self._known.products.get(draft.handle)
        slug = there.slug if there else draft.slug or slug_of(draft.handle) or f"product-{readable_code(8).lower()}"
        options = draft.options if draft.options is not None else there.options if there else ()
        siblings = self._known.variants.get(there.id, []) if there else []
        if reason := self._fault(draft, there, slug, options, siblings):
            self._troubled(place, None, *reason)
            return
        base = there or new_product(ProductId(new_id()), slug, draft.handle)
        product_type = base.product_type if draft.product_type is None else draft.product_type
        fresh, changed, kept = self._variants(place, draft, base.id, product_type, options, siblings)
        if not there and not fresh:
            return  # each of its variants has said why
        rows = [*kept, *changed, *fresh]
        row = merged(draft, base, options, rows, codes_of(rows), self._known.names.parties)
        self._known.slugs[slug] = draft.handle
        if not there:
            self.new_products.append(row)
        elif fresh or changed or not same(row, there):
            self.changed_products.append(row)
            self._products_before[there.id] = there
        else:
            self.unchanged += 1
        self.new_variants += fresh
        self.changed_variants += changed

    def product_changes(self) -> list[tuple[ProductRow | None, ProductRow]]:
        """Gives what there was and what there will be, of each product that is made or changed."""
        changed = [(self._products_before[row.id], row) for row in self.changed_products]
        return [*changed, *((None, row) for row in self.new_products)]

    def variant_changes(self) -> list[tuple[VariantRow | None, VariantRow]]:
        """Gives what there was and what there will be, of each variant that is made or changed."""
        changed = [(self._variants_before[row.id], row) for row in self.changed_variants]
        return [*changed, *((None, row) for row in self.new_variants)]

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
        if len(draft.option_value_texts or ()) > len(options):
            return "option_value_texts", f"the product has {len(options)} options, the texts are of more"
        return self._described_fault(draft, there) or self._incomplete(draft, there, siblings)

    def _described_fault(self, draft: ProductDraft, there: ProductRow | None) -> tuple[str, str] | None:
        """Gives what is wrong with what the draft says beside the product's names."""
        names = self._known.names
        if unknown := [slug for slug in draft.categories or () if slug not in names.categories]:
            return "categories", f"there is no category {unknown[0][:120]}"
        for slug in draft.collections or ():
            if slug not in names.collections.ids:
                return "collections", f"there is no collection {slug[:120]}"
            if slug in names.collections.ruled:
                return "collections", f"the collection {slug[:120]} finds its products by a rule"
        begins = there.on_show_from if there and draft.on_show_from is UNSET else draft.on_show_from or None
        ends = there.on_show_until if there and draft.on_show_until is UNSET else draft.on_show_until or None
        if begins and ends and ends <= begins:
            return "on_show_until", "it is on show for no time at all: this is not after the beginning"
        for nth, place in enumerate(draft.assortment or ()):
            if place.begins_at and place.ends_at and place.ends_at <= place.begins_at:
                return "assortment", f"place {nth + 1} ends before it begins"
        if len({(each.channel_id, each.location_id, each.begins_at) for each in draft.assortment or ()}) < len(
            set(draft.assortment or ())
        ):
            return "assortment", "the same place is there twice, from the same instant"
        if draft.attributes is not None or draft.product_type is not None:
            product_type = there.product_type if there and draft.product_type is None else draft.product_type or ""
            values = there.attributes if there and draft.attributes is None else draft.attributes or {}
            for fault in attribute_faults(names.definitions, product_type, values, for_variants=False):
                return "attributes", f"{fault.code}: {fault.reason}"
        for fault in custom_faults(names.definitions, draft.custom or {}):
            return "custom", f"{fault.code}: {fault.reason}"
        return None

    def _incomplete(
        self, draft: ProductDraft, there: ProductRow | None, siblings: Sequence[VariantRow]
    ) -> tuple[str, str] | None:
        """Gives what a product that would be on show lacks of what its type asks, unless it was on show without it before."""
        status = draft.status or (there.status if there else Status.PUBLISHED)
        product_type = there.product_type if there and draft.product_type is None else draft.product_type or ""
        of_type = self._known.names.definitions.types.get(product_type)
        if of_type is None or not of_type.required or status is not Status.PUBLISHED:
            return None
        before = {code for each in siblings for code in each.attributes} | set(there.attributes if there else ())
        said = {each.option_values: each.attributes for each in draft.variants if each.attributes is not None}
        kept = [said.pop(each.option_values, each.attributes) for each in siblings]
        own = there.attributes if there and draft.attributes is None else draft.attributes or {}
        has = {code for each in (own, *kept, *said.values()) for code in each}
        lacking = [code for code in of_type.required if code not in has]
        if there and there.status is Status.PUBLISHED and there.product_type == product_type:
            lacking = [code for code in lacking if code in before]
        if not lacking:
            return None
        return "attributes", (
            f"{lacking[0]}: nothing of the type {product_type} is published without it; give it, or bring the product in as a draft"
        )

    def _variants(
        self,
        place: int,
        draft: ProductDraft,
        product_id: ProductId,
        product_type: str,
        options: Sequence[Text3],
        siblings: Sequence[VariantRow],
    ) -> tuple[list[VariantRow], list[VariantRow], list[VariantRow]]:
        by_values = {each.option_values: each for each in siblings}
        by_sku = {each.sku.upper(): each for each in siblings}
        fresh: list[VariantRow] = []
        changed: list[VariantRow] = []
        kept = {each.id: each for each in siblings}
        last = max((each.position for each in siblings), default=0)
        seen: set[tuple[str, ...]] = set()
        # A kit may be made of what stands below it in its own product.
        for nth, variant in sorted(enumerate(draft.variants), key=lambda each: bool(each[1].parts)):
            there = by_values.get(variant.option_values) or by_sku.get((variant.sku or "").upper())
            barcodes = barcodes_of(variant)
            keys = [barcode_key(code) for code in barcodes or ()]
            reason = (
                self._variant_fault(variant, there, options, seen)
                or self._codes_fault(variant, there, barcodes or (), keys)
                or self._known.kits.fault(variant, there)
            )
            if variant.attributes and not reason:
                faults = attribute_faults(
                    self._known.names.definitions, product_type, variant.attributes, for_variants=True
                )
                reason = next((("attributes", f"{fault.code}: {fault.reason}") for fault in faults), None)
            if reason:
                self._troubled(place, nth, *reason)
                continue
            parts = self._known.kits.parts_of(variant, there)
            row = variant_row(variant, there, product_id, last + nth + 1, barcodes, parts)
            self._claim(row, keys)
            self._known.kits.claim(row, there)
            seen |= {variant.option_values, row.option_values}
            self.variant_ids[place, nth] = row.id
            if there is None:
                fresh.append(row)
            elif row != there:
                changed.append(row)
                self._variants_before[there.id] = there
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
        if (variant.content_thousandths is None) != (variant.content_unit is None):
            return "content_unit", "what a unit holds needs an amount and its unit"
        return None

    def _codes_fault(
        self, variant: VariantDraft, there: VariantRow | None, barcodes: Sequence[str], keys: Sequence[str]
    ) -> tuple[str, str] | None:
        own = there.id if there else None
        if variant.sku and self._known.skus.get(variant.sku.upper(), own) != own:
            return "sku", f"another variant already has the SKU {variant.sku}"
        if variant.short_code and self._known.short_codes.get(variant.short_code.upper(), own) != own:
            return "short_code", f"another variant already has the short code {variant.short_code}"
        for code, key in zip(barcodes, keys, strict=True):
            if not check_digit_holds(code):
                return "barcode", f"{code} is no valid GTIN: its check digit is wrong"
            if self._known.barcodes.get(key, own) != own:
                return "barcode", f"another variant already has the barcode {code}"
        if len(set(keys)) < len(keys):
            return "barcode", "the same barcode is there twice"
        return None

    def _claim(self, row: VariantRow, keys: Sequence[str]) -> None:
        self._known.skus[row.sku.upper()] = row.id
        self._known.barcodes.update(dict.fromkeys(keys, row.id))
        if row.short_code:
            self._known.short_codes[row.short_code.upper()] = row.id

    def _troubled(self, place: int, variant: int | None, field: str, reason: str) -> None:
        self.trouble.append(Trouble(product=place, variant=variant, field=field, reason=reason))
