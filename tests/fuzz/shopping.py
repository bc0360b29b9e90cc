"""What who buys asks for: to be known, to look around, a cart, an order, its payment."""

import hashlib
import hmac
import time
from typing import Any, TypeAlias

import msgspec

from commerce.sandbox.config import TEST_WEBHOOK_SECRET
from tests.fuzz import sought
from tests.fuzz.orders import VISA
from tests.fuzz.world import ADDRESS, ON_COLLECTION, RETURN_URL, World
from tests.given.identity import PASSWORD

Json: TypeAlias = Any


def examples(w: World) -> dict[str, Json]:
    """Gives the request for each operation."""
    return {**_auth(w), **_shop(w), **_carts(w), **_orders(w)}


def signed_event() -> dict[str, Any]:
    """An event of the provider's about nothing of ours, signed as the provider signs."""
    content = msgspec.json.encode(
        {
            "id": "evt_nothing_of_ours",
            "object": "event",
            "type": "customer.created",
            "created": int(time.time()),
            "data": {"object": {"id": "cus_1", "object": "customer"}},
        }
    )
    at = int(time.time())
    signature = hmac.new(TEST_WEBHOOK_SECRET.encode(), f"{at}.".encode() + content, hashlib.sha256).hexdigest()
    return {"content": content, "headers": {"stripe-signature": f"t={at},v1={signature}"}}


def _auth(w: World) -> dict[str, Json]:
    somebody = {"email": "somebody.else@example.com"}
    client = w.seen["client.spare"]
    return {
        "beginAnonymously": {"who": "nobody", "body": {"channel_id": w.id("channel.web")}},
        "registerShopper": {"who": "nobody", "body": {**somebody, "password": PASSWORD, "name": "A", "language": "ca"}},
        "verifyEmail": {"who": "nobody", "body": w.seen["code.verify"]},
        "resendVerification": {"who": "nobody", "body": somebody},
        "signIn": {"who": "nobody", "body": {"email": "shopper@example.com", "password": PASSWORD}},
        "signInStaff": {"who": "nobody", "body": {"email": "manager@shop.example", "password": PASSWORD}},
        "refreshSession": {"who": "nobody", "body": {"refresh_token": w.seen["session.anonymous"]["refresh_token"]}},
        "signOut": {"who": "nobody", "body": {"refresh_token": w.seen["session.other"]["refresh_token"]}},
        "requestPasswordReset": {"who": "nobody", "body": somebody},
        "resetPassword": {"who": "nobody", "body": {**w.seen["code.reset"], "password": "another password"}},
        "changePassword": {
            "who": "leaving",
            "body": {"current_password": PASSWORD, "new_password": "one more password"},
        },
        "whoAmI": {},
        "clientToken": {
            "who": "nobody",
            "form": {
                "grant_type": "client_credentials",
                "client_id": client["client_id"],
                "client_secret": client["client_secret"],
                "scope": "stock:read",
            },
        },
    }


def _shop(w: World) -> dict[str, Json]:
    cup, nobody = w.seen["product.cup"], {"who": "nobody"}
    sku = cup["variants"][0]["sku"]
    place = {"location": w.id("location.gracia"), "channel": w.id("channel.web")}
    basket = {"lines": [{"key": "a", "variant_id": cup["variants"][0]["id"], "quantity": 3}], "country": "ES"}
    terms = {
        "postal_code": "08012",
        "store_id": w.id("location.gracia"),
        "codes": ["spring", "nothing"],
        "tender": "card",
        "vat_number": "ES B-58378431",
    }
    return {
        "listLocations": {**nobody, "query": {"near": "41.39,2.17", "service": "pickup", "limit": "10"}},
        "getLocation": {**nobody, "path": {"location_id": w.id("location.gracia")}},
        "listPickupSlots": {
            **nobody,
            "path": {"location_id": w.id("location.gracia")},
            "query": {"from": "2026-03-10", "until": "2026-03-11"},
        },
        "getAvailability": {
            **nobody,
            "query": {"variant_id": cup["variants"][0]["id"], "quantity": "2", "near": "41.39,2.17"},
        },
        "listProducts": {**nobody, "query": {**place, "lang": "es", "limit": "2"}},
        "getProduct": {**nobody, "path": {"id_or_slug": cup["id"]}, "query": place},
        "listProductVariants": {**nobody, "path": {"id_or_slug": cup["id"]}, "query": place},
        "listEmbeddedCodes": {"query": {"limit": "2"}},
        "createEmbeddedCode": {
            "body": {
                "country": "ES",
                "prefix": "23",
                "kind": "price",
                "article_digits": 5,
                "value_digits": 4,
                "verified": True,
            }
        },
        "deleteEmbeddedCode": {"path": {"rule_id": w.id("rule.unused")}},
        "listCategories": {**nobody, "query": {"lang": "ca"}},
        **sought.examples(w, nobody, place),
        "lookupVariant": {**nobody, "query": {"sku": sku}},
        "makeQuote": {"who": "shopper", "body": {**basket, **terms}, "query": {"trace": "true"}},
        "getQuote": {
            "who": "shopper",
            "path": {"quote_id": w.id("quote.shopper")},
            "query": {"explain": "all"},
        },
        "verifyQuote": {"who": "shopper", "body": {"signed": w.seen["quote.shopper"]["signed"]}},
    }


