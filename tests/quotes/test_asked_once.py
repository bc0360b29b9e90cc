"""An outside tax engine is asked once about a basket, and no more by a request that it has kept waiting."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from commerce import tax
from commerce.quotes import AskedOnce
from commerce.tax.adapters import JsonTaxEngine
from tests.tax.outside import outside

AT = datetime(2026, 3, 10, 10, tzinfo=UTC)
CUP = tax.AssessLine(key="a", of="line", amount=1_000, includes_tax=False, category="standard", zone="ES")
PARCEL = tax.AssessLine(key="ship:1", of="delivery", amount=495, includes_tax=True, category="standard", zone="ES")
BASKET = tax.AssessRequest(currency="EUR", at=AT, country="ES", lines=(CUP, PARCEL))
SAID = {
    "reference": "calc",
    "parts": [{"key": "a", "of": "line", "tax": 100}, {"key": "ship:1", "of": "delivery", "tax": 49}],
}


async def test_the_same_basket_a_moment_later_under_other_names_has_the_answer_that_is_known() -> None:
    later = replace(BASKET, at=AT + timedelta(milliseconds=3), lines=(replace(CUP, key="b"), PARCEL))
    async with outside() as server:
        server.says(SAID)
        asked = AskedOnce(JsonTaxEngine(server.url))
        await asked.assess(BASKET, key="1")
        for engine in (asked, asked.remembered):
            answer = await engine.assess(later, key="2")
            assert isinstance(answer, tax.Assessed)
            assert (answer.lines, answer.deliveries) == ({"b": 100}, {"ship:1": 49})
        assert len(server.asked) == 1


async def test_another_basket_is_asked_about_and_never_by_what_only_remembers() -> None:
    others = [
        replace(BASKET, lines=(replace(CUP, amount=999), PARCEL)),
        replace(BASKET, lines=(CUP,)),
        replace(BASKET, region="07"),
        replace(BASKET, vat_number="ESB12345674"),
    ]
    async with outside() as server:
        server.says(SAID)
        asked = AskedOnce(JsonTaxEngine(server.url))
        await asked.assess(BASKET, key="1")
        for other in others:
            assert await asked.remembered.assess(other, key="2") == tax.Unavailable(reason="not_asked")
        assert len(server.asked) == 1
        for other in others:
            await asked.assess(other, key="2")
        assert len(server.asked) == 5


async def test_after_a_silence_nobody_is_asked_again() -> None:
    async with outside() as server:
        server.says(b"", 503)
        asked = AskedOnce(JsonTaxEngine(server.url))
        silent = tax.Unavailable(reason="http_503")
        assert await asked.assess(BASKET, key="1") == silent
        assert await asked.assess(replace(BASKET, lines=(CUP,)), key="2") == silent
        assert len(server.asked) == 1
