"""What media are made of: what was seen in some bytes, the files that were made of them."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from commerce.kernel.wire import Text3

Kind = Literal["image", "document"]

WIDTHS = (160, 480, 960, 1_920)
FULL_SIDE = 2_560  # the longer side of the largest rendition
MOST_PIXELS = 50_000_000  # the largest phone cameras; decoded one at a time, at 4 bytes each
MOST_SIDE = 16_000
MOST_PER_PRODUCT = 250
KEEP_UNATTACHED_SECONDS = 24 * 3_600


class State(StrEnum):
    """How far a medium is: `leaving` is one whose bytes are being deleted."""

    WAITING = "waiting"
    READY = "ready"
    REFUSED = "refused"
    LEAVING = "leaving"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What some bytes are, by their content; width and height in pixels as they are stored, None for documents."""

    kind: Kind
    mime: str
    width: int | None = None
    height: int | None = None


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """A file made of a medium. `name` is the last part of its address; `full.*` is the largest, `480.webp` is at most 480 pixels wide."""

    name: str
    mime: str
    bytes: int
    width: int | None = None
    height: int | None = None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A rendition with its bytes."""

    rendition: Rendition
    content: bytes


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a product shows in one place of its list: a medium (`media_id`, with what is known of it) or a picture elsewhere (`url`)."""

    id: UUID
    product_id: UUID
    variant_id: UUID | None
    media_id: UUID | None
    url: str | None
    alt: Text3
    position: int
    sha256: str | None = None
    state: State | None = None
    kind: Kind = "image"
    file_name: str | None = None
    media_url: str | None = None
    renditions: list[Rendition] | None = None

    @property
    def address(self) -> str | None:
        """Where the picture or document is; None while it is not there to be seen."""
        return self.url or self.media_url


def base_of(url: str) -> str:
    """Gives the part of a medium's address that its renditions share, with the slash at its end."""
    return url.rpartition("/")[0] + "/"
