"""What who works on orders asks for: to pick and hand them over, what a place cannot give, what nobody collects, what comes back."""

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    from tests.fuzz.world import World

Json: TypeAlias = Any


def examples(w: "World") -> dict[str, Json]:
    """Gives the request for each operation."""
    return {**_work(w), **_recourse(w), **_uncollected(w), **_returns(w)}


def _work(w: "World") -> dict[str, Json]:
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


def _recourse(w: "World") -> dict[str, Json]:
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


def _uncollected(w: "World") -> dict[str, Json]:
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


def _returns(w: "World") -> dict[str, Json]:
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
