"""The catalogue as a file: the plain CSV or JSON lines, a piece at a time, in the order of the handles, products with kits last.

What goes out comes in again as it was: into an empty shop, into this one, and out of either as the same bytes. Withdrawn products and variants,
lists of single customers and shelves with nothing on them stay out.
"""

import csv
import io
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from commerce.importing.errors import TooManyColumns
from commerce.importing.export_queries import (
    LISTS,
    LOCATIONS,
    PRICES,
    PRODUCTS,
    UNITS,
    VARIANTS,
    ExportedPrice,
    ExportedProduct,
    ExportedVariant,
)
from commerce.importing.plain_cells import columns, harmless, is_figure, product_cells, variant_cells
from commerce.importing.read_csv import MOST_COLUMNS
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.platform.database import Reading

PAGE_PRODUCTS = 500
PAGE_VARIANTS = 4_000
END_OF_LINE = "\r\n"


async def export_csv(reading: Reading, header: Sequence[str], *, at: datetime) -> AsyncIterator[bytes]:
    """Gives the catalogue as the plain CSV (RFC 4180, UTF-8) in the columns of `csv_header`."""
    yield _csv([header])
    async for product, variants in _products(reading, at):
        own, blank = product_cells(product), {"handle": product["handle"]}
        cells = [variant_cells(variant) for variant in variants] or [{}]
        yield _csv([_cells((blank if nth else own) | each, header) for nth, each in enumerate(cells)])


async def csv_header(reading: Reading) -> list[str]:
    """Gives the columns that the plain CSV has now; refuses with TooManyColumns what no import would read."""
    lists = [row["code"] for row in await reading.fetch(LISTS)]
    found = columns(lists, [row["code"] for row in await reading.fetch(LOCATIONS)])
    if len(found) > MOST_COLUMNS:
        raise TooManyColumns(
            f"The file would have {len(found)} columns; {MOST_COLUMNS} are the most. Export JSON lines."
        )
    return found


async def export_jsonl(reading: Reading, *, at: datetime) -> AsyncIterator[bytes]:
    """Gives the catalogue as JSON lines, a product to a line."""
    async for product, variants in _products(reading, at):
        yield msgspec.json.encode({**product, "variants": variants}) + b"\n"


async def _products(reading: Reading, at: datetime) -> AsyncIterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Gives each product with its variants as plain data. Of a page's products so many at a time that their variants are few."""
    async for page in _pages(reading):
        for some in _parts(page):
            of_product: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
            for variant, product_id in await _variants(reading, some, at):
                of_product[product_id].append(variant)
            for product in some:
                yield _plain(product, ("id", "variant_count")), of_product[product.id]


async def _pages(reading: Reading) -> AsyncIterator[Sequence[ExportedProduct]]:
    """Gives the products by their handles, those with kits after all others: what a kit is made of stands above it."""
    for kits in (False, True):
        after = ""
        while page := await reading.fetch(PRODUCTS, after=after, most=PAGE_PRODUCTS, kits=kits):
            after = page[-1].handle
            yield page


def _parts(page: Sequence[ExportedProduct]) -> Iterable[list[ExportedProduct]]:
    part: list[ExportedProduct] = []
    size = 0
    for product in page:
        if part and size + product.variant_count > PAGE_VARIANTS:
            yield part
            part, size = [], 0
        part.append(product)
        size += product.variant_count
    yield part


async def _variants(
    reading: Reading, some: Sequence[ExportedProduct], at: datetime
) -> list[tuple[dict[str, Any], UUID]]:
    rows: list[ExportedVariant] = await reading.fetch(VARIANTS, product_ids=[product.id for product in some])
    ids = [row.id for row in rows]
    of_variant: defaultdict[UUID, list[ExportedPrice]] = defaultdict(list)
    for price in await reading.fetch(PRICES, variant_ids=ids, at=at):
        of_variant[price.variant_id].append(price)
    on_hand: defaultdict[UUID, dict[str, int]] = defaultdict(dict)
    for units in await reading.fetch(UNITS, variant_ids=ids):
        on_hand[units.variant_id][units.code] = units.on_hand
    return [
        (
            {
                **_plain(row, ("id", "product_id")),
                "prices": [told for price in _followed(of_variant[row.id]) for told in price],
                "on_hand": on_hand[row.id],
            },
            row.product_id,
        )
        for row in rows
    ]


def _followed(rows: Sequence[ExportedPrice]) -> Iterable[list[dict[str, Any]]]:
    """Gives each price as records: itself, and where it ends with none to follow, that it is off the list from then on."""
    begins = {(row.code, row.min_quantity, row.starts_at) for row in rows}
    for row in rows:
        told = [_price(row, row.amount, row.compare_at, row.starts_at)]
        if row.ends_at is not None and (row.code, row.min_quantity, row.ends_at) not in begins:
            told.append(_price(row, None, None, row.ends_at))
        yield told


def _price(
    row: ExportedPrice, amount: int | None, compare_at: int | None, starts_at: datetime | None
) -> dict[str, Any]:
    told: dict[str, Any] = {"list": row.code, "amount": _decimal(amount, row.currency)}
    if compare_at is not None:
        told["compare_at"] = _decimal(compare_at, row.currency)
    if row.min_quantity != 1:
        told["min_quantity"] = row.min_quantity
    if starts_at is not None:
        told["starts_at"] = msgspec.to_builtins(starts_at)
    return told


def _decimal(amount: int | None, currency: str) -> str | None:
    return None if amount is None else f"{Money(amount, currency).to_decimal():f}"


def _plain(row: msgspec.Struct, without: tuple[str, ...]) -> dict[str, Any]:
    """Gives a row as plain data; a text in three languages without those that it does not have."""
    plain: dict[str, Any] = {}
    for name in row.__struct_fields__:
        if name not in without:
            value = getattr(row, name)
            plain[name] = _said(value) if isinstance(value, Text3) else msgspec.to_builtins(value)
    if isinstance(row, ExportedProduct):
        plain["options"] = [_said(each) for each in row.options]
        plain["option_value_texts"] = [
            {value: _said(text) for value, text in each.items()} for each in row.option_value_texts
        ]
    return plain


def _said(text: Text3) -> dict[str, str]:
    return {name: said for name in ("en", "es", "ca") if (said := getattr(text, name)) is not None}


def _cells(row: Mapping[str, str], header: Sequence[str]) -> list[str]:
    return [row.get(name, "") if is_figure(name) else harmless(row.get(name, "")) for name in header]


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator=END_OF_LINE).writerows(rows)
    return text.getvalue().encode()
