"""The built-in renderer: a label of 100 x 150 mm as SVG, with a QR code of the package's number. It sends nothing and knows no carrier."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID
from xml.sax.saxutils import escape

from commerce.fulfilment.codes import qr_path
from commerce.fulfilment.ports import Labelled, Labeller, Outcome, Parcel

MEDIA_TYPE: Final = "image/svg+xml"
CODE_MM = 46
LINE_LENGTH = 44
GRAMS = 1_000


class SvgLabels:
    """Draws labels; the same parcel gives the same bytes."""

    name = "built_in"

    async def label(self, parcel: Parcel) -> Outcome:
        """Draws the label; it never refuses."""
        return Labelled(media_type=MEDIA_TYPE, document=_drawn(parcel).encode())

    async def void(self, label_id: UUID) -> None:
        """Nobody else knows of these labels."""


BUILT_IN: Final[Labeller] = SvgLabels()


def _drawn(parcel: Parcel) -> str:
    path, width = qr_path(parcel.number)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="150mm" viewBox="0 0 100 150" font-family="sans-serif">',
        '<rect width="100" height="150" fill="#fff"/>',
        *_lines(parcel.origin, y=8, size=3),
        *_lines(parcel.to, y=36, size=5),
        *_lines(_collected(parcel), y=36, size=9),
        f'<svg x="4" y="84" width="{CODE_MM}" height="{CODE_MM}" viewBox="0 0 {width} {width}"><path d="{path}"/></svg>',
        *_lines([parcel.number], y=138, size=6),
        *_lines([f"{parcel.nth}/{parcel.count}"], y=94, size=9, x=56),
        *_lines(_weight(parcel), y=104, size=5, x=56),
        *_lines([parcel.order_number], y=112, size=4, x=56),
        "</svg>",
    ]
    return "".join(parts)


def _collected(parcel: Parcel) -> list[str]:
    """What a label on the shelf says: the order and the code, no name."""
    return [] if parcel.to else [parcel.order_number, *([parcel.pickup_code] if parcel.pickup_code else [])]


def _weight(parcel: Parcel) -> list[str]:
    if parcel.weight_grams is None:
        return []
    whole, rest = divmod(parcel.weight_grams, GRAMS)
    return [f"{whole}.{rest:03d} kg"]


def _lines(texts: Iterable[str], *, y: int, size: int, x: int = 4) -> list[str]:
    return [
        f'<text x="{x}" y="{y + nth * (size + 2)}" font-size="{size}">{escape(text[:LINE_LENGTH])}</text>'
        for nth, text in enumerate(texts)
    ]
