"""QR codes (ISO/IEC 18004) as SVG: what is scanned at a counter, on a label, on a phone."""

import segno

QUIET = 4
"""Modules of white around the symbol, as the standard demands."""


def qr_path(text: str) -> tuple[str, int]:
    """Gives a text's symbol as the data of an SVG path, one unit for each module, and how many units wide it is with its quiet zone."""
    symbol = segno.make_qr(text, error="m")
    rows = [
        "".join(f"M{x + QUIET} {y + QUIET}h1v1h-1z" for x, dark in enumerate(row) if dark)
        for y, row in enumerate(symbol.matrix)
    ]
    return "".join(rows), len(symbol.matrix) + 2 * QUIET


def qr_svg(text: str) -> str:
    """Gives a text's symbol as an SVG document that scales."""
    path, width = qr_path(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}">'
        f'<rect width="{width}" height="{width}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    )


def pass_text(order_number: str, code: str) -> str:
    """Gives what a pickup pass says to a scanner."""
    return f"{order_number}/{code}"


def read_pass(text: str) -> tuple[str, str] | None:
    """Gives the order's number and the code that a scanned pass says, or None where it is none."""
    number, _, code = text.strip().partition("/")
    return (number.upper(), code.upper()) if number and code else None
