"""Lists: a walk over small pages gives each row once, in the order of the whole; a cursor of another list is refused."""

import json
from typing import Any

import httpx
import msgspec

from commerce.kernel.signatures import from_base64, to_base64
from commerce.platform.http import encode_cursor
from tests.fuzz.conftest import Stage
from tests.fuzz.contract import Operation
from tests.fuzz.examples import Example, examples

# Cursors that can be read, and are of no list of ours: none of them is an instant and an id, a number, a title and an id …
FOREIGN = ("x", "AAAA", encode_cursor([{"a": 1}]), encode_cursor([]), encode_cursor([None, None, None, None, None]))
ODD: tuple[Any, ...] = (
    "a\x00b",
    "",
    10**30,
    2**40,
    2**63 - 1,
    -1,
    1.5,
    None,
    [],
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2026-03-10T10:00:00",
    "2026-03-10",
    "00000000-0000-0000-0000-000000000000",
)
MOST_PAGES = 60
# Go over articles so many at a time, and give no list of them.
PROOFS = {"proveStock"}


def lists(stage: Stage) -> list[Operation]:
    """Every operation that takes a cursor."""
    return [each for each in stage.contract.operations.values() if "cursor" in each.queries]


# Of labels one asks by article or by instant, in a store: the document cannot say "one of the two".
ASKED = {"listLabels": {"changed_since": "2026-03-01T00:00:00Z"}}


def wide(operation: Operation, example: Example) -> Example:
    """The list with what it has to be asked for and without its filters, as an administrator sees it."""
    needed = {each["name"] for each in operation.spec["parameters"] if each["in"] == "query" and each["required"]}
    needed |= {"q"} | ({"store"} if operation.id in ASKED else set())
    kept = {name: value for name, value in example.query.items() if name in needed}
    return msgspec.structs.replace(example, query=kept | ASKED.get(operation.id, {}), who="administrator")


def page_of(example: Example, **more: str) -> Example:
    """The list with some parameters."""
    return msgspec.structs.replace(example, query={**example.query, **more})


async def test_a_walk_over_pages_of_one_gives_what_one_large_page_gives(stage: Stage) -> None:
    found, faults, walked = examples(stage.world), [], 0
    for operation in lists(stage):
        example = wide(operation, found[operation.id])
        if operation.id == "listEvents" or "limit" not in operation.queries:
            continue
        whole = (await stage.sender.send(operation, page_of(example, limit="100"))).json()
        pages: list[Any] = []
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            more = {"cursor": cursor} if cursor else {}
            page = (await stage.sender.send(operation, page_of(example, limit="1", **more))).json()
            assert "items" in page, f"{operation.id}: {page}"
            pages += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        walked += len(pages)
        if pages != whole["items"][: len(pages)] or (cursor is None) is not (len(pages) == len(whole["items"])):
            faults.append(f"{operation.id}: {len(pages)} rows in pages of one, {len(whole['items'])} in one page")
    assert not faults, "\n".join(faults)
    assert walked > 100


async def test_what_is_no_cursor_is_refused_by_its_name(stage: Stage) -> None:
    found, faults = examples(stage.world), []
    for operation in lists(stage):
        for cursor in FOREIGN:
            refused = await stage.sender.send(operation, page_of(wide(operation, found[operation.id]), cursor=cursor))
            if not refuses_the_cursor(refused):
                faults.append(f"{operation.id} with {cursor}: {refused.status_code} {refused.text[:200]}")
    assert not faults, "\n".join(faults)


async def test_a_cursor_of_another_list_is_refused_by_its_name(stage: Stage) -> None:
    """Also where both lists are ordered in the same way, so that the place could be read."""
    found, faults, given = examples(stage.world), [], await cursors(stage)
    for operation in lists(stage):
        for other, cursor in given.items():
            answer = await stage.sender.send(operation, page_of(wide(operation, found[operation.id]), cursor=cursor))
            if answer.is_success is not (other == operation.id) or (
                other != operation.id and not refuses_the_cursor(answer)
            ):
                faults.append(f"{operation.id} with a cursor of {other}: {answer.status_code} {answer.text[:200]}")
    assert not faults, "\n".join(faults)
    assert {"listImportErrors", "listEvents", "getOrderMoney", "listProducts", "listOrders"} <= set(given)


