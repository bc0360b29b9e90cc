"""The body of a request: decoded once, strictly, straight into what its route declares.

Strictly: "3" is no number and 1700000000 is no instant, as the OpenAPI document says. What cannot be decoded is told by its JSON pointer.
"""

import re
from functools import cache
from typing import Any, Final

import msgspec
from litestar.exceptions import HTTPException

from commerce.kernel.errors import FieldError, InvalidInput

JSON: Final = "application/json"
_PATH: Final = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_NAMED: Final = re.compile(r"(?:missing required|unknown) field `([^`]+)`")
_STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


def decoded(body: bytes, kind: object) -> object:
    """Gives a JSON body as a value of a type; refuses with InvalidInput what is no JSON, and what the type does not allow."""
    try:
        return _decoder(kind).decode(body)
    except msgspec.ValidationError as wrong:
        error = field_error("", str(wrong))
        raise InvalidInput(f"{error.pointer}: {error.detail}", errors=[error]) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidInput("The body is no JSON in UTF-8.", errors=[FieldError("/", "is no JSON")]) from None
    except RecursionError:
        raise InvalidInput("The body is nested too deeply.", errors=[FieldError("/", "is nested too deeply")]) from None


def check_media_type(given: str | None) -> None:
    """Refuses with 415 a body that is said to be something else than JSON; one of which nothing is said is taken for JSON."""
    if given and not given.lower().startswith(JSON):
        raise HTTPException(status_code=415, detail=f"Send the body as {JSON}, and say so in the Content-Type header.")


def field_error(key: str, message: str) -> FieldError:
    """Gives msgspec's message about a field as a field error; `key` is where the value stands that the message speaks of."""
    found = _PATH.search(message)
    text = _PATH.sub("", message)
    named = _NAMED.search(text)
    path = (found.group("path") if found else "") + (f".{named.group(1)}" if named else "")
    steps = [name or index for name, index in _STEP.findall(f".{key}{path}" if key else path)]
    return FieldError("/" + "/".join(steps[1:] if steps and steps[0] == "data" else steps), text)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
