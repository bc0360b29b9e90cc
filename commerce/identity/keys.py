"""The keys that access tokens and documents are signed with: made here, kept encrypted, exchanged by a verb.

A retired key still verifies what it signed until that has expired; a revoked one verifies nothing from the next half second on.
"""

import asyncio
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from sqlalchemy import DateTime, Text, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.identity.revoked import end_key
from commerce.identity.tables import signing_keys
from commerce.kernel import clock
from commerce.kernel.errors import Bug
from commerce.kernel.ids import new_id
from commerce.kernel.signatures import Signer, new_private_key
from commerce.platform.database import Database, Reading, Tx
from commerce.platform.settings import OperatorError, Settings
from commerce.platform.statement import Statement, given

NONCE_BYTES = 12
RELOAD_SECONDS = 60.0
UNKNOWN_KEY_SECONDS = 0.5
# A process may sign with a retired key until it reloads, and what it signed lives for an access token's life.
VERIFIES_AFTER_RETIRING = timedelta(minutes=30)


class _Key(msgspec.Struct, frozen=True):
    id: UUID
    state: str
    public_key: bytes
    sealed_private_key: bytes


_COLUMNS = (
    signing_keys.c.id,
    signing_keys.c.state,
    signing_keys.c.public_key,
    signing_keys.c.sealed_private_key,
)
USABLE = Statement(
    select(*_COLUMNS).where(
        or_(
            signing_keys.c.state == "active",
            (signing_keys.c.state == "retired") & (signing_keys.c.retired_at > given("since", DateTime(timezone=True))),
        )
    ),
    into=_Key,
)
NEW = Statement(insert(signing_keys).on_conflict_do_nothing().returning(signing_keys.c.id))
_ended = update(signing_keys).values(state=given("new_state", Text), retired_at=given("now", DateTime(timezone=True)))
RETIRE = Statement(_ended.where(signing_keys.c.state == "active").returning(signing_keys.c.id))
REVOKE_ALL = Statement(_ended.where(signing_keys.c.state != "revoked").returning(signing_keys.c.id))


async def ensure_signing_key(db: Database, settings: Settings) -> Signer:
    """Gives the active signing key, made where there is none yet; documents are signed with it as well as tokens.

    Raises OperatorError when it was encrypted with another key than the settings name.
    """
    seal = seal_of(settings)
    found = await db.reading.fetch(USABLE, since=_since())
    if not any(key.state == "active" for key in found):
        await db.transact(_make, seal)
    return (await _load(db.reading, seal)).signer


async def rotate_keys(db: Database, settings: Settings, *, revoke: bool = False) -> None:
    """Signs with a new key from now on. `revoke` also ends all that the old ones signed: every access token must be refreshed."""
    await db.transact(_rotate, seal_of(settings), revoke=revoke)


def seal_of(settings: Settings) -> bytes:
    """Gives the 32 bytes that signing keys are encrypted with. Raises OperatorError when there are none."""
    if settings.key_encryption_key is None:
        raise OperatorError("COMMERCE_KEY_ENCRYPTION_KEY is not set: set it to what `openssl rand -hex 32` prints")
    return bytes.fromhex(settings.key_encryption_key)


async def _rotate(tx: Tx, seal: bytes, *, revoke: bool) -> None:
    ended = await tx.fetch(
        REVOKE_ALL if revoke else RETIRE, new_state="revoked" if revoke else "retired", now=clock.now()
    )
    if revoke:
        for row in ended:
            await end_key(tx, row["id"])
    await _make(tx, seal)


async def _make(tx: Tx, seal: bytes) -> None:
    key_id, private_key = new_id(), new_private_key()
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + ChaCha20Poly1305(seal).encrypt(nonce, private_key, key_id.bytes)
    await tx.fetch(
        NEW,
        id=key_id,
        state="active",
        public_key=Signer(str(key_id), private_key).public_key,
        sealed_private_key=sealed,
        created_at=clock.now(),
        retired_at=None,
    )


def _open(key: _Key, seal: bytes) -> Signer:
    nonce, sealed = key.sealed_private_key[:NONCE_BYTES], key.sealed_private_key[NONCE_BYTES:]
    try:
        return Signer(str(key.id), ChaCha20Poly1305(seal).decrypt(nonce, sealed, key.id.bytes))
    except InvalidTag:
        raise OperatorError(
            "the signing key in the database was encrypted with another COMMERCE_KEY_ENCRYPTION_KEY: give the one that was in use "
            "when it was made, or make a new key with `commerce keys rotate --revoke`, which signs everybody out"
        ) from None


def _since() -> datetime:
    return clock.now() - VERIFIES_AFTER_RETIRING


class _Loaded(msgspec.Struct, frozen=True):
    signer: Signer
    public: Mapping[str, bytes]
    at: float


async def _load(reading: Reading, seal: bytes) -> _Loaded:
    at = monotonic()
    keys = await reading.fetch(USABLE, since=_since())
    active = [key for key in keys if key.state == "active"]
    if len(active) != 1:
        raise Bug(f"{len(active)} signing keys are active; `ensure_signing_key` runs before requests do")
    return _Loaded(_open(active[0], seal), {str(key.id): key.public_key for key in keys}, at)


class Keys:
    """The keys in use, held in the process and read again each minute or when an unknown one is named."""

    def __init__(self, reading: Reading, seal: bytes) -> None:
        self._reading = reading
        self._seal = seal
        self._loaded: _Loaded | None = None
        self._turn = asyncio.Lock()

    async def signer(self) -> Signer:
        """Gives the key to sign with."""
        return (await self._loaded_since(monotonic() - RELOAD_SECONDS)).signer

    async def public_key(self, key_id: str) -> bytes | None:
        """Gives the public half of a key, or None when there is no such key (any more).

        An unknown id may be a key made elsewhere a moment ago, so the keys are read again: twice a second at the most, whoever asks.
        """
        asked = monotonic()
        loaded = await self._loaded_since(asked - RELOAD_SECONDS)
        if key_id not in loaded.public and loaded.at < asked:
            await asyncio.sleep(max(0.0, loaded.at + UNKNOWN_KEY_SECONDS - asked))
            loaded = await self._loaded_since(asked)
        return loaded.public.get(key_id)

    def forget(self) -> None:
        """Reads the keys again at their next use."""
        self._loaded = None

    async def _loaded_since(self, at: float) -> _Loaded:
        async with self._turn:
            loaded = self._loaded
            if loaded is None or loaded.at < at:
                loaded = self._loaded = await _load(self._reading, self._seal)
            return loaded
