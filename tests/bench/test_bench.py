"""The harness works and cannot be fooled: one row from end to end, and a row whose units are refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bench import baskets, reads, results
from tests.bench.__main__ import measure
from tests.bench.house import House, How, Sample
from tests.bench.load import Connection, RefusedError, request
from tests.bench.results import Line
from tests.bench.row import Row, Sides

QUICK = How(products=5, rounds=1, seconds=0.2, warmup_seconds=0.05, clients=2)


@asynccontextmanager
async def _refused(house: House) -> AsyncIterator[Sides]:
    async def unit(connection: Connection, _client: int, _count: int) -> None:
        await connection.expect(200, request("GET", "/v1/products/there-is-no-such-product"))

    yield Sides(ours=lambda: house.served(unit), clients=2, seconds=0.2)


async def test_a_row_is_measured_against_its_floor_and_one_whose_units_are_refused_has_no_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results.jsonl")
    (detail,) = (row for row in reads.ROWS if row.name == "product.detail")
    others = [each for each in (*reads.ROWS, *baskets.ROWS) if each is not detail and not each.name.endswith("cached")]
    shown = await measure(QUICK, [detail, *others, Row(name="refused", ready=_refused)])

    measured, *found, refused, calibration = results.read()
    assert [measured, *found, refused, calibration] == shown
    assert [(each.name, each.error) for each in found] == [(each.name, None) for each in others]
    assert measured.error is None
    assert measured.rps
    assert measured.floor_rps
    assert measured.p99_ms
    assert measured.cpu_us
    assert measured.ratio == pytest.approx(measured.rps / measured.floor_rps, rel=0.01)
    assert measured.sql is not None
    assert 1 <= measured.sql < 2  # what is resident in the process is looked at twice a second
    assert measured.data["variants"] == 15
    assert calibration.figures["median_ms"] > 0

    assert refused.error is not None
    assert "404 instead of 200" in refused.error
    assert (refused.rps, refused.cpu_us) == (None, None)


async def test_an_answer_that_was_not_expected_is_no_success() -> None:
    import asyncio

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\ngone")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = await Connection.open(f"http://127.0.0.1:{port}")
    with pytest.raises(RefusedError, match="409 instead of 201: gone"):
        await connection.expect(201, request("POST", "/v1/quotes", b"{}"))
    connection.close()
    server.close()
    await server.wait_closed()


def test_the_figures_are_medians_of_the_rounds_and_the_stand_in_of_the_provider_is_shown_apart() -> None:
    ours = [Sample(rps=rps, cpu_us={"server": 10.0 * rps, "sandbox": 1_000.0}, sql=1.0) for rps in (1.0, 9.0, 2.0)]
    floors = [Sample(rps=rps, cpu_us={"server": 1.0}) for rps in (4.0, 10.0, 8.0)]
    found = results.figures(ours, floors)
    assert found["rps"] == 2.0
    assert found["ratio"] == 0.25  # the median of 1/4, 9/10 and 2/8, each with the floor of its own round
    assert found["cpu_us"] == 20.0
    assert found["cpu_by"] == {"server": 20.0, "sandbox": 1_000.0}


def test_the_summary_has_the_newest_line_of_each_row_with_what_failed_as_failed() -> None:
    old = Line(name="quote", at="2026-01-01T00:00:00+00:00", run="a", rps=1.0, ratio=0.1, goal=0.5)
    new = Line(name="quote", at="2026-01-02T00:00:00+00:00", run="b", rps=1234.5, ratio=0.4, goal=0.5)
    broken = Line(name="lookup", at="2026-01-02T00:00:01+00:00", run="b", error="404 instead of 200")
    text = results.summary([old, new, broken])
    assert "Measured on 2026-01-02" in text
    assert "| quote |  | 1,234 |" in text
    assert "0.40 (0.5)" in text
    assert "| lookup |" in text
    assert "failed" in text
    assert "0.10" not in text
