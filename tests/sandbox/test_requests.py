"""What a request must look like: keys, parameters, amounts; and how a refusal reads."""

from collections.abc import AsyncIterator

import httpx
import pytest
import stripe

from commerce.sandbox import TEST_API_KEY, Server, forms
from commerce.sandbox.amounts import worded
from tests.sandbox.play import CARD, Handles, Thing, Till, told


@pytest.fixture
async def raw(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A plain HTTP client with the key."""
    async with httpx.AsyncClient(base_url=server.url, headers={"authorization": f"Bearer {TEST_API_KEY}"}) as client:
        yield client


async def test_who_has_no_key_or_a_wrong_one_is_told_so(server: Server, raw: httpx.AsyncClient) -> None:
    stranger = Till(server.url, key="sk_test_stranger_key")
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided") as refused:
        await stranger.hold(100)
    assert refused.value.http_status == 401
    assert "stranger_key" not in str(refused.value)
    await stranger.close()
    for value in ("", "Bearer", "Basic !!!", "Digest x"):
        answer = await raw.get("/v1/payment_intents", headers={"authorization": value})
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert answer.headers["request-id"].startswith("req_")
    assert (await raw.get("/v1/payment_intents", auth=(TEST_API_KEY, ""))).status_code == 200


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"currency": "eur"}, "parameter_missing", "amount"),
        ({"amount": 100}, "parameter_missing", "currency"),
        ({"amount": "19.99", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": "19.0", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": "1_000", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": "many", "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": 0, "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": -1, "currency": "eur"}, "parameter_invalid_integer", "amount"),
        ({"amount": 100_000_000, "currency": "eur"}, "amount_too_large", "amount"),
        ({"amount": 100, "currency": "zzz"}, None, "currency"),
        ({"amount": 100, "currency": "eur", "colour": "red"}, "parameter_unknown", "colour"),
        ({"amount": 100, "currency": "eur", "api_key": "x"}, "parameter_unknown", "api_key"),
        (
            {"amount": 100, "currency": "eur", "payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
        (
            {"amount": 100, "currency": "eur", "payment_method_options": {"card": {"colour": "red"}}},
            "parameter_unknown",
            "payment_method_options[card][colour]",
        ),
        ({"amount": 100, "currency": "eur", "confirm": "perhaps"}, None, "confirm"),
        ({"amount": 100, "currency": "eur", "capture_method": "sometimes"}, None, "capture_method"),
        ({"amount": 100, "currency": "eur", "setup_future_usage": "ever"}, None, "setup_future_usage"),
        ({"amount": 100, "currency": "eur", "customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"amount": 100, "currency": "eur", "payment_method": "pm_nothing"}, "resource_missing", "payment_method"),
        ({"amount": 100, "currency": "eur", "off_session": True}, None, "off_session"),
        ({"amount": 100, "currency": "eur", "return_url": "https://shop.example.com"}, None, "return_url"),
        (
            {"amount": 100, "currency": "eur", "automatic_payment_methods": {"enabled": True}} | CARD,
            None,
            "automatic_payment_methods",
        ),
        ({"amount": 100, "currency": "eur", "metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        ({"amount": 100, "currency": "eur", "metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"amount": 100, "currency": "eur", "metadata": {f"k{n}": "v" for n in range(51)}}, None, "metadata"),
        ({"amount": 100, "currency": "eur", "expand": ["amount"]}, None, "expand"),
        (
            {"amount": 100, "currency": "eur", "application_fee_amount": 5},
            "not_served_by_the_sandbox",
            "application_fee_amount",
        ),
        ({"amount": 100, "currency": "eur", "confirmation_method": "manual"}, None, "confirmation_method"),
        (
            {"amount": 100, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
            | {"return_url": "nowhere"},
            "url_invalid",
            "return_url",
        ),
        (
            {"amount": 100, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
            | {"statement_descriptor": "SHOP"}
            | CARD,
            None,
            "statement_descriptor",
        ),
        ({"amount": 100, "currency": "usd", "excluded_payment_method_types": ["card"]}, None, None),
        ({"amount": 100, "currency": "eur", "allowed_payment_method_types": ["oxxo"]}, None, None),
    ],
)
async def test_a_request_with_a_fault_is_refused_by_name(
    till: Till, params: dict[str, Thing], code: str | None, param: str | None
) -> None:
    before = (await till.v1.payment_intents.list_async({"limit": 1})).data
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.v1.payment_intents.create_async(params)
    assert (refused.value.http_status, refused.value.code) == (400, code)
    assert told(refused).type == "invalid_request_error"
    if param is not None:
        assert refused.value.param == param
    if code is not None:
        assert told(refused).doc_url.endswith(code.replace("_", "-"))
    after = (await till.v1.payment_intents.list_async({"limit": 1})).data
    assert [each.id for each in after] == [each.id for each in before]


@pytest.mark.parametrize(
    ("currency", "amount", "taken"),
    [
        ("jpy", 80, True),
        ("JPY", 81, True),
        ("eur", 1, True),
        ("kwd", 35_200, True),
        ("kwd", 35_205, False),
        ("bhd", 10, True),
        ("jod", 11, False),
        ("omr", 1_000, True),
        ("tnd", 999, False),
        ("isk", 500, True),
        ("isk", 550, False),
        ("ugx", 1, False),
        ("huf", 12_345, True),
    ],
)
async def test_amounts_follow_the_rules_of_their_currency(till: Till, currency: str, amount: int, taken: bool) -> None:
    params = {"amount": amount, "currency": currency} | CARD
    if taken:
        created = await till.v1.payment_intents.create_async(params)
        assert (created.amount, created.currency) == (amount, currency.lower())
        return
    with pytest.raises(stripe.InvalidRequestError, match="evenly divisible") as refused:
        await till.v1.payment_intents.create_async(params)
    assert refused.value.param == "amount"


async def test_captures_and_refunds_follow_them_too(till: Till) -> None:
    held = await till.hold(5_000, currency="kwd")
    with pytest.raises(stripe.InvalidRequestError, match="evenly divisible by 10"):
        await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 4_995})
    await till.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 4_990})
    with pytest.raises(stripe.InvalidRequestError, match="evenly divisible by 10"):
        await till.v1.refunds.create_async({"payment_intent": held.id, "amount": 5})


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(1234, "eur", "12.34 EUR"), (5, "eur", "0.05 EUR"), (80, "jpy", "80 JPY"), (35_200, "kwd", "35.200 KWD")],
)
def test_amounts_are_worded_with_their_decimals(amount: int, currency: str, text: str) -> None:
    assert worded(amount, currency) == text


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        ("payment_intents/pi_none", "payment_intent"),
        ("charges/ch_none", "charge"),
        ("refunds/re_none", "refund"),
        ("customers/cus_none", "customer"),
        ("payment_methods/pm_none", "PaymentMethod"),
        ("events/evt_none", "event"),
    ],
)
async def test_what_does_not_exist_is_404(raw: httpx.AsyncClient, path: str, noun: str) -> None:
    answer = await raw.get(f"/v1/{path}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (404, "resource_missing", "invalid_request_error")
    assert error["message"] == f"No such {noun}: '{path.partition('/')[2]}'"


async def test_an_address_that_stripe_does_not_know_is_404(raw: httpx.AsyncClient) -> None:
    for method, path in (("GET", "/v1/nothing"), ("DELETE", "/v1/payment_intents"), ("POST", "/v1/charges")):
        answer = await raw.request(method, path)
        assert answer.status_code == 404
        assert f"Unrecognized request URL ({method}: {path})" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"amount": 100}', "application/json"),
        (b"amount=100&amount=200&currency=eur", "application/x-www-form-urlencoded"),
        (b"amount=100&metadata=x&metadata[a]=1", "application/x-www-form-urlencoded"),
        (b"amount]=100", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"a[" + b"][".join([b"b"] * 40) + b"]=1", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(1_500)), "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(raw: httpx.AsyncClient, content: bytes, kind: str) -> None:
    answer = await raw.post("/v1/payment_intents", content=content, headers={"content-type": kind})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_nested_parameters_are_read_as_stripes_clients_write_them() -> None:
    text = "amount=5&metadata%5Ba%20b%5D=%26&expand%5B0%5D=x&expand%5B1%5D=y&a%5B%5D=1&a%5B%5D=2&s%5B0%5D%5Bk%5D=v&e="
    text += "&metadata%5B0%5D=n&p%5B%C2%B2%5D=q"
    assert forms.parse(text) == {
        "amount": "5",
        "metadata": {"a b": "&", "0": "n"},
        "p": {"²": "q"},
        "expand": ["x", "y"],
        "a": ["1", "2"],
        "s": [{"k": "v"}],
        "e": "",
    }


async def test_the_version_and_the_request_are_named_in_the_answer(raw: httpx.AsyncClient) -> None:
    headers = {"stripe-version": "2026-10-28.endive"}
    first = await raw.get("/v1/payment_intents", headers=headers)
    second = await raw.get("/v1/payment_intents", headers=headers)
    assert first.headers["stripe-version"] == "2026-10-28.endive"
    assert first.headers["request-id"] != second.headers["request-id"]


async def test_lists_go_page_by_page_newest_first_without_gaps(till: Till) -> None:
    owner = await till.v1.customers.create_async({})
    made = [(await till.hold(100 + n, customer=owner.id)).id for n in range(5)]
    pages = await till.v1.payment_intents.list_async({"customer": owner.id, "limit": 2})
    assert pages.has_more is True
    assert [each.id async for each in pages.auto_paging_iter()] == made[::-1]

    middle = await till.v1.payment_intents.list_async(
        {"customer": owner.id, "ending_before": made[1], "limit": 2, "expand": ["data.latest_charge"]}
    )
    assert [each.id for each in middle.data] == [made[3], made[2]]
    assert middle.data[0].latest_charge.amount == 103
    with pytest.raises(stripe.InvalidRequestError, match="limit"):
        await till.v1.payment_intents.list_async({"limit": 101})


async def test_lists_can_be_bounded_by_the_time_of_creation(till: Till) -> None:
    owner = await till.v1.customers.create_async({})
    made = await till.hold(100, customer=owner.id)
    expected = {"gte": 1, "gt": 0, "lte": 1, "lt": 0}
    for bound, count in expected.items():
        query = {"customer": owner.id, "created": {bound: made.created}}
        assert len((await till.v1.payment_intents.list_async(query)).data) == count
    query = {"customer": owner.id, "created": made.created}
    assert len((await till.v1.payment_intents.list_async(query)).data) == 1


async def test_objects_open_when_asked_to(till: Till) -> None:
    paid = await till.pay(100)
    refund = await till.v1.refunds.create_async(
        {"payment_intent": paid.id, "expand": ["charge.payment_method_details", "payment_intent.latest_charge"]}
        | {"expand": ["payment_intent.latest_charge.refunds", "charge"]}
    )
    assert refund.payment_intent.latest_charge.refunds.data[0].id == refund.id
    assert refund.charge.id == paid.latest_charge
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        await till.v1.refunds.retrieve_async(refund.id, {"expand": ["charge.application.owner"]})


async def test_everything_can_be_forgotten(handles: Handles, till: Till) -> None:
    paid = await till.pay(100)
    assert (await handles.http.delete("/_sandbox/state")).status_code == 200
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        await till.v1.payment_intents.retrieve_async(paid.id)
    assert (await handles.get("/effects"))["effects"] == []
    assert (await handles.get("/health"))["status"] == "ok"
