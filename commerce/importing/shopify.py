"""What rows of Shopify's product CSV mean: one product for each run of rows with the same handle."""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial

import msgspec

from commerce.catalog import Image, ProductDraft, Status, VariantDraft, clean_html, slug_of
from commerce.importing.errors import Unreadable
from commerce.importing.facts import Offer, Passage, Reading, Shop, Trouble
from commerce.importing.read_csv import Columns, Row, Sheet
from commerce.importing.shopify_columns import FIELDS
from commerce.importing.spreadsheets import amount, as_text, spoilt, truth
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3

MOST_ROWS = 5_000
MOST_BODY = 20_000
MOST_NAME, MOST_HANDLE, MOST_CODE, MOST_ALT = 200, 255, 100, 500
MOST_LISTED = 250  # tags, images
MOST_GRAMS = 100_000_000
MOST_QUANTITY = 1_000_000
OPTIONS = (1, 2, 3)
# What an article without options is called in such files.
NO_OPTION = ("Title", "Default Title")
ZERO_TAX = "zero"

_PRICE = re.compile(r"^\d{1,12}(?:\.\d{1,4})?$", re.ASCII)
_WHOLE = re.compile(r"^-?\d{1,9}(?:\.0+)?$", re.ASCII)
_URL = re.compile(r"^https?://[^\s\x00-\x1f\x7f]{1,1990}$")
_PLACE = re.compile(r"^\d{1,5}$", re.ASCII)
_VARIANT_FIELDS = ("option1_value", "option2_value", "option3_value", "sku", "barcode", "price")


class ShopifyReadings:
    """A product CSV of Shopify's, read product by product; `names` are its own names of columns, by field."""

    def __init__(self, text: io.TextIOWrapper, shop: Shop, after: int) -> None:
        """Reads the header; products whose rows begin up to the line `after` are passed over. Refuses with Unreadable as `Sheet` does."""
        self._sheet = Sheet(text, SHOPIFY)
        self._shop, self._after = shop, after
        names = self._sheet.names
        self.names: Mapping[str, str] = {**names, "attributes": names["type"]} if "type" in names else names

    def __iter__(self) -> Iterator[Passage]:
        """Gives the products; raises Unreadable as `Sheet` does, after what stood before it."""
        rows = (row for row in self._sheet if row.line > self._after)
        read = partial(read_product, currency=self._shop.currency, language=self._shop.language)
        for run in grouped(rows):
            yield passage(run, partial(read, run))


SHOPIFY = Columns(
    field=lambda name: FIELDS.get(name.casefold()), one_of=("handle", "title"), cell=lambda cell: as_text(cell.strip())
)


