"""The back office of tax, and the check of a VAT number, over HTTP under the manners of the API."""

from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.datastructures import State

from commerce import tax
from commerce.identity import Tokens
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.database import Database
from commerce.platform.http import EXCEPTION_HANDLERS, Call, Surround, authorise
from commerce.platform.settings import load
from commerce.tax.admin import ROUTES as ADMIN
from commerce.tax.routes import ROUTES
from tests.given import identity, pricing as given
from tests.quotes.http import Client
from tests.tax.outside import Outside, outside
from tests.tax.test_vat_numbers import NUMBER, yes


class Shop:
    """The routes of tax on the test's database, an administrator, a shopper, and a server that stands for VIES."""

    def __init__(self, nobody: Client, office: Client, shopper: Client, vies: Outside) -> None:
        self.nobody, self.office, self.shopper, self.vies = nobody, office, shopper, vies


@pytest.fixture
async def shop(db: Database, clock: HeldClock) -> AsyncIterator[Shop]:
    """A shop with its back office."""
    tokens: Tokens = await identity.tokens(db)
    async with outside() as vies:
        settings = load({"COMMERCE_VIES_URL": vies.url}, env_file=None)
        app = Litestar(
            route_handlers=[*ADMIN, *ROUTES],
            request_class=Call,
            before_request=authorise,
            exception_handlers=EXCEPTION_HANDLERS,
            state=State({"services": SimpleNamespace(db=db, tokens=tokens, settings=settings)}),
            openapi_config=None,
            logging_config=None,
        )
        transport = httpx.ASGITransport(Surround(app))  # type: ignore[arg-type]  # two spellings of ASGI's types
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            nobody = Client(http)
            office = nobody.as_((await identity.administrator(db, tokens)).access_token)
            shopper = nobody.as_((await identity.anonymous(db, tokens)).access_token)
            yield Shop(nobody, office, shopper, vies)


async def test_a_shopper_checks_a_vat_number_and_is_told_in_words_when_tax_is_charged(
    shop: Shop, clock: HeldClock
) -> None:
    path = "/v1/tax/vat-numbers/check"
    shop.vies.says(b"", 500)
    away = await shop.shopper.good("POST", path, {"number": NUMBER})
    assert (away["state"], away["says"].startswith("The registry cannot be asked")) == ("unchecked", True)
    shop.vies.says(yes())
    clock.move(minutes=1)
    assert await shop.shopper.good("POST", path, {"number": "es-b58378431"}) == {
        "number": NUMBER,
        "state": "valid",
        "checked_at": "2026-03-10T10:01:00Z",
        "consultation": "WAPIAAAAW1",
        "says": "This number is valid. Goods sent to a business in another member state are exempt.",
    }
    assert (await shop.shopper.good("POST", path, {"number": "DE136695977"}))["state"] == "malformed"
    assert (await shop.nobody("POST", path, {"number": NUMBER})).status_code == 401
    for wrong in ("", "E", "12345678", "ES" + "1" * 40, "ES\x00123"):
        assert (await shop.shopper("POST", path, {"number": wrong})).status_code == 400


async def test_a_repeated_check_under_one_key_gives_the_first_answer(shop: Shop) -> None:
    shop.vies.says(yes())
    body = {"number": NUMBER}
    first = await shop.shopper("POST", "/v1/tax/vat-numbers/check", body, key="k-1")
    again = await shop.shopper("POST", "/v1/tax/vat-numbers/check", body, key="k-1")
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    assert len(shop.vies.asked) == 1