async def test_a_cursor_that_somebody_changed_is_no_bug(stage: Stage) -> None:
    found, faults = examples(stage.world), []
    for name, cursor in (await cursors(stage)).items():
        tag, *place = json.loads(from_base64(cursor))
        for nth in range(len(place)):
            for value in ODD:
                changed = to_base64(json.dumps([tag, *place[:nth], value, *place[nth + 1 :]]).encode())
                operation = stage.contract.operations[name]
                answer = await stage.sender.send(operation, page_of(wide(operation, found[name]), cursor=changed))
                faults += [f"{fault} with {value!r} for {place}" for fault in stage.contract.faults(operation, answer)]
    assert not faults, "\n".join(faults)


async def cursors(stage: Stage) -> dict[str, str]:
    """Gives a cursor of each list that has a second page."""
    found, given = examples(stage.world), {}
    for operation in lists(stage):
        one = {"limit": "1"} if "limit" in operation.queries else {}  # the pages of some lists are as long as they are
        page = (await stage.sender.send(operation, page_of(wide(operation, found[operation.id]), **one))).json()
        assert "next_cursor" in page, f"{operation.id}: {page}"
        if page["next_cursor"] is not None:
            given[operation.id] = page["next_cursor"]
    return given


def refuses_the_cursor(answer: httpx.Response) -> bool:
    """Whether an answer says that the cursor is at fault."""
    return (answer.status_code, [error["pointer"] for error in answer.json().get("errors", ())]) == (400, ["?cursor"])


async def test_pages_have_their_bounds(stage: Stage) -> None:
    found, faults = examples(stage.world), []
    limited = [each for each in stage.contract.operations.values() if "limit" in each.queries]
    for operation in limited:
        for limit, expected in (("0", 400), ("101", 400), ("-1", 400), ("many", 400), ("1", 200), ("100", 200)):
            answer = await stage.sender.send(operation, page_of(found[operation.id], limit=limit))
            if answer.status_code != expected:
                faults.append(f"{operation.id} with a limit of {limit}: {answer.status_code} {answer.text[:200]}")
    assert not faults, "\n".join(faults)


async def test_every_list_has_items_and_a_cursor(stage: Stage) -> None:
    """A GET that gives `items` is a page, and whatever can grow takes a cursor."""
    short = {
        "getOrderTimeline",
        "listCategories",
        "listScopes",
        "getPickList",
        "listPackages",
        "getPickupPass",
        "listOrderFulfilments",
        "listOrderNotifications",
        "listOrderPayments",
        "listMarginGuards",  # at most one for each currency
        "listOverrideLimits",  # one for each scope that allows prices by hand
        "listCorrectionReasons",
        "listRejections",  # of one order, by its places' attempts
        "listPickups",  # of one order
        "lintSourcingRule",  # of one rule
        "reportPickupService",  # of some months, by day
    }
    found, faults = examples(stage.world), []
    for operation in stage.contract.operations.values():
        if operation.method != "GET" or operation.path.startswith(("/health", "/ready", "/metrics")):
            continue
        sent = await stage.sender.send(operation, found[operation.id])
        if not sent.headers["content-type"].startswith("application/json"):
            continue  # a file
        answer = sent.json()
        if "items" in answer and "cursor" not in operation.queries and operation.id not in short:
            faults.append(f"{operation.id} gives items and takes no cursor")
        if operation.id not in PROOFS and "cursor" in operation.queries and not {"items", "next_cursor"} <= set(answer):
            faults.append(f"{operation.id} gives {sorted(answer)}")
    assert not faults, "\n".join(faults)
