"""What stands between a cart and its order is said in the buyer's language."""

from typing import TYPE_CHECKING, get_args, get_type_hints

from commerce.carts.facts import Flaw
from commerce.carts.flaw_texts import TEXTS
from tests.given import checkout as given

if TYPE_CHECKING:
    from tests.served import Served


def test_each_flaw_has_its_words_and_no_word_is_left_over() -> None:
    codes = get_args(get_type_hints(Flaw)["code"])
    assert set(TEXTS) == set(codes)
    for spanish, catalan in TEXTS.values():
        assert spanish != catalan


async def test_a_cart_and_its_problems_speak_the_language_that_was_asked_for(server: "Served") -> None:
    shop = await given.shop(server.program.db, stock=3)
    shopper = server.api.as_((await server.api.post("/v1/auth/anonymous", {}))["access_token"])
    collected = {"kind": "pickup", "location_id": str(shop.gracia)}
    lines = [{"variant_id": str(shop.cup), "quantity": 4, "fulfilment": collected}]
    cart = await shopper.post("/v1/carts", {"lines": lines})

    said = {}
    for language in ("en", "es", "ca"):
        asked = {"accept_language": language}
        shown = (await shopper.call("GET", f"/v1/carts/{cart['id']}", **asked)).json()["problems"]
        told = (await shopper.call("GET", f"/v1/carts/{cart['id']}/problems", **asked)).json()["problems"]
        assert shown == told[:1]
        said[language] = [(each["code"], each["detail"]) for each in told]

    assert said == {
        "en": [
            ("no_contact", "Say how the buyer is reached."),
            ("insufficient_stock", "3 can be had there now; 4 are wanted."),
        ],
        "es": [
            ("no_contact", "Indica cómo contactar con el comprador."),
            ("insufficient_stock", "No hay tantas unidades ahora mismo; disponibles: 3."),
        ],
        "ca": [
            ("no_contact", "Indica com contactar amb el comprador."),
            ("insufficient_stock", "Ara mateix no hi ha tantes unitats; disponibles: 3."),
        ],
    }
