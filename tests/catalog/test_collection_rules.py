"""What is kept of rules is what an evaluator finds that is slow and obvious: one product and one condition after the other, in Python."""

import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from commerce.catalog.audit import CHECKS
from commerce.catalog.collection_schemas import CollectionIn, CollectionPatch
from commerce.catalog.collections import change_collection, create_collection, withdraw_collection
from commerce.catalog.folding import folded
from commerce.kernel import clock as now
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from tests.given import catalog
from tests.served import Json

WORDS = ("Red", "blue", "GREEN", "cançó", "Canción")
STEPS, PRODUCTS, RULES = 20, 10, 16


@pytest.fixture
async def sql(dsn: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A connection that writes past all verbs."""
    connection = await asyncpg.connect(dsn)
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_json, decoder=msgspec.json.decode)
    yield connection
    await connection.close()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _condition(dice: random.Random, categories: list[UUID]) -> Json:
    word, on = (
        dice.choice(WORDS),
        dice.choice(("tag", "vendor", "product_type", "title", "category", "attribute", "attribute", "created")),
    )
    match on:
        case "category":
            return {"on": on, "category_id": str(dice.choice(categories))}
        case "attribute":
            return {"on": on, "code": dice.choice("ab"), "value": dice.choice([word, 1, 2, True])}
        case "created":
            return {"on": on, "days": 3}
        case "title":
            return {"on": on, "value": dice.choice([word, word[1:4].upper()])}
        case _:
            return {"on": on, "value": dice.choice([word, word.upper()])}


def _rule(dice: random.Random, categories: list[UUID]) -> Json:
    return {
        "match": dice.choice(["all", "any"]),
        "conditions": [_condition(dice, categories) for _ in range(dice.choice([1, 1, 2, 3]))],
    }


async def _live(sql: "asyncpg.Connection[Any]") -> list[UUID]:
    """Gives the categories that a rule can name."""
    return [row["id"] for row in await sql.fetch("SELECT id FROM categories WHERE withdrawn_at IS NULL ORDER BY slug")]


def _attributes(dice: random.Random) -> dict[str, object]:
    values = [*WORDS, 1, 2, True, 1.0, [1, 2], [WORDS[0], WORDS[1]]]
    return {code: dice.choice(values) for code in "ab" if dice.random() < 0.7}


async def _slowly(sql: "asyncpg.Connection[Any]") -> set[tuple[UUID, UUID]]:
    """Gives the members that there should be: collection and product."""
    products = await sql.fetch("SELECT * FROM products")
    variants = await sql.fetch("SELECT product_id, attributes FROM variants WHERE withdrawn_at IS NULL")
    parents = {
        row["id"]: row["parent_id"]
        for row in await sql.fetch("SELECT id, parent_id FROM categories WHERE withdrawn_at IS NULL")
    }
    standing: dict[UUID, set[UUID]] = {}
    for row in await sql.fetch("SELECT product_id, category_id FROM product_categories"):
        above = row["category_id"]
        while above in parents:
            standing.setdefault(row["product_id"], set()).add(above)
            above = parents[above]

    def holds(product: asyncpg.Record, said: Json) -> bool | None:
        match said["on"]:
            case "tag":
                return said["value"].lower() in {tag.lower() for tag in product["tags"]}
            case "vendor" | "product_type":
                return bool(said["value"].lower() == product[said["on"]].lower())
            case "title":
                title = " ".join(product["title"][each] for each in ("en", "es", "ca") if product["title"].get(each))
                return folded(said["value"]) in folded(title)
            case "category":
                return UUID(said["category_id"]) in standing.get(product["id"], set())
            case "attribute":
                own = [product["attributes"], *(v["attributes"] for v in variants if v["product_id"] == product["id"])]
                return any(_is(each[said["code"]], said["value"]) for each in own if said["code"] in each)
            case _:
                return None

    found = set()
    for row in await sql.fetch("SELECT id, rule FROM collections WHERE rule IS NOT NULL AND withdrawn_at IS NULL"):
        for product in products:
            held = [each for said in row["rule"]["conditions"] if (each := holds(product, said)) is not None]
            if held and (all(held) if row["rule"]["match"] == "all" else any(held)):
                found.add((row["id"], product["id"]))
    return found


def _is(value: object, wanted: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(each == wanted and isinstance(each, bool) == isinstance(wanted, bool) for each in values)


async def _change(sql: "asyncpg.Connection[Any]", db: Database, dice: random.Random, categories: list[UUID]) -> None:
    """Writes something to several products at once, or to what they hang from."""
    some = [row["id"] for row in await sql.fetch("SELECT id FROM products") if dice.random() < 0.4]
    word = dice.choice(WORDS)
    match dice.choice([0, 1, 2, 3, 4, 4, 4, 5, 5, 6, 7, 7, 8, 9]):
        case 0:
            await sql.execute("UPDATE products SET tags = $2 WHERE id = ANY($1)", some, dice.sample(WORDS, 2))
        case 1:
            await sql.execute(
                "UPDATE products SET vendor = $2, product_type = $3 WHERE id = ANY($1)", some, word, "Red"
            )
        case 2:
            await sql.execute(
                "UPDATE products SET title = $2 WHERE id = ANY($1)", some, {"en": "A", "ca": f"x{word} y"}
            )
        case 3:
            await sql.execute("UPDATE products SET attributes = $2 WHERE id = ANY($1)", some, _attributes(dice))
        case 4:
            await sql.execute("UPDATE variants SET attributes = $2 WHERE product_id = ANY($1)", some, _attributes(dice))
        case 5:
            gone = None if dice.random() < 0.5 else now.now()
            await sql.execute("UPDATE variants SET withdrawn_at = $2 WHERE product_id = ANY($1)", some, gone)
        case 6:
            await sql.execute("DELETE FROM product_categories WHERE product_id = ANY($1)", some)
        case 7:
            await sql.execute(
                "INSERT INTO product_categories (product_id, category_id) SELECT unnest($1::uuid[]), $2 ON CONFLICT DO NOTHING",
                some,
                dice.choice(categories),
            )
        case 8:
            nth = dice.randrange(1, len(categories))  # below one of those before it, so that no circle comes about
            above = dice.choice([None, *categories[:nth]])
            gone = now.now() if dice.random() < 0.3 else None
            await sql.execute(
                "UPDATE categories SET parent_id = $2, withdrawn_at = $3 WHERE id = $1", categories[nth], above, gone
            )
        case _:
            await catalog.product(db, word, vendor=dice.choice(WORDS), tags=[word])


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_kept_is_what_a_slow_evaluator_finds(
    db: Database, sql: "asyncpg.Connection[Any]", clock: HeldClock, seed: int
) -> None:
    dice = random.Random(seed)
    categories = [new_id() for _ in range(5)]
    await sql.executemany(
        "INSERT INTO categories (id, slug, name, created_at) VALUES ($1, $2, $3, $4)",
        [(each, f"c-{nth}", {"en": "C"}, clock.at) for nth, each in enumerate(categories)],
    )
    await sql.executemany(
        "INSERT INTO attributes (code, name, kind, created_at) VALUES ($1, $2, 'text', $3)",
        [(code, {"en": code}, clock.at) for code in "ab"],
    )
    for _ in range(PRODUCTS):
        await catalog.product(db, Text3(en=dice.choice(WORDS), es="Árbol"), tags=dice.sample(WORDS, 2))
    made = []
    for nth in range(RULES):
        data = {"name": {"en": f"R{nth}"}, "rule": _rule(dice, await _live(sql))}
        made.append(await db.transact(create_collection, msgspec.convert(data, CollectionIn), at=clock.at))
        await _change(sql, db, dice, categories)
    last = made.pop()
    await db.transact(withdraw_collection, last.id, last.version, at=clock.at)
    kept: set[tuple[UUID, ...]] = set()
    for _ in range(STEPS):
        await _change(sql, db, dice, categories)
        again = dice.randrange(len(made))
        patch = msgspec.convert({"rule": _rule(dice, await _live(sql))}, CollectionPatch)
        changed = await db.transact(change_collection, made[again].id, made[again].version, patch, at=clock.at)
        made[again] = changed
        kept = {tuple(row) for row in await sql.fetch("SELECT collection_id, product_id FROM collection_products")}
        assert kept == await _slowly(sql)
    assert kept
    (check,) = [each for each in CHECKS if each.name == "collections_have_what_their_rules_find"]
    assert await db.reading.fetch(check.statement) == []


async def test_a_write_that_no_condition_can_be_about_looks_at_none(
    db: Database, sql: "asyncpg.Connection[Any]", clock: HeldClock
) -> None:
    """Who looks takes the lock that he shares with whoever writes a rule; so who does not take it has not looked."""
    await catalog.product(db, "Mug", tags=["red"])
    rule = {"match": "all", "conditions": [{"on": "tag", "value": "RED"}]}
    data = msgspec.convert({"name": {"en": "Red"}, "rule": rule}, CollectionIn)
    assert (await db.transact(create_collection, data, at=clock.at)).products == 1

    async def looks(write: str) -> bool:
        async with sql.transaction():
            await sql.execute(write)
            locks = await sql.fetchval(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            )
            return bool(locks)

    assert not await looks("UPDATE products SET updated_at = now(), version = version + 1, slug = slug, tags = tags")
    assert not await looks("UPDATE variants SET weight_grams = 5")
    assert not await looks("UPDATE categories SET position = 5")
    assert await looks("UPDATE products SET tags = '{blue}'")
    assert await sql.fetchval("SELECT count(*) FROM collection_products") == 0
