"""Finds what breaks a client between two OpenAPI documents: what is gone, what is required now, what changed its type.

Additions are never breaking: clients ignore fields that they do not know.
"""

from collections.abc import Iterator
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")
DEEPEST = 8


def breaking_changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Gives one line for each change that breaks a client, in the order of the paths."""
    return list(dict.fromkeys(_paths(before, after)))


def _paths(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for path, item in before.get("paths", {}).items():
        for method in METHODS:
            if method not in item:
                continue
            name = f"{method.upper()} {path}"
            now = after.get("paths", {}).get(path, {}).get(method)
            if now is None:
                yield f"{name} is gone"
                continue
            yield from _parameters(name, item[method], now)
            yield from _bodies(name, item[method], now, before, after)


def _parameters(name: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    old = {(each["in"], each["name"]): each for each in before.get("parameters", [])}
    new = {(each["in"], each["name"]): each for each in after.get("parameters", [])}
    for key in old:
        if key not in new:
            yield f"{name}: parameter {key[1]} is gone"
    for key, each in new.items():
        if each.get("required") and not old.get(key, {}).get("required"):
            yield f"{name}: parameter {key[1]} is required now"


def _bodies(
    name: str, before: dict[str, Any], after: dict[str, Any], old: dict[str, Any], new: dict[str, Any]
) -> Iterator[str]:
    for status, response in before.get("responses", {}).items():
        if status[0] != "2":
            continue
        if status not in after.get("responses", {}):
            yield f"{name}: answer {status} is gone"
            continue
        yield from _fields(
            name, "answer", "", _schema(response), _schema(after["responses"][status]), old, new, DEEPEST
        )
    if "requestBody" in after:
        schema_before = _schema(before.get("requestBody", {}))
        yield from _fields(name, "request", "", schema_before, _schema(after["requestBody"]), old, new, DEEPEST)


def _schema(holder: dict[str, Any]) -> dict[str, Any]:
    for content in holder.get("content", {}).values():
        return dict(content.get("schema", {}))
    return {}


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if reference := schema.get("$ref"):
        return dict(document.get("components", {}).get("schemas", {}).get(reference.rpartition("/")[2], {}))
    return schema


def _fields(
    name: str,
    side: str,
    at: str,
    before: dict[str, Any],
    after: dict[str, Any],
    old: dict[str, Any],
    new: dict[str, Any],
    depth: int,
) -> Iterator[str]:
    before, after = _resolved(before, old), _resolved(after, new)
    if not depth or not before or not after:
        return
    if "type" in before and "type" in after and before["type"] != after["type"]:
        yield f"{name}: {side} field {at or '/'} changes its type from {before['type']} to {after['type']}"
        return
    properties, now = before.get("properties", {}), after.get("properties", {})
    for key, schema in properties.items():
        if key not in now:
            yield f"{name}: {side} field {at}/{key} is gone"
        else:
            yield from _fields(name, side, f"{at}/{key}", schema, now[key], old, new, depth - 1)
    if side == "request":
        for key in set(after.get("required", [])) - set(before.get("required", [])):
            yield f"{name}: request field {at}/{key} is required now"
    if "items" in before and "items" in after:
        yield from _fields(name, side, f"{at}/items", before["items"], after["items"], old, new, depth - 1)
