"""What tests of lots and serial numbers look at."""

from collections.abc import Awaitable
from typing import Any

import pytest

from commerce.kernel.errors import Refusal
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.traceability.audit import CHECKS
from commerce.traceability.lists import trace_page


async def history(db: Database, code: str) -> list[tuple[int, str, str]]:
    rows = await trace_page(
        db.reading,
        variant_id=None,
        code=code,
        location_id=None,
        order_line_id=None,
        document_id=None,
        bound=None,
        before=None,
        limit=99,
    )
    return [(row.quantity, row.spot.value, row.other_spot.value) for row in reversed(rows)]


async def in_order(db: Database) -> bool:
    return [found for found in await run_checks(db.reading, CHECKS) if found.rows] == []


async def refused(act: Awaitable[Any]) -> type[Refusal]:
    with pytest.raises(Refusal) as caught:
        await act
    return type(caught.value)
