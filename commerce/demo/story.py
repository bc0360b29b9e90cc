"""How the demo tells what happens: chapters, sentences, small tables. Plain text where there is no terminal."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from commerce.kernel.money import Money, format_money

WIDEST = 100
INDENT = (0, 0, 0, 3)


class Story:
    """Prints, at most a hundred columns wide. Whatever comes from a catalogue is shown as it is, never read as markup."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal or self.console.width > WIDEST:
            self.console.width = WIDEST
        self._chapter = 0

    def title(self, text: str) -> None:
        """Says what is going to happen."""
        self.console.print(Text(text, style="bold"))

    def chapter(self, title: str) -> None:
        """Begins a chapter."""
        self._chapter += 1
        self.console.print()
        self.console.print(Text(f"{self._chapter}. {title}", style="bold"))

    def say(self, sentence: str, *, strong: str = "") -> None:
        """Says one thing that happened; `strong` is the part of it to see first."""
        text = Text(sentence)
        if strong:
            text.highlight_words([strong], "bold")
        self.console.print(Padding(text, INDENT, expand=False))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        """Shows rows; the columns numbered in `right` are aligned to the right."""
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        for number, name in enumerate(columns):
            table.add_column(name, justify="right" if number in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self.console.print(Padding(table, INDENT, expand=False))


def money(wire: dict[str, object]) -> str:
    """Gives an amount for people."""
    return format_money(Money(int(str(wire["amount"])), str(wire["currency"])), "en")


def moment(instant: str | None, zone: str) -> str:
    """Gives an instant as a store's wall time, with its zone."""
    if instant is None:
        return "not yet known"
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))
    return f"{local:%a %d %b, %H:%M} ({zone})"


def clock(instant: str, zone: str) -> str:
    """Gives an instant as a store's wall time to the millisecond."""
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"