async def test_profiles_are_set_for_zones_that_there_are(shop: Shop, db: Database) -> None:
    path = "/v1/admin/tax-profiles"
    made = await shop.office("POST", path, {"zone": "PT", "rounding": "line"})
    assert (made.status_code, made.json()) == (201, {"zone": "PT", "rounding": "line", "version": 1})
    changed = await shop.office.good("PATCH", f"{path}/PT", {"rounding": "document"}, match=1)
    assert (
        changed == await shop.office.good("GET", f"{path}/PT") == {"zone": "PT", "rounding": "document", "version": 2}
    )
    assert (await shop.office("PATCH", f"{path}/PT", {"rounding": "line"}, match=1)).status_code == 412
    again = await shop.office("POST", path, {"zone": "PT", "rounding": "line"})
    assert (again.status_code, again.json()["code"]) == (409, "tax_profile_exists")
    await shop.office.good("POST", path, {"zone": "PT-20", "rounding": "line"})
    book = await tax.tax_book(db.reading)
    found = [book.profile(zone).rounding for zone in ("PT", "PT-20", "PT-30", "ES")]
    assert found == ["document", "line", "document", "line"]
    first = await shop.office.good("GET", f"{path}?limit=1")
    rest = await shop.office.good("GET", f"{path}?limit=1&cursor={first['next_cursor']}")
    assert [row["zone"] for row in (*first["items"], *rest["items"])] == ["PT", "PT-20"]
    assert rest["next_cursor"] is None
    assert (await shop.office("GET", f"{path}/ES")).status_code == 404
    for body in (
        {"zone": "XX", "rounding": "line"},
        {"zone": "ES", "rounding": "up"},
        {"zone": "ES"},
        {"zone": "es", "rounding": "line"},
    ):
        assert (await shop.office("POST", path, body)).status_code == 400


async def test_how_the_shop_sells_is_set_changed_and_shown_with_its_years(
    shop: Shop, db: Database, clock: HeldClock
) -> None:
    made = await shop.office("POST", "/v1/admin/tax-sellers", {"country": "ES", "distance": "origin"})
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    sale = tax.DistanceSale(order_id=new_id(), seller_country="ES", destination="FR", net=Money(5_000, "EUR"))
    await db.transact(tax.record_distance_sale, sale, at=clock.at)
    shown = await shop.office.good("GET", "/v1/admin/tax-sellers/ES")
    assert shown == {
        "country": "ES",
        "distance": "origin",
        "threshold": {"amount": 1_000_000, "currency": "EUR"},
        "domestic_reverse": [],
        "opted_on": None,
        "years": [{"year": 2026, "net": {"amount": 5_000, "currency": "EUR"}, "uncounted": 0, "beyond_since": None}],
        "version": 1,
    }
    assert (await shop.office.good("GET", "/v1/admin/tax-sellers"))["items"] == [shown]
    path = "/v1/admin/tax-sellers/ES"
    assert (await shop.office("PATCH", path, {"distance": "destination"})).status_code == 428
    changed = await shop.office.good("PATCH", path, {"distance": "destination"}, match=1)
    assert (changed["distance"], changed["opted_on"], changed["version"]) == ("destination", "2026-03-10", 2)
    bound = await shop.office("PATCH", path, {"distance": "origin"}, match=2)
    assert (bound.status_code, bound.json()["code"]) == (409, "destination_option_binds")
    again = await shop.office("POST", "/v1/admin/tax-sellers", {"country": "ES", "distance": "destination"})
    assert (again.status_code, again.json()["code"]) == (409, "tax_seller_exists")
    assert (await shop.office("GET", "/v1/admin/tax-sellers/FR")).status_code == 404
    wrong = await shop.office("POST", "/v1/admin/tax-sellers", {"country": "NO", "distance": "origin"})
    assert wrong.json()["errors"][0]["pointer"] == "/country"


