"""Hostile files: a clear error or a safe result, never a crash, and memory that stays small."""

import asyncio
import gzip
import io
import os
import resource
import signal
import sys
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from commerce import catalog
from commerce.catalog import ProductDraft, PutResult
from commerce.importing import Format, ImportOf, run_import
from commerce.importing.errors import Unreadable
from commerce.importing.facts import Reading, Shop
from commerce.importing.read_csv import text_of
from commerce.importing.readers import readings
from commerce.importing.start_import import record_import
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import Bug
from commerce.platform.database import Database, Tx
from tests.importing.shop import BARE, bring, furnished, lines, out

SHOP = Shop(currency="EUR", language="en")
FORMATS: tuple[Format, ...] = ("shopify", "csv", "jsonl", "online-retail")
HEADER = b"handle,title.en,option1.en,option1_value,price:default-eur\n"


def read(content: bytes, format_: Format) -> list[Reading]:
    """Gives what a file means, as far as it can be read."""
    found: list[Reading] = []
    with suppress(Unreadable), text_of(io.BytesIO(content)) as text:
        found.extend(passage.reading() for passage in readings(format_, text, SHOP, after=0))
    return found


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("products.csv", b"0" * 30_000_000)
    return packed.getvalue()


STOPPED: dict[str, Callable[[], bytes]] = {
    "zip bomb": bomb,
    "gzip bomb": lambda: gzip.compress(b"0" * 30_000_000),
    "utf-16": lambda: HEADER.decode().encode("utf-16"),
    "utf-16 without a mark": lambda: HEADER.decode().encode("utf-16-le"),
    "latin-1 name": lambda: HEADER + "café,Café,,,1\n".encode("latin-1"),
    "overlong utf-8": lambda: HEADER + b"a\xc0\x80,A,,,1\n",
    "encoded surrogate": lambda: HEADER + b"a\xed\xa0\x80,A,,,1\n",
    "nul": lambda: HEADER + b"a\0,A,,,1\n",
    "endless line": lambda: HEADER + b"a" * 12_000_000,
    "10 MB cell": lambda: HEADER + b'a,"' + b"x\n" * 5_000_000 + b'",,,1\n',
    "100,000 columns": lambda: b",".join(b"c%d" % nth for nth in range(100_000)) + b"\n",
    "quote to the end": lambda: HEADER + b'a,"A,,,1\n' * 3,
    "no header": lambda: b"a,A,,,1\n",
}


