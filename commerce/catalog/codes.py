"""Codes on articles: SKUs of our own making, barcodes with their check digit."""

from commerce.kernel.barcodes import barcode_key, is_gtin
from commerce.kernel.ids import document_number

__all__ = ["barcode_key", "check_digit_holds", "is_gtin", "new_sku"]
_WEIGHTED = {digit: 3 * int(digit) for digit in "0123456789"}


def new_sku() -> str:
    """Gives a SKU for a variant that came without one; it is made once and stays."""
    return document_number("SKU")


def check_digit_holds(barcode: str) -> bool:
    """Says whether the last digit of a GTIN is the right one; any other code has no such digit, and holds."""
    if not is_gtin(barcode):
        return True
    return (sum(map(_WEIGHTED.__getitem__, barcode[-2::-2])) + sum(map(int, barcode[-1::-2]))) % 10 == 0
