"""The shop in which the cases happen."""

from collections.abc import AsyncIterator

import pytest

from commerce.kernel.clock import HeldClock
from tests.cases.house import House, opened
from tests.served import Served


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The official client passes bodies to httpx in a way that httpx warns of; that is theirs to settle."""
    quiet = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
    for item in items:
        if "tests/cases/" in item.nodeid:
            item.add_marker(quiet)


@pytest.fixture
async def house(server: Served, clock: HeldClock) -> AsyncIterator[House]:
    """Two stores and a warehouse with ten of each article; afterwards all invariants hold."""
    async with opened(server) as shop:
        yield shop
