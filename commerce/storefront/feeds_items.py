"""Items of Google Merchant Center's feeds as XML. Pure: products in, bytes out.

Products: "Product data specification" (support.google.com/merchants/answer/7052112): id, title, description, link, image_link, availability and
price are required of every item; brand, gtin and mpn identify it (`identifier_exists` says no where there is no GTIN: a SKU is no mpn);
item_group_id holds variants together. Stores: "Local inventory data specification" (answer/14819809): id, store_code and availability are
required; pickup_method and pickup_sla (answers 14634021, 14635400) offer collection. Values are in English, whatever the language.
"""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID
from xml.sax.saxutils import escape

import nh3

from commerce.kernel.money import Money
from commerce.storefront.feeds_rows import FeedProduct, FeedVariant
from commerce.stores import Channel

LONGEST_ID, LONGEST_TITLE, LONGEST_TEXT, LONGEST_BRAND, LONGEST_LINK = 50, 150, 5_000, 70, 2_000
LONGEST_TYPE, LONGEST_DETAIL = 750, 100
MOST_IMAGES = 10
# What XML 1.0 cannot say, escaped or not.
_UNSAYABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_UNUSUAL: Final = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff&<>"]')
_SPACES: Final = re.compile(r"\s+")
_UNITS: Final = {"kg": "kg", "l": "l", "m": "m", "m2": "sqm", "piece": "ct"}
# Option names that Google has attributes for, in the languages of the product, without accents.
_ATTRIBUTES: Final = {
    **dict.fromkeys(("color", "colour", "colores", "colors"), "color"),
    **dict.fromkeys(("size", "talla", "tamano", "mida", "tallas"), "size"),
    **dict.fromkeys(("material", "materials"), "material"),
    **dict.fromkeys(("pattern", "estampado", "estampat"), "pattern"),
}
_ACCENTS: Final = str.maketrans("áàéèíóòúüñç", "aaeeioouunc")
NOT_SENT: Final = frozenset({"not_online", "not_shipped"})
NOT_COLLECTED: Final = frozenset({"not_online", "not_collected"})


def product_items(product: FeedProduct, channel: Channel, language: str, paths: Mapping[UUID, str]) -> str:
    """Gives an item for each variant that costs something and has a picture; Google takes none without them."""
    text = plain(product.description)
    shared: list[tuple[str, str]] = [
        ("description", (text or product.title)[:LONGEST_TEXT]),
        ("condition", "new"),
        *([("brand", vendor[:LONGEST_BRAND])] if (vendor := product.vendor.strip()) else []),
        *([("item_group_id", str(product.id))] if len(product.variants) > 1 else []),
        *[("product_type", kind[:LONGEST_TYPE]) for kind in _types(product, paths)],
    ]
    made = (_product_item(product, variant, channel, language, shared) for variant in product.variants)
    return "".join(f"<item>{_elements(fields)}</item>\n" for fields in made if fields)


