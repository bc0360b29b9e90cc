"""What is written down: a JSON line for each row, a short table to look at, and the dated summary in the documentation."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.house import Sample

RESULTS = Path(__file__).parent / "results.jsonl"
WIDTH = 190
DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: python -m tests.bench --summary -->", "<!-- end of figures -->"


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of one run. Times are for one unit of work: a request, an order, a hold, a variant."""

    name: str
    at: str
    run: str
    clients: int = 0
    rps: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu_us: float | None = None
    cpu_by: dict[str, float] = {}
    sql: float | None = None
    floor: str = ""
    floor_rps: float | None = None
    floor_cpu_us: float | None = None
    floor_cpu_by: dict[str, float] = {}
    ratio: float | None = None
    goal: float | None = None
    figures: dict[str, Any] = {}
    calibration_ms: float | None = None
    rounds: int = 0
    seconds: float = 0
    data: dict[str, Any] = {}
    versions: dict[str, str] = {}
    error: str | None = None


def now() -> str:
    """The instant of writing."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def figures(ours: Sequence[Sample], floors: Sequence[Sample]) -> dict[str, Any]:
    """Gives the medians of the rounds as the members of a line. What a provider's stand-in uses is not the server's and is shown apart."""
    by = _by_process(ours)
    found: dict[str, Any] = {
        "rps": round(median([each.rps for each in ours]), 1),
        "p50_ms": round(median([each.p50_ms for each in ours]), 2),
        "p99_ms": round(median([each.p99_ms for each in ours]), 2),
        "cpu_us": round(sum(used for name, used in by.items() if name != "sandbox"), 1) if by else None,
        "cpu_by": by,
        "sql": round(median([each.sql for each in ours if each.sql is not None]), 2)
        if ours[0].sql is not None
        else None,
    }
    if floors:
        found["floor_rps"] = round(median([each.rps for each in floors]), 1)
        if floors[0].cpu_us:
            found["floor_cpu_by"] = _by_process(floors)
            found["floor_cpu_us"] = round(sum(found["floor_cpu_by"].values()), 1)
        found["ratio"] = round(median([our.rps / floor.rps for our, floor in zip(ours, floors, strict=True)]), 3)
    return found


def _by_process(samples: Sequence[Sample]) -> dict[str, float]:
    return {name: round(median([each.cpu_us[name] for each in samples]), 1) for name in samples[0].cpu_us}


def write(line: Line) -> None:
    """Appends a line to the results."""
    with RESULTS.open("ab") as file:
        file.write(msgspec.json.encode(line) + b"\n")


def read() -> list[Line]:
    """Gives all lines written so far."""
    if not RESULTS.exists():
        return []
    return [msgspec.json.decode(line, type=Line) for line in RESULTS.read_bytes().splitlines()]


def show(lines: Sequence[Line]) -> None:
    """Prints the table."""
    table = Table(box=None, pad_edge=False)
    for heading, _ in COLUMNS:
        table.add_column(heading, justify="left" if heading == "row" else "right", no_wrap=True)
    for line in lines:
        table.add_row(*(value(line) for _, value in COLUMNS))
    Console(width=max(Console().width, WIDTH)).print(table)
    for line in lines:
        if line.error:
            Console(stderr=True).print(f"{line.name}: {line.error}", style="red", markup=False)


def _number(value: float | None, places: int = 0) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def _figures(line: Line) -> str:
    if line.error:
        return "failed"
    return ", ".join(
        f"{name} {value:,}" if isinstance(value, int | float) else f"{name} {value}"
        for name, value in line.figures.items()
    )


def _ratio(line: Line) -> str:
    if line.ratio is None:
        return ""
    return f"{line.ratio:.2f}" + ("" if line.goal is None else f" ({line.goal:g})")


COLUMNS: list[tuple[str, Any]] = [
    ("row", lambda line: line.name),
    ("clients", lambda line: str(line.clients or "")),
    ("per second", lambda line: _number(line.rps)),
    ("p50 ms", lambda line: _number(line.p50_ms, 1)),
    ("p99 ms", lambda line: _number(line.p99_ms, 1)),
    ("CPU µs", lambda line: _number(line.cpu_us)),
    ("SQL", lambda line: _number(line.sql, 1)),
    ("floor/s", lambda line: _number(line.floor_rps)),
    ("floor CPU µs", lambda line: _number(line.floor_cpu_us)),
    ("ratio (goal)", _ratio),
    ("figures", _figures),
]


def summary(lines: Sequence[Line]) -> str:
    """Gives the newest line of each row as a table in Markdown, under the date and the versions of what was measured."""
    newest = {line.name: line for line in lines}
    if not newest:
        raise SystemExit("There are no results: run `make bench` first.")
    said = [line for line in newest.values() if line.versions]  # the calibration row says nothing of what was measured
    last = max(said or newest.values(), key=lambda line: line.at)
    known = ", ".join(f"{name} {version}" for name, version in last.versions.items() if name != "cores")
    head = f"Measured on {last.at[:10]} with {known}; {last.versions.get('cores', '?')} cores, "
    head += ", ".join(f"{size:,} {name}" for name, size in last.data.items() if isinstance(size, int)) + "."
    runs = {line.run for line in newest.values()}
    if len(runs) > 1:
        head += f" The rows are of {len(runs)} runs: compare each with its own floor only."
    rows = ["| " + " | ".join(heading for heading, _ in COLUMNS) + " |"]
    rows.append("| --- |" + " ---: |" * (len(COLUMNS) - 1))
    rows += ["| " + " | ".join(value(line) for _, value in COLUMNS) + " |" for line in newest.values()]
    return head + "\n\n" + "\n".join(rows)


def write_summary() -> None:
    """Puts the summary between the two marks in the documentation."""
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{summary(read())}\n{END}{after}")
