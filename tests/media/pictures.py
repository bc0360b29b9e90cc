"""Pictures and documents for tests, drawn on the spot."""

import struct
import zlib
from io import BytesIO

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
SECRET = b"the photographer's own words"
ORIENTATION, GPS, ARTIST = 0x0112, 0x8825, 0x013B


def drawn(width: int = 40, height: int = 20, *, mode: str = "RGB", shade: int = 120) -> Image.Image:
    """A picture whose left half is red and whose right half is of a shade of blue."""
    picture = Image.new(mode, (width, height), (0, 0, shade, 255)[: len(mode)] if len(mode) > 1 else shade)
    if len(mode) > 1:
        picture.paste((200, 0, 0, 255)[: len(mode)], (0, 0, width // 2, height))
    return picture


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    """A picture as a file."""
    out = BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def jpeg(width: int = 40, height: int = 20, *, shade: int = 120) -> bytes:
    """A photo."""
    return saved(drawn(width, height, shade=shade), "JPEG", quality=95)


def telling(width: int = 40, height: int = 20, *, orientation: int = 6) -> bytes:
    """A photo that tells where it was taken, by whom, and that the camera was turned: width and height are as they are stored."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[ARTIST] = SECRET.decode()
    exif[GPS] = {1: "N", 2: (41.0, 24.0, 0.0), 3: "E", 4: (2.0, 10.0, 0.0)}
    return saved(drawn(width, height), "JPEG", quality=95, exif=exif, comment=SECRET)


def moving(kind: str, frames: int = 3) -> bytes:
    """A picture that moves."""
    first, *more = (drawn(16, 16, shade=80 * nth) for nth in range(frames))
    return saved(first, kind, save_all=True, append_images=more, duration=40)


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it has so many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(b"\0" * 1_000))
        + _chunk(b"IEND", b"")
    )


def swelling(inflated: int = 80_000_000) -> bytes:
    """A small PNG with a comment that would be 80 MB."""
    comment = b"Comment\0\0" + zlib.compress(bytes(inflated), 9)
    whole = saved(drawn(), "PNG")
    return whole[:33] + _chunk(b"zTXt", comment) + whole[33:]


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
