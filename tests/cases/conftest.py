"""The shop in which the cases happen."""

from collections.abc import AsyncIterator

import pytest

from commerce.kernel.clock import HeldClock
from tests.cases.house import House, opened
from tests.served import Served


@pytest.fixture
async def house(server: Served, clock: HeldClock) -> AsyncIterator[House]:
    """Two stores and a warehouse with ten of each article; afterwards all invariants hold."""
    async with opened(server) as shop:
        yield shop