def _product_item(
    product: FeedProduct, variant: FeedVariant, channel: Channel, language: str, shared: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    names = {"slug": product.slug, "id": str(product.id), "sku": variant.sku, "variant": str(variant.id)}
    wanted = channel.product_url or ""
    link = channel.product_page(language=language, **{name: of for name, of in names.items() if name in wanted})
    pictures = list(
        dict.fromkeys([*([variant.image_url] if variant.image_url else []), *(each.url for each in product.images)])
    )
    if not _costs(variant) or link is None or not pictures:
        return []
    several = len(product.variants) > 1
    title = " – ".join([product.title, " / ".join(variant.option_values)]) if several else product.title
    code = gtin(variant.barcode)
    return [
        ("id", feed_id(variant.sku, variant.id)),
        ("title", title[:LONGEST_TITLE]),
        ("link", link[:LONGEST_LINK]),
        ("image_link", pictures[0]),
        *[("additional_image_link", each) for each in pictures[1 : MOST_IMAGES + 1]],
        ("availability", "in_stock" if sent(product.sale_rules, variant.delivery) else "out_of_stock"),
        *prices(variant),
        *shared,
        *([("gtin", code)] if code else [("identifier_exists", "no")]),
        *(_options(product, variant) if several else []),
        *([("shipping_weight", f"{variant.weight_grams} g")] if variant.weight_grams else []),
        *_measure(variant),
    ]


def local_items(product: FeedProduct, store_code: str, sla: str | None) -> str:
    """Gives what one store has of a product: an item for each variant that costs something there. `sla` says how soon an order waits there."""
    found = []
    for variant in product.variants:
        if not _costs(variant):
            continue
        band = variant.there or "out"
        collected = band != "out" and sla is not None and not NOT_COLLECTED.intersection(product.sale_rules)
        fields = [
            ("id", feed_id(variant.sku, variant.id)),
            ("store_code", store_code),
            ("availability", {"in": "in_stock", "few": "limited_availability"}.get(band, "out_of_stock")),
            *prices(variant),
            ("pickup_method", "buy" if collected else "not supported"),
            *([("pickup_sla", sla)] if collected and sla is not None else []),
        ]
        found.append(f"<item>{_elements(fields)}</item>\n")
    return "".join(found)


def _costs(variant: FeedVariant) -> bool:
    """Says whether a variant has a price above zero: for nothing Google takes a telephone with a contract only (answer/6324371)."""
    return variant.price is not None and variant.price.amount > 0


def pickup_sla(days: int) -> str | None:
    """Gives how soon an order waits, so many store days later. Collection from a shelf is offered for today and tomorrow only: later days are
    for goods that are sent to the store (answer/14635400).
    """
    return {0: "same day", 1: "next day"}.get(days)


def sent(sale_rules: Iterable[str], delivery: str) -> bool:
    """Says whether one can order something to be sent now, as the product page's delivery band and the product's sale rules have it."""
    return delivery != "out" and not NOT_SENT.intersection(sale_rules)


def prices(variant: FeedVariant) -> list[tuple[str, str]]:
    """Gives what it costs. A reduction is told only where it is announced, and from the lowest price of the 30 days before it (Directive
    98/6/EC, article 6a): `compare_at`, which anybody may write, is no such price.
    """
    if variant.price is None:
        return []
    if variant.prior is not None and variant.prior.amount > variant.price.amount:
        return [("price", amount(variant.prior)), ("sale_price", amount(variant.price))]
    return [("price", amount(variant.price))]


def amount(money: Money) -> str:
    """Gives an amount as Google has it: 15.00 EUR."""
    return f"{money.to_decimal():f} {money.currency}"


def feed_id(sku: str, variant_id: UUID) -> str:
    """Gives the id that both feeds know a variant by: its SKU, or its own id where that is longer than Google takes."""
    return sku if len(sku) <= LONGEST_ID else str(variant_id)


def gtin(barcode: str | None) -> str | None:
    """Gives a barcode that is a GTIN of the whole world: the prefixes that a shop may give out itself (02, 04, 2) are none."""
    if barcode is None or not (barcode.isascii() and barcode.isdigit()) or len(barcode) not in {8, 12, 13, 14}:
        return None
    if len(barcode) == 8:  # noqa: PLR2004 -- an EAN-8
        return None if barcode[0] in "02" else barcode
    company = barcode.zfill(14)[1:]
    return None if company.startswith(("02", "04", "2")) else barcode


def known_option(name: str | None) -> str | None:
    """Gives what schema.org and Google call an option (color, size, material, pattern); None for any other."""
    return _ATTRIBUTES.get(name.strip().lower().translate(_ACCENTS)) if name else None


def plain(text: str) -> str:
    """Gives the text of some HTML, in one line."""
    bare = nh3.clean(text.replace("<", " <"), tags=set()) if "<" in text else text
    return _SPACES.sub(" ", html.unescape(bare)).strip()


def said(text: str) -> str:
    """Gives a text as XML: escaped, without what XML cannot say."""
    return escape(_UNSAYABLE.sub("", text), {'"': "&quot;"}) if _UNUSUAL.search(text) else text


def _elements(fields: Iterable[tuple[str, str]]) -> str:
    return "".join(
        f"<g:{name}>{value if name == 'product_detail' else said(value)}</g:{name}>" for name, value in fields
    )


def _types(product: FeedProduct, paths: Mapping[UUID, str]) -> list[str]:
    found = sorted(path for each in product.category_ids if (path := paths.get(each)))
    return found or ([product.product_type] if product.product_type else [])


def _options(product: FeedProduct, variant: FeedVariant) -> list[tuple[str, str]]:
    """Gives what tells a variant from its siblings: as Google's own attribute where the option's name is one of those, else as a detail."""
    found: dict[str, tuple[str, str]] = {}
    for names, shown, value in zip(product.option_names, product.options, variant.option_values, strict=False):
        attribute = next((known for each in names.values() if (known := known_option(each))), None)
        if attribute is not None and attribute not in found:
            found[attribute] = (attribute, value[:LONGEST_DETAIL])
        else:
            detail = f"<g:attribute_name>{said(shown[:LONGEST_DETAIL])}</g:attribute_name><g:attribute_value>{said(value)}</g:attribute_value>"
            found[f"detail:{shown}"] = ("product_detail", detail)
    return list(found.values())


def _measure(variant: FeedVariant) -> list[tuple[str, str]]:
    thousandths, unit = variant.content
    if thousandths is None or unit not in _UNITS:
        return []
    whole, part = divmod(thousandths, 1_000)
    measure = f"{whole}.{part:03d}".rstrip("0").rstrip(".")
    return [
        ("unit_pricing_measure", f"{measure} {_UNITS[unit]}"),
        ("unit_pricing_base_measure", f"1 {_UNITS[unit]}"),
    ]
