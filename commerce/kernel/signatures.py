"""Ed25519 signatures (RFC 8032) over bytes: for quotes, tokens and whatever else leaves the house and comes back."""

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


class Signer:
    """A private key with its id; signs bytes."""

    def __init__(self, key_id: str, private_key: bytes) -> None:
        self.key_id = key_id
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)

    def sign(self, message: bytes) -> bytes:
        """Gives the 64 bytes of the signature."""
        return self._key.sign(message)

    @property
    def public_key(self) -> bytes:
        """The 32 raw bytes that a verifier needs."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def new_private_key() -> bytes:
    """Gives the 32 raw bytes of a new private key."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Says whether the signature over the message was made with the key's private half."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def to_base64(raw: bytes) -> str:
    """Encodes bytes for URLs and JSON: base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """Decodes base64url without padding; raises ValueError for anything else."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def digest(secret: str) -> bytes:
    """Gives the SHA-256 of a long random secret, which is what the database keeps of it. Passwords take argon2 instead."""
    return hashlib.sha256(secret.encode()).digest()
