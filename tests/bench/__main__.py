"""`python -m tests.bench`: measures each row against its floor, in turn, on this machine, now."""

import argparse
import sys
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

import uvloop

from tests.bench import availability, baskets, checkouts, engine, figures, hot, imports, machine, reads, results, scale
from tests.bench.house import House, How, Sample, house
from tests.bench.load import RefusedError
from tests.bench.results import Line
from tests.bench.row import Figures, Row

ROWS: list[Row | Figures] = [
    *reads.ROWS,
    *availability.ROWS,
    *scale.ROWS,
    *baskets.ROWS,
    *engine.ROWS,
    *hot.ROWS,
    *checkouts.ROWS,
    *imports.ROWS,
    *figures.ROWS,
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; 1 when a row failed, and so has no figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", default="", help="a row, or the beginning of its name; several separated by commas")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each side of a row in each round")
    parser.add_argument("--products", type=int, default=1_000, help="of three variants each")
    parser.add_argument(
        "--scale", default="1000,20000,200000", help="the sizes of the shops of the rows scale.*, smallest first"
    )
    parser.add_argument("--clients", type=int, default=16, help="at once, where a row does not name its own")
    parser.add_argument("--quick", action="store_true", help="to see that it works; the figures mean nothing")
    parser.add_argument("--summary", action="store_true", help="put the newest results into docs/performance.md")
    given = parser.parse_args(arguments)
    if given.summary:
        results.write_summary()
        return 0
    how = How(
        products=given.products,
        rounds=given.rounds,
        seconds=given.seconds,
        clients=given.clients,
        scale=tuple(int(size) for size in given.scale.split(",")),
    )
    if given.quick:
        how = How(products=40, rounds=1, seconds=0.3, warmup_seconds=0.1, clients=4, scale=(100, 200))
    wanted = [row for row in ROWS if _wanted(row.name, given.only)]
    if not wanted:
        parser.error(f"no such row; there are {', '.join(row.name for row in ROWS)}")
    lines = uvloop.run(measure(how, wanted))
    results.show(lines)
    return int(any(line.error for line in lines))


def _wanted(name: str, only: str) -> bool:
    return not only or any(name == each or name.startswith(f"{each}.") for each in only.split(","))


async def measure(how: How, rows: Sequence[Row | Figures]) -> list[Line]:
    """Measures rows one after the other in one house, and writes each down as soon as it is there."""
    run = uuid.uuid4().hex[:8]
    lines: list[Line] = []
    async with house(how) as standing:
        for row in rows:
            if not isinstance(row, Figures):
                await standing.rest()
            line = await _line(row, standing, run)
            lines.append(line)
            results.write(line)
            print(f"{line.name}: {line.error or 'measured'}", file=sys.stderr)
    calibrations = [line.calibration_ms for line in lines if line.calibration_ms is not None]
    if calibrations:
        spread = {"fastest_ms": min(calibrations), "slowest_ms": max(calibrations)}
        lines.append(_new("calibration", run, figures={"median_ms": round(median(calibrations), 1), **spread}))
        results.write(lines[-1])
    return lines


def _new(name: str, run: str, **members: Any) -> Line:
    return Line(name=name, at=datetime.now(UTC).isoformat(timespec="seconds"), run=run, **members)


async def _line(row: Row | Figures, standing: House, run: str) -> Line:
    versions = machine.versions(standing.version)
    try:
        members = await (_figures(row, standing) if isinstance(row, Figures) else _measured(row, standing))
    except* RefusedError as failed:
        members = {"error": "; ".join(sorted({str(each) for each in _leaves(failed)})[:3])}
    return _new(row.name, run, versions=versions, **members)


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    found: list[BaseException] = []
    for each in group.exceptions:
        found += _leaves(each) if isinstance(each, BaseExceptionGroup) else [each]
    return found


async def _measured(row: Row, standing: House) -> dict[str, Any]:
    ours: list[Sample] = []
    floors: list[Sample] = []
    calibrations: list[float] = []
    async with row.ready(standing) as sides:
        for _ in range(standing.how.rounds):
            calibrations.append(machine.calibration_seconds())
            ours.append(await sides.ours())
            if sides.floor is not None:
                floors.append(await sides.floor())
        return {
            **results.figures(ours, floors),
            "clients": sides.clients,
            "floor": sides.says,
            "goal": row.goal,
            "rounds": standing.how.rounds,
            "seconds": sides.seconds,
            "calibration_ms": round(median(calibrations) * 1000, 1),
            "data": dict(sides.data),
        }


async def _figures(row: Figures, standing: House) -> dict[str, Any]:
    rounds: list[Mapping[str, Any]] = []
    calibrations: list[float] = []
    for _ in range(standing.how.rounds):
        calibrations.append(machine.calibration_seconds())
        rounds.append(await row.measure(standing))
    return {
        "figures": {
            name: round(median([each[name] for each in rounds]), 3) if isinstance(value, int | float) else value
            for name, value in rounds[-1].items()
        },
        "rounds": standing.how.rounds,
        "calibration_ms": round(median(calibrations) * 1000, 1),
        "data": dict(standing.world.sizes),
    }


if __name__ == "__main__":
    sys.exit(main())
