"""A product as schema.org describes it, for search engines: made of the product page's own document, so that both tell the same.

What is needed: "Merchant listing (Product, Offer) structured data" and "Product variant (ProductGroup, Product) structured data" of Google
Search Central (developers.google.com/search/docs/appearance/structured-data/merchant-listing and …/product-variants). Product: name, image,
offers; Offer: price, priceCurrency; ProductGroup: name, with variesBy, productGroupID and hasVariant; MerchantReturnPolicy: applicableCountry,
returnPolicyCategory. A reduction is told only where it is announced, from its prior price (Directive 98/6/EC, article 6a).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from commerce import stores
from commerce.kernel.money import Money
from commerce.platform.database import Reading
from commerce.platform.http import NOBODY
from commerce.storefront.feeds_items import NOT_COLLECTED, gtin, known_option, plain, sent
from commerce.storefront.product_page import moved_to, product_page, product_variants
from commerce.storefront.schemas import PlaceStockOut, ProductOut, ProductVariantOut
from commerce.storefront.shop import Shop, shop
from commerce.stores import Channel, Settings

Thing: TypeAlias = dict[str, object]
LD_JSON: Final = "application/ld+json"
SCHEMA: Final = "https://schema.org/"
LONGEST_TEXT: Final = 5_000
MOST_IMAGES: Final = 20
# What would end a script element or a line of JavaScript, as JSON escapes it. None of them stands outside of strings.
ESCAPES: Final = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
_page = msgspec.json.Decoder(ProductOut)


class Described(msgspec.Struct, frozen=True):
    """A product as JSON-LD in UTF-8; `last` is the last of the variants told where there are further ones, which `after` goes on with."""

    body: bytes
    last: UUID | None


class _Further(msgspec.Struct):
    items: list[ProductVariantOut]
    next_cursor: str | None


_further = msgspec.json.Decoder(_Further)


async def json_ld(
    reading: Reading,
    id_or_slug: str,
    *,
    channel_id: UUID | None,
    language: str | None,
    at: datetime,
    after: UUID | None = None,
) -> Described:
    """Gives a product on show as JSON-LD, safe inside a script element; refuses with NotFound.

    In the channel's first language unless another is named: search engines read it, not people. One statement, as the page itself; of a group
    that has very many variants as many as the page shows, and those behind `after` in one more statement.
    """
    channel, seen_by = await _seen(reading, channel_id, language, at)
    page = _page.decode(await product_page(reading, seen_by, id_or_slug))
    if after is not None:
        further = _further.decode(await product_variants(reading, seen_by, id_or_slug, after))
        page = msgspec.structs.replace(page, variants=further.items, next_variants=further.next_cursor)
    described = described_by(page, channel, await stores.settings(reading), several=after is not None)
    body = msgspec.json.encode(described).decode().translate(ESCAPES).encode()
    return Described(body, page.variants[-1].id if page.next_variants else None)


async def led_to(reading: Reading, slug: str, *, channel_id: UUID | None, at: datetime) -> str | None:
    """Gives the slug of the product on show that had this one before; None where there is none."""
    _, seen_by = await _seen(reading, channel_id, None, at)
    return await moved_to(reading, seen_by, slug, at)


async def _seen(reading: Reading, channel_id: UUID | None, language: str | None, at: datetime) -> tuple[Channel, Shop]:
    channel = await stores.channel(reading, channel_id)
    language = language or channel.languages[0]
    return channel, await shop(
        reading, channel_id=channel.id, location_id=None, language=language, caller=NOBODY, at=at
    )


def described_by(page: ProductOut, channel: Channel, settings: Settings, *, several: bool = False) -> Thing:
    """Gives a Product, or a ProductGroup where there are several variants, or where it is said that there are."""
    shared: Thing = {
        "name": page.title,
        "description": plain(page.description)[:LONGEST_TEXT] or page.title,
        **({"brand": {"@type": "Brand", "name": page.vendor}} if page.vendor else {}),
        **({"category": page.categories[0].name} if page.categories else {}),
    }
    if len(page.variants) == 1 and not several:
        (only,) = page.variants
        return {"@context": SCHEMA, "@type": "Product", **shared, **_of_variant(page, only, channel, settings)}
    varies = [f"{SCHEMA}{known}" for name in page.options if (known := known_option(name))]
    return {
        "@context": SCHEMA,
        "@type": "ProductGroup",
        **shared,
        **_address(page, channel, None),
        "image": _images(page, None),
        "productGroupID": str(page.id),
        "variesBy": varies or list(page.options),
        "hasVariant": [
            {
                "@type": "Product",
                "name": _name(page, each),
                **_options(page, each),
                **_of_variant(page, each, channel, settings),
            }
            for each in page.variants
        ],
    }


def _of_variant(page: ProductOut, variant: ProductVariantOut, channel: Channel, settings: Settings) -> Thing:
    code = gtin(variant.barcode)
    found: Thing = {
        "sku": variant.sku,
        **({"gtin": code} if code else {}),
        "image": _images(page, variant.image_url),
        **_address(page, channel, variant),
        **({"weight": _grams(variant.weight_grams)} if variant.weight_grams else {}),
    }
    if variant.price is not None:
        found["offers"] = _offer(page, variant, variant.price, channel, settings)
    return found


def _offer(page: ProductOut, variant: ProductVariantOut, price: Money, channel: Channel, settings: Settings) -> Thing:
    collects = not NOT_COLLECTED.intersection(page.sale_rules)
    places = [each for each in variant.pickup if each.stock != "out"]
    return {
        "@type": "Offer",
        "price": _amount(price),
        "priceCurrency": price.currency,
        **_reduced(variant, price),
        "availability": SCHEMA + _availability(page, variant, places),
        "itemCondition": f"{SCHEMA}NewCondition",
        **_address(page, channel, variant),
        "seller": {"@type": "Organization", "name": settings.shop_name},
        **(_collected(places) if collects else {}),
        **_returned(channel, settings),
    }


def _availability(page: ProductOut, variant: ProductVariantOut, places: list[PlaceStockOut]) -> str:
    """Says what can be had: sent, as the feed has it, or in a store only."""
    if not sent(page.sale_rules, variant.delivery):
        return "InStoreOnly" if places else "OutOfStock"
    return "InStock" if variant.delivery == "in" else "LimitedAvailability"


def _reduced(variant: ProductVariantOut, price: Money) -> Thing:
    if variant.prior is None or not price < variant.prior:
        return {}
    before = {"price": _amount(variant.prior), "priceCurrency": price.currency}
    return {
        "priceSpecification": [
            {"@type": "UnitPriceSpecification", "price": _amount(price), "priceCurrency": price.currency},
            {"@type": "UnitPriceSpecification", "priceType": f"{SCHEMA}StrikethroughPrice", **before},
        ]
    }


def _collected(places: Iterable[PlaceStockOut]) -> Thing:
    """Gives where one can collect it, for the places that have some."""
    stores_ = [{"@type": "Store", "name": each.name, "branchCode": each.code} for each in places]
    if not stores_:
        return {}
    return {"availableDeliveryMethod": [f"{SCHEMA}OnSitePickup"], "availableAtOrFrom": stores_}


def _returned(channel: Channel, settings: Settings) -> Thing:
    """Gives the shop's own return days; a shop that gives none of its own says nothing here, and the law's days hold."""
    if not settings.return_days:
        return {}
    policy = {
        "@type": "MerchantReturnPolicy",
        "applicableCountry": channel.country,
        "returnPolicyCategory": f"{SCHEMA}MerchantReturnFiniteReturnWindow",
        "merchantReturnDays": settings.return_days,
    }
    return {"hasMerchantReturnPolicy": policy}


def _name(page: ProductOut, variant: ProductVariantOut) -> str:
    return " – ".join([page.title, " / ".join(variant.option_values)]) if variant.option_values else page.title


def _options(page: ProductOut, variant: ProductVariantOut) -> Thing:
    known: Thing = {}
    other: list[Thing] = []
    for name, value in zip(page.options, variant.option_values, strict=False):
        attribute = known_option(name)
        if attribute is not None and attribute not in known:
            known[attribute] = value
        else:
            other.append({"@type": "PropertyValue", "name": name, "value": value})
    return {**known, **({"additionalProperty": other} if other else {})}


def _images(page: ProductOut, own: str | None) -> list[str]:
    every = [*([own] if own else []), *(each.url for each in page.images)]
    return list(dict.fromkeys(every))[:MOST_IMAGES]


def _address(page: ProductOut, channel: Channel, variant: ProductVariantOut | None) -> Thing:
    """Gives where the channel's website shows it; of a product with one variant, and of a group, without a variant's own part."""
    shown = variant or page.variants[0] if page.variants else None
    found = channel.product_page(
        language=page.language,
        slug=page.slug,
        id=str(page.id),
        sku=shown.sku if shown else "",
        variant=str(shown.id) if shown else "",
    )
    return {} if found is None else {"url": found}


def _amount(money: Money) -> str:
    return f"{money.to_decimal():f}"


def _grams(grams: int) -> Thing:
    return {"@type": "QuantitativeValue", "value": grams, "unitCode": "GRM"}
