"""Who may: nobody without a token, nobody without the scope, and what is another's looks exactly like what does not exist."""

import re
from typing import Any

import httpx
import msgspec

from commerce.kernel.ids import new_id
from tests.fuzz.conftest import Stage
from tests.fuzz.contract import Operation
from tests.fuzz.digest import changed, digests
from tests.fuzz.examples import Example, examples

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Speaks of an article, which anybody may know of: what it gives is cut to what the caller may see.
OF_ALL = {"explainStock"}
# Goods come back to any store, wherever they were bought: a return belongs to nobody's location until it was received at one.
IN_ANY_STORE = {
    "getReturnable",
    "requestReturn",
    "getReturn",
    "approveReturn",
    "declineReturn",
    "receiveReturn",
    "cancelReturn",
}
EMPTY: dict[str, Any] = {"items": [], "next_cursor": None}


def guarded(stage: Stage) -> list[Operation]:
    """Every operation that needs a scope."""
    return [each for each in stage.contract.operations.values() if each.scope is not None]


async def test_without_a_token_nobody_gets_in(stage: Stage) -> None:
    found, faults, before = examples(stage.world), [], await digests(stage.dsn)
    for operation in guarded(stage):
        refused = await stage.sender.send(operation, found[operation.id], who="nobody", if_match='"1"')
        said = (refused.status_code, refused.json().get("code"), "www-authenticate" in refused.headers)
        if said != (401, "unauthenticated", True):
            faults.append(f"{operation.id}: {said}")
    assert not faults, "\n".join(faults)
    assert changed(before, await digests(stage.dsn)) == []


async def test_a_token_that_is_not_ours_gets_in_nowhere_not_even_where_none_is_needed(stage: Stage) -> None:
    good = stage.world.tokens["administrator"] or ""
    bad = ["x", "a.b.c", good[:-2] + "xx", good + "x", ".".join([good.split(".")[0], good.split(".")[1], ""])]
    headers = [f"Bearer {token}" for token in bad] + ["Bearer", f"bearer {good[:20]}"]
    found, faults = examples(stage.world), []
    for operation in stage.contract.operations.values():
        for header in (
            *headers,
            *(["Basic YTpi"] if operation.scope else []),
        ):  # what is open to all ignores other schemes
            sent = {"authorization": header, "idempotency-key": "k", "if-match": '"1"'}
            refused = await stage.sender.raw(operation, found[operation.id], sent)
            if refused.status_code != 401:
                faults.append(f"{operation.id} with {header[:20]!r}: {refused.status_code}")
    assert not faults, "\n".join(faults)


async def test_without_the_scope_nothing_is_done(stage: Stage) -> None:
    found, faults, before = examples(stage.world), [], await digests(stage.dsn)
    for operation in guarded(stage):
        who = "shopper" if operation.scope == "events:read" else "powerless"
        refused = await stage.sender.send(operation, found[operation.id], who=who, if_match='"1"')
        said = (refused.status_code, refused.json().get("code"), refused.json().get("scope"))
        if said != (403, "forbidden", operation.scope):
            faults.append(f"{operation.id}: {said}")
    assert not faults, "\n".join(faults)
    assert changed(before, await digests(stage.dsn)) == []


async def test_every_scope_that_a_route_names_can_be_given(stage: Stage) -> None:
    scopes = await stage.sender.send(stage.contract.operations["listScopes"], Example())
    known = {each["name"] for each in scopes.json()["items"]}
    assert {each.scope for each in guarded(stage)} <= known


async def test_what_is_anothers_looks_like_what_does_not_exist(stage: Stage) -> None:
    """SEC-01 for a shopper's things, SEC-04 for a location's: same status, same words, same headers, and nothing happens."""
    found, faults, before, compared = examples(stage.world), [], await digests(stage.dsn), 0
    for operation in guarded(stage):
        example = found[operation.id]
        for who in ("other", "other_terminal"):
            missing = absent(example)
            if (
                missing == example
                or operation.id in OF_ALL
                or (who, operation.id in IN_ANY_STORE) == ("other_terminal", True)
            ):
                continue
            theirs = await stage.sender.send(operation, example, who=who, if_match='"1"')
            none = await stage.sender.send(operation, missing, who=who, if_match='"1"')
            if seen(theirs) != seen(none) or not nothing(theirs):
                faults.append(f"{operation.id} as {who}: {seen(theirs)} against {seen(none)}")
            compared += theirs.status_code == 404
    assert not faults, "\n".join(faults)
    assert changed(before, await digests(stage.dsn)) == []
    assert compared > 40


async def test_a_manager_of_one_store_sees_and_does_nothing_at_another(stage: Stage) -> None:
    """Every scope that there is, at one location: what is the warehouse's, or the other store's, does not exist for them."""
    found, faults, before = examples(stage.world), [], await digests(stage.dsn)
    of_goods = ("transfer", "count", "correction", "pick_list", "package", "hand_over")
    elsewhere = {f"{kind}_id": stage.world.id(f"{kind}.elsewhere") for kind in of_goods} | {
        "goods_receipt_id": stage.world.id("receipt.open"),
        "purchase_order_id": stage.world.id("purchase.ordered"),
        "shortfall_id": stage.world.id("shortfall.told"),
        "order_id": stage.world.id("order.elsewhere"),
        "fulfilment_order_id": stage.world.id("work.elsewhere"),
        "payment_id": stage.world.id("payment.elsewhere"),
        "shipment_id": stage.world.id("shipment.sent"),
        "refund_id": stage.world.id("refund.scratch"),
    }
    compared = 0
    for operation in guarded(stage):
        example = found[operation.id]
        path = {name: elsewhere.get(name, value) for name, value in example.path.items()}
        if path == example.path and not set(path) & set(elsewhere):
            continue
        there = msgspec.structs.replace(example, path=path)
        theirs = await stage.sender.send(operation, there, who="store", if_match='"1"')
        none = await stage.sender.send(operation, absent(there), who="store", if_match='"1"')
        compared += 1
        if operation.id not in IN_ANY_STORE and (seen(theirs) != seen(none) or not nothing(theirs)):
            faults.append(f"{operation.id}: {seen(theirs)} against {seen(none)}")
    assert not faults, "\n".join(faults)
    assert changed(before, await digests(stage.dsn)) == []
    assert compared > 60


def nothing(answer: httpx.Response) -> bool:
    """Whether an answer tells nothing: there is no such thing, or an empty list of what belongs to it."""
    return answer.status_code in {403, 404} or (answer.status_code == 200 and answer.json() == EMPTY)


def absent(example: Example) -> Example:
    """The same request for things that do not exist: by its path, else by what its body or its query name first."""
    if example.path:
        return msgspec.structs.replace(example, path={name: _other(value) for name, value in example.path.items()})
    if isinstance(example.body, dict) and "order_id" in example.body:
        return msgspec.structs.replace(example, body={**example.body, "order_id": str(new_id())})
    if "location_id" in example.query:
        return msgspec.structs.replace(example, query={**example.query, "location_id": str(new_id())})
    return example


def _other(value: str) -> str:
    return str(new_id()) if ID.fullmatch(value) else value


def seen(answer: httpx.Response) -> tuple[Any, ...]:
    """All that a caller can tell two refusals apart by, but for the ids that they sent themselves and the request's own."""
    body = answer.json()
    body.pop("request_id", None)
    names = sorted(set(answer.headers) - {"date", "x-request-id", "content-length"})
    return answer.status_code, ID.sub("an id", str(body))[:300], names
