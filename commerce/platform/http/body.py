"""The body of a request: decoded once, strictly, straight into what its route declares.

Strictly: "3" is no number and 1700000000 is no instant, as the OpenAPI document says. What cannot be decoded is told by its JSON pointer.
"""

import re
from functools import cache
from itertools import islice
from typing import Any, Final

import msgspec
from litestar.exceptions import HTTPException

from commerce.kernel.errors import FieldError, InvalidInput
from commerce.platform.http.wording import explained

JSON: Final = "application/json"
_PATH: Final = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_NAMED: Final = re.compile(r"(?:missing required|unknown) field `([^`]+)`")
ANY_KEY: Final = "[...]"
KEYS_MOST: Final = 100
"""So many keys of a mapping are looked at to name the one at fault."""
_STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


def decoded(body: bytes, kind: object) -> object:
    """Gives a JSON body as a value of a type; refuses with InvalidInput what is no JSON, and what the type does not allow."""
    try:
        return _decoder(kind).decode(body)
    except msgspec.ValidationError as wrong:
        error = explained(field_error("", _told(body, kind, str(wrong))), kind)
        raise InvalidInput(error.told(), errors=[error]) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidInput("The body is no JSON in UTF-8.", errors=[FieldError("", "is no JSON")]) from None
    except RecursionError:
        raise InvalidInput("The body is nested too deeply.", errors=[FieldError("", "is nested too deeply")]) from None


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
    return FieldError("".join(f"/{each}" for each in (steps[1:] if steps and steps[0] == "data" else steps)), text)


def _told(body: bytes, kind: object, message: str) -> str:
    """Gives msgspec's message with the key of a mapping that it speaks of, which it calls `...` itself: with that key alone it says the same."""
    found = _PATH.search(message)
    if found is None or ANY_KEY not in found["path"]:
        return message
    whole = msgspec.json.decode(body)
    before, _, after = found["path"].partition(ANY_KEY)
    held = whole
    for name, index in _STEP.findall(before):
        held = held[name or int(index)]
    every = dict(islice(held.items(), KEYS_MOST))
    for key, value in every.items():
        held.clear()
        held[key] = value
        try:
            _decoder(kind).decode(msgspec.json.encode(whole))
        except msgspec.ValidationError as same:
            if str(same) == message:
                return f"{message[: found.start('path')]}{before}.{key}{after}{message[found.end('path') :]}"
    return message


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
