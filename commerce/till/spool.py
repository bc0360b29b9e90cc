"""A document that is written once, to a file of the system's temporary folder, and sent any number of times: memory does not grow with it.

It is kept compressed. The file has no name: it is gone when nobody holds it any more, however the process ends.
"""

import asyncio
import hashlib
import os
import zlib
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any, Final
from weakref import finalize

from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

GZIP_WINDOW: Final = 31
LEVEL: Final = 1
"""Bundles become six times smaller; the usual level would make it seven, for two and a half times the work."""
CHUNK: Final = 256 * 1024


class Spool:
    """Takes bytes in, compresses them away from the event loop, and gives them back in pieces."""

    def __init__(self) -> None:
        with TemporaryFile() as file:
            self._file = os.dup(file.fileno())
        finalize(self, os.close, self._file)  # whoever sends it holds it; the last one closes it
        self._press = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_WINDOW)
        self._digest = hashlib.sha256()
        self.plain_bytes = self.packed_bytes = 0

    async def write(self, data: bytes) -> None:
        """Adds bytes to the document."""
        self.plain_bytes += len(data)
        await asyncio.to_thread(self._write, data)

    async def end(self) -> None:
        """Ends the document; nothing is added after it."""
        await asyncio.to_thread(self._end)

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the document, uncompressed."""
        return self._digest.digest()

    def packed(self) -> Iterator[bytes]:
        """Gives the document, compressed, in pieces; any number of readers may do so at once."""
        at = 0
        while piece := os.pread(self._file, CHUNK, at):
            at += len(piece)
            yield piece

    def plain(self) -> Iterator[bytes]:
        """Gives the document in pieces."""
        unpack = zlib.decompressobj(GZIP_WINDOW)
        for piece in self.packed():
            rest = piece
            while rest:
                yield unpack.decompress(rest, CHUNK)
                rest = unpack.unconsumed_tail
        yield unpack.flush()

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._keep(self._press.compress(data))

    def _end(self) -> None:
        self._keep(self._press.flush())

    def _keep(self, packed: bytes) -> None:
        self.packed_bytes += len(packed)
        rest = memoryview(packed)
        while rest:
            rest = rest[os.write(self._file, rest) :]


class _Sending(ASGIResponse):
    """Sends a spool piece by piece, as fast as the client takes them; holds nothing but the file."""

    __slots__ = ("_headers", "_spool", "_zipped")

    def __init__(self, spool: Spool, headers: dict[str, str], *, zipped: bool) -> None:
        self._spool, self._headers, self._zipped = spool, headers, zipped

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        size = self._spool.packed_bytes if self._zipped else self._spool.plain_bytes
        headers = {"content-type": "application/json", **self._headers, "content-length": str(size)}
        if self._zipped:
            headers["content-encoding"] = "gzip"
        listed = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        start: Any = {"type": "http.response.start", "status": 200, "headers": listed}
        await send(start)
        for piece in self._spool.packed() if self._zipped else self._spool.plain():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Spooled(Response[Any]):
    """An answer that is a spool; `zipped` for clients that take gzip."""

    __slots__ = ("_spool", "_zipped")

    def __init__(self, spool: Spool, headers: dict[str, str], *, zipped: bool) -> None:
        self.content, self.headers, self.status_code = b"", headers, 200
        self._spool, self._zipped = spool, zipped

    def to_asgi_response(self, *_: object, **__: object) -> ASGIResponse:
        """Gives what is sent."""
        return _Sending(self._spool, self.headers, zipped=self._zipped)


def takes_gzip(accept_encoding: str | None) -> bool:
    """Says whether a client takes gzip (RFC 9110, section 12.5.3)."""
    for part in (accept_encoding or "")[:200].split(","):
        name, _, parameters = part.partition(";")
        if name.strip().lower() in {"gzip", "x-gzip", "*"}:
            return parameters.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
