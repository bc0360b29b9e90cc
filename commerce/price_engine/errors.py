"""Why a basket has no price."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

Subject = Literal["line", "delivery", "basket"]
Reason = Literal["no_price", "no_tax_rate", "too_large"]


class Unpriced(Struct, frozen=True, gc=False):
    """One thing that has no price: a line by its key, a delivery by its group, or the whole basket.

    `missing` names what was looked for: the variant, or the tax category and country.
    """

    of: Subject
    key: str
    reason: Reason
    missing: str = ""


class CannotPrice(Exception):  # noqa: N818 -- an answer, not an error of the program
    """Some of the basket has no price; `problems` names all that is at fault, not only the first."""

    def __init__(self, problems: Sequence[Unpriced]) -> None:
        super().__init__(", ".join(f"{p.of} {p.key}: {p.reason} {p.missing}".rstrip() for p in problems))
        self.problems = tuple(problems)


class Malformed(ValueError):  # noqa: N818 -- named for what it is
    """A basket or a fact that contradicts itself: a bug of the caller."""
