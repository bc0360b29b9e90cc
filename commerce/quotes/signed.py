"""A quote's signature: a JSON Web Signature (RFC 7515, compact form) with Ed25519 (RFC 8037) over the quote's document.

Whoever has the public key can check it without asking us, with any JOSE library; what is signed travels with it, so
nothing has to be put into a canonical form again. Opening one is the engine's (`price_engine.open_signed`), which a till has too.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec
from msgspec import Struct

from commerce.kernel.signatures import Signer, to_base64
from commerce.price_engine import Flaw, Priced, QuoteDocument, canonical, key_named, open_signed, read_document


class _Writing(Struct, frozen=True, kw_only=True):
    """The document as it is written: `basket` is the price engine's canonical bytes, the trace left out."""

    id: UUID
    channel_id: UUID
    country: str
    iat: int
    exp: int
    basket: msgspec.Raw


_encode: Callable[[object], bytes] = msgspec.json.Encoder().encode


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


@lru_cache(maxsize=16)
def _protected(key_id: str) -> str:
    return to_base64(_encode({"alg": "EdDSA", "kid": key_id, "typ": "quote+jws"}))


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


__all__ = [
    "Flaw",
    "QuoteDocument",
    "compact",
    "key_named",
    "open_signed",
    "read_document",
    "sign",
    "write_document",
]
