"""A large shop, always the same: as a file in Shopify's product format, or straight into a database, which takes minutes where verbs take an hour.

`python -m tests.scale.generate --products 200000 --csv FILE` writes the file (`-`: standard output), row by row. `await fill(dsn, products=…)`
fills a database that has its tables and nothing else: a channel, tax rates, twenty stores, categories in two levels, products of three
variants, their prices with the history of them, and stock at five of the stores with the movements that explain it.
"""

import argparse
import asyncio
import csv
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

import asyncpg
import msgspec

from commerce.catalog.rows import touch
from commerce.kernel.ids import ChannelId, LocationId
from commerce.platform import events
from commerce.platform.database import Database
from tests.given import pricing as given_pricing, stores as given_stores
from tests.scale.articles import COLOURS, DEPARTMENTS, MATERIALS, NOUNS, OPTIONS, Article, Text3, articles

STORES, STOCKED_AT = 20, 5
SHIPS_EVERY = 4
BATCH = 5_000
AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_AT_MILLISECONDS = int(AT.timestamp() * 1_000)
HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,"
    "Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,"
    "Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,Image Alt Text,Status"
).split(",")


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What was made. The stores are in the order of their codes."""

    channel: ChannelId
    stores: list[LocationId]
    list_id: UUID
    products: int
    seconds: float


def rows(products: int) -> Iterator[list[str | int]]:
    """Gives the lines of a product file as merchants export it, the heading first; one line for each variant."""
    yield list(HEADER)
    for each in articles(products):
        noun = NOUNS[each.noun][1][0]
        for place, option in enumerate(each.options):
            first = place == 0
            body = f"<p>{each.description[0]}</p>"
            own: list[str | int] = (
                [each.title[0], body, each.brand, noun.title(), ", ".join(each.tags), "true", each.option]
                if first
                else [""] * 7
            )
            was = "" if option.compare_at is None else _decimal(option.compare_at)
            stock: list[str | int] = ["shopify", (each.nth * 7 + place * 5) % 24, "deny"]
            codes: list[str | int] = [_decimal(option.price), was, "true", "true", option.barcode]
            image: list[str | int] = [each.image, 1, each.title[0]] if first else ["", "", ""]
            yield [
                each.handle,
                *own,
                option.value,
                option.sku,
                option.grams,
                *stock,
                *codes,
                *image,
                "active" if first else "",
            ]


def write_csv(file: TextIO, products: int) -> None:
    """Writes the file; whatever the number of products, one is held at a time."""
    csv.writer(file).writerows(rows(products))


def _decimal(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def made_id(kind: int, number: int) -> UUID:
    """Gives a UUIDv7 for the row of a number: those of higher numbers come later."""
    high = (_AT_MILLISECONDS + number // 4_096) << 80 | 0x7 << 76 | number % 4_096 << 64
    return UUID(int=high | 0b10 << 62 | kind << 48 | number)


def product_id(nth: int) -> UUID:
    """Gives the id of the product of a number."""
    return made_id(1, nth)


def variant_id(nth: int, option: int) -> UUID:
    """Gives the id of one of its variants."""
    return made_id(2, nth * OPTIONS + option)


async def fill(dsn: str, *, products: int, ledger: bool = True) -> Filled:
    """Fills an empty database. `ledger=False` leaves out the movements behind the stock, which no page reads and which are most of the rows."""
    began = time.perf_counter()
    db = Database(dsn, before_commit=events.store)
    try:
        channel, stores, list_id = await _setting(db)
        connection = await asyncpg.connect(dsn)
        try:
            dropped = await _without_word_indexes(connection)
            await _copy_catalogue(connection, products)
            await _copy_prices(connection, products, list_id)
            await _copy_stock(connection, products, stores, ledger=ledger)
            for start in range(0, products, BATCH):
                ids = [product_id(nth) for nth in range(start, min(start + BATCH, products))]
                await db.transact(touch, ids, AT)
            for index in dropped:
                await connection.execute(index)
            await connection.execute("VACUUM FULL products")
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()
    finally:
        await db.close()
    return Filled(
        channel=channel, stores=stores, list_id=list_id, products=products, seconds=time.perf_counter() - began
    )


async def _setting(db: Database) -> tuple[ChannelId, list[LocationId], UUID]:
    channel = await given_stores.channel(db, product_url="https://shop.example.com/{slug}")
    stores = [
        await given_stores.location(
            db,
            f"store-{nth:02}",
            hours=given_stores.round_the_clock(),
            latitude=41.40 + nth / 100,
            longitude=2.15,
            ships=nth % SHIPS_EVERY == 0,
        )
        for nth in range(STORES)
    ]
    await given_pricing.taxes(db)
    await given_pricing.delivery_method(db, kind="pickup", code="pickup", amount=0, min_days=0, max_days=0)
    return channel, stores, await given_pricing.price_list(db)


async def _without_word_indexes(connection: "asyncpg.Connection[Any]") -> list[str]:
    """Takes the indexes of words away while rows come in, and gives the statements that make them again."""
    found = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'products' AND indexdef LIKE '%USING gin%'"
    )
    for index in found:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    return [index["indexdef"] for index in found]


async def _copy(
    connection: "asyncpg.Connection[Any]", table: str, columns: str, records: Iterable[tuple[object, ...]]
) -> None:
    """Copies rows in batches, so that neither side holds all of them."""
    waiting = iter(records)
    while batch := list(islice(waiting, BATCH * 20)):
        await connection.copy_records_to_table(table, columns=columns.split(), records=batch)


async def _copy_catalogue(connection: "asyncpg.Connection[Any]", products: int) -> None:
    await _copy(connection, "categories", "id parent_id slug name position created_at", _categories())
    await _copy(connection, "attributes", "code name kind unit choices filterable created_at", _attributes())
    kinds = ((name, _json({"en": name}), _codes(), AT) for name in dict.fromkeys(each[1][0] for each in NOUNS))
    await _copy(connection, "product_types", "code name attributes created_at", kinds)
    await _copy(
        connection,
        "products",
        "id slug handle title description vendor product_type tags status tax_category options images attributes created_at updated_at",
        map(_product, articles(products)),
    )
    await _copy(
        connection,
        "product_categories",
        "product_id category_id",
        ((product_id(each.nth), _category_id(each.noun)) for each in articles(products)),
    )
    await _copy(
        connection,
        "variants",
        "id product_id sku barcode barcode_key option_values weight_grams shippable position created_at",
        (row for each in articles(products) for row in _variants(each)),
    )


def _department_id(nth: int) -> UUID:
    return made_id(3, nth)


def _category_id(noun: int) -> UUID:
    return made_id(4, noun)


def _categories() -> Iterator[tuple[object, ...]]:
    for nth, name in enumerate(DEPARTMENTS):
        yield _department_id(nth), None, f"department-{nth}", _text(name), nth, AT
    for place, (department, name) in enumerate(NOUNS):
        slug = f"{name[0]}-{place}"
        yield _category_id(place), _department_id(department), slug, _text(name), place, AT


def _attributes() -> Iterator[tuple[object, ...]]:
    for code, name, of in (("material", "Material", MATERIALS), ("colour", "Colour", COLOURS)):
        choices = [{"code": each[0], "label": {"en": each[0], "es": each[1], "ca": each[2]}} for each in of]
        yield code, _json({"en": name}), "choice", None, _json(choices), True, AT
    yield "width_cm", _json({"en": "Width"}), "number", "cm", "[]", True, AT
    yield "recycled", _json({"en": "Recycled"}), "boolean", None, "[]", True, AT


def _codes() -> list[str]:
    return [str(code) for code, *_ in _attributes()]


def _product(each: Article) -> tuple[object, ...]:
    options = _json([{"en": each.option}])
    images = _json([{"url": each.image, "alt": each.title[0]}])
    noun = NOUNS[each.noun][1][0]
    texts = (_text(each.title), _text(each.description))
    kind = (each.brand, noun, each.tags, "published", "standard", options, images, _json(each.attributes))
    return (product_id(each.nth), each.handle, each.handle, *texts, *kind, AT, AT)


def _variants(each: Article) -> Iterator[tuple[object, ...]]:
    for place, option in enumerate(each.options):
        codes = (option.sku, option.barcode, option.barcode.zfill(14))
        yield (
            variant_id(each.nth, place),
            product_id(each.nth),
            *codes,
            [option.value],
            option.grams,
            True,
            place,
            AT,
        )


async def _copy_prices(connection: "asyncpg.Connection[Any]", products: int, list_id: UUID) -> None:
    await _copy(
        connection,
        "prices",
        "price_list_id variant_id amount compare_at",
        (
            (list_id, variant_id(each.nth, place), option.price, option.compare_at)
            for each in articles(products)
            for place, option in enumerate(each.options)
        ),
    )
    await connection.execute(
        "INSERT INTO price_history (price_list_id, variant_id, amount, compare_at, since, actor) "
        "SELECT price_list_id, variant_id, amount, compare_at, $1, 'service:generator' FROM prices ORDER BY variant_id",
        AT,
    )


def units(nth: int, option: int, store: int) -> int | None:
    """Gives what is on the shelf of a store: nothing at one in six of the five stores that have the article, None at the others."""
    if (store - nth) % (STORES // STOCKED_AT):
        return None
    return max((nth * 7 + option * 5 + store * 3) % 24 - 4, 0)


async def _copy_stock(
    connection: "asyncpg.Connection[Any]", products: int, stores: list[LocationId], *, ledger: bool
) -> None:
    """Levels without the checks that each variant and each store is there: they are, and there are millions of rows."""
    await connection.execute("SET session_replication_role = replica")
    await _copy(
        connection,
        "stock_levels",
        "variant_id location_id on_hand",
        (
            (variant_id(nth, place), stores[store], units(nth, place, store))
            for nth in range(products)
            for place in range(OPTIONS)
            for store in range(nth % (STORES // STOCKED_AT), STORES, STORES // STOCKED_AT)
        ),
    )
    if ledger:
        await connection.execute(
            "INSERT INTO stock_movements (id, variant_id, location_id, quantity, on_hand_after, kind, document_kind, actor, reason,"
            " effect_key, at, other_spot) SELECT md5(variant_id::text || location_id)::uuid, variant_id, location_id, on_hand, on_hand,"
            " 'initial', 'goods_receipt', 'service:generator', '', 'generator', $1, 'opening' FROM stock_levels WHERE on_hand > 0",
            AT,
        )
    await connection.execute("RESET session_replication_role")


def _text(three: Text3) -> str:
    return _json(dict(zip(("en", "es", "ca"), three, strict=True)))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def main(arguments: list[str] | None = None) -> int:
    """Writes a file, or fills a database."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale.generate", description=__doc__)
    parser.add_argument("--products", type=int, default=1_000, help="of three variants each")
    parser.add_argument("--csv", default="", help="the file to write; - is the standard output")
    parser.add_argument("--dsn", default="", help="the database to fill, which has its tables and nothing else")
    given = parser.parse_args(arguments)
    if not given.csv and not given.dsn:
        parser.error("say --csv or --dsn")
    if given.csv:
        path = Path(given.csv)
        with nullcontext(sys.stdout) if given.csv == "-" else path.open("w", newline="", encoding="utf-8") as file:
            write_csv(file, given.products)
    if given.dsn:
        filled = asyncio.run(fill(given.dsn, products=given.products))
        print(f"{filled.products:,} products in {filled.seconds:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
