"""What some bytes are, by their content alone: names and declared types are not believed. Reads no pixels.

Taken are JPEG, PNG, WebP and GIF that stand still, and PDF documents. SVG is a program that draws (scripts, outside references) and is not
taken; nor is anything else. Pictures are drawn anew afterwards (`render`), so that nothing that rides along survives; documents are kept as
they came, and so they are looked at more closely.
"""

import re
import struct
import zlib
from io import BytesIO
from typing import Final

from PIL import Image, ImageFile

from commerce.media.errors import MediaRefused
from commerce.media.facts import MOST_PIXELS, MOST_SIDE, Seen

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
MIMES: Final = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
PDF: Final = "application/pdf"
TAIL: Final = 66_000  # a ZIP's directory ends within so many bytes of the end
# What readers of PDF run when the document is opened. In compressed objects it is not seen: documents are handed out as downloads.
ACTIVE: Final = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")
_PDF_HEAD: Final = re.compile(rb"%PDF-[12]\.\d")
# What the decoders of damaged or hostile pictures raise.
BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


def look(content: bytes) -> Seen:
    """Says what some bytes are; refuses with MediaRefused what is not taken, saying why."""
    return _document(content) if content.startswith(b"%PDF-") else _picture(content)


def opened(content: bytes) -> ImageFile.ImageFile:
    """Gives a picture, its pixels not read yet; refuses with MediaRefused."""
    try:
        return Image.open(BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except BROKEN:
        raise MediaRefused(
            "Send a picture as JPEG, PNG, WebP or GIF that stands still, or a document as PDF; SVG and everything else is not taken."
        ) from None


def _picture(content: bytes) -> Seen:
    with opened(content) as image:
        width, height = image.size
        if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
            raise _too_many_pixels()
        try:
            # The second picture in a phone's JPEG is its preview; the first one is the photo.
            moves = image.format != "MPO" and getattr(image, "is_animated", False)
        except BROKEN:
            raise MediaRefused("The picture is damaged.") from None
        if moves:
            raise MediaRefused("The picture moves: send one that stands still.")
        return Seen(kind="image", mime=MIMES[str(image.format)], width=width, height=height)


def _too_many_pixels() -> MediaRefused:
    return MediaRefused(f"The picture has more than {MOST_PIXELS:,} pixels, or a side of more than {MOST_SIDE:,}.")


def _document(content: bytes) -> Seen:
    if not _PDF_HEAD.match(content) or not content.rstrip(b"\r\n \t\x00").endswith(b"%%EOF"):
        raise MediaRefused("The document is no whole PDF: it must begin with %PDF- and end with %%EOF.")
    if b"PK\x05\x06" in content[-TAIL:]:
        raise MediaRefused("The document is an archive as well.")
    if found := next((each for each in ACTIVE if each in content), None):
        raise MediaRefused(f"The document runs or carries something: {found.decode()}.")
    return Seen(kind="document", mime=PDF)
