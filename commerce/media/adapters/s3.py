"""Media in a bucket of an S3-compatible store, by obstore (the Rust library object_store): it signs, sends, waits and tries again.

Each request ends within half a minute; reads and writes of whole files are tried three times more within a minute. Objects carry
`Cache-Control: immutable` and their type, so that a bucket that anybody may read, or a CDN before it, serves them as they are. Keys begin with
`media/`, so that the bucket may hold other things.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from commerce.media.errors import MediaStoreAway
from commerce.media.ports import IMMUTABLE, Kept

PREFIX: Final = "media/"
REQUEST_SECONDS: Final = 30
CONNECT_SECONDS: Final = 5
RETRIES: Final = 3
RETRY_SECONDS: Final = 60
FAULTS: Final = (BaseError, OSError, ValueError)


class S3Store:
    """`<bucket>/media/<sha256>/480.webp`."""

    def __init__(self, *, bucket: str, endpoint: str, region: str, key_id: str, secret: str, url: str) -> None:
        self._url = url
        self._bucket = Bucket(
            bucket,
            endpoint=endpoint,
            region=region,
            access_key_id=key_id,
            secret_access_key=secret,
            virtual_hosted_style_request=False,
            disable_bulk_delete=True,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "timeout": timedelta(seconds=REQUEST_SECONDS),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
        )

    async def put(self, key: str, content: bytes, *, mime: str) -> None:
        """Keeps a file with its type; an object appears whole or not at all."""
        try:
            await obstore.put_async(
                self._bucket,
                PREFIX + key,
                content,
                attributes={"Content-Type": mime, "Cache-Control": IMMUTABLE},
                use_multipart=False,
            )
        except FAULTS as away:
            raise _away(away) from None

    async def get(self, key: str) -> bytes | None:
        """Gives a file; None where there is none."""
        try:
            found = await obstore.get_async(self._bucket, PREFIX + key)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None
        except FAULTS as away:
            raise _away(away) from None

    async def delete(self, keys: Sequence[str]) -> None:
        """Deletes files; S3 answers the same where there was none."""
        try:
            for key in keys:
                await obstore.delete_async(self._bucket, PREFIX + key)
        except FileNotFoundError:
            return
        except FAULTS as away:
            raise _away(away) from None

    async def listed(self, *, after: str, most: int) -> list[Kept]:
        """Gives files in the order of their keys."""
        found: list[Kept] = []
        offset = PREFIX + after if after else None
        try:
            async for page in obstore.list(self._bucket, PREFIX, offset=offset, chunk_size=most):
                found += [Kept(key=each["path"].removeprefix(PREFIX), at=each["last_modified"]) for each in page]
                if len(found) >= most:
                    break
        except FAULTS as away:
            raise _away(away) from None
        return found[:most]

    def url(self, key: str) -> str:
        """Gives the address of a file."""
        return f"{self._url}/{key}"


def _away(fault: Exception) -> MediaStoreAway:
    """Gives what is told of a fault: its kind. The library's own text names addresses and requests, which belong into no answer."""
    return MediaStoreAway(f"The store of media did not take the request ({type(fault).__name__}).")
