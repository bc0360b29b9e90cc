"""The OpenAPI document as clients read it: valid, whole, typed, and nothing personal in an address."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import commerce
from commerce.app.documents import document
from commerce.app.http import create_http
from commerce.platform.settings import load
from tests.fuzz.contract import Contract

# What an event, an audit entry, a happening or a change of a product holds depends on its type.
OPEN = {"StoredEvent", "AuditEntryOut", "HappeningOut", "HistoryEntryOut", "BulkEditProductOut", "FieldChangeOut"}
PERSONAL = re.compile(r"e_?mail|phone|name$|address|token|password|secret|code$")
SCHEMA_NAME = re.compile(r"^[A-Z][A-Za-z0-9]+$")
OPERATION_NAME = re.compile(r"^[a-z][A-Za-z0-9]+$")


def parts(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 -- a part of a JSON document
    """Gives every object of a document with its place."""
    if isinstance(value, dict):
        yield path, value
        for name, each in value.items():
            yield from parts(each, f"{path}/{name}")
    elif isinstance(value, list):
        for nth, each in enumerate(value):
            yield from parts(each, f"{path}/{nth}")


def test_names_are_plain(contract: Contract) -> None:
    schemas = contract.document["components"]["schemas"]
    assert [name for name in schemas if not SCHEMA_NAME.match(name)] == []
    assert [name for name in contract.operations if not OPERATION_NAME.match(name)] == []
    assert len(contract.operations) == sum(len(item) for item in contract.document["paths"].values())


def test_every_operation_says_what_it_does_and_who_may(contract: Contract) -> None:
    for operation in contract.operations.values():
        assert len(operation.spec["summary"]) > 8, operation.id
        assert operation.spec["security"], operation.id
        assert operation.spec["tags"], operation.id


def test_nothing_is_untyped(contract: Contract) -> None:
    faults = []
    for name, schema in contract.document["components"]["schemas"].items():
        for path, part in parts(schema, name):
            if part == {} and not path.endswith(("/properties", "/default")) and name not in OPEN:
                faults.append(f"{path} may be anything")
            shapes = [each for each in part.get("anyOf", ()) if "$ref" in each]
            if len(shapes) > 1 and "discriminator" not in part:
                faults.append(f"{path} may be one of several shapes, and nothing tells which")
    assert not faults, "\n".join(faults)


def test_every_text_and_list_that_is_sent_has_its_end(contract: Contract) -> None:
    """What a client sends is bounded: each text by a length, a pattern or a format, each list by a number."""
    sent: set[str] = set()
    waiting = [
        content["schema"]["$ref"]
        for operation in contract.operations.values()
        for content in operation.spec.get("requestBody", {}).get("content", {}).values()
        if "$ref" in content["schema"]
    ]
    schemas, faults = contract.document["components"]["schemas"], []
    while waiting:
        name = waiting.pop().rpartition("/")[2]
        if name in sent:
            continue
        sent.add(name)
        for path, part in parts(schemas[name], name):
            if "$ref" in part:
                waiting.append(part["$ref"])
            if part.get("type") == "string" and not {"maxLength", "pattern", "format", "enum", "const"} & set(part):
                faults.append(f"{path} is a text without end")
            if part.get("type") == "array" and "maxItems" not in part:
                faults.append(f"{path} is a list without end")
            if part.get("type") == "integer" and not {"maximum", "enum"} & set(part):
                faults.append(f"{path} is a number without end")
    assert not faults, "\n".join(faults)
    assert len(sent) > 60


def test_every_list_in_an_address_and_every_text_there_has_its_end(contract: Contract) -> None:
    faults = []
    for operation in contract.operations.values():
        for parameter in operation.spec.get("parameters", ()):
            schema = parameter["schema"]
            bounded = {"maxLength", "pattern", "format", "enum", "const", "maxItems"} & set(schema)
            if schema["type"] in {"string", "array"} and not bounded:
                faults.append(f"{operation.id}: {parameter['name']}")
    assert not faults, "\n".join(faults)


def test_nothing_personal_stands_in_an_address(contract: Contract) -> None:
    """Addresses are logged by every proxy on the way: e-mails, names, codes and tokens go in bodies and headers."""
    named = [
        (operation.id, parameter["name"])
        for operation in contract.operations.values()
        for parameter in operation.spec.get("parameters", ())
        if parameter["in"] in {"query", "path"} and PERSONAL.search(parameter["name"])
    ]
    of_goods = {
        ("lookupVariant", "barcode"),
        ("lookupVariant", "short_code"),
        ("getMediaFile", "name"),  # one of those that the product gives
        ("sendMedium", "file_name"),  # what the back office calls a picture
        ("listTraces", "code"),  # a lot or serial number
        ("getCorrectionReason", "code"),
        ("putCorrectionReason", "code"),
    }
    assert set(named) == of_goods


def test_patterns_end_where_the_text_ends() -> None:
    """Python's `$` lets a line end pass; the document shows `$`, which in JSON Schema does not."""
    lenient = [
        f"{path.name}: {line.strip()}"
        for path in Path(commerce.__file__).parent.rglob("*.py")
        if path.name != "settings.py"
        for line in path.read_text().splitlines()
        if re.search(r'pattern=r?"[^"]*\$"', line)
    ]
    assert lenient == []


def test_the_document_is_the_same_each_time(contract: Contract) -> None:
    assert document(create_http(load({}, env_file=None))) == contract.document


# What a page does not have: the figure of a place for who may not read stock, the sizes of a picture that is kept elsewhere.
LEFT_OUT = {"PlaceStockOut": {"available"}, "ShownImageOut": {"renditions"}}


def test_what_an_answer_has_each_time_is_required_and_its_instants_are_told_as_such(contract: Contract) -> None:
    """So that a generated client neither asks whether a field is there that always is, nor hands out instants as texts."""
    faults = []
    for name, schema in contract.document["components"]["schemas"].items():
        properties = schema.get("properties", {})
        missing = set(properties) - set(schema.get("required", ())) - LEFT_OUT.get(name, set())
        if name.endswith(("Out", "Page")) and missing:
            faults.append(f"{name}: {sorted(missing)} may be missing")
        for field, shape in properties.items():
            texts = [part for _, part in parts(shape) if part.get("type") == "string" and "pattern" not in part]
            if field.endswith("_at") and any(part.get("format") != "date-time" for part in texts):
                faults.append(f"{name}.{field} is no instant")
    assert not faults, "\n".join(faults)


def test_generators_of_clients_can_read_every_schema(contract: Contract) -> None:
    """Some take `title` for a class's name, so that two titles are one class too few, and know no schema that is no object."""
    for path, part in parts(contract.document["components"]["schemas"]):
        assert not isinstance(part.get("items", {}), bool), path
        if not path.endswith(("/properties", "/mapping")):
            assert not isinstance(part.get("title"), str), path
    for operation in contract.operations.values():
        for status, answer in operation.spec["responses"].items():
            for media, content in answer.get("content", {}).items():
                if media.startswith("image/"):
                    assert content["schema"].get("format") == "binary", f"{operation.id} {status}"