@pytest.mark.parametrize("name", STOPPED)
async def test_what_cannot_be_read_is_told_by_its_line(db: Database, clock: HeldClock, name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    content = STOPPED[name]()
    for format_ in FORMATS[:3]:
        job = await bring(db, content, format_)
        assert job.state in {"stopped", "done"}, (format_, job)
        assert job.detail or job.error_count, format_
    assert await out(db, "jsonl") == b""
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 150_000 + len(content) // 500, "kilobytes: nothing is unpacked, and little is held"


async def test_line_ends_marks_and_separators_of_all_kinds_are_read(db: Database, clock: HeldClock) -> None:
    kinds = ((b"\r", b",", b""), (b"\r\n", b";", b"\xef\xbb\xbf"), (b"\n", b"\t", b""), (b"\r", b";", b"\xef\xbb\xbf"))
    for nth, (end, part, mark) in enumerate(kinds):
        header = part.join((b"handle", b"title.en", b"weight_grams"))
        row = part.join((b"h-%d" % nth, b'"One, two; three"', b"5"))
        job = await bring(db, mark + header + end + row + end, "csv")
        assert (job.state, job.errors, job.counts.products_created) == ("done", [], 1)
    assert len((await out(db, "jsonl")).splitlines()) == 4


async def test_what_would_run_in_a_browser_does_not_come_in(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    body = (
        '<p onclick="alert(1)">Text<script>alert(2)</script><img src=x onerror=alert(3)>'
        "<a href='javascript:alert(4)'>link</a><iframe src='//example.com'></iframe><style>*{}</style></p>"
    )
    image = {"url": "javascript:alert(5)", "alt": ""}
    data = {"url": "data:text/html;base64,PHNjcmlwdD4=", "alt": ""}
    job = await bring(
        db,
        lines(
            {**BARE, "handle": "body", "description": {"en": body}},
            {**BARE, "handle": "image", "images": [image]},
            {**BARE, "handle": "data", "images": [data]},
            {**BARE, "handle": "own-image", "variants": [{"option_values": [], "image_url": "javascript:alert(6)"}]},
        ),
        "jsonl",
    )
    assert [(error.line, error.column) for error in job.errors][:2] == [(2, "images[0].url"), (3, "images[0].url")]
    (kept,) = [
        each for each in map(msgspec.json.decode, (await out(db, "jsonl")).splitlines()) if each["handle"] == "body"
    ]
    for bad in ("script", "alert(1)", "alert(2)", "onerror", "javascript", "iframe", "<style"):
        assert bad not in kept["description"]["en"], kept
    assert "Text" in kept["description"]["en"]
    assert b"javascript" not in await out(db, "csv")


async def test_hostile_records_are_refused_one_by_one(db: Database, clock: HeldClock) -> None:
    hostile = [
        b'{"handle": "\\ud800", "title": {"en": "A"}}',
        b'{"handle": "nul", "title": {"en": "A\\u0000"}, "variants": [{"option_values": []}]}',
        b'{"handle": "deep", "custom": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"handle": "many", "options": [{"en": "S"}], "variants": ['
        + b",".join(b'{"option_values": ["%d"]}' % nth for nth in range(2_100))
        + b"]}",
        b'{"handle": "number", "title": {"en": "A"}, "variants": [{"option_values": [], "weight_grams": 1e400}]}',
        b'{"handle": "huge", "title": {"en": "A"}, "variants": [{"option_values": [], "weight_grams": 99999999999999999999}]}',
        b'{"handle": "attributes", "title": {"en": "A"}, "attributes": {"a": {"b": 1}}, "variants": [{"option_values": []}]}',
        b'{"handle": "options", "title": {"en": "A"}, "options": [{}, {}, {}, {}], "variants": [{"option_values": []}]}',
        b'{"handle": "party", "title": {"en": "A"}, "maker": {"code": "x"}, "variants": [{"option_values": []}]}',
        b'{"handle": "status", "title": {"en": "A"}, "status": "withdrawn", "variants": [{"option_values": []}]}',
        b'{"handle": "unit", "title": {"en": "A"}, "variants": [{"option_values": [], "content_unit": "acre", "content_thousandths": 5}]}',
    ]
    good = lines(BARE)
    job = await bring(db, b'{"handle": 1}\n' + b"\n".join(hostile) + b"\n" + good, "jsonl")
    assert job.state == "done"
    assert {error.line for error in job.errors} == set(range(1, 13)), [(e.line, e.reason) for e in job.errors]
    assert [msgspec.json.decode(line)["handle"] for line in (await out(db, "jsonl")).splitlines()] == ["a-bare-one"]


async def test_a_file_with_2000_options_or_values_does_no_harm(db: Database, clock: HeldClock) -> None:
    names = ",".join(f"option{nth}.en,option{nth}_value" for nth in range(1, 240))
    job = await bring(db, f"handle,title.en,{names}\nwide,Wide,{'a,' * 477}a\n".encode(), "csv")
    unread = 2 * (239 - 3)  # told once each, by the header
    assert (job.state, job.counts.variants_created, job.error_count) == ("done", 1, unread)
    assert {error.line for error in job.errors} == {1}
    rows = "".join(f"long,{'' if nth else 'Long'},{'' if nth else 'Size'},v{nth},1\n" for nth in range(2_100))
    job = await bring(db, HEADER + rows.encode(), "csv")
    assert (job.counts.products_created, job.error_count) == (0, 1)


_cells = st.text(alphabet=st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "=1+1",
        "-2",
        "[]",
        "{}",
        "[[]]",
        '{"a":1}',
        "1e9",
        "true",
        "a|b",
        "a\\",
        "'=",
        "2026-01-01",
        "javascript:x",
        "\ud7ff",
    ]
)
_columns = st.lists(
    st.sampled_from(
        ["handle", "Handle", "title.en", "Title", "option1.en", "Option1 Value", "option1_value", "images", "custom",
         "maker", "more_prices", "price:default-eur", "on_hand:x", "barcodes", "weight_grams", "StockCode", "UnitPrice"]
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


@given(columns=_columns, rows=st.lists(st.lists(_cells, max_size=9), max_size=6), part=st.sampled_from(",;\t"))
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_table_is_read_or_refused(columns: list[str], rows: list[list[str]], part: str) -> None:
    content = "\n".join(part.join(row) for row in (columns, *rows)).encode()
    for format_ in FORMATS:
        read(content, format_)


@given(st.binary(max_size=300))
@settings(max_examples=120, deadline=None)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for format_ in FORMATS:
        read(content, format_)
        read(HEADER + content, format_)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=6), some, max_size=3),
    max_leaves=6,
)
_members: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["handle", "title", "variants", "options", "images", "maker", "tags", "assortment", "custom", "x"]),
    _json | st.just("h") | st.just([{"option_values": []}]),
    max_size=6,
)


