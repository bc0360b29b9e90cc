"""Passwords: hashed with argon2id in a thread, so that nobody else waits; a wrong e-mail costs as much time as a wrong password."""

import asyncio
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

# OWASP's password storage cheat sheet, first choice for argon2id: 46 MiB, one pass, one lane; about 50 ms.
MEMORY_KIB = 47_104
PASSES = 1
# Each hash takes its memory and a core; more at once would only make all of them slower.
AT_ONCE = 4


class Passwords:
    """Hashes and checks passwords. Tests pass a small `memory_kib`; what was hashed with other parameters is still checked rightly."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._hasher = _hasher(memory_kib, passes)
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._nobodys = _hash_of_nobody(memory_kib, passes)

    async def hash(self, password: str) -> str:
        """Gives the hash of a password, with its salt and parameters."""
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, _plain(password))

    async def check(self, password_hash: str | None, password: str) -> bool:
        """Says whether the password is the hash's. No hash is never right, and takes as long."""
        async with self._turn:
            right = await asyncio.to_thread(self._check, password_hash or self._nobodys, _plain(password))
        return right and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Says whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _check(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


@cache
def _hash_of_nobody(memory_kib: int, passes: int) -> str:
    """What is checked where there is no account, with the same parameters; it takes a moment, once in a process."""
    return _hasher(memory_kib, passes).hash("the password of nobody")


def _hasher(memory_kib: int, passes: int) -> PasswordHasher:
    return PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)


def _plain(password: str) -> str:
    """The same characters, however the keyboard composed them (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", password)
