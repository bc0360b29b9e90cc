"""What would have been right, in words: the decoder's own messages name no member of an enumeration, and quote patterns without their sense."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

from msgspec import inspect

from commerce.kernel.errors import FieldError

MOST_NAMED: Final = 20
"""So many members of an enumeration are named; what has more has a list of its own in the document."""
_NO_MEMBER: Final = ("Invalid enum value", "Invalid value")
_NO_MATCH: Final = "matching regex"


def explained(error: FieldError, kind: Any) -> FieldError:
    """Gives the error about a field of a type with the values that there are, or with what the type says of itself, where the message lacks that."""
    steps = error.pointer.split("/")[1:] if error.pointer.startswith("/") else []
    if error.detail.startswith(_NO_MEMBER):
        members = sorted({member for each in _at(_inspected(kind), steps) for member in _members(each)})
        if 0 < len(members) <= MOST_NAMED:
            return FieldError(error.pointer, f"{error.detail}: it is one of {', '.join(members)}")
    elif _NO_MATCH in error.detail:
        said = {words for each in _at(_inspected(kind), steps) for words in _descriptions(each)}
        if len(said) == 1:
            return FieldError(error.pointer, f"{error.detail} ({said.pop()})")
    return error


@cache
def _inspected(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _at(kind: inspect.Type, steps: Sequence[str]) -> Iterator[inspect.Type]:
    """Gives the types that may stand at a place; several where a union leaves open which."""
    if not steps:
        yield kind
        return
    step, rest = steps[0], steps[1:]
    match kind:
        case inspect.Metadata(type=inner):
            yield from _at(inner, steps)
        case inspect.UnionType(types=types):
            for each in types:
                yield from _at(each, steps)
        case inspect.StructType(fields=fields, tag_field=tag_field, tag=tag):
            if tag_field == step and not rest:
                yield inspect.LiteralType((str(tag),))
            for field in fields:
                if field.encode_name == step:
                    yield from _at(field.type, rest)
        case inspect.DictType(value_type=value_type):
            yield from _at(value_type, rest)
        case inspect.ListType(item_type=item_type) | inspect.VarTupleType(item_type=item_type):
            yield from _at(item_type, rest)
        case _:
            return


def _members(kind: inspect.Type) -> Iterator[str]:
    match kind:
        case inspect.Metadata(type=inner):
            yield from _members(inner)
        case inspect.UnionType(types=types):
            for each in types:
                yield from _members(each)
        case inspect.ListType(item_type=item_type):
            yield from _members(item_type)
        case inspect.EnumType(cls=cls):
            yield from (str(member.value) for member in cls)
        case inspect.LiteralType(values=values):
            yield from (str(value) for value in values)
        case _:
            return


def _descriptions(kind: inspect.Type) -> Iterator[str]:
    match kind:
        case inspect.Metadata(type=inner, extra_json_schema=said):
            if said and "description" in said:
                yield str(said["description"])
            else:
                yield from _descriptions(inner)
        case inspect.UnionType(types=types):
            for each in types:
                yield from _descriptions(each)
        case inspect.ListType(item_type=item_type):
            yield from _descriptions(item_type)
        case _:
            return