async def test_exempt_supplies_are_listed_and_proven(shop: Shop, db: Database, clock: HeldClock) -> None:
    supply = tax.ExemptSupply(
        order_id=new_id(),
        kind="intra_community",
        origin="ES",
        destination="DE",
        net=Money(1_000, "EUR"),
        vat_number="DE136695976",
    )
    young = msgspec.structs.replace(supply, order_id=new_id())
    await db.transact(tax.record_exempt_supply, supply, at=clock.at - timedelta(days=45))
    await db.transact(tax.record_exempt_supply, young, at=clock.at - timedelta(days=44))
    (row,) = (await shop.office.good("GET", "/v1/admin/exempt-supplies?lacking=true"))["items"]
    path = f"/v1/admin/exempt-supplies/{row['id']}"
    for kind, issuer in (("cmr", "DHL"), ("insurance", "Allianz")):
        body = {"kind": kind, "issuer": issuer, "reference": "1"}
        assert (await shop.office("POST", f"{path}/proofs", body)).status_code == 201
    found = await shop.office.good("GET", path)
    assert (found["missing"], len(found["proofs"]), found["proven_at"]) == ("", 2, "2026-03-10T10:00:00Z")
    assert (await shop.office.good("GET", "/v1/admin/exempt-supplies?lacking=true"))["items"] == []
    first = await shop.office.good("GET", "/v1/admin/exempt-supplies?limit=1")
    rest = await shop.office.good("GET", f"/v1/admin/exempt-supplies?limit=1&cursor={first['next_cursor']}")
    assert (first["items"], [row["order_id"] for row in rest["items"]]) == ([found], [str(young.order_id)])
    assert (
        await shop.office("POST", f"{path}/proofs", {"kind": "photo", "issuer": "DHL", "reference": "1"})
    ).status_code == 400
    assert (await shop.office("GET", f"/v1/admin/exempt-supplies/{new_id()}")).status_code == 404


async def test_fees_are_added_ended_and_listed(shop: Shop, db: Database, clock: HeldClock) -> None:
    await given.taxes(db)
    variant = str(new_id())
    new: dict[str, Any] = {
        "code": "bottle",
        "kind": "deposit",
        "variant_id": variant,
        "amount": {"amount": 25, "currency": "EUR"},
        "tax_category": "zero",
        "zone": "DE",
    }
    made = await shop.office("POST", "/v1/admin/fees", new)
    assert (made.status_code, made.headers["etag"], made.json()["includes_tax"]) == (201, '"1"', True)
    refused = await shop.office("POST", "/v1/admin/fees", {**new, "zone": None})
    assert (refused.status_code, refused.json()["code"], refused.json()["fee_id"]) == (
        409,
        "fees_overlap",
        made.json()["id"],
    )
    path = f"/v1/admin/fees/{made.json()['id']}"
    until = (clock.at + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    ended = await shop.office.good("PATCH", path, {"ends_at": until}, match=1)
    assert (ended["ends_at"], ended["version"]) == (until, 2)
    assert await shop.office.good("GET", path) == ended
    assert (await shop.office.good("GET", f"/v1/admin/fees?variant_id={variant}"))["items"] == [ended]
    assert (await shop.office.good("GET", f"/v1/admin/fees?variant_id={new_id()}"))["items"] == []
    for wrong in (
        {"amount": {"amount": -1, "currency": "EUR"}},
        {"kind": "tip"},
        {"zone": "Spain"},
        {"starts_at": "2026-01-01T00:00:00"},
        {"tax_category": "none"},
    ):
        assert (await shop.office("POST", "/v1/admin/fees", {**new, "code": "other", **wrong})).status_code == 400


async def test_the_back_office_of_tax_is_closed_to_shoppers(shop: Shop) -> None:
    for path in ("tax-profiles", "tax-sellers", "exempt-supplies", "fees"):
        assert (await shop.shopper("GET", f"/v1/admin/{path}")).status_code == 403
        assert (await shop.nobody("GET", f"/v1/admin/{path}")).status_code == 401


async def test_rates_of_zones_are_added_and_found(shop: Shop, db: Database) -> None:
    await given.taxes(db)
    (canary,) = (await shop.office.good("GET", "/v1/admin/tax-rates?country=ES-CN&category=standard"))["items"]
    assert (canary["country"], canary["rate"], canary["valid_from"]) == ("ES-CN", "0.07", "2020-01-01")
    new = {"category": "standard", "country": "US-NY", "rate": "0.08875", "name": "NYC", "valid_from": "2026-01-01"}
    assert (await shop.office.good("POST", "/v1/admin/tax-rates", new))["country"] == "US-NY"
    refused = await shop.office("POST", "/v1/admin/tax-rates", {**new, "country": "US-XX"})
    assert refused.json()["errors"][0]["pointer"] == "/country"
    assert (await shop.office("GET", "/v1/admin/tax-rates?country=Spain")).status_code == 400
