"""Log lines carry what is bound, in the form that was asked for, and neither personal data nor secrets."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import msgspec
import pytest
import structlog

from commerce.platform import logs
from commerce.platform.settings import load


class Address(msgspec.Struct):
    line1: str
    country: str


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    handlers, level = list(logging.root.handlers), logging.root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    logging.root.handlers = handlers
    logging.root.setLevel(level)


def configured(**environ: str) -> io.StringIO:
    stream = io.StringIO()
    logs.configure(load(environ, env_file=None), stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_away_from_a_terminal_each_line_is_json_with_its_facts() -> None:
    stream = configured()
    logs.get_logger("orders").info("order placed", total=1999, currency="EUR")
    (line,) = lines(stream)
    assert line["event"] == "order placed"
    assert line["level"] == "info"
    assert line["module"] == "orders"
    assert (line["total"], line["currency"]) == (1999, "EUR")
    assert str(line["timestamp"]).endswith("Z")


def test_for_people_it_is_columns() -> None:
    stream = configured(COMMERCE_LOG_FORMAT="console")
    logs.get_logger("orders").info("order placed", total=1999)
    assert "order placed" in stream.getvalue()
    assert "total=1999" in stream.getvalue()
    assert "{" not in stream.getvalue()


def test_less_than_the_level_asked_for_is_left_out() -> None:
    stream = configured(COMMERCE_LOG_LEVEL="warning")
    log = logs.get_logger("x")
    log.info("small talk")
    log.warning("mind the step")
    assert [line["event"] for line in lines(stream)] == ["mind the step"]


async def test_what_is_bound_belongs_to_one_request() -> None:
    stream = configured()
    log = logs.get_logger("x")

    async def request(number: str) -> None:
        with logs.bound(request_id=number):
            await asyncio.sleep(0)
            log.info("inside", asked=number)

    await asyncio.gather(request("a"), request("b"))
    log.info("outside")
    *inside, outside = lines(stream)
    assert sorted((str(line["request_id"]), str(line["asked"])) for line in inside) == [("a", "a"), ("b", "b")]
    assert "request_id" not in outside


@pytest.mark.parametrize(
    "key",
    [
        "email", "customer_email", "E-Mail", "name", "first_name", "phone", "phone_number", "address", "shipping_address", "authorization",
        "Authorization", "access_token", "refresh_token", "secret", "client_secret", "password", "card", "card_number", "cvc", "iban",
        "api_key", "database_url", "postal_code", "cookie",
    ],
)  # fmt: skip
def test_values_with_a_private_name_are_redacted_at_any_depth(key: str) -> None:
    stream = configured()
    logs.get_logger("x").info("seen", **{key: "hush"}, nested={"deep": [{key: {"a": "hush"}}]}, numbers={key: 4111})
    assert "hush" not in stream.getvalue()
    assert "4111" not in stream.getvalue()
    assert lines(stream)[0]["nested"] == {"deep": [{key: "[redacted]"}]}


@pytest.mark.parametrize(
    "value",
    [
        "shopper@example.com",
        "Bearer abc.def-ghi",
        "sk_test_51abcDEF",
        "whsec_abcDEF",
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    ],
)
def test_values_that_look_private_are_redacted_wherever_they_stand(value: str) -> None:
    stream = configured()
    logs.get_logger("x").warning(f"odd input {value}", given=["x", value], why=ValueError(f"cannot use {value}"))
    assert value not in stream.getvalue()
    assert stream.getvalue().count("[redacted]") == 3


def test_structs_are_redacted_field_by_field() -> None:
    stream = configured()
    logs.get_logger("x").info("seen", where=Address(line1="1 Hush Street", country="ES"))
    assert lines(stream)[0]["where"] == {"line1": "[redacted]", "country": "ES"}


def test_an_error_keeps_its_traceback_and_loses_the_row_that_postgresql_quotes() -> None:
    stream = configured()
    try:
        raise RuntimeError("duplicate key\nDETAIL:  Key (label)=(Hush Hush) already exists.")
    except RuntimeError:
        logs.get_logger("x").exception("failed")
    (line,) = lines(stream)
    assert "RuntimeError: duplicate key" in str(line["exception"])
    assert "test_logs.py" in str(line["exception"])
    assert "Hush" not in stream.getvalue()


def test_the_loggers_of_libraries_follow_the_same_rules() -> None:
    stream = configured()
    logging.getLogger("some.library").warning("could not reach %s", "shopper@example.com")
    (line,) = lines(stream)
    assert line["event"] == "could not reach [redacted]"
    assert (line["module"], line["level"]) == ("some.library", "warning")


def test_ids_and_figures_are_left_as_they_are() -> None:
    stream = configured()
    facts = {
        "order_id": "0198c0de-0000-7000-8000-000000000001",
        "sql": 4,
        "seconds": 0.25,
        "ok": True,
        "operation": "orders.get",
    }
    logs.get_logger("x").info("answered", **facts)
    assert facts.items() <= lines(stream)[0].items()
