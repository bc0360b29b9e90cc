"""What the balances must be: reckoned over the file alone, with nothing of the program and nothing of the replay.

Reads docs/decisions/0091-a-years-invoices-as-stock-history.md and the file, line by line, in plain Python.
"""

import csv
import lzma
import sys
from pathlib import Path

NOT_GOODS = {"POST", "DOT", "M", "C2", "D", "S", "BANK CHARGES", "AMAZONFEE", "CRUK", "B", "PADS"}


def reckon(path: Path) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int], dict[str, int]]:
    """Gives by place and article what must be there at the end and what must be there at first, and the units of each kind of line."""
    steps: dict[tuple[str, str], list[tuple[int, int, int]]] = {}
    kinds = {"sold": 0, "returned": 0, "written_off": 0}
    first_seen: dict[str, int] = {}
    source = lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else open(path, encoding="utf-8")  # noqa: PTH123, SIM115
    with source as text:
        table = csv.reader(text)
        assert next(table)[:4] == ["InvoiceNo", "StockCode", "Description", "Quantity"]
        for invoice, code, _, units, _, _, customer, country in table:
            code = code.strip().upper()  # noqa: PLW2901
            if code in NOT_GOODS or code[:10] == "GIFT_0001_" or int(units) == 0:
                continue
            if country != "United Kingdom":
                place = "warehouse"
            elif customer != "":
                place = "store-" + str(int(customer.split(".")[0]) % 20).zfill(2)
            else:
                place = "store-" + str(int("".join(sign for sign in invoice if sign in "0123456789")) % 20).zfill(2)
            turn = first_seen.setdefault(invoice, len(first_seen))
            if int(units) > 0:
                kind, nth, change = "sold", 1, -int(units)
            elif invoice[0] == "C":
                kind, nth, change = "returned", 0, -int(units)
            else:
                kind, nth, change = "written_off", 2, int(units)
            kinds[kind] += abs(int(units))
            steps.setdefault((place, code), []).append((turn, nth, change))
    opening, closing = {}, {}
    for at, changes in steps.items():
        had, lowest = 0, 0
        for moment in sorted({(turn, nth) for turn, nth, _ in changes}):
            had += sum(change for turn, nth, change in changes if (turn, nth) == moment)
            lowest = min(lowest, had)
        opening[at] = -lowest
        closing[at] = had - lowest
    return opening, closing, kinds


if __name__ == "__main__":
    begin, end, moved = reckon(Path(sys.argv[1]))
    print(sum(begin.values()), sum(end.values()), moved)
