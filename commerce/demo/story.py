"""How the demo tells what happens: chapters, sentences, small tables. Plain text where there is no terminal."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from commerce.kernel.money import Money, format_money


class Story:
    """Prints."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._chapter = 0

    def chapter(self, title: str) -> None:
        """Begins a chapter."""
        self._chapter += 1
        self.console.print()
        self.console.print(f"[bold]{self._chapter}. {title}[/bold]")

    def say(self, sentence: str) -> None:
        """Says one thing that happened."""
        self.console.print(f"   {sentence}", soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        """Shows rows; the columns numbered in `right` are aligned to the right."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for number, name in enumerate(columns):
            table.add_column(name, justify="right" if number in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print(table, no_wrap=False)


def money(wire: dict[str, object]) -> str:
    """Gives an amount for people."""
    return format_money(Money(int(str(wire["amount"])), str(wire["currency"])), "en")


def moment(instant: str | None, zone: str) -> str:
    """Gives an instant as a store's wall time, with its zone."""
    if instant is None:
        return "not yet known"
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))
    return f"{local:%a %d %b, %H:%M} ({zone})"
