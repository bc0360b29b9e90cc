"""Outside tax engines: their answer is taken when it is one, and our own rates are when it is not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from commerce import tax
from commerce.platform.settings import load
from commerce.price_engine import delivery_key
from commerce.tax.adapters import JsonTaxEngine
from tests.tax.outside import Outside, outside

AT = datetime(2026, 3, 10, 10, tzinfo=UTC)
REQUEST = tax.AssessRequest(
    currency="USD",
    at=AT,
    country="US",
    region="NY",
    postal_code="10001",
    lines=(
        tax.AssessLine(
            key="a",
            of="line",
            amount=1_999,
            includes_tax=False,
            category="standard",
            zone="US-NY",
            variant_id=UUID(int=1),
        ),
        tax.AssessLine(
            key="b", of="line", amount=500, includes_tax=False, category="standard", zone="US-NY", relieved=True
        ),
        tax.AssessLine(key="ship:1", of="delivery", amount=495, includes_tax=False, category="standard", zone="US-NY"),
    ),
)


def answer(a: object = 177, b: object = 0, delivery: object = 44) -> dict[str, Any]:
    return {
        "reference": "calc-1",
        "parts": [
            {"key": "a", "of": "line", "tax": a},
            {"key": "b", "of": "line", "tax": b},
            {"key": "ship:1", "of": "delivery", "tax": delivery},
        ],
    }


@pytest.fixture
async def server() -> AsyncIterator[Outside]:
    """A server that stands for an engine of somebody else's."""
    async with outside() as found:
        yield found


def engine(server: Outside, seconds: float = 5) -> JsonTaxEngine:
    return JsonTaxEngine(server.url, secret="s3cret", seconds=seconds)


async def test_the_engines_taxes_are_taken_part_by_part(server: Outside) -> None:
    server.says(answer())
    found = await tax.assess(engine(server), REQUEST)
    assert found == {"a": 177, "b": 0, delivery_key("ship:1"): 44}
    path, headers, asked = server.asked[0]
    assert (path, headers["authorization"]) == ("/assess", "Bearer s3cret")
    assert (asked["region"], asked["lines"][0]["amount"], asked["lines"][2]["of"]) == ("NY", 1_999, "delivery")


async def test_the_same_basket_is_asked_for_under_the_same_key_and_another_under_another(server: Outside) -> None:
    server.says(answer())
    for request in (REQUEST, REQUEST, tax.AssessRequest(currency="USD", at=AT, country="US", lines=REQUEST.lines)):
        await tax.assess(engine(server), request)
    keys = [headers["idempotency-key"] for _, headers, _ in server.asked]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    "body",
    [
        answer(a=-1),
        answer(a=2_000),
        answer(a="177"),
        answer(a=1.5),
        answer(b=1),
        {"reference": "x", "parts": answer()["parts"][:2]},
        {"reference": "x", "parts": [*answer()["parts"], {"key": "c", "of": "line", "tax": 0}]},
        {"reference": "x", "parts": [*answer()["parts"], answer()["parts"][0]]},
        {"reference": "", "parts": answer()["parts"]},
        {"parts": answer()["parts"]},
        [],
        b"",
        b"not json",
        b"\xff",
    ],
)
async def test_an_answer_that_is_no_tax_of_the_basket_is_not_taken(server: Outside, body: object) -> None:
    server.says(body)
    assert await tax.assess(engine(server), REQUEST) is None


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
async def test_an_error_is_no_answer(server: Outside, status: int) -> None:
    server.says(answer(), status)
    assert await tax.assess(engine(server), REQUEST) is None


async def test_an_engine_that_is_slow_or_gone_holds_nobody_up(server: Outside) -> None:
    server.says(answer())
    server.pause = 5
    assert await tax.assess(engine(server, 0.2), REQUEST) is None
    assert await tax.assess(JsonTaxEngine("http://127.0.0.1:1", seconds=1), REQUEST) is None


async def test_without_an_engine_or_a_basket_nobody_is_asked(server: Outside) -> None:
    assert await tax.assess(None, REQUEST) is None
    assert await tax.assess(engine(server), tax.AssessRequest(currency="USD", at=AT, country="US", lines=())) is None
    assert server.asked == []
    assert tax.tax_engine(load({}, env_file=None)) is None
    settings = load({"COMMERCE_TAX_ENGINE_URL": server.url, "COMMERCE_TAX_ENGINE_KEY": "k"}, env_file=None)
    assert isinstance(tax.tax_engine(settings), JsonTaxEngine)
    assert "COMMERCE_TAX_ENGINE_KEY=(set)" in repr(settings)
