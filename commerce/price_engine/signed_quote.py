"""A signed quote, opened by whoever has the public key: a JSON Web Signature (RFC 7515, compact form) with Ed25519 (RFC 8037)."""

from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from commerce.kernel.signatures import from_base64, verify
from commerce.price_engine.priced import Priced

ALGORITHM: Final = "EdDSA"
TYPE: Final = "quote+jws"
Flaw = Literal["malformed", "unknown_key", "signature", "expired", "figures"]


class Header(Struct, frozen=True, kw_only=True):
    """The protected header."""

    alg: str
    kid: str
    typ: str


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


_document: Final = msgspec.json.Decoder(QuoteDocument)
_header: Final = msgspec.json.Decoder(Header)


def read_document(document: bytes) -> QuoteDocument:
    """Reads a document back; raises msgspec's errors for anything else."""
    return _document.decode(document)


def key_named(text: str) -> str | None:
    """Gives the id of the key that a signed quote names, or None when the text is no signed quote."""
    try:
        header = _header.decode(from_base64(text.partition(".")[0]))
    except (ValueError, msgspec.MsgspecError):
        return None
    return header.kid if (header.alg, header.typ) == (ALGORITHM, TYPE) else None


def open_signed(text: str, *, public_key: bytes | None, at: datetime) -> tuple[QuoteDocument | None, Flaw | None]:
    """Gives the document of a quote that the key's holder signed, and what is wrong with it: nothing, or that it has expired at this instant.

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
