"""What goes out comes in again: the plain CSV and JSON lines, with every field, give the same bytes after any number of journeys."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from commerce.importing import Format, ImportCountsOut
from commerce.importing.plain_cells import as_it_was, harmless, joined, parted
from commerce.kernel.clock import HeldClock
from commerce.platform import events
from commerce.platform.database import Database
from tests.databases import Databases
from tests.importing.shop import BARE, WHOLE, bring, furnished, lines, out

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture
async def other(databases: Databases) -> AsyncIterator[Database]:
    """A second, empty shop."""
    async with databases.borrowed() as address:
        database = Database(address, before_commit=events.store)
        yield database
        await database.close()


async def test_a_product_with_everything_goes_out_as_it_came_in(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    job = await bring(db, lines(WHOLE), "jsonl")
    assert (job.state, job.errors) == ("done", [])
    assert (job.counts.prices_changed, job.counts.quantities_set) == (2, 2)
    (line,) = (await out(db, "jsonl")).splitlines()
    whole = msgspec.json.decode(line)
    for now, was in zip(whole["variants"], WHOLE["variants"], strict=True):
        assert now == was
    assert whole == WHOLE


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
async def test_export_import_export_gives_the_same_bytes(
    db: Database, other: Database, clock: HeldClock, format_: Format
) -> None:
    for shop in (db, other):
        await furnished(shop)
    assert (await bring(db, lines(WHOLE, BARE), "jsonl")).errors == []
    first = await out(db, format_)
    into_itself = await bring(db, first, format_)
    assert (into_itself.errors, into_itself.counts) == ([], ImportCountsOut(products_unchanged=2))
    assert await out(db, format_) == first
    into_an_empty_one = await bring(other, first, format_)
    assert (into_an_empty_one.errors, into_an_empty_one.counts.products_created) == ([], 2)
    assert await out(other, format_) == first
    rest: Format = "csv" if format_ == "jsonl" else "jsonl"
    assert await out(other, rest) == await out(db, rest)


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
async def test_the_longest_and_the_most_that_a_shop_may_hold_come_in_again(
    db: Database, other: Database, clock: HeldClock, format_: Format
) -> None:
    for shop in (db, other):
        await furnished(shop)
    screws = {
        "option_values": [],
        "length_mm": 1_000_000,
        "width_mm": 1,
        "height_mm": 1,
        "on_hand": {"born": 1_999_998},
    }
    assert (await bring(db, lines({**BARE, "variants": [screws]}), "jsonl")).errors == []
    first = await out(db, format_)
    assert (await bring(other, first, format_)).errors == []
    assert await out(other, format_) == first


async def test_no_cell_of_a_file_that_goes_out_is_a_formula(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    await bring(db, lines(WHOLE, BARE), "jsonl")
    header, *rows = csv.reader(io.StringIO((await out(db, "csv")).decode(), newline=""))
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    assert [cell for row in rows for cell in row if cell.startswith(FORMULAS)] == []
    assert (cells[1]["title.en"], cells[1]["vendor"], cells[1]["option1_value"]) == ("'=Steel kettle", "'@House", "'-1")
    assert (cells[1]["price:default-eur"], cells[1]["on_hand:gracia"]) == ("39.90", "12")


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n'＝|\\ab;,\""), max_size=8))
@settings(max_examples=200)
def test_what_is_made_harmless_comes_back_as_it_was(text: str) -> None:
    cell = harmless(text)
    assert not cell.startswith(FORMULAS)
    assert as_it_was(cell) == text


@given(st.lists(st.text(alphabet=st.sampled_from("|\\ab "), min_size=1, max_size=6), max_size=5))
def test_lists_in_a_cell_come_back_as_they_were(parts: list[str]) -> None:
    assert parted(joined(parts)) == parts


async def test_a_file_sets_what_it_says_and_leaves_what_it_does_not_name(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    await bring(db, lines(WHOLE), "jsonl")
    job = await bring(
        db, b"handle,vendor,tags,option1_value,option2_value,weight_grams\nkettle,,x|y,-1,Red,950\n", "csv"
    )
    assert (job.errors, job.counts.products_changed, job.counts.variants_changed) == ([], 1, 1)
    now = msgspec.json.decode(await out(db, "jsonl"))
    assert (now["vendor"], now["tags"], now["variants"][0]["weight_grams"]) == ("", ["x", "y"], 950)
    assert {**now, "vendor": "@House", "tags": WHOLE["tags"], "variants": WHOLE["variants"]} == WHOLE


async def test_each_bad_record_is_told_and_the_good_ones_go_in(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    bad: list[dict[str, Any]] = [
        {**BARE, "handle": "no-such-category", "categories": ["gone"]},
        {**BARE, "handle": "no-such-field", "colour": "red"},
        {**BARE, "handle": "bad-url", "images": [{"url": "javascript:alert(1)"}]},
        {**BARE, "handle": "bad-value", "product_type": "kettles", "attributes": {"material": "wood"}},
        {**BARE, "handle": "no-time", "on_show_from": "2026-01-02T00:00:00Z", "on_show_until": "2026-01-01T00:00:00Z"},
        {**BARE, "handle": "local-time", "on_show_from": "2026-01-02T00:00:00"},
        {
            **BARE,
            "handle": "half",
            "options": [{"en": "Size"}],
            "variants": [
                {"option_values": ["S"], "weight_grams": -1},
                {"option_values": ["M"], "prices": [{"list": "nobody", "amount": "1"}]},
                {"option_values": ["L"], "prices": [{"list": "trade", "amount": "1.005"}]},
                {"option_values": ["XL"], "on_hand": {"nowhere": 1}},
                {"option_values": ["XXL"]},
            ],
        },
    ]
    job = await bring(db, lines(*bad) + b"[]\nnot json\n" + lines(BARE), "jsonl")
    assert [(error.line, error.column) for error in job.errors] == [
        (1, "categories"),
        (2, ""),
        (3, "images[0].url"),
        (4, "attributes"),
        (5, "on_show_until"),
        (6, "on_show_from"),
        (7, "variants[0].weight_grams"),
        (7, "variants[1].price:nobody"),
        (7, "variants[2].price:trade"),
        (7, "variants[3].on_hand:nowhere"),
        (8, ""),
        (9, ""),
    ], job.errors
    assert job.counts.products_created == 2
    assert [each["handle"] for each in map(msgspec.json.decode, (await out(db, "jsonl")).splitlines())] == [
        "a-bare-one",
        "half",
    ]
