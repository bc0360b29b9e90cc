"""What a product of the plain format means, whether it came as a line of JSON or as rows of CSV."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from commerce.catalog import Image, PartyDraft, PlaceDraft, ProductDraft, Status, VariantDraft, clean_html, value_texts
from commerce.importing.facts import ListedPrice, Offer, Reading, Shop, Trouble
from commerce.importing.plain_records import (
    CHOICES,
    MOST_TITLE,
    PartyRecord,
    PlaceRecord,
    PriceRecord,
    ProductRecord,
    VariantRecord,
)
from commerce.importing.plain_words import plainly
from commerce.kernel.currencies import is_currency
from commerce.kernel.ids import LocationId
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.platform.http.instants import BEYOND, ends, has_utc

T = TypeVar("T")
MOST_BODY = 20_000
DEFAULT_LIST = "default-"
Raw = Mapping[str, Any]
_PLACE = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")


class _Refused(Exception):  # noqa: N818 -- caught where the record is read
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def read_record(
    shop: Shop,
    line: int,
    last_line: int,
    product: Raw,
    variants: Sequence[tuple[int, Raw]],
    told: Callable[[int | None, int, str, str], Trouble],
) -> Reading:
    """Says what a product means: what it has, each of its variants (by line), what was wrong. One bad variant leaves the others whole.

    `told` makes of what was wrong what the file's owner understands, from which variant it is of (None: the product), the line, where in the
    record, and why.
    """
    trouble: list[Trouble] = []
    read: list[tuple[VariantDraft, Offer]] = []
    for nth, (at, variant) in enumerate(variants):
        try:
            read.append(_variant(shop, at, variant))
        except _Refused as refused:
            trouble.append(told(nth, at, refused.field, refused.reason))
    draft: ProductDraft | None = None
    try:
        draft = _draft(shop, product, tuple(variant for variant, _ in read))
    except _Refused as refused:
        trouble.append(told(None, line, refused.field, refused.reason))
    return Reading(line, last_line, draft, tuple(offer for _, offer in read) if draft else (), tuple(trouble))


def _converted(raw: Raw, into: type[T]) -> T:
    try:
        return msgspec.convert(raw, into)
    except msgspec.ValidationError as wrong:
        text = str(wrong)
        place = _PLACE.search(text)
        field = place["path"] if place else ""
        choices = CHOICES.get(field.partition("[")[0], ())
        raise _Refused(field, plainly(text[: place.start()] if place else text, choices)) from None


def _draft(shop: Shop, raw: Raw, variants: tuple[VariantDraft, ...]) -> ProductDraft:
    record = _converted(raw, ProductRecord)
    title = _none(record.title)
    for language in ("en", "es", "ca"):
        text = getattr(title, language, None)
        if text and (len(text) > MOST_TITLE or re.search(r"[\x00-\x1f\x7f]", text)):
            raise _Refused(f"title.{language}", f"at most {MOST_TITLE} characters, none of them a control character")
    return ProductDraft(
        handle=record.handle,
        title=title,
        description=_cleaned(_none(record.description)),
        vendor=_none(record.vendor),
        product_type=_none(record.product_type),
        tags=_tuple(record.tags),
        status=None if record.status is UNSET else Status(record.status),
        tax_category=_none(record.tax_category),
        options=_tuple(record.options),
        option_value_texts=None if record.option_value_texts is UNSET else value_texts(record.option_value_texts),
        images=None if record.images is UNSET else tuple(Image(url=each.url, alt=each.alt) for each in record.images),
        slug=_none(record.slug),
        categories=_tuple(record.categories),
        collections=_tuple(record.collections),
        attributes=_none(record.attributes),
        custom=cast("dict[str, object] | None", _none(record.custom)),
        on_show_from=_instant("on_show_from", record.on_show_from),
        on_show_until=_instant("on_show_until", record.on_show_until),
        assortment=None if record.assortment is UNSET else tuple(_place(shop, each) for each in record.assortment),
        minimum_age=record.minimum_age,
        sale_rules=None if record.sale_rules is UNSET else tuple(dict.fromkeys(record.sale_rules)),
        perishable=_none(record.perishable),
        maker=_party(record.maker),
        responsible=_party(record.responsible),
        warnings=_none(record.warnings),
        variants=variants,
    )


def _variant(shop: Shop, line: int, raw: Raw) -> tuple[VariantDraft, Offer]:
    record = _converted(raw, VariantRecord)
    draft = VariantDraft(
        option_values=tuple(record.option_values),
        sku=_none(record.sku),
        weight_grams=_none(record.weight_grams),
        content_thousandths=_none(record.content_thousandths),
        content_unit=_none(record.content_unit),
        shippable=_none(record.shippable),
        stock=_none(record.stock),
        image_url=_emptied(record.image_url),
        barcodes=_tuple(record.barcodes),
        short_code=_emptied(record.short_code),
        length_mm=record.length_mm,
        width_mm=record.width_mm,
        height_mm=record.height_mm,
        attributes=_none(record.attributes),
        parts=None if record.parts is UNSET else tuple((each.sku, each.quantity) for each in record.parts),
    )
    prices = () if record.prices is UNSET else tuple(_price(shop, each) for each in record.prices)
    _check_told_once(prices)
    units = () if record.on_hand is UNSET else tuple(_units(shop, *each) for each in record.on_hand.items())
    return draft, Offer(line, prices=prices, units=units)


def _check_told_once(prices: Sequence[ListedPrice]) -> None:
    seen = set()
    for nth, price in enumerate(prices):
        place = (price.list_id, price.currency, price.min_quantity, price.starts_at)
        if place in seen:
            raise _Refused(f"prices[{nth}]", "the same list, quantity and beginning has a price already")
        seen.add(place)


def _price(shop: Shop, record: PriceRecord) -> ListedPrice:
    list_id, currency = _list(shop, record.list)
    return ListedPrice(
        list_id=list_id,
        currency=currency,
        amount=None if record.amount is None else _amount(f"price:{record.list}", record.amount, currency),
        compare_at=None
        if record.compare_at is None
        else _amount(f"compare_at:{record.list}", record.compare_at, currency),
        min_quantity=record.min_quantity,
        starts_at=_instant(f"price:{record.list}", record.starts_at),
    )


def _list(shop: Shop, code: str) -> tuple[UUID | None, str]:
    """Gives a list by its code, with its currency; the default list of a currency need not be there yet."""
    if code in shop.lists:
        return shop.lists[code]
    currency = code.removeprefix(DEFAULT_LIST).upper()
    if not code.startswith(DEFAULT_LIST) or not is_currency(currency):
        raise _Refused(f"price:{code}", f"there is no price list {code}")
    return None, currency


def _amount(field: str, text: str, currency: str) -> int:
    try:
        return Money.from_decimal(Decimal(text), currency).amount
    except ValueError:
        raise _Refused(field, f"{text} has more decimals than {currency} has") from None


def _units(shop: Shop, code: str, units: int) -> tuple[LocationId, int]:
    if code not in shop.locations:
        raise _Refused(f"on_hand:{code}", f"there is no location {code}")
    return shop.locations[code], units


def _place(shop: Shop, record: PlaceRecord) -> PlaceDraft:
    if record.channel is not None and record.channel not in shop.channels:
        raise _Refused("assortment", f"there is no channel {record.channel}")
    if record.location is not None and record.location not in shop.locations:
        raise _Refused("assortment", f"there is no location {record.location}")
    return PlaceDraft(
        channel_id=None if record.channel is None else shop.channels[record.channel],
        location_id=None if record.location is None else shop.locations[record.location],
        begins_at=_instant("assortment", record.begins_at),
        ends_at=_instant("assortment", record.ends_at),
    )


Instant = TypeVar("Instant", datetime | None, datetime | UnsetType | None)


def _instant(field: str, said: Instant) -> Instant:
    if isinstance(said, datetime) and said.tzinfo is None:
        raise _Refused(field, "an instant needs its offset, such as 2026-03-01T00:00:00Z")
    if isinstance(said, datetime) and (not has_utc(said) or ends(said.astimezone(UTC))):
        raise _Refused(field, f"it {BEYOND}")
    return said


def _party(record: PartyRecord | UnsetType | None) -> PartyDraft | UnsetType | None:
    return PartyDraft(**msgspec.structs.asdict(record)) if isinstance(record, PartyRecord) else record


def _cleaned(text: Text3 | None) -> Text3 | None:
    if text is None:
        return None
    clean = {name: clean_html(said) for name in ("en", "es", "ca") if (said := getattr(text, name)) is not None}
    if any(len(each) > MOST_BODY for each in clean.values()):
        raise _Refused("description", f"longer than {MOST_BODY:,} characters")
    return Text3(**clean)


def _none(said: T | UnsetType | None) -> T | None:
    return None if said is UNSET else said


def _tuple(said: list[T] | UnsetType) -> tuple[T, ...] | None:
    return None if said is UNSET else tuple(said)


def _emptied(said: str | UnsetType | None) -> str | None:
    """Gives a text of which None means not said and an empty one takes it away."""
    return None if said is UNSET else said or ""
