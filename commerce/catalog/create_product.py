"""Make a product with its variants."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import Text, Uuid, delete, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from commerce.catalog import queries
from commerce.catalog.clean_html import clean_texts
from commerce.catalog.codes import barcode_key, check_digit_holds, new_sku
from commerce.catalog.codes_taken import Wanted, require_free
from commerce.catalog.describe import describe_product, require_barcodes
from commerce.catalog.events import Change, ProductChanged
from commerce.catalog.facts import Image
from commerce.catalog.folding import slug_of
from commerce.catalog.kit_told import tell_kits
from commerce.catalog.missing import require_complete
from commerce.catalog.option_words import option_words, require_value_texts
from commerce.catalog.resident import catalogue_changed
from commerce.catalog.rows import ProductRow, VariantRow, codes_of, insert_rows
from commerce.catalog.schemas import AdminProductOut, AdminVariantOut, ProductIn, VariantIn
from commerce.catalog.tables import Status, categories, product_categories, products
from commerce.kernel.errors import invalid
from commerce.kernel.ids import ProductId, VariantId, new_id, readable_code
from commerce.kernel.wire import Text3
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given

HANDLE_TAKEN = Statement(
    select(exists().where(products.c.handle == given("handle", Text), products.c.withdrawn_at.is_(None)))
)
LEAVE_CATEGORIES = Statement(
    delete(product_categories).where(
        product_categories.c.product_id == given("product_id", Uuid),
        product_categories.c.category_id.not_in(select(func.unnest(given("ids", ARRAY(Uuid))))),
    )
)
JOIN_CATEGORIES = Statement(
    insert(product_categories)
    .from_select(
        ["product_id", "category_id"],
        select(given("product_id", Uuid), categories.c.id).where(
            any_of(categories.c.id, "ids"), categories.c.withdrawn_at.is_(None)
        ),
    )
    .on_conflict_do_nothing()
)
IN_CATEGORIES = Statement(
    select(func.count())
    .select_from(product_categories)
    .where(product_categories.c.product_id == given("product_id", Uuid))
)


NOTHING: tuple[Mapping[str, object], Mapping[str, object]] = ({}, {})
# What changes with every change, and says nothing in a history.
UNTOLD = frozenset({"updated_at", "version", "variant_count"})


async def create_product(tx: Tx, data: ProductIn, *, at: datetime) -> AdminProductOut:
    """Make a product with its variants, as a draft or at once on show.

    Refuses a title in no language, options without names of their own, option values that do not fit the options, a GTIN with a wrong check digit, a category or a party that is
    not there, attributes and custom values that are not as they are defined, to publish without those that its type asks; and with SlugTaken, HandleTaken, SkuTaken, BarcodeTaken,
    ShortCodeTaken, OptionsTaken what another one that is not withdrawn has. Descriptions are made harmless (`clean_html`).
    """
    require_text("/title", data.title)
    require_options(data.options)
    product_id = ProductId(new_id())
    slug = data.slug or slug_of(data.title.said("en")) or f"product-{readable_code(8).lower()}"
    rows = [
        new_variant(each, product_id, nth + 1, len(data.options), f"/variants/{nth}")
        for nth, each in enumerate(data.variants)
    ]
    row = ProductRow(
        id=product_id,
        slug=slug,
        handle=data.handle or await _free_handle(tx, slug),
        title=data.title,
        description=clean_texts(data.description),
        vendor=data.vendor,
        product_type=data.product_type,
        tags=tuple(dict.fromkeys(data.tags)),
        status=Status.PUBLISHED if data.publish else Status.DRAFT,
        tax_category=data.tax_category,
        options=tuple(data.options),
        option_value_texts=require_value_texts(data.option_value_texts, len(data.options)),
        images=tuple(Image(url=each.url, alt=each.alt) for each in data.images),
        codes=codes_of(rows),
        described=tuple(dict(each) for each in (data.attributes, *(one.attributes for one in data.variants)) if each),
        option_words=option_words(each.option_values for each in rows),
    )
    await insert_rows(tx, [row], [], at)
    await require_free(
        tx, [wanted_codes(f"/variants/{nth}", *each) for nth, each in enumerate(zip(rows, data.variants, strict=True))]
    )
    await insert_rows(tx, [], rows, at)
    await describe_product(tx, product_id, data, [each.id for each in rows])
    await set_categories(tx, product_id, data.category_ids)
    if data.publish:
        await require_complete(tx, product_id)
    return await product_changed(tx, product_id, "created")


async def _free_handle(tx: Tx, slug: str) -> str:
    """Gives the slug as handle, or one like it when a product whose slug has changed since has that handle still."""
    taken = await tx.fetch_value(HANDLE_TAKEN, handle=slug)
    return f"{slug}-{readable_code(6).lower()}" if taken else slug


def require_text(pointer: str, text: Text3) -> None:
    """Refuses a text that says nothing in any language."""
    if not text.said("en").strip():
        raise invalid(pointer, "Give the text in at least one of en, es, ca.")


def new_variant(data: VariantIn, product_id: ProductId, position: int, options: int, pointer: str) -> VariantRow:
    """Gives the row of a new variant; refuses values that do not fit the options, and a GTIN with a wrong check digit."""
    require_values(f"{pointer}/option_values", data.option_values, options)
    require_barcode(f"{pointer}/barcode", data.barcode)
    require_barcodes(f"{pointer}/more_barcodes", data.more_barcodes)
    require_content(pointer, data.content_thousandths, data.content_unit)
    return VariantRow(
        id=VariantId(new_id()),
        product_id=product_id,
        sku=data.sku or new_sku(),
        barcode=data.barcode,
        barcode_key=barcode_key(data.barcode) if data.barcode else None,
        option_values=tuple(data.option_values),
        weight_grams=data.weight_grams,
        content_thousandths=data.content_thousandths,
        content_unit=data.content_unit,
        shippable=data.shippable,
        stock=data.stock,
        image_url=data.image_url,
        position=position,
    )


def require_options(options: Sequence[Text3]) -> None:
    """Refuses an option that is called nothing, or like another one: nobody could choose by it."""
    called = [" ".join(each.said("en").split()).casefold() for each in options]
    for nth, name in enumerate(called):
        require_text(f"/options/{nth}", options[nth])
        if name in called[:nth]:
            raise invalid(f"/options/{nth}", "Another option has this name.")


def wanted_codes(pointer: str, row: VariantRow, data: VariantIn) -> Wanted:
    """Gives what a new variant is to be known by."""
    return Wanted(
        pointer=pointer,
        variant_id=row.id,
        option_values=row.option_values,
        sku=row.sku,
        barcode=row.barcode,
        more_barcodes=data.more_barcodes,
        short_code=data.short_code,
    )


def require_values(pointer: str, values: Sequence[str], options: int) -> None:
    """Refuses option values that are not one for each option."""
    if len(values) != options:
        raise invalid(pointer, f"The product has {options} options: give {options} values.")


def require_barcode(pointer: str, barcode: str | None) -> None:
    """Refuses a GTIN whose check digit is wrong."""
    if barcode and not check_digit_holds(barcode):
        raise invalid(pointer, "A code of 8, 12, 13 or 14 digits is a GTIN, and its check digit is wrong.")


def require_content(pointer: str, thousandths: int | None, unit: str | None) -> None:
    """Refuses a content without its unit, or a unit without how much."""
    if (thousandths is None) != (unit is None):
        field = "content_thousandths" if thousandths is None else "content_unit"
        raise invalid(f"{pointer}/{field}", "What one unit holds needs an amount and its unit.")


async def set_categories(tx: Tx, product_id: UUID, ids: Sequence[UUID]) -> None:
    """Puts a product into exactly these categories; refuses one that is not there."""
    wanted = sorted(set(ids))
    await tx.execute(LEAVE_CATEGORIES, product_id=product_id, ids=wanted)
    if wanted:
        await tx.execute(JOIN_CATEGORIES, product_id=product_id, ids=wanted)
        if await tx.fetch_value(IN_CATEGORIES, product_id=product_id) != len(wanted):
            raise invalid("/category_ids", "One of these categories does not exist.")


async def product_changed(
    tx: Tx,
    product_id: UUID,
    change: Change,
    *,
    before: AdminProductOut | None = None,
    variant: tuple[AdminVariantOut | None, AdminVariantOut | None] | None = None,
    beside: tuple[Mapping[str, object], Mapping[str, object]] = NOTHING,
) -> AdminProductOut:
    """Gives the product as it stands now, having told the audit log, the other slices and the caches of it.

    The log gets what differs, so that a change of one field is one line of a product's history, however many variants it has; `variant` is
    one that changed, as it was and as it is, where only that one did; `beside` is what the product does not say itself, old and new.
    """
    after = await queries.product(tx, product_id)
    old, new = differing(before, after, variant, beside) if before is not None else (None, after)
    tx.changed("product", product_id, before=old, after=new)
    tx.emit(
        ProductChanged(
            product_id=product_id, change=change, slug=after.slug, status=after.status, product_version=after.version
        )
    )
    if change in {"published", "withdrawn"} or (variant is not None and variant[1] is None):
        await tell_kits(tx, [product_id])
    await catalogue_changed(tx)
    return after


def differing(
    before: AdminProductOut,
    after: AdminProductOut,
    variant: tuple[AdminVariantOut | None, AdminVariantOut | None] | None = None,
    beside: tuple[Mapping[str, object], Mapping[str, object]] = NOTHING,
) -> tuple[dict[str, object], dict[str, object]]:
    """Gives the fields of a product that are not as before, old and new; of the variants those that are not, by SKU; and what is `beside`."""
    old = {**msgspec.to_builtins(before), **beside[0]}
    new = {**msgspec.to_builtins(after), **beside[1]}
    old["variants"] = _by_sku(before.variants if variant is None else variant[:1])
    new["variants"] = _by_sku(after.variants if variant is None else variant[1:])
    for sku in old["variants"].keys() & new["variants"].keys():
        if old["variants"][sku] == new["variants"][sku]:
            del old["variants"][sku], new["variants"][sku]
    names = [name for name in new if old[name] != new[name] and name not in UNTOLD]
    return {name: old[name] for name in names}, {name: new[name] for name in names}


def _by_sku(rows: Iterable[AdminVariantOut | None]) -> dict[str, object]:
    return {each.sku: msgspec.to_builtins(each) for each in rows if each is not None}