def grouped(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Gives the runs of rows with the same handle. A row without a handle is named by its title; one without either stands alone."""
    run: list[Row] = []
    current = ""
    broken: Unreadable | None = None
    each = iter(rows)
    while broken is None:
        try:
            row = next(each, None)
        except Unreadable as failed:
            row, broken = None, failed
        if row is None:
            break
        handle = named(row)
        if run and (handle != current or not handle or len(run) >= MOST_ROWS):
            yield run
            run = []
        current = handle
        run.append(row)
    if run:
        yield run
    if broken is not None:
        raise broken


def passage(run: Sequence[Row], read: Callable[[], Reading], weight: int = 1) -> Passage:
    """Gives what a run of rows says, to be read as `read` does; a row is so many variants' work."""
    first = run[0]
    return Passage(
        first.line,
        run[-1].line,
        read,
        handle=named(first),
        size=len(run) * weight,
        said=msgspec.msgpack.encode([row.cells for row in run]),
    )


def named(row: Row) -> str:
    """Gives the handle of the product that a row is of; empty where it has neither a handle nor a title."""
    return row.text("handle") or slug_of(row.text("title"))


def read_product(run: Sequence[Row], *, currency: str, language: str) -> Reading:
    """Says what one run of rows means."""
    return _Product(run, currency, language).reading()


class _Refused(Exception):  # noqa: N818 -- caught where the row is read
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


class _Product:
    def __init__(self, run: Sequence[Row], currency: str, language: str) -> None:
        self._run, self._currency, self._language = run, currency, language
        self._trouble: list[Trouble] = []

    def reading(self) -> Reading:
        first = self._run[0]
        draft: ProductDraft | None = None
        offers: tuple[Offer, ...] = ()
        try:
            draft, offers = self._draft(next((row for row in self._run if row.text("title")), first))
        except _Refused as refused:
            self._trouble.append(Trouble(first.line, refused.field, refused.reason))
        return Reading(first.line, self._run[-1].line, draft, offers, tuple(self._trouble))

    def _draft(self, head: Row) -> tuple[ProductDraft, tuple[Offer, ...]]:
        handle = named(head)
        if not handle:
            raise _Refused("handle", "neither a handle nor a title")
        if len(handle) > MOST_HANDLE or re.search(r"[\s\x00-\x1f\x7f]", handle):
            raise _Refused("handle", "a handle has at most 255 characters and no spaces")
        if _truth(head, "gift_card"):
            raise _Refused("gift_card", "gift cards are no articles; they are not imported")
        names = self._option_names(head)
        read = [each for row in self._run if (each := self._variant(row, names)) is not None]
        draft = ProductDraft(
            handle=handle,
            title=_said(self._language, _text(head, "title", MOST_NAME)),
            description=_said(self._language, self._body(head)),
            vendor=_label(head, "vendor"),
            product_type=_label(head, "type"),
            tags=self._tags(head),
            status=_status(head),
            tax_category=ZERO_TAX if _truth(head, "taxable") is False else None,
            options=self._options(head, names),
            images=self._images(),
            variants=tuple(variant for variant, _ in read),
        )
        return draft, tuple(offer for _, offer in read)

    def _option_names(self, head: Row) -> list[str] | None:
        """Gives the names of the options; None where the rows only add to a product that is there."""
        names = [head.text(f"option{nth}_name") for nth in OPTIONS]
        values = [[row.text(f"option{nth}_value") for row in self._run] for nth in OPTIONS]
        used = [nth for nth, each in enumerate(values) if any(each)]
        if not used:
            return [] if any(row.text(field) for row in self._run for field in _VARIANT_FIELDS) else None
        if used == [0] and (names[0] in {"", NO_OPTION[0]}) and set(values[0]) <= {NO_OPTION[1], ""}:
            return []
        last = used[-1]
        for nth in range(last + 1):
            if len(names[nth]) > MOST_NAME:
                raise _Refused(f"option{nth + 1}_name", "longer than 200 characters")
        return [names[nth] or f"Option {nth + 1}" for nth in range(last + 1)]

    def _options(self, head: Row, names: Sequence[str] | None) -> tuple[Text3, ...] | None:
        """Gives the options to set; None where rows without title and names add to a product that has its own."""
        if names is None or not (head.text("title") or any(head.text(f"option{nth}_name") for nth in OPTIONS)):
            return None
        return tuple(Text3(**{self._language: name}) for name in names)

    def _variant(self, row: Row, names: Sequence[str] | None) -> tuple[VariantDraft, Offer] | None:
        if not any(row.text(field) for field in _VARIANT_FIELDS):
            return None
        try:
            if "too_many" in row.cells:
                raise _Refused("", f"the row has {row.cells['too_many']} cells, more than the header")
            values = tuple(row.text(f"option{nth + 1}_value") for nth in range(len(names or ())))
            if not all(values):
                missing = values.index("") + 1
                raise _Refused(f"option{missing}_value", "the product has this option, so each variant needs a value")
            if any(len(value) > MOST_NAME for value in values):
                raise _Refused("option1_value", "an option value has at most 200 characters")
            offer = Offer(
                row.line,
                self._price(row, "price"),
                self._price(row, "compare_at"),
                None if _untracked(row) else _whole(row, "quantity", -MOST_QUANTITY, MOST_QUANTITY),
            )
            return self._variant_draft(row, values), offer
        except _Refused as refused:
            self._trouble.append(Trouble(row.line, refused.field, refused.reason))
            return None

    def _variant_draft(self, row: Row, values: tuple[str, ...]) -> VariantDraft:
        barcode = row.said("barcode")
        barcode = barcode.removeprefix("'") if barcode else barcode
        if barcode and (why := spoilt(barcode)):
            raise _Refused("barcode", why)
        if barcode and (len(barcode) > MOST_CODE or not re.fullmatch(r"[!-~]+", barcode)):
            raise _Refused("barcode", "a barcode has at most 100 printable ASCII characters and no spaces")
        sku = row.text("sku").removeprefix("'")
        if why := spoilt(sku):
            raise _Refused("sku", why)
        if len(sku) > MOST_CODE or re.search(r"[\x00-\x1f\x7f]", sku):
            raise _Refused("sku", "a SKU has at most 100 characters, none of them a control character")
        return VariantDraft(
            option_values=values,
            sku=sku or None,
            barcode=barcode,
            weight_grams=_whole(row, "grams", 0, MOST_GRAMS),
            shippable=_truth(row, "ships"),
            image_url=self._url(row, "variant_image"),
            stock_if_new="none" if _untracked(row) else None,
        )

    def _price(self, row: Row, field: str) -> int | None:
        text = amount(row.text(field))
        if not text:
            return None
        if not _PRICE.match(text):
            raise _Refused(field, f"{text[:40]!r} is no price; write it as 1234.50, without currency and grouping")
        try:
            return Money.from_decimal(Decimal(text), self._currency).amount
        except (ValueError, InvalidOperation):
            raise _Refused(field, f"{text} has more decimals than {self._currency} has") from None

    def _body(self, head: Row) -> str | None:
        """Gives the description; where it is HTML, without scripts and whatever else could run."""
        body = head.said("body")
        if body is None or not head.text("title"):
            return None
        body = clean_html(body)
        if len(body) > MOST_BODY:
            raise _Refused("body", f"longer than {MOST_BODY:,} characters")
        return body

    def _tags(self, head: Row) -> tuple[str, ...] | None:
        text = head.said("tags")
        if text is None or not head.text("title"):
            return None
        tags = tuple(dict.fromkeys(tag for each in text.split(",") if (tag := each.strip())))
        if len(tags) > MOST_LISTED or any(len(tag) > MOST_NAME for tag in tags):
            raise _Refused("tags", "at most 250 tags of at most 200 characters")
        return tags

    def _images(self) -> tuple[Image, ...] | None:
        if all(row.said("image") is None for row in self._run):
            return None
        found: dict[str, tuple[int, Image]] = {}
        for nth, row in enumerate(self._run):
            url = self._url(row, "image")
            if url and url not in found and len(found) < MOST_LISTED:
                place = row.text("image_position")
                position = int(place) if _PLACE.match(place) else nth
                found[url] = (position, Image(url=url, alt=row.text("image_alt")[:MOST_ALT]))
        return tuple(image for _, image in sorted(found.values(), key=lambda each: each[0]))

    def _url(self, row: Row, field: str) -> str | None:
        """Gives an address; one that is no web address is reported and left out, and the row goes in."""
        text = row.said(field)
        if text and not _URL.match(text):
            self._trouble.append(
                Trouble(row.line, field, f"{text[:60]!r} is no http(s) address; the image is left out")
            )
            return None
        return text


def _said(language: str, text: str | None) -> Text3 | None:
    return None if text is None else Text3(**{language: text})


def _text(head: Row, field: str, most: int) -> str | None:
    text = head.text(field)
    if len(text) > most or re.search(r"[\x00-\x1f\x7f]", text):
        raise _Refused(field, f"at most {most} characters, none of them a control character")
    return text or None


def _label(head: Row, field: str) -> str | None:
    """Gives a label of the product; None where the row only adds a variant or an image to it."""
    if head.said(field) is None or not head.text("title"):
        return None
    return _text(head, field, MOST_NAME) or ""


def _truth(row: Row, field: str) -> bool | None:
    match row.text(field).casefold():
        case "yes" | "1":
            return True
        case "no" | "0":
            return False
        case "":
            return None
        case other:
            said = truth(other)
            if said is None:
                raise _Refused(field, f"{other[:40]!r} is neither true nor false")
            return said


def _untracked(row: Row) -> bool:
    """Says whether an article is neither counted nor sent: a service, or a file. What is sent lies on a shelf, also where nobody counts it yet."""
    return row.said("tracker") == "" and _truth(row, "ships") is False


def _status(head: Row) -> Status | None:
    match head.text("status").casefold():
        case "draft" | "archived" | "unlisted":
            return Status.DRAFT
        case "active" | "":
            pass
        case other:
            raise _Refused("status", f"{other[:40]!r} is none of active, draft, archived")
    match _truth(head, "published"):
        case True:
            return Status.PUBLISHED
        case False:
            return Status.DRAFT
        case None:
            return Status.PUBLISHED if head.text("status") else None


def _whole(row: Row, field: str, least: int, most: int) -> int | None:
    text = row.text(field)
    if not text:
        return None
    if not _WHOLE.match(text) or not least <= int(text.partition(".")[0]) <= most:
        raise _Refused(field, f"{text[:40]!r} is no whole number from {least:,} to {most:,}")
    return int(text.partition(".")[0])
