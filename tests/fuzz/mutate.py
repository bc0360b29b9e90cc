"""Requests that are wrong in one place, each made from a valid one, with the place that an answer should name."""

import copy
import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import jsonschema_rs
import msgspec

from tests.fuzz.contract import Contract, Operation
from tests.fuzz.examples import Example

Json: TypeAlias = Any
UNKNOWN = "surprise"
LONG = "x" * 30_000
WRONG: tuple[Json, ...] = (
    None,
    "",
    [],
    {},
    True,
    -1,
    1.5,
    10**30,
    1_700_000_000,
    "3",
    "true",
    "a\x00b",
    "x\n",
    LONG,
    "00000000-0000-0000-0000-00000000000g",
)
UNREADABLE: tuple[bytes, ...] = (
    b"",
    b"{",
    b"[]",
    b'"x"',
    b"null",
    b"1",
    b"\xff\xfe",
    b"[" * 20_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"\\ud800": 1}',
    b"{'a': 1}",
    b"NaN",
)


class Wrong(msgspec.Struct, frozen=True):
    """A body that is wrong at one place."""

    pointer: str
    body: Json

    def encoded(self) -> bytes:
        """The body as it is sent."""
        return json.dumps(self.body).encode()


def judge_of(contract: Contract, operation: Operation) -> jsonschema_rs.Draft202012Validator | None:
    """Gives what tells a valid body of an operation from a wrong one; None where it takes no JSON."""
    if operation.body_type != "application/json":
        return None
    return contract.judge(operation.spec["requestBody"]["content"]["application/json"]["schema"])


def wrong_bodies(contract: Contract, operation: Operation, example: Example) -> Iterator[Wrong]:
    """Gives bodies that the document does not allow: each of them is the example with one thing changed."""
    judge = judge_of(contract, operation)
    if judge is None:
        return
    for each in _changed(example.body, ""):
        if not judge.is_valid(each.body):
            yield each


def other_bodies(contract: Contract, operation: Operation, example: Example) -> Iterator[Wrong]:
    """Gives bodies that the document allows just as well: each of them is the example with one thing changed."""
    judge = judge_of(contract, operation)
    if judge is None:
        return
    for each in _changed(example.body, ""):
        if judge.is_valid(each.body):
            yield each


def _changed(whole: Json, pointer: str) -> Iterator[Wrong]:
    part = _at(whole, pointer)
    if isinstance(part, dict):
        yield Wrong(f"{pointer}/{UNKNOWN}", _put(whole, pointer, {**part, UNKNOWN: 1}))
        for key in part:
            here = f"{pointer}/{key}"
            yield Wrong(here, _put(whole, pointer, {name: value for name, value in part.items() if name != key}))
            for value in WRONG:
                if value != part[key] or type(value) is not type(part[key]):
                    yield Wrong(here, _put(whole, here, value))
            yield from _changed(whole, here)
    elif isinstance(part, list) and part:
        yield Wrong(pointer, _put(whole, pointer, [copy.deepcopy(part[0]) for _ in range(1_001)]))
        for value in WRONG:
            yield Wrong(f"{pointer}/0", _put(whole, f"{pointer}/0", value))
        yield from _changed(whole, f"{pointer}/0")


def _steps(pointer: str) -> list[str]:
    return pointer.split("/")[1:]


def _at(whole: Json, pointer: str) -> Json:
    for step in _steps(pointer):
        whole = whole[int(step)] if isinstance(whole, list) else whole[step]
    return whole


def _put(whole: Json, pointer: str, value: Json) -> Json:
    """Gives a copy with another value at a place."""
    if not pointer:
        return value
    made = copy.deepcopy(whole)
    *before, last = _steps(pointer)
    part = made
    for step in before:
        part = part[int(step)] if isinstance(part, list) else part[step]
    if isinstance(part, list):
        part[int(last)] = value
    else:
        part[last] = value
    return made


def wrong_queries(operation: Operation, example: Example) -> Iterator[tuple[str, Example]]:
    """Gives requests with one wrong parameter in the query, and its name."""
    for parameter in operation.spec.get("parameters", ()):
        if parameter["in"] != "query":
            continue
        name, schema = parameter["name"], parameter["schema"]
        for value in _wrong_texts(schema.get("items", schema)):
            yield name, msgspec.structs.replace(example, query={**example.query, name: value})
        if parameter["required"]:
            query = {key: value for key, value in example.query.items() if key != name}
            yield name, msgspec.structs.replace(example, query=query)


def _wrong_texts(schema: Json) -> Iterator[str]:
    """Gives texts that are no value of a parameter."""
    if schema["type"] == "integer":
        yield from ("x", "1.5", "", "9" * 40, "-" + "9" * 40)
        if "maximum" in schema:
            yield str(schema["maximum"] + 1)
        if "minimum" in schema:
            yield str(schema["minimum"] - 1)
    elif schema["type"] == "boolean":
        yield from ("maybe", "2", "")
    elif schema.get("format") in {"uuid", "date-time", "date"}:
        yield from ("2026-03-01T09:30:00", "x", "2026-13-45T99:99:99Z", "\x00", LONG[:2_000])
    else:
        judge = jsonschema_rs.Draft202012Validator(schema)
        yield from (text for text in ("", "\x00", "a\x00b", LONG[:5_000], "?") if not judge.is_valid(text))


def wrong_paths(operation: Operation, example: Example) -> Iterator[Example]:
    """Gives requests with one wrong part of the path."""
    for name in example.path:
        for value in ("x", "0", "%00", "a\x00b", "'", LONG[:1_000], "ffffffff-ffff-ffff-ffff-ffffffffffff"):
            yield msgspec.structs.replace(example, path={**example.path, name: value})
