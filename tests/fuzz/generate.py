"""Requests made from the OpenAPI document by schemathesis, with the ids of a world mixed in. The same seed makes the same requests."""

import json
import random
import warnings
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed as seeded, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok

from tests.fuzz.contract import Contract, Operation
from tests.fuzz.examples import Example
from tests.fuzz.world import World

Json: TypeAlias = Any
FROM_THE_WORLD: Final = 0.85
"""How often an id is one that exists; what is not in the world is refused before anything happens."""
KINDS = {"positive": GenerationMode.POSITIVE, "negative": GenerationMode.NEGATIVE}


class Generator:
    """Makes requests for the operations of a contract."""

    def __init__(self, contract: Contract, world: World, seed: int) -> None:
        self.pool = world.pool()
        self.seed = seed
        self.random = random.Random(seed)
        plain = _without_security(contract.document)
        read = [each for each in schemathesis.openapi.from_dict(plain).get_all_operations() if isinstance(each, Ok)]
        self.operations = {each.ok().definition.raw["operationId"]: each.ok() for each in read}

    def requests(self, operation: Operation, valid: int, wrong: int) -> Iterator[Example]:
        """Gives so many requests that the document allows, and so many that it does not."""
        for kind, count in (("positive", valid), ("negative", wrong)):
            for case in self._cases(operation, kind, count):
                yield self._mixed(operation, case)

    def _cases(self, operation: Operation, kind: str, count: int) -> list[Case[Any]]:
        found: list[Case[Any]] = []
        if not count:
            return found

        @seeded(self.seed)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(self.operations[operation.id].as_strategy(generation_mode=KINDS[kind]))
        def collect(case: Case[Any]) -> None:
            found.append(case)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the generator's own
            try:
                collect()
            except Unsatisfiable:  # nothing can be wrong about a request without any input
                return found
        return found[:count]

    def _mixed(self, operation: Operation, case: Case[Any]) -> Example:
        path = {name: self._placed(name, value) or "x" for name, value in (case.path_parameters or {}).items()}
        query = {name: self._placed(name, value) for name, value in (case.query or {}).items()}
        body = case.body
        example = Example(path={name: _text(value) for name, value in path.items()}, query=_texts(query))
        if isinstance(body, dict | list | str | int | float | bool | None):
            mixed = self._mixed_in("", body)
            if case.media_type == "application/x-www-form-urlencoded":
                form = mixed if isinstance(mixed, dict) else {"x": _text(mixed)}
                return msgspec.structs.replace(example, form={_text(key): _text(form[key]) for key in form})
            content = mixed.encode() if operation.body_type == "text/csv" and isinstance(mixed, str) else None
            media_type = case.media_type or "application/json"
            return msgspec.structs.replace(
                example, content=json.dumps(mixed).encode() if content is None else content, media_type=media_type
            )
        return example

    def _placed(self, name: str, value: Json) -> Json:
        known = self.pool.get(name)
        if known and self.random.random() < FROM_THE_WORLD:
            chosen = self.random.choice(known)
            return [chosen] if isinstance(value, list) else chosen
        return value

    def _mixed_in(self, name: str, value: Json) -> Json:
        if isinstance(value, dict):
            return {key: self._mixed_in(key, each) for key, each in value.items()}
        if isinstance(value, list) and not (value and name in self.pool):
            return [self._mixed_in(name, each) for each in value]
        return value if value is None else self._placed(name, value)


def _without_security(document: Json) -> Json:
    """The document without its tokens: who asks is chosen by the run, not made up."""
    made: Json = msgspec.json.decode(msgspec.json.encode(document))
    made["components"].pop("securitySchemes", None)
    for item in made["paths"].values():
        for operation in item.values():
            operation.pop("security", None)
            kept = [each for each in operation.get("parameters", ()) if each["in"] != "header"]
            operation["parameters"] = kept
    return made


def _text(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode(errors="replace").decode()


def _texts(query: dict[str, Json]) -> dict[str, Any]:
    return {
        _text(name): [_text(each) for each in value] if isinstance(value, list) else _text(value)
        for name, value in query.items()
        if value is not None
    }