@given(_members)
@settings(max_examples=150, deadline=None)
def test_any_record_is_read_or_refused(record: dict[str, object]) -> None:
    found = read(msgspec.json.encode({"handle": "first"}) + b"\n" + msgspec.json.encode(record), "jsonl")
    assert all(reading.draft is not None or reading.trouble for reading in found)


async def test_what_no_database_keeps_is_told_and_the_import_comes_to_its_end(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    late = {"list": "trade", "amount": "1.00", "starts_at": "9999-12-31T23:59:59-14:00"}
    hostile = [
        b'{"handle": "a\\u0000b", "variants": [{"option_values": []}]}',
        b'{"handle": "member", "\\u0000": 1}',
        b'{"handle": "language", "title": {"\\\\\\u0000": "A"}}',
        b'{"handle": "inner", "title": {"en": "A"}, "variants": [{"option_values": [], "\\u0000": 1}]}',
        lines({**BARE, "handle": "late", "on_show_until": "9999-12-31T23:59:59-14:00"}).strip(),
        lines({**BARE, "handle": "early", "on_show_from": "0001-01-01T00:00:00+14:00"}).strip(),
        lines({**BARE, "handle": "last", "on_show_until": "9999-12-31T23:59:59Z"}).strip(),
        lines({**BARE, "handle": "price", "variants": [{"option_values": [], "prices": [late]}]}).strip(),
    ]
    harmless = {**BARE, "handle": "harmless", "title": {"en": r"backslash \u0000"}}
    for dry_run in (True, False):
        job = await bring(db, b"\n".join(hostile) + b"\n" + lines(harmless), "jsonl", dry_run=dry_run)
        nul, years = (
            "it holds a NUL character, which no text may have",
            "it must lie in the years 0002 to 9998; leave it out where it has no end",
        )
        assert [(each.line, each.reason) for each in job.errors] == [
            *((nth, nul) for nth in range(1, 5)),
            (5, years),
            (6, years),
            (7, years),
            (8, years),
        ]
        assert (job.state, job.counts.products_created) == ("done", 1)
    assert b"harmless" in await out(db, "jsonl")


@pytest.mark.parametrize("failure", [asyncpg.DataError("value out of range"), Bug("a constraint was broken")])
async def test_what_cannot_be_kept_is_looked_for_and_told_and_the_others_go_in(
    db: Database, clock: HeldClock, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    put = catalog.put_products

    async def failing(tx: Tx, drafts: Sequence[ProductDraft], **how: Any) -> PutResult:
        if any(draft.handle == "p-3" for draft in drafts):
            raise failure
        return await put(tx, drafts, **how)

    monkeypatch.setattr("commerce.catalog.put_products", failing)
    job = await bring(db, lines(*({**BARE, "handle": f"p-{nth}"} for nth in range(6))), "jsonl")
    assert (job.state, job.counts.products_created) == ("done", 5)
    assert [(each.line, each.reason) for each in job.errors] == [(4, "p-3: it has a value that cannot be kept")]


async def test_an_import_that_cannot_go_on_ends_instead_of_running_for_ever(
    db: Database, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise asyncpg.DataError("invalid byte sequence")

    monkeypatch.setattr("commerce.importing.marks.Marks.look", broken)
    job = await bring(db, lines(BARE), "jsonl")
    assert (job.state, job.detail) == ("stopped", "Line 1: from here on it cannot be taken in (DataError)")


async def test_the_line_of_what_is_no_utf8_is_told_exactly_and_all_above_it_goes_in(
    db: Database, clock: HeldClock
) -> None:
    good = [f"p-{nth},Product {nth}," for nth in range(300)]
    content = "\r\n".join(["handle,title.en,sku", *good, ""]).encode() + "c,Un café,\r\nd,D,\r\n".encode("cp1252")
    job = await bring(db, content, "csv")
    reason = "it holds bytes that are not UTF-8 text, right after 'c,Un caf'; save the file as CSV UTF-8"
    assert (job.state, job.detail) == ("stopped", f"Line 302: {reason}")
    assert len(job.errors) == job.error_count - 200 == 100, "those above lack a variant only"
    wide = await bring(db, HEADER.decode().encode("utf-16"), "csv")
    assert wide.detail == "Line 1: the file is UTF-16 text, not UTF-8; save it as CSV UTF-8"


CHILD = """
import asyncio, sys
from pathlib import Path
from commerce.importing import ImportOf, run_import
from commerce.importing.start_import import record_import
from commerce.kernel import clock
from commerce.platform.database import Database
from importlib import import_module
import_module("commerce.importing.run_import").BATCH_PRODUCTS = 20

async def main():
    from commerce.platform import events
    db = Database(sys.argv[1], before_commit=events.store)
    from uuid import UUID
    with open(sys.argv[2], "rb") as file:
        await run_import(db, UUID(sys.argv[3]), file, progress=lambda job: print(job.progress.done, flush=True))
asyncio.run(main())
"""


async def test_an_import_that_is_killed_goes_on_and_nothing_is_there_twice(
    db: Database, dsn: str, clock: HeldClock, tmp_path: Path
) -> None:
    await furnished(db)
    file = tmp_path / "products.jsonl"
    variant = {"option_values": [], "prices": [{"list": "trade", "amount": "2.00"}], "on_hand": {"gracia": 3}}
    file.write_bytes(lines(*({**BARE, "handle": f"p-{nth:03}", "variants": [variant]} for nth in range(400))))
    how = ImportOf(currency="EUR", format="jsonl")
    import_id = await db.transact(record_import, how, actor="service:test", lines=400, at=clock.at)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CHILD,
        dsn,
        str(file),
        str(import_id),
        stdout=asyncio.subprocess.PIPE,
        env=dict(os.environ),
    )
    assert child.stdout is not None
    for _ in range(3):
        assert await child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    await child.wait()
    half = len((await out(db, "jsonl")).splitlines())
    assert 60 <= half < 400
    with file.open("rb") as stream:
        done = await run_import(db, import_id, stream)
    assert (done.state, done.error_count, done.counts.products_created, done.counts.quantities_set) == (
        "done",
        0,
        400,
        400,
    )
    everything = [msgspec.json.decode(line) for line in (await out(db, "jsonl")).splitlines()]
    assert len(everything) == 400
    assert {each["variants"][0]["on_hand"]["gracia"] for each in everything} == {3}
