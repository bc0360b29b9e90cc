"""What must be seen within a second, judged in a way that holds on a machine of any speed.

The promise is about when one asks: who asks a second after a change is given the new. How long an answer takes says nothing about its age.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

SOON_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.02


async def seen_soon(look: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Looks again and again until it is there; refuses an old answer that was asked for a second or more after this began."""
    began = monotonic()
    while True:
        asked = monotonic()
        found = await look()
        if found == wanted:
            return
        assert asked - began < SOON_SECONDS, f"{found} instead of {wanted}"
        await asyncio.sleep(PAUSE_SECONDS)
