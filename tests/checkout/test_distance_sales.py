"""What is sent to consumers in other member states is taxed at home up to the threshold; the order that goes beyond it, where it arrives."""

from tests.given import checkout as given, identity
from tests.served import Api, Json, Served

CONTACT = {"email": "shopper@example.com", "name": "Shopper", "language": "en"}
PARIS = {"name": "Shopper", "line1": "Rue Longue 1", "city": "Paris", "postal_code": "75001", "country": "FR"}


async def _ordered(shopper: Api, variant: str, method: str, quantity: int) -> Json:
    line = {"variant_id": variant, "quantity": quantity, "fulfilment": {"kind": "ship", "method_id": method}}
    cart = await shopper.post("/v1/carts", {"lines": [line]})
    await shopper.put(f"/v1/carts/{cart['id']}/contact", CONTACT)
    cart = await shopper.put(f"/v1/carts/{cart['id']}/addresses", {"shipping": PARIS})
    wish = {"accepted_total": cart["total"], "payment": {"kind": "card", "payment_method": "pm_card_visa"}}
    done = await shopper.post(f"/v1/carts/{cart['id']}/checkout", wish)
    order: Json = await shopper.get(f"/v1/orders/{done['order_id']}")
    assert (order["total"], done["state"]) == (cart["total"], "placed")
    return order


def _zones(order: Json) -> set[str]:
    return {each["country"] for each in order["taxes"]}


async def test_the_order_that_goes_beyond_the_threshold_and_all_after_it_are_taxed_where_they_arrive(
    server: Served,
) -> None:
    """2 cups and their delivery are 37.13 before tax at home: 269 such orders stay below 10,000 EUR, one large one does not."""
    shop = await given.shop(server.program.db, stock=1_000)
    admin = server.api.as_(
        (await identity.administrator(server.program.db, await identity.tokens(server.program.db))).access_token
    )
    await admin.post("/v1/admin/tax-sellers", {"country": "ES", "distance": "origin"})
    shopper = server.api.as_((await server.api.post("/v1/auth/anonymous", {}))["access_token"])
    cup, parcel = str(shop.cup), str(shop.parcel)
    assert _zones(await _ordered(shopper, cup, parcel, 2)) == {"ES"}
    assert _zones(await _ordered(shopper, cup, parcel, 700)) == {"FR"}
    assert _zones(await _ordered(shopper, cup, parcel, 1)) == {"FR"}
    await server.work()
