"""Codes of batches: their random keys, and how they are printed. A code as typed becomes its key by the engine's rule: docs/decisions/0068-codes.md."""

import os
from typing import Final

from commerce.kernel.ids import READABLE
from commerce.price_engine import code_key

LENGTH: Final = 11
"""Random characters of a code of a batch: 30 letters and digits, so 11 of them are 53 bits."""
_GROUPS: Final = (4, 4, 3)
_EVEN: Final = 256 // len(READABLE) * len(READABLE)
"""Bytes from here on would make the first letters likelier, so they are thrown away."""
_LETTERS: Final = bytes(ord(READABLE[byte % len(READABLE)]) for byte in range(256))
_UNEVEN: Final = bytes(range(_EVEN, 256))


def random_keys(count: int) -> list[str]:
    """Gives so many random keys without prefix, from the operating system's source of randomness; hardly ever two alike."""
    wanted = count * LENGTH
    letters = b""
    while len(letters) < wanted:
        missing = wanted - len(letters)
        letters += os.urandom(missing + missing // 10 + 64).translate(_LETTERS, _UNEVEN)
    text = letters[:wanted].decode()
    return [text[begin : begin + LENGTH] for begin in range(0, wanted, LENGTH)]


def shown(prefix: str, key: str) -> str:
    """Gives a code of a batch as it is printed: the prefix, then its random characters in groups, `XMAS-7KQ2-M9XW-4TD`."""
    random = key[len(code_key(prefix)) :]
    parts = [prefix] if prefix else []
    begin = 0
    for length in _GROUPS:
        parts.append(random[begin : begin + length])
        begin += length
    return "-".join(parts)
