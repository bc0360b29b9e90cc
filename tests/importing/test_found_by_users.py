"""What merchants ran into: names that are nearly right, lines that are broken, words that only a programmer understands."""

import gzip
import io
import zipfile
from collections.abc import Iterator

import httpx
import msgspec
import pytest

from commerce.importing import Format
from commerce.importing.facts import Shop, Trouble
from commerce.importing.plain_records import ProductRecord, VariantRecord
from commerce.importing.plain_words import PATTERNS
from commerce.importing.read_csv import text_of
from commerce.importing.readers import readings
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from tests.given import identity as given_callers, stores
from tests.importing.shop import BARE, bring, furnished, lines, out
from tests.served import Served


async def handles(db: Database) -> list[str]:
    return [msgspec.json.decode(line)["handle"] for line in (await out(db, "jsonl")).splitlines()]


async def test_a_misspelt_column_is_told_once_with_the_one_that_is_meant_and_the_rows_go_in(
    db: Database, clock: HeldClock
) -> None:
    await furnished(db)
    header = b"handle,title.en,sku,wieght_grams,barcode,Notes,price:defualt-eur,compare_at:trade,,on_hand:bron\n"
    job = await bring(db, header + b"cup,Cup,C-1,300,,call them,,9,,\nbowl,Bowl,B-1,400,,,,,,\n", "csv")
    unread = "this format has no such column, so it is not read"
    assert [(each.line, each.column, each.reason) for each in job.errors] == [
        (1, "wieght_grams", f"{unread}; is weight_grams meant?"),
        (1, "barcode", f"{unread}; is barcodes meant?"),
        (1, "Notes", unread),
        (1, "compare_at:trade", "it is not read without the column price:trade beside it"),
    ]
    assert (job.state, job.counts.products_created, await handles(db)) == ("done", 2, ["bowl", "cup"])


async def test_what_is_told_of_a_header_does_not_keep_its_rows_from_being_passed_over_next_time(
    db: Database, clock: HeldClock
) -> None:
    file = b"handle,title.en,sku,colour\ncup,Cup,C-1,red\n"
    first, second = await bring(db, file, "csv"), await bring(db, file, "csv")
    assert (first.counts.products_created, second.counts.products_unchanged) == (1, 1)
    assert [each.column for each in (*first.errors, *second.errors)] == ["colour", "colour"]
    trial = await bring(db, file, "csv", dry_run=True)
    assert [(each.line, each.column) for each in trial.errors] == [(1, "colour")]


def read_on(content: bytes, format_: Format, after: int) -> list[Trouble]:
    """Gives what is wrong in a file that is read from after a line on."""
    shop = Shop(currency="EUR", language="en")
    with text_of(io.BytesIO(content)) as text:
        return [trouble for each in readings(format_, text, shop, after=after) for trouble in each.reading().trouble]


def test_an_import_that_goes_on_judges_the_beginning_of_its_file_no_second_time() -> None:
    table = b"handle,title.en,sku,colour\ncup,Cup,C-1,red\nbowl,Bowl,B-1,red\n"
    assert [each.field for each in read_on(table, "csv", 0)] == ["colour"]
    assert read_on(table, "csv", 1) == read_on(table, "csv", 2) == []
    assert [each.line for each in read_on(lines(BARE) + b"no json\n" + lines(BARE), "jsonl", 1)] == [2]


async def test_columns_of_shopify_that_say_nothing_here_are_passed_over_as_before(
    db: Database, clock: HeldClock
) -> None:
    job = await bring(db, b"Handle,Title,Variant SKU,Google Shopping / MPN\ncup,Cup,C-1,77\n", "shopify")
    assert (job.errors, job.counts.products_created) == ([], 1)


@pytest.mark.parametrize(
    ("format_", "header", "told"),
    [
        ("shopify", "Handle,Title,Variant SKU,Title", "the column Title is there twice; leave the one that is meant"),
        (
            "shopify",
            "Handle,Title,SKU,Variant SKU",
            "the columns SKU and Variant SKU say the same; leave the one that is meant",
        ),
        ("csv", "handle,title.en,sku, title.en", "the column title.en is there twice; leave the one that is meant"),
        ("csv", "handle,on_hand:x,on_hand:x", "the column on_hand:x is there twice; leave the one that is meant"),
    ],
)
async def test_a_column_that_is_there_twice_ends_the_import_before_any_row(
    db: Database, clock: HeldClock, format_: Format, header: str, told: str
) -> None:
    job = await bring(db, f"{header}\ncup,Cup,1,Bowl\n".encode(), format_)
    assert (job.state, job.detail) == ("stopped", f"Line 1: {told}")
    assert await handles(db) == []


@pytest.mark.parametrize(
    "broken",
    [
        b'{"handle": "a", "title": {"en": "A"\n',
        b'{"handle": "a", "minimum_age": ' + b"1" * 5_000 + b"}\n",
        b'{"handle": "a", "custom": {"shelf": ' + b"1" * 4_000 + b"}}\n",
        b'\n  \n{"handle": "a", ]\n',
    ],
    ids=["cut off", "5,000 digits", "4,000 digits", "after empty lines"],
)
async def test_a_broken_first_line_is_told_and_the_good_ones_below_it_go_in(
    db: Database, clock: HeldClock, broken: bytes
) -> None:
    await furnished(db)
    job = await bring(db, broken + lines(BARE), "jsonl")
    assert (job.state, job.counts.products_created, await handles(db)) == ("done", 1, ["a-bare-one"])
    (error,) = job.errors
    assert error.line == broken.count(b"\n"), error


