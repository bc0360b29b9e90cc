"""Where the bytes of media are kept: one interface, whatever is behind it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import msgspec

IMMUTABLE: Final = "public, max-age=31536000, immutable"
SHA256: Final = r"^[0-9a-f]{64}\Z"
FILE_NAME: Final = r"^(full|160|480|960|1920)\.(jpg|png|webp|pdf)\Z"
MOST_FILE_BYTES: Final = 100_000_000
"""No file of media is larger: what is sent is bounded by COMMERCE_MAX_MEDIA_BYTES, what is drawn of it by its pixels."""
KEY: Final = re.compile(r"[0-9a-f]{64}/(?:full|160|480|960|1920)\.(?:jpg|png|webp|pdf)")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the store: its key and when it was written."""

    key: str
    at: datetime


class MediaStore(Protocol):
    """Keeps files under keys such as `<sha256 of what was sent>/480.webp`; what is there under a key never changes.

    What cannot be reached refuses with MediaStoreAway.
    """

    async def put(self, key: str, content: bytes, *, mime: str) -> None:
        """Keeps a file whole or not at all; the same one again changes nothing."""

    async def get(self, key: str) -> bytes | None:
        """Gives a file; None where there is none."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Deletes files; one that is not there is no error."""

    async def listed(self, *, after: str, most: int) -> list[Kept]:
        """Gives up to `most` files in the order of their keys, those after one; also what a broken writing left."""

    def url(self, key: str) -> str:
        """Gives the address at which anybody reads a file."""
