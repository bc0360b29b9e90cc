"""What somebody who makes labels must do: a carrier, or the built-in renderer. The outcomes are closed; a time-out is never a refusal."""

from typing import Protocol, TypeAlias
from uuid import UUID

import msgspec


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What a label says. `id` is the label's own, the same when it is asked for again; `to` are lines of text from the addressee's name on.

    A parcel that is collected has no addressee on it, but the order's number and the pickup code where there is one already. It is the
    so-manyeth (`nth`) of `count` packages.
    """

    id: UUID
    number: str
    nth: int
    count: int
    order_number: str
    pickup_code: str | None
    origin: tuple[str, ...]
    to: tuple[str, ...]
    weight_grams: int | None


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """The label, as it is printed."""

    media_type: str
    document: bytes
    tracking_number: str | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """There will be no label for this parcel as it is, and why."""

    reason: str


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """No answer came: the label may exist. Asked again with the same id, there is one at the most."""


Outcome: TypeAlias = Labelled | Refused | Unknown


class Labeller(Protocol):
    """Makes labels, and takes back those that nobody uses."""

    name: str

    async def label(self, parcel: Parcel) -> Outcome:
        """Makes a label, once for its id."""

    async def void(self, label_id: UUID) -> None:
        """Takes a label back that is not used; one that never was, or was taken back before, is left alone."""
