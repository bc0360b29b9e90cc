"""The file's invoices as movements of stock, by the rule of docs/decisions/0091-a-years-invoices-as-stock-history.md.

Nothing is left out silently: lines that move no goods are counted by the reason why.
"""

import csv
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "online-retail" / "online-retail.csv.xz"
TWIN = Path(__file__).parent / "twin.csv"
STORES = 20
WAREHOUSE = "warehouse"
HOME = "United Kingdom"
NO_GOODS = re.compile(r"POST|DOT|M|C2|D|S|BANK CHARGES|AMAZONFEE|CRUK|B|PADS|GIFT_0001_\d\d")

Line = tuple[str, int]


@dataclass
class Invoice:
    """One invoice: where it belongs, and what it takes back, sells and writes off there, by article."""

    number: str
    place: str
    returned: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sold: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    written_off: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass
class History:
    """What a file says: invoices in the order of their first lines, its articles, and how many lines moved nothing, by why."""

    invoices: list[Invoice]
    articles: list[str]
    lines: int
    skipped: Mapping[str, int]

    def opening(self) -> dict[tuple[str, str], int]:
        """Gives the least units for each place and article with which no shelf is ever asked for more than it has."""
        now: dict[tuple[str, str], int] = defaultdict(int)
        least: dict[tuple[str, str], int] = defaultdict(int)
        for invoice in self.invoices:
            for sign, units in ((1, invoice.returned), (-1, invoice.sold), (-1, invoice.written_off)):
                for article, quantity in units.items():
                    at = (invoice.place, article)
                    now[at] += sign * quantity
                    least[at] = min(least[at], now[at])
        return {at: -units for at, units in least.items() if units < 0}


def place_of(number: str, customer: str, country: str) -> str:
    """Gives the place that an invoice belongs to: abroad goes from the warehouse, everybody else has a store."""
    if country != HOME:
        return WAREHOUSE
    who = int(float(customer)) if customer else int(re.sub(r"\D", "", number))
    return f"store-{who % STORES:02}"


def places() -> list[str]:
    """Gives all places."""
    return [WAREHOUSE, *(f"store-{number:02}" for number in range(STORES))]


def read(path: Path) -> History:
    """Reads a file of the data set's format, packed or not."""
    with _opened(path) as text:
        return _history(csv.DictReader(text))


def _opened(path: Path) -> TextIO:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _history(rows: Iterable[Mapping[str, str]]) -> History:
    invoices: dict[str, Invoice] = {}
    articles: dict[str, None] = {}
    skipped: Counter[str] = Counter()
    lines = 0
    for row in rows:
        lines += 1
        number, article, quantity = row["InvoiceNo"], row["StockCode"].strip().upper(), int(row["Quantity"])
        if NO_GOODS.fullmatch(article):
            skipped["no goods: postage, fees, discounts, vouchers"] += 1
        elif quantity == 0:
            skipped["no units"] += 1
        else:
            place = place_of(number, row["CustomerID"], row["Country"])
            invoice = invoices.setdefault(number, Invoice(number, place))
            articles.setdefault(article)
            if quantity > 0:
                invoice.sold[article] += quantity
            elif number.startswith("C"):
                invoice.returned[article] -= quantity
            else:
                invoice.written_off[article] -= quantity
    return History(list(invoices.values()), list(articles), lines, dict(skipped))


def lanes(invoices: Sequence[Invoice]) -> Iterator[list[Invoice]]:
    """Gives the invoices of each place, in their order; places do not know each other, so lanes can run side by side."""
    found: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in invoices:
        found[invoice.place].append(invoice)
    yield from sorted(found.values(), key=len, reverse=True)
