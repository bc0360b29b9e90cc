"""A wrong value in a mapping is told by its key, which the decoder itself does not name."""

from typing import Annotated

import pytest
from msgspec import Meta, json

from commerce.kernel.errors import InvalidInput
from commerce.kernel.wire import WireIn
from commerce.platform.http.body import KEYS_MOST, decoded


class Held(WireIn, frozen=True, kw_only=True):
    figures: dict[str, dict[str, Annotated[int, Meta(le=9)]]]


def refused(figures: object) -> str:
    """The pointer that the refusal of these names."""
    with pytest.raises(InvalidInput) as told:
        decoded(json.encode({"figures": figures}), Held)
    (error,) = told.value.errors
    return error.pointer


def test_the_key_of_what_is_wrong_is_named() -> None:
    assert refused({"a": {}, "b": 5, "c": {}}) == "/figures/b"
    assert refused({"a": {"x": 1}, "b": {"y": 10}}).startswith("/figures/b")


def test_a_mapping_of_very_many_keys_is_not_searched_to_its_end() -> None:
    assert refused({**{f"k{nth}": {} for nth in range(KEYS_MOST)}, "last": 5}) == "/figures/..."
