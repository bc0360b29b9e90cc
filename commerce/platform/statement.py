"""Statements: built once with SQLAlchemy Core, compiled once to asyncpg's SQL, run with named arguments."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar, cast, get_args, get_type_hints, overload

import msgspec
from asyncpg import Record
from sqlalchemy import (
    JSON,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    TableValuedAlias,
    Uuid,
    bindparam,
    column,
    func,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.base import Executable
from sqlalchemy.types import TypeEngine

from commerce.kernel.errors import Bug

Row = TypeVar("Row")
_DIALECT = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]
# What asyncpg takes as Python has it, so that nothing is called for each value.
_AS_THEY_ARE = (Boolean, DateTime, Integer, LargeBinary, Numeric, Uuid)


class Statement(Generic[Row]):
    """One SQL statement. `Statement(select(...))` gives records, `Statement(select(...), into=Struct)` gives structs.

    Arguments are the names of its bound parameters: `await reading.fetch(PRODUCTS, ids=[...])`. Parameters and columns of type JSON are
    encoded and decoded with msgspec; in a struct they become what the field's annotation says.
    """

    @overload
    def __init__(self: "Statement[Record]", clause: Executable) -> None: ...
    @overload
    def __init__(self: "Statement[Row]", clause: Executable, *, into: type[Row]) -> None: ...
    def __init__(self, clause: Executable, *, into: type[Any] | None = None) -> None:
        compiled: Any = clause.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        binds: Mapping[str, BindParameter[Any]] = compiled.binds
        required = _required(binds, compiled)
        # An IN over a literal list gets its places only when expanded; required parameters are given any value for that.
        expanded = compiled.construct_expanded_state(dict.fromkeys(required)) if compiled.post_compile_params else None
        self.sql = str(expanded.statement if expanded else compiled)
        self._names: list[str] = list((expanded.positiontup if expanded else compiled.positiontup) or ())
        self._known = frozenset(self._names)
        encoders = [_encoder(binds[name].type) if name in binds else _plain for name in self._names]
        self._encoders = [(place, encode) for place, encode in enumerate(encoders) if encode is not None]
        values = expanded.parameters if expanded else compiled.params
        self._defaults = {name: value for name, value in values.items() if name not in required}
        self._convert = _converter(clause, into) if into is not None else None

    def arguments(self, given: Mapping[str, object]) -> list[object]:
        """Gives the values in the order of the SQL's `$1, $2, …`; a missing or an unknown name is a Bug."""
        if not given.keys() <= self._known:
            raise Bug(f"the statement has no arguments {sorted(given.keys() - self._known)}: {self.sql}")
        every = {**self._defaults, **given} if self._defaults else given
        try:
            values = [every[name] for name in self._names]
        except KeyError as missing:
            raise Bug(f"the statement wants an argument {missing}: {self.sql}") from None
        for place, encode in self._encoders:
            values[place] = encode(values[place])
        return values

    def rows(self, records: Sequence[Record]) -> list[Row]:
        """Gives the records as what the statement promises."""
        if self._convert is None:
            return cast("list[Row]", records)
        convert = self._convert
        return [convert(record) for record in records]


def _required(binds: Mapping[str, BindParameter[Any]], compiled: Any) -> set[str]:
    """Gives the parameters that have no value of their own: named ones, and the columns of an INSERT without values."""
    columns = set(compiled.statement.table.c.keys()) if compiled.isinsert else set()
    return {name for name, bind in binds.items() if bind.required or (bind.value is None and bind.key in columns)}


def _encoder(kind: TypeEngine[Any]) -> Callable[[Any], object] | None:
    if isinstance(kind, _AS_THEY_ARE):
        return None
    if isinstance(kind, JSON):
        return _encode_json
    if isinstance(kind, ARRAY) and isinstance(kind.item_type, JSON):
        return lambda values: [_encode_json(value) for value in values]
    return _plain


def _encode_json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _converter(clause: Any, into: type[Any]) -> Callable[[Record], Any]:
    columns = getattr(clause, "exported_columns", None) or ()
    json_fields = {
        str(each.key): msgspec.json.Decoder(hint)
        for each in columns
        if isinstance(each.type, JSON)
        and (hint := get_type_hints(into, include_extras=True).get(str(each.key))) is not None
    }
    raw = {name for name, hint in get_type_hints(into).items() if hint is msgspec.Raw or msgspec.Raw in get_args(hint)}

    def convert(record: Record) -> Any:
        values: dict[str, Any] = dict(record.items())
        for name, decoder in json_fields.items():
            if values[name] is not None:
                values[name] = msgspec.Raw(values[name].encode()) if name in raw else decoder.decode(values[name])
        return msgspec.convert(values, into)

    return convert


def unnested(name: str, /, **columns: type[TypeEngine[Any]] | TypeEngine[Any]) -> TableValuedAlias:
    """Gives arrays as a table: `unnested("wanted", variant_id=Uuid, quantity=Integer)` takes arguments `variant_id` and `quantity`, lists of
    one length, and has columns of the same names. A further argument name is `<alias>_<column>` when two such tables meet: give other column
    names then.
    """
    kinds = {key: kind() if isinstance(kind, type) else kind for key, kind in columns.items()}
    arrays = [bindparam(key, type_=ARRAY(kind), required=True) for key, kind in kinds.items()]
    return (
        func.unnest(*arrays)
        .table_valued(*(column(key, kind) for key, kind in kinds.items()), name=name)
        .render_derived(name=name)
    )


def any_of(wanted: Column[Any] | ColumnElement[Any], argument: str) -> ColumnElement[bool]:
    """Gives `column = ANY($argument)`, which takes a list."""
    return wanted == func.any(bindparam(argument, type_=ARRAY(wanted.type), required=True))


def given(argument: str, kind: type[TypeEngine[Any]] | TypeEngine[Any]) -> BindParameter[Any]:
    """Gives a named argument of a type; it has no default and must be given."""
    return bindparam(argument, type_=kind() if isinstance(kind, type) else kind, required=True)
