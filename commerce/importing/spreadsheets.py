"""What spreadsheets make of cells when they save a file, as far as it can be taken back, and told where it cannot."""

import re
from typing import Final

# Excel writes truth in the language of its user: Spanish, Catalan, English.
_TRUE: Final = frozenset({"true", "verdadero", "cert"})
_FALSE: Final = frozenset({"false", "falso", "fals"})
_COMMA: Final = re.compile(r"\d{1,15},\d{1,2}", re.ASCII)  # three digits behind it may be a group of thousands
# Numbers of twelve digits and more are shown so, and saved as they are shown.
_SHORTENED: Final = re.compile(r"\d(?:[.,]\d+)?E\+(?:1[1-9]|[2-9]\d)", re.IGNORECASE | re.ASCII)
_FRACTION: Final = re.compile(r"\d{7,}[.,]0+", re.ASCII)
_KEPT: Final = re.compile(r'="(?P<text>[^"]*)"')


def amount(cell: str) -> str:
    """Gives an amount with a point where its decimals, one or two, stand behind a comma; any other cell as it is."""
    return cell.replace(",", ".") if _COMMA.fullmatch(cell) else cell


def truth(cell: str) -> bool | None:
    """Gives what a cell says to be true or false; None where it says neither."""
    said = cell.casefold()
    return True if said in _TRUE else False if said in _FALSE else None


def as_text(cell: str) -> str:
    """Gives the text of a cell such as `="00123"`, which keeps a spreadsheet from making a number of it; any other cell as it is."""
    kept = _KEPT.fullmatch(cell) if cell.startswith("=") else None
    return kept["text"] if kept else cell


def spoilt(code: str) -> str | None:
    """Says what became of a code that was taken for a number, such as 8.41E+12; None where it is whole."""
    if _SHORTENED.fullmatch(code):
        return f"{code} was shortened by a spreadsheet; format the column as text"
    if _FRACTION.fullmatch(code):
        return f"{code} was made a number by a spreadsheet; format the column as text"
    return None
