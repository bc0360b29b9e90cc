"""What Excel and its kin make of a file: taken back where that is sure, told where it is not."""

import csv
import io

import pytest

from commerce.importing import Format
from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from tests.importing.shop import bring, furnished, out

PLAIN = "handle;title.en;sku;barcodes;shippable;price:trade;compare_at:trade;on_hand:born"
SHOPIFY = "Handle;Title;Variant SKU;Variant Barcode;Variant Requires Shipping;Variant Price;Variant Compare At Price"


@pytest.mark.parametrize(("format_", "header"), [("csv", PLAIN), ("shopify", SHOPIFY)])
async def test_decimal_commas_truth_in_other_languages_and_kept_codes_are_read(
    db: Database, clock: HeldClock, format_: Format, header: str
) -> None:
    await furnished(db)
    rows = ['cup;Cup;"=""00123""";="4006381333931";FALSO;19,9;25,00', "mug;Mug;M;;CERT;1234,50;"]
    job = await bring(db, f"sep=;\r\n\r\n{header}\r\n".encode() + "\r\n".join(rows).encode(), format_)
    assert (job.state, job.errors, job.counts.products_created) == ("done", [], 2)
    told = await out(db, "jsonl")
    for each in (b'"sku":"00123"', b'"4006381333931"', b'"amount":"19.90","compare_at":"25.00"', b'"amount":"1234.50"'):
        assert each in told, each
    assert told.count(b'"shippable":false') == 1


@pytest.mark.parametrize(("format_", "header"), [("csv", PLAIN), ("shopify", SHOPIFY)])
@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("{};8,41E+12;;1;", "barcode", "8,41E+12 was shortened by a spreadsheet; format the column as text"),
        ("{};8.41001E+12;;1;", "barcode", "8.41001E+12 was shortened by a spreadsheet; format the column as text"),
        (
            "{};8410000000017.0;;1;",
            "barcode",
            "8410000000017.0 was made a number by a spreadsheet; format the column as text",
        ),
        ("1,23E+15;;;1;", "sku", "1,23E+15 was shortened by a spreadsheet; format the column as text"),
        ("{};;QUIZÁS;1;", "ship", "'quizás' is neither true nor false"),
        ("{};;;1,234;", "price", "such as 1234.50"),
    ],
)
async def test_what_was_lost_is_told_and_does_not_go_in(
    db: Database, clock: HeldClock, format_: Format, header: str, row: str, field: str, reason: str
) -> None:
    await furnished(db)
    job = await bring(db, f"{header}\na;A;{row.format('A-1')}\n".encode(), format_)
    ((line, column, why),) = [(each.line, each.column, each.reason) for each in job.errors]
    assert (line, job.counts.products_created) == (2, 0)
    assert field in column.lower()
    assert reason.casefold().replace("such as 1234.50", "1234.50") in why.casefold()


NOWHERE = '[{"list": "trade", "amount": "1"}, {"list": "nowhere", "amount": "1"}]'
FAULTS: list[tuple[dict[str, str], str, str]] = [
    ({"price:default-eur": "€9"}, "price:default-eur", "expected an amount such as 1234.50"),
    ({"price:trade": "9", "compare_at:trade": "x"}, "compare_at:trade", "expected an amount such as 1234.50"),
    ({"price:trade": "9", "more_prices": '[{"list": "a", "amount": "y"}]'}, "more_prices", "[0].amount: expected an"),
    ({"more_prices": NOWHERE}, "more_prices", "there is no price list nowhere"),
    ({"price:trade": "9", "more_prices": '[{"list": "trade", "amount": "1"}]'}, "more_prices", "has a price already"),
    ({"compare_at:trade": "9"}, "compare_at:trade", "it is not read without price:trade in the same row"),
    ({"length_mm": "5000000"}, "length_mm", "expected at most 1,000,000"),
    ({"barcodes": "fine|a b"}, "barcodes", "expected printable ASCII characters without spaces"),
    ({"images": '[{"url": "ftp://x"}]'}, "images", "[0].url: expected an address that begins with http"),
    ({"status": "Published"}, "status", "'Published' is none of draft, published"),
    ({"on_hand:born": "2000000001"}, "on_hand:born", "2000000001 is more than 2,000,000,000"),
    ({"variant_attributes": '{"grip": {"a": 1}}'}, "variant_attributes", "expected"),
    ({"option1_value": "x" * 201}, "option1_value", "expected at most 200 characters"),
    ({"tags": "|".join(str(nth) for nth in range(251))}, "tags", "expected at most 250 of them"),
]


@pytest.mark.parametrize(("cells", "column", "reason"), FAULTS, ids=[f"{each[1]}: {each[2]}" for each in FAULTS])
async def test_each_fault_of_a_plain_csv_is_told_by_the_column_of_the_file(
    db: Database, clock: HeldClock, cells: dict[str, str], column: str, reason: str
) -> None:
    await furnished(db)
    first = {
        "handle": "a",
        "title.en": "A",
        "option1.en": "Size",
        "option1_value": "M",
        "sku": "M-1",
        "price:trade": "",
    }
    file = io.StringIO()
    rows = csv.DictWriter(file, list(dict.fromkeys([*first, *cells])))
    rows.writeheader()
    rows.writerows([first | cells, {"handle": "a", "option1_value": "L", "sku": "L-1"}])
    job = await bring(db, file.getvalue().encode(), "csv", dry_run=True)
    assert [(each.line, each.column) for each in job.errors] == [(2, column)], job.errors
    assert reason in job.errors[0].reason
