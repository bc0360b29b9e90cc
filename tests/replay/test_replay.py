"""A retailer's invoices through the ledger: balances to the unit, and a second run that changes nothing."""

from pathlib import Path

import pytest

from commerce.inventory.audit import CHECKS
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.replay import history, play, reckon
from tests.replay.__main__ import replay

MOST_SECONDS = 600


async def test_balances_are_what_a_reckoning_of_the_file_says_and_a_second_run_changes_nothing(db: Database) -> None:
    told = history.read(history.TWIN)
    opening, closing, units = reckon.reckon(history.TWIN)
    assert told.opening() == {at: first for at, first in opening.items() if first}
    assert min(units.values()) > 0, "there are sales, returns and write-offs"
    shop = await play.build(db, told)
    await play.play(db, shop, told.invoices)
    first, moved = await play.balances(db, shop), await play.movements(db)
    assert first == {at: left for at, left in closing.items() if left}
    booked = await play.units_moved(db)
    assert (booked["sale"], booked["return"], booked["write_off"]) == (
        units["sold"],
        units["returned"],
        units["written_off"],
    )
    await play.play(db, shop, told.invoices)
    assert (await play.balances(db, shop), await play.movements(db)) == (first, moved)
    assert [finding for finding in await run_checks(db.reading, CHECKS) if finding.rows] == []


def test_lines_that_move_no_goods_are_counted_and_articles_go_by_one_spelling() -> None:
    told = history.read(history.TWIN)
    assert told.lines == history.TWIN.read_text().count("\n") - 1
    assert set(told.skipped) == {"no goods: postage, fees, discounts, vouchers", "no units"}
    assert [code for code in told.articles if code != code.upper()] == []
    assert not any(invoice.number.startswith("A") for invoice in told.invoices)


@pytest.mark.parametrize(
    ("number", "customer", "country", "place"),
    [
        ("536370", "12583.0", "France", "warehouse"),
        ("536365", "17850.0", "United Kingdom", "store-10"),
        ("C536379", "14527.0", "United Kingdom", "store-07"),
        ("536414", "", "United Kingdom", "store-14"),
        ("C536391", "", "United Kingdom", "store-11"),
        ("537000", "", "Unspecified", "warehouse"),
    ],
)
def test_an_invoice_belongs_to_the_place_that_the_rule_says(
    number: str, customer: str, country: str, place: str
) -> None:
    assert history.place_of(number, customer, country) == place


@pytest.mark.nightly
async def test_the_whole_year_fits_to_the_unit_in_ten_minutes(tmp_path: Path) -> None:
    if not history.REAL.is_file():
        pytest.skip(f"THE YEAR WAS NOT PLAYED: there is no data at {history.REAL}")
    from commerce.platform import embedded

    server = embedded.start(tmp_path / "postgres")
    try:
        figures = await replay(server.dsn, history.REAL)
    finally:
        server.stop()
        embedded.remove(server.data_dir)
    assert (figures["lines"], figures["invoices"]) == (541_909, 25_296)
    assert (figures["wrong"], figures["moved_again"], figures["audit_findings"]) == (0, 0, 0)
    assert figures["prepare_seconds"] + figures["play_seconds"] < MOST_SECONDS
