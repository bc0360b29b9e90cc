"""A bundle's version: what it was made of, written small, so that the next asking can be told what moved since.

It is no secret and proves nothing: who makes one up gets a bundle that fits nothing of theirs.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from commerce.kernel.signatures import from_base64, to_base64
from commerce.price_engine import ENGINE_VERSION, BundleDocument

LONGEST: Final = 1_000
FORMAT: Final[int] = next(each.default for each in fields(BundleDocument) if each.name == "format")
"""The form of the document, which the engine that opens it sets."""
HOLDS: Final = timedelta(hours=72)
"""How long a till may go on with a bundle: over a weekend and a holiday without a line."""
FRESH: Final = timedelta(hours=12)
"""A bundle older than this is never told to be unchanged: its end moves on with a delta, be it an empty one."""


SKEW: Final = timedelta(minutes=5)
"""By how much the clocks of two servers may differ: a bundle of one is then not from the future for the other."""


class Version(Struct, frozen=True, array_like=True):
    """For whom and when it was read, up to which position of the event feed, and the digest of each small section, in their order."""

    format: int
    engine: int
    channel_id: UUID
    location_id: UUID
    customers: bool
    at: int
    position: int
    digests: tuple[bytes, ...]

    def text(self) -> str:
        """Gives it as it stands in the document, in the ETag and in `since`: base64url, no padding."""
        return to_base64(msgspec.msgpack.encode(self))

    @property
    def instant(self) -> datetime:
        """When it was read, to the second."""
        return datetime.fromtimestamp(self.at, UTC)

    def is_fresh(self, at: datetime) -> bool:
        """Says whether a bundle of this version may be told to be unchanged at an instant."""
        return -SKEW.total_seconds() <= at.timestamp() - self.at < FRESH.total_seconds()

    def can_be_updated(self, now: "Version") -> bool:
        """Says whether a delta from here to another version makes sense: same shape, same engine, same till, not older than a bundle holds."""
        return (
            (self.format, self.engine, self.channel_id, self.location_id, self.customers)
            == (now.format, now.engine, now.channel_id, now.location_id, now.customers)
            and len(self.digests) == len(now.digests)
            and 0 <= self.position <= now.position
            and -SKEW.total_seconds() <= now.at - self.at < HOLDS.total_seconds()
        )


def version_of(
    *,
    channel_id: UUID,
    location_id: UUID,
    customers: bool,
    at: datetime,
    position: int,
    digests: tuple[bytes, ...],
) -> Version:
    """Gives the version of a bundle that is read now, by this engine in this shape."""
    return Version(FORMAT, ENGINE_VERSION, channel_id, location_id, customers, int(at.timestamp()), position, digests)


def read_version(text: str | None) -> Version | None:
    """Reads a version back; None for what is none."""
    if not text or len(text) > LONGEST:
        return None
    try:
        return msgspec.msgpack.decode(from_base64(text), type=Version)
    except (ValueError, msgspec.MsgspecError):
        return None
