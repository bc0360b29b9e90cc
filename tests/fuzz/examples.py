"""A valid request for each operation of the API, on the seeded world: each of them reaches a 2xx when it is the first to be sent.

Operations that need what a server of its own would give (a signature, a file) say so here as well: there is no operation without.
"""

import hashlib
import hmac
import time
from typing import Any, TypeAlias

import msgspec

from commerce.sandbox.config import TEST_WEBHOOK_SECRET
from tests.fuzz import awaited, counters, described, goods, instead, pictures, sets, shelves, sought
from tests.fuzz.world import A_MONTH, ADDRESS, ON_COLLECTION, RETURN_URL, VISA, World
from tests.given.identity import PASSWORD

Json: TypeAlias = Any


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A request: who sends it, what stands in its path and query, its body, and where the version for If-Match is read."""

    who: str = "administrator"
    path: dict[str, str] = {}
    query: dict[str, str] = {}
    body: Json = msgspec.UNSET
    form: dict[str, str] | None = None
    content: bytes | None = None
    media_type: str = "application/json"
    headers: dict[str, str] = {}
    version_at: str | None = None

    def encoded(self) -> bytes:
        """The body as it is sent; empty where there is none."""
        if self.content is not None:
            return self.content
        return b"" if self.body is msgspec.UNSET else msgspec.json.encode(self.body)


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


def examples(w: World) -> dict[str, Example]:
    """Gives the request for each operation, by its operation id."""
    found = {**_auth(w), **_shop(w), **_carts(w), **_orders(w), **_work(w), **_recourse(w), **_returns(w)}
    found |= _uncollected(w)
    found |= {
        **goods.examples(w),
        **shelves.examples(w),
        **sets.examples(w),
        **pictures.examples(w),
        **described.examples(w),
        **counters.examples(w),
        **instead.examples(w),
        **awaited.examples(w),
        **_people(w),
        **_places(w),
        **_catalogue(w),
        **_prices(w),
        **_promotions(w),
        **_sourcing(w),
        **_simulations(w),
        **_operation(w),
    }
    found |= {**_tax(w), **_customers(w)}
    return {name: msgspec.convert(fields, Example) for name, fields in found.items()}


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


def _work(w: World) -> dict[str, Json]:
    def on(name: str, body: Json = msgspec.UNSET, who: str = "terminal") -> Json:
        example = {"who": who, "path": {"fulfilment_order_id": w.id(f"work.{name}")}}
        return example if body is msgspec.UNSET else {**example, "body": body}

    line = w.seen["work.accepted"]["lines"][0]["id"]
    parcel = {"carrier": "Parcel Post", "tracking_number": "PP2", "tracking_url": "https://post.example/PP2"}
    shipment = {"shipment_id": w.id("shipment.sent")}
    return {
        "listFulfilmentOrders": {"who": "terminal", "query": {"state": "offered", "kind": "pickup"}},
        "getFulfilmentOrder": on("offered"),
        "acceptFulfilmentOrder": on("offered"),
        "rejectFulfilmentOrder": on("rejected", {"reason": "damage"}),
        "pickFulfilmentOrder": on(
            "accepted", {"lines": [{"line_id": line, "picked": 1, "short": 1, "reason": "mismatch"}]}
        ),
        "packFulfilmentOrder": on("picked"),
        "unpackFulfilmentOrder": on("packed"),
        "readyFulfilmentOrder": on("picked_too", {"staging": "Shelf A3"}),
        "remindFulfilmentOrder": on("ready"),
        "arriveFulfilmentOrder": on("ready"),
        "handOverFulfilmentOrder": on("collected", {"identity_checked": True}),
        "shipFulfilmentOrder": on("sending", parcel, who="depot"),
        "getShipment": {"who": "depot", "path": shipment},
        "deliverShipment": {"who": "depot", "path": shipment, "body": {"at": "2026-03-10T10:00:00Z"}},
        "getPickList": {"who": "terminal", "query": {"location_id": w.id("location.gracia")}},
        "streamFulfilmentOrders": {
            "who": "terminal",
            "query": {"location_id": w.id("location.gracia"), "seconds": "1"},
        },
    }


def _recourse(w: World) -> dict[str, Json]:
    refused = {"order_id": w.id("order.refused")}
    patience = {
        "accept_minutes": 30,
        "pause_minutes": 30,
        "choose_minutes": 1440,
        "transfer_minutes": 2880,
        "attempts": 3,
    }
    later = {"ready_by": "2026-03-20T12:00:00Z", "reason": "no_capacity"}
    return {
        "moveFulfilmentPromise": {
            "who": "terminal",
            "path": {"fulfilment_order_id": w.id("work.offered")},
            "body": later,
        },
        "listRejections": {"who": "shopper", "path": refused},
        "chooseForRejection": {
            "who": "shopper",
            "path": {**refused, "rejection_id": w.id("rejection.refused")},
            "body": {"choice": "refund"},
        },
        "listOrderExceptions": {"who": "terminal", "query": {"resolved": "true"}},
        "resolveOrderException": {"who": "terminal", "path": {"exception_id": w.id("exception.ignored")}},
        "getPatience": {"query": {"location_id": w.id("location.sants")}},
        "setPatience": {"body": patience, "version_at": "/v1/admin/patience"},
        "reportPickupService": {"who": "terminal", "query": {"since": "2026-03-01", "until": "2026-04-01"}},
    }


def _uncollected(w: World) -> dict[str, Json]:
    waits = {"order_id": w.id("order.waiting"), "fulfilment_order_id": w.id("work.waiting")}
    forgotten = w.seen["work.forgotten"]
    policy = {"policy_id": w.id("collection_policy.gracia")}
    terms = {
        "wait_hours": 8,
        "reminders": [60],
        "extension_days": 0,
        "grace_minutes": 15,
        "sign_count": 2,
        "sign_days": 90,
    }
    at = f"/v1/admin/collection-policies/{policy['policy_id']}"
    return {
        "listToPutAway": {"who": "terminal"},
        "listPickups": {"who": "shopper", "path": {"order_id": waits["order_id"]}},
        "extendPickup": {"who": "shopper", "path": waits},
        "putAwayUncollected": {
            "who": "terminal",
            "path": {"fulfilment_order_id": forgotten["id"]},
            "body": {"damaged": [{"line_id": forgotten["lines"][0]["id"], "units": 1}]},
        },
        "listCollectionPolicies": {"query": {"limit": "10"}},
        "createCollectionPolicy": {"body": {**terms, "category_id": w.id("category.cups")}},
        "getCollectionPolicy": {"path": policy},
        "changeCollectionPolicy": {"path": policy, "body": terms, "version_at": at},
        "deleteCollectionPolicy": {"path": policy, "version_at": at},
        "listNoShows": {"query": {"unsigned_too": "true"}},
    }


def _returns(w: World) -> dict[str, Json]:
    order, place = w.seen["order.returned"], w.id("location.gracia")

    def on(name: str, body: Json = msgspec.UNSET, who: str = "administrator") -> Json:
        example = {"who": who, "path": {"return_id": w.id(f"return.{name}")}}
        return example if body is msgspec.UNSET else {**example, "body": body}

    received = w.seen["return.received"]["lines"][0]
    wanted = {
        "order_id": order["id"],
        "reason": "does_not_fit",
        "lines": [{"order_line_id": order["lines"][0]["id"], "quantity": 2}],
    }
    return {
        "getReturnable": {"who": "shopper", "path": {"order_id": order["id"]}},
        "requestReturn": {"who": "shopper", "body": wanted},
        "listReturns": {"who": "shopper", "query": {"state": "requested"}},
        "getReturn": on("requested", who="shopper"),
        "approveReturn": on("requested"),
        "declineReturn": on("unwanted", {"reason": "it was worn"}),
        "receiveReturn": on("approved", {"location_id": place}),
        "inspectReturn": on("received", {"lines": [{"line_id": received["id"], "restock": received["quantity"]}]}),
        "refundReturn": on("inspected"),
        "cancelReturn": on("cancelled", who="shopper"),
    }


def _people(w: World) -> dict[str, Json]:
    grant = {"role_id": w.id("role.counter"), "location_id": w.id("location.gracia")}
    staff, role = {"staff_id": w.id("staff.somebody")}, {"role_id": w.id("role.unused")}
    new = {"email": "new@shop.example", "name": "New", "password": PASSWORD, "language": "es", "roles": [grant]}
    client, terminal = {"client_id": w.id("client.revoked")}, {"terminal_id": w.id("terminal.revoked")}
    place = w.id("location.gracia")
    return {
        "listStaff": {"query": {"limit": "1"}},
        "createStaff": {"body": new},
        "getStaff": {"path": staff},
        "changeStaff": {"path": staff, "body": {"name": "Somebody Else", "roles": [grant]}},
        "inviteStaff": {"path": {"staff_id": w.id("staff.invited")}},
        "listScopes": {},
        "listRoles": {"query": {"limit": "2"}},
        "createRole": {"body": {"code": "picker", "name": "Picker", "scopes": ["fulfilment:work"]}},
        "getRole": {"path": role},
        "changeRole": {"path": {"role_id": w.id("role.counter")}, "body": {"name": "Desk", "scopes": ["orders:read"]}},
        "deleteRole": {"path": role},
        "listApiClients": {},
        "createApiClient": {"body": {"name": "ERP", "scopes": ["stock:read"], "location_ids": [place]}},
        "getApiClient": {"path": client},
        "revokeApiClient": {"path": client},
        "listTerminals": {},
        "createTerminal": {"body": {"name": "Till 9", "location_id": place}},
        "getTerminal": {"path": terminal},
        "revokeTerminal": {"path": terminal},
        "listAuditLog": {"query": {"since": "2026-01-01T00:00:00Z", "limit": "5"}},
    }


def _customers(w: World) -> dict[str, Json]:
    group, unused = {"group_id": w.id("group.vip")}, {"group_id": w.id("group.unused")}
    customer, mine = {"customer_id": w.id("customer.leaving")}, {"who": "shopper"}
    business = {"company_name": "Ca la Maria", "country": "GR", "vat_number": "EL 094259216"}
    members = {"join": [w.id("customer.shopper")], "leave": [w.id("customer.leaving")]}
    return {
        "listCustomerGroups": {"query": {"kind": "group", "limit": "1"}},
        "createCustomerGroup": {"body": {"code": "lapsed", "name": {"ca": "Perduts"}, "kind": "segment"}},
        "getCustomerGroup": {"path": group},
        "changeCustomerGroup": {"path": group, "body": {"name": {"es": "Preferentes"}}},
        "deleteCustomerGroup": {"path": unused},
        "listCustomerGroupMembers": {"path": group, "query": {"limit": "2"}},
        "changeCustomerGroupMembers": {"path": group, "body": members},
        "listGroupsOfCustomer": {"path": customer},
        "getBusinessOfCustomer": {"path": customer},
        "setBusinessOfCustomer": {"path": customer, "body": business},
        "removeBusinessOfCustomer": {"path": customer},
        "getMyBusiness": mine,
        "setMyBusiness": {**mine, "body": business},
        "removeMyBusiness": mine,
    }


def _places(w: World) -> dict[str, Json]:
    path = {"location_id": w.id("location.empty")}
    day = {**path, "day": "2026-12-24"}
    at = f"/v1/admin/locations/{path['location_id']}"
    hours = [{"weekday": 1, "opens": "10:00", "closes": "14:00"}, {"weekday": 1, "opens": "16:00", "closes": "24:00"}]
    new = {
        "code": "new",
        "name": "New",
        "timezone": "Europe/Lisbon",
        "country": "PT",
        "address": {"line1": "Rua 1", "city": "Lisboa"},
        "hours": hours,
    }
    channel = {"channel_id": w.id("channel.outlet")}
    holidays = {"calendar_id": w.id("holidays.es")}
    of_holidays = f"/v1/admin/holiday-calendars/{holidays['calendar_id']}"
    web = {"code": "app", "name": "App", "currency": "EUR", "country": "PT", "languages": ["en"]}
    return {
        "adminListLocations": {"query": {"limit": "2"}},
        "openLocation": {"body": new},
        "adminGetLocation": {"path": path},
        "changeLocation": {"path": path, "body": {"name": "Other", "phone": None, "lead_minutes": 90}},
        "setLocationHours": {"path": path, "body": {"hours": hours}, "version_at": at},
        "setLocationException": {
            "path": day,
            "body": {"hours": [{"opens": "10:00", "closes": "14:00"}], "reason": "Christmas Eve"},
            "version_at": at,
        },
        "dropLocationException": {"path": day, "version_at": at},
        "setLocationService": {
            "path": {**path, "service": "pickup"},
            "body": {
                "lead_minutes": 30,
                "daily_capacity": 40,
                "slot_minutes": 30,
                "slot_capacity": 4,
                "cutoffs": [{"weekday": 6, "at": "14:00"}],
            },
            "version_at": at,
        },
        "dropLocationService": {"path": {**path, "service": "pickup"}, "version_at": at},
        "pauseLocation": {"path": path, "body": {"reason": "flood", "until": "2030-01-01T10:00:00Z"}},
        "resumeLocation": {"path": path},
        "followHolidayCalendars": {
            "path": path,
            "body": {"calendars": [w.seen["holidays.es"]["code"]]},
            "version_at": at,
        },
        "listHolidayCalendars": {"query": {"limit": "2"}},
        "createHolidayCalendar": {
            "body": {"code": "pt", "name": "Portugal", "country": "PT", "days": [{"day": "2026-06-10", "name": "Day"}]}
        },
        "getHolidayCalendar": {"path": holidays},
        "putHolidayCalendar": {"path": holidays, "body": {"name": "Spain", "days": []}, "version_at": of_holidays},
        "listChannels": {},
        "openChannel": {"body": web},
        "getChannel": {"path": channel},
        "changeChannel": {"path": channel, "body": {"name": "Outlet 2", "languages": ["en", "es"]}},
        "getSettings": {},
        "changeSettings": {"body": {"shop_name": "A shop", "return_days": 30}},
    }


def _catalogue(w: World) -> dict[str, Json]:
    product, unused = {"product_id": w.id("product.draft")}, {"product_id": w.id("product.unused")}
    variant = {"variant_id": w.seen["product.draft"]["variants"][0]["id"]}
    other = {"variant_id": w.seen["product.draft"]["variants"][1]["id"]}
    category = {"category_id": w.id("category.unused")}
    new = {
        "title": {"en": "Bowl", "es": "Cuenco", "ca": "Bol"},
        "tags": ["clay"],
        "publish": True,
        "options": [{"en": "Size"}],
        "images": [{"url": "https://images.example/bowl.jpg", "alt": "A bowl"}],
        "category_ids": [w.id("category.kitchen")],
        "variants": [{"sku": "BOWL", "option_values": ["one"], "barcode": "4006381333931", "weight_grams": 250}],
    }
    return {
        "listAdminProducts": {"query": {"status": "draft", "q": "draft"}},
        "createProduct": {"body": new},
        "getAdminProduct": {"path": product},
        "changeProduct": {"path": product, "body": {"title": {"en": "Draft 2"}, "vendor": "Maker"}},
        "deleteProduct": {"path": unused},
        "publishProduct": {"path": product},
        "withdrawProduct": {"path": {"product_id": w.id("product.old")}},
        "addVariant": {"path": product, "body": {"sku": "DRAFT-XL", "option_values": ["xl"]}},
        "getVariant": {"path": variant},
        "changeVariant": {"path": variant, "body": {"sku": "DRAFT-XS", "weight_grams": None}},
        "deleteVariant": {"path": other},
        "createCategory": {"body": {"name": {"en": "Garden"}, "parent_id": w.id("category.kitchen"), "position": 3}},
        "getAdminCategory": {"path": category},
        "changeCategory": {"path": category, "body": {"name": {"en": "Used"}, "parent_id": None}},
        "deleteCategory": {"path": category},
        "startImport": {
            "content": b"Handle,Title,Variant SKU,Variant Price\nvase,Vase,VASE,30.00\n",
            "media_type": "text/csv",
            "query": {"lang": "en", "currency": "EUR"},
        },
        "getImport": {"path": {"import_id": w.id("import.done")}},
        "streamJob": {"path": {"job_id": w.id("import.done")}, "query": {"seconds": "1"}},
        "listImportDifferences": {"path": {"import_id": w.id("import.done")}},
        "exportProductsCsv": {},
        "exportProductsJsonl": {},
        "listImportErrors": {"path": {"import_id": w.id("import.done")}},
        "getJob": {"path": {"job_id": w.id("import.done")}},
    }


def _prices(w: World) -> dict[str, Json]:
    main, cup = {"list_id": w.id("list.main")}, w.seen["product.cup"]["variants"][0]["id"]
    of_cup = {**main, "variant_id": cup}
    price = {"amount": 2099, "currency": "EUR"}
    rate, method = {"rate_id": w.id("rate.spain")}, {"method_id": w.id("method.van")}
    new_rate = {"category": "standard", "country": "PT", "rate": "0.23", "name": "IVA", "valid_from": "2020-01-01"}
    new_method = {
        "code": "bike",
        "name": {"en": "Bike"},
        "kind": "ship",
        "price": price,
        "tax_category": "standard",
        "countries": ["ES"],
        "max_days": 1,
    }
    return {
        "listPriceLists": {"query": {"limit": "1"}},
        "createPriceList": {
            "body": {
                "code": "b2b",
                "name": "B2B",
                "currency": "EUR",
                "priority": 5,
                "store_id": w.id("location.gracia"),
                "starts_at": "2026-11-27T00:00:00Z",
                "store_time": True,
            }
        },
        "getPriceList": {"path": main},
        "changePriceList": {"path": {"list_id": w.id("list.sale")}, "body": {"name": "Sale!", "ends_at": None}},
        "listPrices": {"path": main},
        "setPrices": {
            "path": main,
            "body": {
                "prices": [
                    {"variant_id": cup, "price": price, "compare_at": None},
                    {"variant_id": cup, "price": price, "min_quantity": 10, "starts_at": "2900-01-01T00:00:00Z"},
                ]
            },
        },
        "removePrice": {"path": of_cup},
        "listPriceChanges": {"path": of_cup},
        "announceReduction": {
            "path": {"list_id": w.id("list.sale")},
            "body": {
                "percent": "0.20",
                "variant_ids": [w.seen["product.plate"]["variants"][0]["id"]],
                "perishable": False,
            },
        },
        "listLabels": {
            "who": "terminal",
            "query": {"variant_ids": cup, "store": w.id("location.gracia"), "limit": "5"},
        },
        "listCosts": {"query": {"currency": "EUR"}},
        "setCosts": {
            "body": {"currency": "EUR", "costs": [{"variant_id": cup, "cost": {"amount": 800, "currency": "EUR"}}]}
        },
        "listCostChanges": {"path": {"variant_id": cup}, "query": {"currency": "EUR"}},
        "listMarginGuards": {},
        "getMarginGuard": {"path": {"currency": "USD"}},
        "setMarginGuard": {"path": {"currency": "USD"}, "body": {"of": "price", "share": "0.30"}},
        "dropMarginGuard": {"path": {"currency": "USD"}},
        "listOverrideLimits": {},
        "getOverrideLimit": {"path": {"limited": "prices:override"}},
        "setOverrideLimit": {
            "path": {"limited": "prices:override"},
            "body": {"most": "0.15", "reason_required": True},
        },
        "listTaxCategories": {},
        "addTaxCategory": {"body": {"code": "books", "name": "Books"}},
        "listTaxRates": {"query": {"country": "ES", "category": "standard"}},
        "addTaxRate": {"body": new_rate},
        "getTaxRate": {"path": rate},
        "changeTaxRate": {"path": rate, "body": {"name": "I.V.A.", "valid_to": "2030-01-01"}},
        "listDeliveryMethods": {},
        "createDeliveryMethod": {"body": new_method},
        "getDeliveryMethod": {"path": method},
        "changeDeliveryMethod": {"path": method, "body": {"price": price, "countries": ["ES", "PT"], "max_days": 4}},
    }


def _promotions(w: World) -> dict[str, Json]:
    coded, draft = {"promotion_id": w.id("promotion.coded")}, {"promotion_id": w.id("promotion.draft")}
    batch = {**coded, "batch_id": w.id("batch.whole")}
    plate = w.seen["product.plate"]["variants"][0]["id"]
    amount = {"amount": 300, "currency": "EUR"}
    new = {
        "code": "third",
        "name": {"en": "Every third plate", "es": "Cada tercer plato"},
        "priority": 5,
        "currency": "EUR",
        "targets": {"variants": [plate]},
        "conditions": {
            "channels": [w.id("channel.web")],
            "hours": [{"since": "09:00", "until": "20:00", "weekdays": [1, 6]}],
            "fulfilment": ["pickup"],
            "needs": [{"targets": {"variants": [plate]}, "quantity": 3, "amount": amount}],
        },
        "effect": {"kind": "buy_get", "buy": 2, "get": 1, "rate": "1", "times_most": 2},
        "exclusion": "plates",
        "window": {"starts_at": "2026-03-01T00:00:00Z", "ends_at": "2027-03-01T00:00:00Z", "store_time": True},
        "limits": {"uses_most": 500, "amount_most": {**amount}, "per_customer_most": 1},
    }
    return {
        "listPromotions": {"query": {"state": "published"}},
        "createPromotion": {"body": new},
        "lintPromotions": {},
        "getPromotion": {"path": coded},
        "changePromotion": {"path": draft, "body": {"priority": 3, "window": {"ends_at": "2027-01-01T00:00:00Z"}}},
        "lintPromotion": {"path": draft},
        "publishPromotion": {"path": {"promotion_id": w.id("promotion.unpublished")}, "body": {"version": 1}},
        "withdrawPromotion": {"path": {"promotion_id": w.id("promotion.spare")}},
        "listPromotionVersions": {"path": coded},
        "getPromotionUsage": {"path": coded},
        "listPromotionUses": {"path": coded},
        "listPromotionCodes": {"path": coded},
        "addPromotionCode": {"path": coded, "body": {"code": "winter-27", "uses_most": 9}},
        "withdrawPromotionCode": {"path": coded, "body": {"code": "autumn"}},
        "listCodeBatches": {"path": coded},
        "startCodeBatch": {"path": coded, "body": {"count": 2, "prefix": "VIP"}},
        "getCodeBatch": {"path": batch},
        "withdrawCodeBatch": {"path": {**coded, "batch_id": w.id("batch.second")}},
        "exportCodeBatch": {"path": batch},
    }


def _sourcing(w: World) -> dict[str, Json]:
    draft = {"rule_id": w.id("sourcing.draft")}
    place, plate = w.id("location.gracia"), w.seen["product.plate"]["variants"][0]["id"]
    step = {
        "name": "near and full",
        "kinds": ["store", "warehouse"],
        "not_locations": [place],
        "distance_most_km": 500,
        "ready_within_minutes": 1_440,
        "keep": 1,
        "exclusions": [{"location_id": place, "variant_ids": [plate]}],
        "parcels_most": 2,
        "mode": "weighted",
        "rank": [{"by": "parcels", "weight": 300}, {"by": "cost"}, {"by": "distance", "weight": 2}],
    }
    routing = {"steps": [step], "costs": [{"kinds": ["store"], "amount": 450, "per_km": 1}], "split_from_value": 5_000}
    return {
        "listParcelCosts": {"path": {"location_id": place}},
        "sayParcelCost": {"path": {"location_id": place}, "body": {"currency": "EUR", "amount": 450, "per_km": 2}},
        "listSourcingRules": {"query": {"state": "draft"}},
        "createSourcingRule": {"body": {"code": "near", "name": {"en": "Near"}, "routing": routing}},
        "trySourcingRule": {
            "body": {
                "rule_id": w.id("sourcing.draft"),
                "lines": [{"variant_id": plate, "quantity": 2}],
                "to": {"latitude": 41.39, "longitude": 2.16},
                "value": 4_000,
            }
        },
        "getSourcingRule": {"path": draft},
        "changeSourcingRule": {"path": draft, "body": {"name": {"en": "Nearer"}, "routing": routing}},
        "lintSourcingRule": {"path": draft},
        "publishSourcingRule": {"path": {"rule_id": w.id("sourcing.unpublished")}, "body": {"version": 1}},
        "withdrawSourcingRule": {"path": {"rule_id": w.id("sourcing.spare")}},
        "listSourcingRuleVersions": {"path": draft},
        "simulateSourcingRule": {"path": draft, "body": {**A_MONTH, "channels": [w.id("channel.web")]}},
        "listSourcingSimulations": {"path": draft},
        "getSourcingSimulation": {"path": {**draft, "simulation_id": w.id("shadow.done")}},
        "listResourcedOrders": {"path": {**draft, "simulation_id": w.id("shadow.done")}},
        "cancelSourcingSimulation": {"path": {**draft, "simulation_id": w.id("shadow.spare")}},
    }


def _simulations(w: World) -> dict[str, Json]:
    draft = {"promotion_id": w.id("promotion.draft")}
    line = {"key": "a", "variant_id": w.seen["product.plate"]["variants"][0]["id"], "quantity": 2}
    return {
        "simulatePromotion": {"path": draft, "body": {**A_MONTH, "channels": [w.id("channel.web")]}},
        "listSimulations": {"path": draft},
        "getSimulation": {"path": {**draft, "simulation_id": w.id("simulation.done")}},
        "cancelSimulation": {"path": {**draft, "simulation_id": w.id("simulation.spare")}},
        "previewPromotion": {"path": draft, "body": {"basket": {"lines": [line]}, "at": "2026-03-01T10:00:00Z"}},
        "getBundle": {"who": "terminal", "query": {"channel_id": w.id("channel.web")}},
    }


def _tax(w: World) -> dict[str, Json]:
    fee, supply = {"fee_id": w.id("fee.bottle")}, {"supply_id": w.id("supply.exempt")}
    deposit = {
        "code": "crate",
        "kind": "deposit",
        "amount": {"amount": 150, "currency": "EUR"},
        "tax_category": "standard",
    }
    return {
        "listTaxProfiles": {},
        "addTaxProfile": {"body": {"zone": "ES-CN", "rounding": "document"}},
        "getTaxProfile": {"path": {"zone": "FR"}},
        "changeTaxProfile": {"path": {"zone": "FR"}, "body": {"rounding": "line"}},
        "listTaxSellers": {},
        "addTaxSeller": {"body": {"country": "FR", "distance": "destination", "domestic_reverse": ["standard"]}},
        "getTaxSeller": {"path": {"country": "ES"}},
        "changeTaxSeller": {"path": {"country": "ES"}, "body": {"domestic_reverse": ["standard"]}},
        "listExemptSupplies": {"query": {"lacking": "true", "limit": "5"}},
        "getExemptSupply": {"path": supply},
        "addTransportProof": {"path": supply, "body": {"kind": "cmr", "issuer": "A carrier", "reference": "CMR-1"}},
        "listFees": {"query": {"variant_id": w.seen["fee.bottle"]["variant_id"]}},
        "addFee": {"body": {**deposit, "variant_id": w.seen["product.cup"]["variants"][0]["id"], "zone": "ES"}},
        "getFee": {"path": fee},
        "changeFee": {"path": fee, "body": {"ends_at": "2030-01-01T00:00:00Z"}},
        "checkVatNumber": {"who": "shopper", "body": {"number": "ESB58378431"}},
    }


def _operation(w: World) -> dict[str, Json]:
    cup, place = w.seen["product.cup"]["variants"][0]["id"], w.id("location.gracia")
    line = {"variant_id": cup, "location_id": place, "delta": 3}
    asks = w.seen["product.unused"]["variants"][1]["id"]
    kept = {"variant_id": cup, "location_id": place}
    return {
        "listStock": {"who": "terminal", "query": {"variant_id": cup}},
        "explainStock": {"who": "terminal", "path": {"variant_id": cup}},
        "listStockMovements": {"who": "terminal", "query": {"location_id": place, "kind": "adjusted"}},
        "listReservations": {"who": "terminal", "query": {"variant_id": cup}},
        "listLots": {"who": "terminal", "query": {"variant_id": cup, "expiring_before": "2026-12-31"}},
        "listSerials": {"who": "terminal", "query": {"variant_id": cup, "serial": "SN-1", "spot": "shelf"}},
        "listTraces": {"who": "terminal", "query": {"variant_id": cup, "code": "SN-1"}},
        "listTracking": {},
        "getTracking": {"path": {"variant_id": asks}},
        "setTracking": {
            "path": {"variant_id": asks},
            "body": {"tracking": "lot", "dated": True, "reason": "It spoils"},
        },
        "listTrackingChanges": {"path": {"variant_id": asks}},
        "proveStock": {"query": {"articles": "5"}},
        "getKeptBack": {"path": kept},
        "setKeptBack": {
            "path": kept,
            "body": {
                "safety": 1,
                "buffers": [{"channel_id": w.id("channel.web"), "units": 2}],
                "reason": "The last ones are often damaged",
            },
            "version_at": f"/v1/admin/stock/{cup}/{place}",
        },
        "listKeptBackChanges": {"path": kept},
        "getSupplyTerms": {"path": kept},
        "setSupplyTerms": {
            "path": kept,
            "body": {"kind": "back_order", "allowed": 3, "lead_days": 10, "reason": "The potter makes more"},
            "version_at": f"/v1/admin/supply-terms/{cup}/{place}",
        },
        "listSupplyTermsChanges": {"path": kept},
        "listSupplyClaims": {"query": {"variant_id": cup, "location_id": place, "limit": "5"}},
        "adjustStock": {"body": {"reason": "found some", "lines": [line]}},
        "getHealth": {"who": "nobody"},
        "getReady": {"who": "nobody"},
        "getMetrics": {"who": "nobody"},
        "listEvents": {"query": {"limit": "5"}},
    }
