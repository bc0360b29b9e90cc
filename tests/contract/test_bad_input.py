"""Bad input of every kind on every operation: a problem that names the place, and nothing changes."""

import msgspec
import pytest

from tests.fuzz.conftest import Stage
from tests.fuzz.digest import changed, digests
from tests.fuzz.examples import examples
from tests.fuzz.mutate import UNREADABLE, wrong_bodies, wrong_paths, wrong_queries
from tests.fuzz.share import WHOLE, part_of

REFUSED = {400, 413, 415, 422}
FEWEST = 2_500
ODD_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x", "")
EACH_SHARE = pytest.mark.parametrize("share", [5, pytest.param(WHOLE, marks=pytest.mark.nightly)])
"""One in five of what is wrong, other things for each operation; all of it in the nightly run."""


@EACH_SHARE
async def test_a_wrong_body_is_told_its_place_and_changes_nothing(stage: Stage, share: int) -> None:
    found, faults, before, sent = examples(stage.world), [], await digests(stage.dsn), 0
    for nth, operation in enumerate(stage.contract.operations.values()):
        for wrong in part_of(wrong_bodies(stage.contract, operation, found[operation.id]), nth, share):
            sent += 1
            answer = await stage.sender.send(operation, found[operation.id], content=wrong.encoded(), if_match='"1"')
            problems = stage.contract.faults(operation, answer)
            if not problems and answer.status_code not in REFUSED:
                problems = [f"{operation.id}: {answer.status_code} for {wrong.pointer}"]
            if not problems and not named(answer.json(), wrong.pointer):
                problems = [f"{operation.id}: {wrong.pointer} is not named: {answer.text[:300]}"]
            faults += [f"{each} (sent {wrong.encoded()[:300]!r})" for each in problems]
    assert not faults, f"{len(faults)} of {sent}\n" + "\n".join(faults)
    assert changed(before, await digests(stage.dsn)) == []
    assert sent > FEWEST // share


@EACH_SHARE
async def test_an_unreadable_body_is_a_problem_and_changes_nothing(stage: Stage, share: int) -> None:
    found, faults, before = examples(stage.world), [], await digests(stage.dsn)
    for nth, operation in enumerate(stage.contract.operations.values()):
        if operation.body_type != "application/json":
            continue
        for content in part_of(UNREADABLE, nth, share):
            answer = await stage.sender.send(operation, found[operation.id], content=content, if_match='"1"')
            problems = stage.contract.faults(operation, answer)
            if not problems and answer.status_code not in REFUSED:
                problems = [f"{operation.id}: {answer.status_code} {answer.text[:200]}"]
            faults += [f"{each} (sent {content[:60]!r})" for each in problems]
        for media_type in part_of(ODD_TYPES, nth, share):
            typed = msgspec.structs.replace(found[operation.id], media_type=media_type)
            answer = await stage.sender.send(operation, typed, content=b"a=b", if_match='"1"')
            problems = stage.contract.faults(operation, answer)
            if not problems and answer.status_code not in REFUSED:
                problems = [f"{operation.id}: {answer.status_code} {answer.text[:200]}"]
            faults += [f"{each} (sent as {media_type!r})" for each in problems]
    assert not faults, f"{len(faults)}\n" + "\n".join(faults)
    assert changed(before, await digests(stage.dsn)) == []


async def test_a_body_that_is_said_to_be_something_else_is_not_read(stage: Stage) -> None:
    found, faults, before = examples(stage.world), [], await digests(stage.dsn)
    for operation in stage.contract.operations.values():
        if operation.body_type != "application/json":
            continue
        for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            typed = msgspec.structs.replace(found[operation.id], media_type=media_type)
            answer = await stage.sender.send(operation, typed, if_match='"1"')
            if (answer.status_code, answer.json()["code"]) != (415, "unsupported_media_type"):
                faults.append(f"{operation.id} as {media_type}: {answer.status_code} {answer.text[:200]}")
    assert not faults, "\n".join(faults)
    assert changed(before, await digests(stage.dsn)) == []


@EACH_SHARE
async def test_a_wrong_parameter_is_named(stage: Stage, share: int) -> None:
    found, faults, before = examples(stage.world), [], await digests(stage.dsn)
    for nth, operation in enumerate(stage.contract.operations.values()):
        for name, wrong in part_of(wrong_queries(operation, found[operation.id]), nth, share):
            answer = await stage.sender.send(operation, wrong, if_match='"1"')
            problems = stage.contract.faults(operation, answer)
            if not problems and (answer.status_code != 400 or not named(answer.json(), f"?{name}")):
                problems = [f"{operation.id}: {answer.status_code} {answer.text[:300]}"]
            faults += [f"{each} (sent {name}={wrong.query.get(name, '')[:40]!r})" for each in problems]
    assert not faults, f"{len(faults)}\n" + "\n".join(faults)
    assert changed(before, await digests(stage.dsn)) == []


# What hangs on a thing that does not exist is an empty list.
OF_NOTHING = {"listAdminVariants", "listProductHistory", "listPriceChanges", "listKeptBackChanges"}
# A PUT that writes a new one under a name of the caller's choice, on version 0.
NAMED_BY_THE_CALLER = {"putCorrectionReason"}


async def test_a_path_that_leads_nowhere_is_not_found(stage: Stage) -> None:
    found, faults, before = examples(stage.world), [], await digests(stage.dsn)
    for operation in stage.contract.operations.values():
        for wrong in wrong_paths(operation, found[operation.id]):
            answer = await stage.sender.send(operation, wrong, if_match='"1"')
            if operation.id in OF_NOTHING and answer.json() == {"items": [], "next_cursor": None}:
                continue
            if operation.id in NAMED_BY_THE_CALLER and answer.status_code == 412:
                continue
            if answer.status_code not in {400, 404} or answer.headers["content-type"] != "application/problem+json":
                faults.append(f"{operation.id}: {answer.status_code} {answer.text[:300]} {str(answer.url)[:200]!r}")
    assert not faults, f"{len(faults)}\n" + "\n".join(faults)
    assert changed(before, await digests(stage.dsn)) == []


def named(problem: dict[str, object], pointer: str) -> bool:
    """Whether a problem names a place: it itself, or what is inside it."""
    errors = problem.get("errors", [])
    assert isinstance(errors, list)
    return any(each["pointer"] == pointer or each["pointer"].startswith(f"{pointer}/") for each in errors)