@pytest.mark.parametrize(
    "content", [b"[\n" + lines(BARE) + b"]\n", b'{\n"handle": "a"\n}\n', b"handle,title.en\n", b"\n\nnot json\n"]
)
async def test_what_does_not_even_begin_as_json_lines_ends_the_import(
    db: Database, clock: HeldClock, content: bytes
) -> None:
    job = await bring(db, content, "jsonl")
    assert job.state == "stopped"
    assert job.detail is not None
    assert "each line is a whole product as a JSON object" in job.detail


@pytest.mark.parametrize(
    ("format_", "content", "named"),
    [
        ("csv", b"handle,title.en\ncup,Cup\n", "sku, price:<list>, barcodes or option1_value"),
        ("shopify", b"Handle,Title\ncup,Cup\n", "a SKU, a price, a barcode or an option value"),
        ("jsonl", b'{"handle": "cup", "title": {"en": "Cup"}}\n', '{"option_values": []}'),
    ],
)
async def test_a_new_product_without_a_variant_is_told_what_makes_one(
    db: Database, clock: HeldClock, format_: Format, content: bytes, named: str
) -> None:
    (error,) = (await bring(db, content, format_)).errors
    assert error.reason.startswith("a new product needs a variant: ")
    assert named in error.reason


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("Handle,Title,Variant Price", "this looks like Shopify's format, send it with format=shopify"),
        ("Handle,title.en,sku", "there is no column handle, written in lower case; the first columns are: Handle, "),
        ("a,b", "there is no column handle, written in lower case; the first columns are: a, b"),
    ],
)
async def test_a_file_of_another_format_is_told_as_what_it_looks_like(
    db: Database, clock: HeldClock, header: str, told: str
) -> None:
    job = await bring(db, f"{header}\nx,y,1\n".encode(), "csv")
    assert job.state == "stopped"
    assert told in (job.detail or "")


async def test_what_a_cell_may_not_be_is_told_in_plain_words(db: Database, clock: HeldClock) -> None:
    await furnished(db)
    rows = [
        b'cup,Cup,C-1,,"{""code"": ""works""}"',
        b"bowl,Bowl,B-1,ftp://example.com/1.jpg,",
        b'plate,Plate,P-1,,"{""code"": ""works"", ""nmae"": ""The works""}"',
    ]
    job = await bring(db, b"handle,title.en,sku,image_url,maker\n" + b"\n".join(rows), "csv")
    assert [(each.line, each.column, each.reason) for each in job.errors] == [
        (2, "maker", "name is missing"),
        (3, "image_url", "expected an address that begins with http:// or https://, without spaces"),
        (4, "maker", "there is no member nmae"),
    ]


def patterns(kind: msgspec.inspect.Type) -> Iterator[str]:
    """Gives the patterns of all that a type consists of."""
    match kind:
        case msgspec.inspect.StrType(pattern=str(pattern)):
            yield pattern
        case msgspec.inspect.StructType(fields=fields):
            for field in fields:
                yield from patterns(field.type)
        case msgspec.inspect.UnionType(types=types):
            for each in types:
                yield from patterns(each)
        case msgspec.inspect.ListType(item_type=inner):
            yield from patterns(inner)
        case msgspec.inspect.DictType(key_type=key, value_type=inner):
            yield from patterns(key)
            yield from patterns(inner)
        case msgspec.inspect.Metadata(type=inner):
            yield from patterns(inner)
        case _:
            pass


def test_each_pattern_of_the_records_has_words() -> None:
    found = {each for record in (ProductRecord, VariantRecord) for each in patterns(msgspec.inspect.type_info(record))}
    assert len(found) > 8
    assert found == set(PATTERNS), "every pattern has words, and none has words that it does not need"


async def test_what_is_packed_or_no_text_is_refused_at_once_and_named(server: Served) -> None:
    await stores.channel(server.program.db)
    admin = await given_callers.administrator(server.program.db, server.program.services.tokens)  # type: ignore[arg-type]
    text = b"handle,title.en,sku\ncup,Cup,C-1\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("products.csv", text)

    async def sent(content: bytes, **headers: str) -> httpx.Response:
        every = {"authorization": f"Bearer {admin.access_token}", "idempotency-key": str(new_id()), **headers}
        return await server.api.http.post("/v1/admin/imports?format=csv", content=content, headers=every)

    for content, headers in (
        (packed.getvalue(), {"content-type": "application/zip"}),
        (text, {"content-type": "multipart/form-data; boundary=x"}),
        (gzip.compress(text), {"content-type": "text/csv", "content-encoding": "gzip"}),
    ):
        refused = await sent(content, **headers)
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (415, "unsupported_media_type"), headers
        assert "text/csv or application/x-ndjson" in problem["detail"]
    for kind in ("text/csv; charset=utf-8", "application/x-ndjson", "Text/Plain", "application/octet-stream", ""):
        taken = await sent(text, **({"content-type": kind} if kind else {}), **{"content-encoding": "identity"})
        assert taken.status_code == 202, (kind, taken.text)