def _carts(w: World) -> dict[str, Json]:
    cart, plate = w.seen["cart.shopper"], w.seen["product.plate"]["variants"][0]["id"]
    own: Json = {"who": "shopper", "path": {"cart_id": cart["id"]}}
    line = {"cart_id": cart["id"], "line_id": cart["lines"][0]["id"]}
    pickup = {"kind": "pickup", "location_id": w.id("location.gracia")}
    ready, clerks = w.seen["cart.ready"], w.seen["cart.clerk"]
    by_hand = {"cart_id": clerks["id"], "line_id": clerks["lines"][0]["id"]}
    return {
        "listCarts": {"who": "shopper"},
        "createCart": {"who": "shopper", "body": {"country": "ES", "lines": [{"variant_id": plate, "quantity": 1}]}},
        "getCart": own,
        "deleteCart": {"who": "shopper", "path": {"cart_id": w.id("cart.discarded")}},
        "addCartLines": {**own, "body": {"lines": [{"variant_id": plate, "quantity": 2, "fulfilment": pickup}]}},
        "changeCartLine": {**own, "path": line, "body": {"quantity": 4}},
        "removeCartLine": {**own, "path": {**line, "line_id": cart["lines"][1]["id"]}},
        "setCartContact": {
            **own,
            "body": {"email": "shopper@example.com", "name": "S", "phone": "+34 600 000 000", "language": "ca"},
        },
        "setCartAddresses": {**own, "body": {"shipping": ADDRESS, "billing": {**ADDRESS, "line2": "2n 1a"}}},
        "setCartFulfilment": {**own, "body": {"lines": [{"line_id": line["line_id"], "fulfilment": pickup}]}},
        "addCartCoupons": {**own, "body": {"codes": ["SUMMER-20", "nonsense"]}},
        "setCartCoupons": {**own, "body": {"codes": ["SUMMER-20"]}},
        "removeCartCoupons": own,
        "setCartTender": {**own, "body": {"tender": "card"}},
        "setCartVatNumber": {**own, "body": {"vat_number": "ESB58378431"}},
        "honourCartQuote": {**own, "body": {"signed": w.seen["quote.shopper"]["signed"]}},
        "overrideCartLine": {"path": by_hand, "body": {"unit": clerks["lines"][0]["unit"], "reason": "Scratched"}},
        "removeCartLineOverride": {"path": by_hand},
        "freezeCart": {"path": {"cart_id": clerks["id"]}, "body": {"what": "prices"}},
        "unfreezeCart": {"path": {"cart_id": clerks["id"]}},
        "setCartSlots": {**own, "body": {"slots": []}},
        "getCartDeliveryOptions": own,
        "getCartProblems": own,
        "checkOutCart": {
            "who": "shopper",
            "path": {"cart_id": ready["id"]},
            "body": {"accepted_total": ready["total"], "payment": ON_COLLECTION},
        },
    }


def _orders(w: World) -> dict[str, Json]:
    placed: Json = {"path": {"order_id": w.id("order.card")}}
    own: Json = {**placed, "who": "shopper"}
    card = {"kind": "card", "payment_method": VISA, "return_url": RETURN_URL}
    found = {"number": w.seen["order.open"]["number"], "email": "shopper@example.com"}
    refund = {"order_id": w.id("order.sent"), "amount": {"amount": 5, "currency": "EUR"}, "reason": "sorry"}
    return {
        "listOrders": {"who": "shopper", "query": {"state": "placed"}},
        "getOrder": own,
        "getOrderTimeline": own,
        "lookUpOrder": {"who": "nobody", "body": found},
        "openOrderLink": {"who": "nobody", "body": w.seen["code.order"]},
        "cancelOrder": {"who": "shopper", "path": {"order_id": w.id("order.open")}, "body": {"reason": "changed_mind"}},
        "listOrderFulfilments": {"who": "shopper", "path": {"order_id": w.id("order.waiting")}},
        "arriveForOrder": {"who": "shopper", "path": {"order_id": w.id("order.waiting")}},
        "payOrder": {"who": "shopper", "path": {"order_id": w.id("order.unpaid")}, "body": {"payment": card}},
        "listOrderNotifications": own,
        "listOrderPayments": own,
        "getOrderMoney": own,
        "getPayment": {"who": "shopper", "path": {"payment_id": w.id("payment.card")}},
        "refreshPayment": {"who": "shopper", "path": {"payment_id": w.id("payment.card")}},
        "receiveStripeWebhook": {"who": "nobody", **signed_event()},
        "listRefunds": {"query": {"order_id": w.id("order.sent")}},
        "createRefund": {"body": refund},
        "getRefund": {"path": {"refund_id": w.id("refund.scratch")}},
        "listPaymentAlerts": {"query": {"resolved": "true"}},
        "resolvePaymentAlert": {"path": {"alert_id": w.id("alert.first")}, "body": {"resolution": "talked to them"}},
    }
