"""VAT numbers: their digits, what the registry says of them, and for how long that counts."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import given as for_all, settings, strategies as st

from commerce import tax
from commerce.kernel.clock import HeldClock
from commerce.platform.database import Database
from commerce.platform.settings import load
from commerce.tax.adapters import Vies
from commerce.tax.ports import Invalid, Unavailable, Valid
from commerce.tax.vat_numbers import compact_number
from tests.tax.outside import Outside, outside

NUMBER = "ESB58378431"


def yes(number: str = NUMBER, consultation: str | None = "WAPIAAAAW1") -> dict[str, object]:
    """What VIES answers about a number that is registered."""
    return {
        "countryCode": number[:2],
        "vatNumber": number[2:],
        "requestDate": "2026-03-10T10:00:00.000Z",
        "valid": True,
        "requestIdentifier": consultation,
        "name": "ACME SL",
        "address": "---",
    }


@pytest.fixture
async def vies() -> AsyncIterator[Outside]:
    """A server that stands for VIES."""
    async with outside() as server:
        yield server


def registry(server: Outside, **more: object) -> Vies:
    return Vies(server.url + "/rest-api/", **{"seconds": 5, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "compact"),
    [
        ("ESB58378431", "ESB58378431"),
        ("es b-58.378.431 ", "ESB58378431"),
        ("DE136695976", "DE136695976"),
        ("DE136695977", None),
        ("EL094259216", "EL094259216"),
        ("GR094259216", "EL094259216"),
        ("BE697449992", "BE0697449992"),
        ("XI980780684", "XI980780684"),
        ("GB980780684", None),
        ("EU372000041", None),
        ("US123", None),
        ("B58378431", None),
        ("", None),
    ],
)
def test_a_number_is_read_by_the_rules_of_its_member_state(written: str, compact: str | None) -> None:
    assert compact_number(written) == compact


@settings(deadline=None)
@for_all(st.text(max_size=30))
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    assert compact_number(text) is None or len(text) >= 4


async def test_a_valid_number_counts_for_a_day_and_is_asked_for_once(
    db: Database, clock: HeldClock, vies: Outside
) -> None:
    vies.says(yes())
    ask = registry(vies, requester="ESA28015865")
    found = await tax.check_vat_number(db, ask, "es b58378431", at=clock.at)
    assert (found.number, found.state, found.consultation, found.checked_at) == (
        NUMBER,
        "valid",
        "WAPIAAAAW1",
        clock.at,
    )
    assert found.business.valid
    later = clock.at + timedelta(hours=23)
    assert (await tax.check_vat_number(db, ask, NUMBER, at=later)).checked_at == clock.at
    assert len(vies.asked) == 1
    path, _, asked = vies.asked[0]
    assert (path, asked) == (
        "/rest-api/check-vat-number",
        {
            "countryCode": "ES",
            "vatNumber": "B58378431",
            "requesterMemberStateCode": "ES",
            "requesterNumber": "A28015865",
        },
    )
    next_day = clock.at + timedelta(hours=24)
    assert (await tax.vat_status(db.reading, NUMBER, at=next_day)).state == "unchecked"
    assert (await tax.check_vat_number(db, ask, NUMBER, at=next_day)).checked_at == next_day
    assert (await tax.vat_status(db.reading, NUMBER, at=clock.at - timedelta(seconds=1))).state == "unchecked"


async def test_an_invalid_number_makes_no_business_and_may_be_asked_for_again_after_an_hour(
    db: Database, clock: HeldClock, vies: Outside
) -> None:
    vies.says({**yes(), "valid": False})
    ask = registry(vies)
    for _ in range(3):
        found = await tax.check_vat_number(db, ask, NUMBER, at=clock.at)
        assert (found.state, found.business.valid) == ("invalid", False)
    assert len(vies.asked) == 1
    vies.says(yes())
    assert (await tax.check_vat_number(db, ask, NUMBER, at=clock.at + timedelta(hours=1))).state == "valid"


async def test_a_number_with_wrong_digits_is_never_asked_for(db: Database, clock: HeldClock, vies: Outside) -> None:
    found = await tax.check_vat_number(db, registry(vies), "DE136695977", at=clock.at)
    assert (found.state, found.business.valid, vies.asked) == ("malformed", False, [])


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}, 200, "MS_UNAVAILABLE"),
        (
            {"actionSucceed": False, "errorWrappers": [{"error": "GLOBAL_MAX_CONCURRENT_REQ"}]},
            500,
            "GLOBAL_MAX_CONCURRENT_REQ",
        ),
        (b"<html>down for maintenance</html>", 503, "http_503"),
        (b"<html>welcome</html>", 200, "not_understood"),
        (b"", 200, "not_understood"),
        (b"\xff\xfe", 200, "not_understood"),
        ({"valid": "yes"}, 200, "not_understood"),
        ({"countryCode": "ES"}, 200, "not_understood"),
        (yes(), 302, "http_302"),
        (yes("ESA28015865"), 200, "other_number"),
        (b'"' + b"x" * 1_000_001 + b'"', 200, "too_long"),
    ],
)
async def test_an_answer_that_cannot_be_believed_is_none(vies: Outside, body: object, status: int, reason: str) -> None:
    vies.says(body, status)
    assert await registry(vies).look_up(NUMBER) == Unavailable(reason=reason)


async def test_numbers_that_the_registry_finds_ill_formed_are_invalid(vies: Outside) -> None:
    vies.says({"actionSucceed": False, "errorWrappers": [{"error": "INVALID_INPUT"}]}, 400)
    assert await registry(vies).look_up(NUMBER) == Invalid()
    vies.says(yes("EL094259216", None))
    assert await registry(vies).look_up("EL094259216") == Valid(consultation=None)


async def test_a_registry_that_is_slow_dripping_or_gone_gives_no_answer_in_time(vies: Outside) -> None:
    vies.says(yes())
    vies.pause = 5
    assert await registry(vies, seconds=0.2).look_up(NUMBER) == Unavailable(reason="timeout")
    vies.pause, vies.drip = 0, True
    assert await registry(vies, seconds=0.3).look_up(NUMBER) == Unavailable(reason="timeout")
    assert await Vies("http://127.0.0.1:1", seconds=1).look_up(NUMBER) == Unavailable(reason="unreachable")


async def test_while_nobody_can_say_tax_is_charged_and_what_was_known_still_counts(
    db: Database, clock: HeldClock, vies: Outside
) -> None:
    vies.says(b"", 500)
    ask = registry(vies)
    found = await tax.check_vat_number(db, ask, NUMBER, at=clock.at)
    assert (found.state, found.business.valid) == ("unchecked", False)
    await tax.check_vat_number(db, ask, NUMBER, at=clock.at + timedelta(seconds=9))
    assert len(vies.asked) == 1, "left alone for ten seconds"
    vies.says(yes())
    after = clock.at + timedelta(seconds=10)
    assert (await tax.check_vat_number(db, ask, NUMBER, at=after)).state == "valid"
    assert (await tax.check_vat_number(db, None, "DE136695976", at=clock.at)).state == "unchecked"


def test_there_is_a_registry_only_where_one_is_configured() -> None:
    assert tax.vat_registry(load({}, env_file=None)) is None
    assert isinstance(tax.vat_registry(load({"COMMERCE_VIES_URL": "https://vies.example"}, env_file=None)), Vies)
