"""Versions: what is shared is changed on the version that was read, and a reader who has it already gets no body."""

import msgspec

from tests.fuzz.conftest import Stage
from tests.fuzz.contract import Operation
from tests.fuzz.digest import changed, digests
from tests.fuzz.examples import Example, examples

LISTED = "items"


def versioned(stage: Stage) -> list[Operation]:
    """Every operation that takes If-Match."""
    return [each for each in stage.contract.operations.values() if "If-Match" in each.headers]


async def test_a_change_without_the_version_it_is_made_on_is_refused_and_changes_nothing(stage: Stage) -> None:
    found, faults, before = examples(stage.world), [], await digests(stage.dsn)
    for operation in versioned(stage):
        for if_match, expected in (
            ("", (428, "precondition_required")),
            ('"999999"', (412, "stale_version")),
            ('"x"', (412, "stale_version")),
        ):
            refused = await stage.sender.send(operation, found[operation.id], if_match=if_match)
            if (refused.status_code, refused.json().get("code")) != expected:
                faults.append(f"{operation.id} with {if_match!r}: {refused.status_code} {refused.text[:200]}")
    assert not faults, "\n".join(faults)
    assert changed(before, await digests(stage.dsn)) == []
    assert len(versioned(stage)) >= 15


async def test_what_the_back_office_changes_is_versioned(stage: Stage) -> None:
    """Not so: what is merged (prices and costs, by variant), what never changes until it is deleted (media, rules of codes), and what one owner
    alone changes (carts, a shopper's own business, who else may collect).
    """
    merged = {"setPrices", "removePrice", "setCosts"}
    unchanging = {"deleteMedium", "deleteEmbeddedCode"}
    own = ("/v1/carts", "/v1/customers/me/", "/v1/orders/{order_id}/pickup-person")
    loose = {
        each.id
        for each in stage.contract.operations.values()
        if each.method in {"PATCH", "PUT", "DELETE"} and "If-Match" not in each.headers
    }
    assert {
        each for each in loose - merged - unchanging if not stage.contract.operations[each].path.startswith(own)
    } == set()


async def test_a_stale_version_is_refused_after_a_change(stage: Stage) -> None:
    found, faults = examples(stage.world), []
    for operation in versioned(stage):
        if operation.method != "PATCH":
            continue
        example = found[operation.id]
        version = await stage.sender.version(operation, example)
        first = await stage.sender.send(operation, example, if_match=version)
        second = await stage.sender.send(operation, example, if_match=version)
        if (first.status_code, second.status_code) != (200, 412) or first.headers.get("etag") in {None, version}:
            faults.append(f"{operation.id}: {first.status_code} {first.headers.get('etag')}, then {second.status_code}")
    assert not faults, "\n".join(faults)


async def test_every_single_resource_has_an_etag_and_is_not_sent_twice(stage: Stage) -> None:
    found, faults = examples(stage.world), []
    for operation in single(stage):
        example = found[operation.id]
        first = await stage.sender.send(operation, example)
        etag = first.headers.get("etag")
        if etag is None:
            faults.append(f"{operation.id} has no ETag")
            continue
        same = await stage.sender.send(operation, example, if_none_match=f'"other", {etag}')
        other = await stage.sender.send(operation, example, if_none_match='"other"')
        if (same.status_code, same.content, same.headers.get("etag"), other.status_code) != (304, b"", etag, 200):
            faults.append(f"{operation.id}: {same.status_code}, {other.status_code}")
    assert not faults, "\n".join(faults)


def single(stage: Stage) -> list[Operation]:
    """Every GET of one thing under its own id: the last part of its path."""
    return [each for each in stage.contract.operations.values() if each.method == "GET" and each.path.endswith("}")]


async def test_an_etag_belongs_to_what_it_was_given_for(stage: Stage) -> None:
    """The same thing in another language is another representation: its ETag differs where its body does."""
    found, faults = examples(stage.world), []
    for operation in single(stage):
        example = found[operation.id]
        en = await stage.sender.send(operation, example, accept_language="en")
        es = await stage.sender.send(operation, example, accept_language="es")
        if en.content != es.content and en.headers.get("etag") == es.headers.get("etag"):
            faults.append(f"{operation.id}: one ETag for two bodies")
    assert not faults, "\n".join(faults)


async def test_bodies_are_as_their_etags_after_a_change(stage: Stage) -> None:
    example = examples(stage.world)["changeChannel"]
    operation = stage.contract.operations["changeChannel"]
    changed_ = await stage.sender.send(operation, example)
    read = await stage.sender.send(stage.contract.operations["getChannel"], example_without_body(example))
    assert (read.headers["etag"], read.json()) == (changed_.headers["etag"], changed_.json())


def example_without_body(example: Example) -> Example:
    """The same path, to be read."""
    return msgspec.structs.replace(example, body=msgspec.UNSET)
