"""Codes on articles: SKUs of our own making, barcodes with their check digit."""

from commerce.kernel.ids import document_number

GTIN_LENGTHS = frozenset({8, 12, 13, 14})
GTIN_DIGITS = 14
_WEIGHTED = {digit: 3 * int(digit) for digit in "0123456789"}


def new_sku() -> str:
    """Gives a SKU for a variant that came without one; it is made once and stays."""
    return document_number("SKU")


def is_gtin(barcode: str) -> bool:
    """Says whether a barcode has the form of a GTIN: 8, 12, 13 or 14 digits (GS1 General Specifications, section 7.9)."""
    return len(barcode) in GTIN_LENGTHS and barcode.isascii() and barcode.isdigit()


def check_digit_holds(barcode: str) -> bool:
    """Says whether the last digit of a GTIN is the right one; any other code has no such digit, and holds."""
    if not is_gtin(barcode):
        return True
    return (sum(map(_WEIGHTED.__getitem__, barcode[-2::-2])) + sum(map(int, barcode[-1::-2]))) % 10 == 0


def barcode_key(barcode: str) -> str:
    """Gives what a barcode is looked up by: a GTIN with leading zeros to 14 digits, so that a UPC read as an EAN is found; else upper case."""
    code = barcode.strip()
    return code.zfill(GTIN_DIGITS) if is_gtin(code) else code.upper()
