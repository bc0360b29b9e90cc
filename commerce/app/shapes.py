"""The shapes of the wire in the OpenAPI document: what each request and each answer may hold, with every limit that is checked.

They are made by msgspec from the structs that decode requests and encode answers, so a limit stands in the document exactly when it is
enforced. The framework's own schemas lose the limits of what can be null or left out.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from types import UnionType
from typing import Any, Final, get_args, get_origin

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from msgspec.inspect import DateTimeType, StrType, StructType, Type

from commerce.kernel.wire import WireOut

REF: Final = "#/components/schemas/"
_PAGE = re.compile(r"^Page_(.+)_$")


class Shape(msgspec.Struct, frozen=True):
    """The types of an operation: of its request's body, of its successful answer, and of declared answers by status; None where there is no body."""

    taken: Any
    given: Any
    others: dict[int, Any]


class Shapes(msgspec.Struct, frozen=True):
    """All of an application's shapes: the document's component schemas, and the reference of each type."""

    components: dict[str, Any]
    references: dict[Any, str]

    def schema(self, kind: object) -> dict[str, Any] | None:
        """Gives the reference to a type's schema, or those of one of several; None for what is no struct (files, text)."""
        found = [self.references[each] for each in _one_of(kind) if each in self.references]
        if len(found) > 1:
            return {"anyOf": [{"$ref": each} for each in found]}
        return {"$ref": found[0]} if found else None


def handlers(app: Litestar) -> Iterator[HTTPRouteHandler]:
    """Gives the application's handlers that are operations of the API."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if getattr(handler, "operation_id", None):
                yield handler


def shape(handler: HTTPRouteHandler) -> Shape:
    """Gives the types of an operation."""
    data = handler.parsed_data_field
    answer = handler.parsed_return_field.annotation
    inside = get_args(answer)
    return Shape(
        taken=None if data is None else data.annotation,
        given=inside[0] if inside else answer,
        others={status: spec.data_container for status, spec in (handler.responses or {}).items()},
    )


def shapes(of: Iterable[Shape], *more: type[msgspec.Struct]) -> Shapes:
    """Makes the schemas of all the structs that operations take and give, and of some more."""
    said = (kind for each in of for kind in (each.taken, each.given, *each.others.values()))
    wanted = {kind: None for one in said for kind in _one_of(one) if _is_struct(kind)}
    structs = _reached([*more, *wanted])
    made, components = msgspec.json.schema_components(list(structs), ref_template=REF + "{name}")
    names = _names(components)
    renamed = {names[name]: _renamed(schema, names) for name, schema in components.items()}
    references = {
        kind: _renamed(schema, names)["$ref"] for kind, schema in zip(structs, made, strict=True) if "$ref" in schema
    }
    for kind, struct in structs.items():
        if kind in references:
            _told_whole(renamed[references[kind].removeprefix(REF)], struct)
    return Shapes(dict(sorted(renamed.items())), references)


def _reached(kinds: Iterable[object]) -> dict[Any, StructType]:
    """Gives the structs that the types are made of, those within others too."""
    found: dict[Any, StructType] = {}
    waiting: list[Type] = list(msgspec.inspect.multi_type_info(list(kinds)))
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, StructType):
            if part.cls in found:
                continue
            found[part.cls] = part
        waiting += _within(part)
    return found


def _within(part: Type) -> list[Type]:
    """Gives the types that a type is directly made of."""
    inner: list[Type] = [field.type for field in getattr(part, "fields", ())]
    inner += [*getattr(part, "types", ()), *getattr(part, "item_types", ())]
    return inner + [
        getattr(part, name) for name in ("type", "item_type", "key_type", "value_type") if hasattr(part, name)
    ]


def _told_whole(schema: dict[str, Any], struct: StructType) -> None:
    """Says of a struct's schema what msgspec leaves out: which texts are instants, and that an answer has all of its fields each time."""
    properties = schema.get("properties", {})
    for field in struct.fields:
        if field.encode_name in properties and _holds(field.type, DateTimeType) and not _holds(field.type, StrType):
            _instants(properties[field.encode_name])
    kind = get_origin(struct.cls) or struct.cls
    if issubclass(kind, WireOut) and not kind.__struct_config__.omit_defaults:
        defaults = {field.name: field.default for field in msgspec.structs.fields(kind)}
        left_out = {field.encode_name for field in struct.fields if defaults[field.name] is msgspec.UNSET}
        schema["required"] = [name for name in properties if name not in left_out]


def _holds(part: Type, kind: type[Type]) -> bool:
    """Says whether a field's own value, or one in its lists and maps, is of a kind."""
    return isinstance(part, kind) or (
        not isinstance(part, StructType) and any(_holds(each, kind) for each in _within(part))
    )


def _instants(schema: object) -> None:
    if isinstance(schema, dict):
        if schema.get("type") == "string":
            schema.setdefault("format", "date-time")
        for each in schema.values():
            _instants(each)
    elif isinstance(schema, list):
        for each in schema:
            _instants(each)


def pattern(python: str) -> str:
    """Gives a pattern as ECMA-262 has it, which JSON Schema speaks: the end of a text is `$` there, and `\\Z` where Python reads it."""
    return python.removesuffix(r"\Z") + "$" if python.endswith(r"\Z") else python


def _one_of(kind: object) -> Sequence[object]:
    """Gives the types of which something is one: a stream tells now this, now that."""
    return get_args(kind) if isinstance(kind, UnionType) else (kind,)


def _is_struct(kind: object) -> bool:
    plain = get_origin(kind) or kind
    return isinstance(plain, type) and issubclass(plain, msgspec.Struct)


def _names(components: Iterable[str]) -> dict[str, str]:
    """Gives sensible names: `LocationPage` for a page of LocationOut, `OrdersLookupOut` where two slices have a LookupOut."""
    names: dict[str, str] = {}
    for name in components:
        page = _PAGE.match(name)
        plain = _plain(page.group(1) if page else name)
        names[name] = plain.removesuffix("Out") + "Page" if page else plain
    if len(set(names.values())) != len(names):
        raise ValueError(f"two schemas would have one name: {sorted(names.values())}")
    return names


def _plain(name: str) -> str:
    module, _, last = name.rpartition(".")
    return last if not module else module.split(".")[1].title() + last


def _renamed(schema: Any, names: dict[str, str]) -> Any:  # noqa: ANN401 -- a part of a JSON document
    if isinstance(schema, list):
        return [_renamed(each, names) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _renamed(value, names) for key, value in schema.items()}
    if "$ref" in made:
        made["$ref"] = REF + names[made["$ref"].removeprefix(REF)]
    if isinstance(made.get("title"), str) and {"properties", "enum"} & set(made):
        del made[
            "title"
        ]  # the component's name says it; generators take a title for a name, and two enums are titled alike
    if made.get("items") is False and len(made.get("prefixItems", ())) == made.get("maxItems"):
        del made["items"]  # `maxItems` says so already, and generators know no schema that is no object
    if isinstance(made.get("pattern"), str):
        made["pattern"] = pattern(made["pattern"])
    if isinstance(made.get("description"), str):
        made["description"] = re.sub(r"\n +", "\n", made["description"])
    return made
