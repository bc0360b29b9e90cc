"""Bodies and query strings as Stripe's clients write them: `a[b][0]=c` is {"a": {"b": ["c"]}}."""

import re
from itertools import pairwise
from urllib.parse import parse_qsl

from commerce.sandbox.errors import Document, invalid

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
INDEX = re.compile(r"[0-9]{1,4}")
FREE_KEYS = "metadata"
MAX_PARAMETERS = 1_000
MAX_DEPTH = 12


def parse(text: str) -> Document:
    """Nested parameters out of a form-encoded text; every leaf is a string. Refuses what cannot be read."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS) if text else []
    except ValueError:
        raise invalid(f"Invalid request: more than {MAX_PARAMETERS} parameters") from None
    tree: Document = {}
    for name, value in pairs:
        matched = KEY.fullmatch(name)
        if matched is None:
            raise invalid(f"Invalid request: the parameter name {name!r} cannot be read", param=name)
        steps = [matched[1], *re.findall(r"\[([^\[\]]*)\]", matched[2])]
        if len(steps) > MAX_DEPTH:
            raise invalid(f"Invalid request: {name} is nested too deeply", param=name)
        _put(tree, steps, value, name)
    return {key: value if key == FREE_KEYS else _lists(value) for key, value in tree.items()}


def _put(tree: Document, steps: list[str], value: str, name: str) -> None:
    """Walk down to the last step; `[]` takes the next free index."""
    here = tree
    for step, following in pairwise(steps):
        below = here.setdefault(step or str(len(here)), {})
        if not isinstance(below, dict):
            raise invalid(f"Invalid request: {name} is given both as a value and as an object", param=name)
        here = below
        if following == "" and steps[-1] != "":
            raise invalid(f"Invalid request: {name} needs an index", param=name)
    last = steps[-1] or str(len(here))
    if last in here:
        raise invalid(f"Invalid request: {name} is given twice", param=name)
    here[last] = value


def _lists(value: object) -> object:
    """A table whose keys are 0, 1, 2 … is a list, except where callers choose the keys themselves."""
    if not isinstance(value, dict):
        return value
    if value and all(INDEX.fullmatch(key) for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: below if key == FREE_KEYS else _lists(below) for key, below in value.items()}


def flatten(value: object, prefix: str = "") -> list[tuple[str, str]]:
    """The reverse, sorted: two requests with the same content give the same list."""
    if isinstance(value, dict):
        pairs = [
            pair for key, below in value.items() for pair in flatten(below, f"{prefix}[{key}]" if prefix else str(key))
        ]
    elif isinstance(value, list):
        pairs = [pair for index, below in enumerate(value) for pair in flatten(below, f"{prefix}[{index}]")]
    else:
        pairs = [(prefix, str(value))]
    return sorted(pairs)
