"""What the short run takes of long lists: a share of each, other places of it for each operation, so that all together see every kind."""

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

WHOLE = 1
"""The share of the nightly run."""


def part_of(many: Iterable[T], nth: int, share: int) -> list[T]:
    """Gives one of `share` parts of a list, and never nothing of something; `nth` says which."""
    found = list(many)
    return found[nth % share :: share] or found[:1]
