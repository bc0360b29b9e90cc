"""Codes on articles: SKUs of our own making, barcodes with their check digit."""

import re

from stdnum import ean

from commerce.kernel.ids import document_number

_GTIN = re.compile(r"^(?:\d{8}|\d{12,14})$")
GTIN_DIGITS = 14


def new_sku() -> str:
    """Gives a SKU for a variant that came without one; it is made once and stays."""
    return document_number("SKU")


def is_gtin(barcode: str) -> bool:
    """Says whether a barcode has the form of a GTIN: 8, 12, 13 or 14 digits (GS1 General Specifications, section 7.9)."""
    return _GTIN.match(barcode) is not None


def check_digit_holds(barcode: str) -> bool:
    """Says whether the last digit of a GTIN is the right one; any other code has no such digit, and holds."""
    return not is_gtin(barcode) or ean.calc_check_digit(barcode[:-1]) == barcode[-1]


def barcode_key(barcode: str) -> str:
    """Gives what a barcode is looked up by: a GTIN with leading zeros to 14 digits, so that a UPC read as an EAN is found; else upper case."""
    code = barcode.strip()
    return code.zfill(GTIN_DIGITS) if is_gtin(code) else code.upper()
