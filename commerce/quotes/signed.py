"""A quote's signature: a JSON Web Signature (RFC 7515, compact form) with Ed25519 (RFC 8037) over the quote's document.

Whoever has the public key can check it without asking us, with any JOSE library; what is signed travels with it, so
nothing has to be put into a canonical form again.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from commerce.kernel.signatures import Signer, from_base64, to_base64, verify
from commerce.price_engine import Priced, canonical

ALGORITHM = "EdDSA"
TYPE = "quote+jws"
Flaw = Literal["malformed", "unknown_key", "signature", "expired", "figures"]


class Header(Struct, frozen=True, kw_only=True):
    """The protected header."""

    alg: str
    kid: str
    typ: str


class _Writing(Struct, frozen=True, kw_only=True):
    """The document as it is written: `basket` is the price engine's canonical bytes, the trace left out."""

    id: UUID
    channel_id: UUID
    country: str
    iat: int
    exp: int
    basket: msgspec.Raw


class QuoteDocument(Struct, frozen=True, kw_only=True):
    """What is signed: which quote, for which channel and country, its price, from when until when (seconds since 1970)."""

    id: UUID
    channel_id: UUID
    country: str
    iat: int
    exp: int
    basket: Priced

    @property
    def created_at(self) -> datetime:
        """When it was quoted."""
        return datetime.fromtimestamp(self.iat, UTC)

    @property
    def expires_at(self) -> datetime:
        """Up to when, not at, it holds."""
        return datetime.fromtimestamp(self.exp, UTC)


_encode: Callable[[object], bytes] = msgspec.json.Encoder().encode
_document = msgspec.json.Decoder(QuoteDocument)
_header = msgspec.json.Decoder(Header)


def write_document(
    *, quote_id: UUID, channel_id: UUID, country: str, at: datetime, expires_at: datetime, priced: Priced
) -> bytes:
    """Gives the bytes of a quote's document; the same quote gives the same bytes, whatever the order of its lines."""
    return _encode(
        _Writing(
            id=quote_id,
            channel_id=channel_id,
            country=country,
            iat=int(at.timestamp()),
            exp=int(expires_at.timestamp()),
            basket=msgspec.Raw(canonical(msgspec.structs.replace(priced, trace=()))),
        )
    )


def read_document(document: bytes) -> QuoteDocument:
    """Reads a document back; raises msgspec's errors for anything else."""
    return _document.decode(document)


@lru_cache(maxsize=16)
def _protected(key_id: str) -> str:
    return to_base64(_encode(Header(alg=ALGORITHM, kid=key_id, typ=TYPE)))


def _message(key_id: str, document: bytes) -> str:
    return f"{_protected(key_id)}.{to_base64(document)}"


def sign(signer: Signer, document: bytes) -> tuple[bytes, str]:
    """Gives the 64 bytes of the signature over a document, and header, document and signature as one string."""
    message = _message(signer.key_id, document)
    signature = signer.sign(message.encode())
    return signature, f"{message}.{to_base64(signature)}"


def compact(key_id: str, document: bytes, signature: bytes) -> str:
    """Gives a quote that was signed before as one string again."""
    return f"{_message(key_id, document)}.{to_base64(signature)}"


def key_named(text: str) -> str | None:
    """Gives the id of the key that a signed quote names, or None when the text is no signed quote."""
    try:
        header = _header.decode(from_base64(text.partition(".")[0]))
    except (ValueError, msgspec.MsgspecError):
        return None
    return header.kid if (header.alg, header.typ) == (ALGORITHM, TYPE) else None


def open_signed(text: str, *, public_key: bytes | None, at: datetime) -> tuple[QuoteDocument | None, Flaw | None]:
    """Gives the document of a quote that we signed, and what is wrong with it: nothing, or that it has expired at this instant.

    `public_key` is that of the key that `key_named` gave, None when there is no such key. Without a document, the flaw says
    why there is none. The algorithm is fixed: a header that names another one is not looked at further.
    """
    if key_named(text) is None:
        return None, "malformed"
    if public_key is None:
        return None, "unknown_key"
    try:
        protected, payload, signature = text.split(".")
        document, raw_signature = from_base64(payload), from_base64(signature)
    except ValueError:
        return None, "malformed"
    if not verify(public_key, f"{protected}.{payload}".encode(), raw_signature):
        return None, "signature"
    found = read_document(document)
    return found, None if at < found.expires_at else "expired"
