"""Invariants as statements that must return nothing; `commerce audit` runs them on the database as it is."""

from collections.abc import Iterable
from typing import Any

import msgspec

from commerce.platform.database import Reading
from commerce.platform.statement import Statement

SHOWN = 20


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One invariant: the code of the promise that it proves (G1 … G18), a name, and a statement of the offending rows."""

    code: str
    name: str
    statement: Statement[Any]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found: the number of offending rows, and the first twenty as text."""

    code: str
    name: str
    rows: int
    shown: list[dict[str, str]]


async def run_checks(reading: Reading, checks: Iterable[Check]) -> list[Finding]:
    """Runs each check and gives one finding for each, in the order given; `rows` is 0 where the invariant holds."""
    findings = []
    for check in checks:
        rows = await reading.fetch(check.statement)
        shown = [{name: str(value) for name, value in row.items()} for row in rows[:SHOWN]]
        findings.append(Finding(code=check.code, name=check.name, rows=len(rows), shown=shown))
    return findings
