"""The verdict of the audit, for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from commerce.platform.audit import Finding

MEANINGS = {
    "G1": "money is conserved",
    "G2": "order arithmetic",
    "G3": "discounts are conserved",
    "G4": "refunds are additive",
    "G5": "stock ledger",
    "G6": "one availability, no oversell",
    "G7": "reservations and quantities",
    "G8": "exactly one effect",
    "G9": "bounded value",
    "G10": "legal states",
    "G11": "all or nothing, and recovery",
    "G12": "the server decides",
    "G13": "snapshots",
    "G14": "isolation",
    "G15": "time",
    "G16": "identity",
    "G17": "events",
}


def print_findings(findings: "Sequence[Finding]", console: "Console | None" = None) -> None:
    """Prints one line for each promise, then the offending rows of what is broken."""
    from rich.console import Console
    from rich.table import Table

    console = console or Console(highlight=False)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("promise", "", "checks", "verdict"):
        table.add_column(name)
    for code in dict.fromkeys(finding.code for finding in findings):
        of_code = [finding for finding in findings if finding.code == code]
        broken = sum(finding.rows for finding in of_code)
        verdict = f"[red]{broken} rows[/red]" if broken else "[green]holds[/green]"
        table.add_row(code, MEANINGS.get(code, ""), str(len(of_code)), verdict)
    console.print(table)
    for finding in findings:
        if finding.rows:
            console.print(f"[red]{finding.code} {finding.name}[/red]: {finding.rows} rows")
            for row in finding.shown:
                console.print("   " + ", ".join(f"{name}={value}" for name, value in row.items()), markup=False)
    broken = sum(1 for finding in findings if finding.rows)
    console.print(f"{len(findings)} checks, {f'[red]{broken} of them broken[/red]' if broken else 'all hold'}.")
