"""Barcodes as they are told apart and looked up, the same by a server and by a till without a network."""

from typing import Final

GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})
GTIN_DIGITS: Final = 14


def is_gtin(barcode: str) -> bool:
    """Says whether a barcode has the form of a GTIN: 8, 12, 13 or 14 digits (GS1 General Specifications, section 7.9)."""
    return len(barcode) in GTIN_LENGTHS and barcode.isascii() and barcode.isdigit()


def barcode_key(barcode: str) -> str:
    """Gives what a barcode is looked up by: a GTIN with leading zeros to 14 digits, so that a UPC read as an EAN is found; else upper case."""
    code = barcode.strip()
    return code.zfill(GTIN_DIGITS) if is_gtin(code) else code.upper()
