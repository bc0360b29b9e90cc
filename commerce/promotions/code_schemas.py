"""Codes of promotions on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from commerce.kernel.wire import WireIn, WireOut

BATCH_CODES_MOST = 1_000_000
Typed = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=40,
        pattern=r"^[0-9A-Za-z][0-9A-Za-z _.-]*\Z",
        description="As people type it. Capitals, spaces and hyphens do not matter; O is read as 0, I and L as 1",
        examples=["SUMMER-20"],
    ),
]
Prefix = Annotated[str, Meta(max_length=12, pattern=r"^[0-9A-Z]*\Z", examples=["XMAS"])]


class CodeIn(WireIn, frozen=True, kw_only=True):
    """A code that many share. Without `uses_most` only the promotion's own limits bind it."""

    code: Typed
    uses_most: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None


class CodeRefIn(WireIn, frozen=True, kw_only=True):
    """A code of the promotion, shared or of a batch. It stands in no address, where logs would keep it."""

    code: Typed


class CodeOut(WireOut, frozen=True, kw_only=True):
    """A code; `uses` counts those of orders that are under way as well."""

    code: str
    promotion_id: UUID
    batch_id: UUID | None
    uses_most: int | None
    uses: int
    withdrawn_at: datetime | None


class CodeBatchIn(WireIn, frozen=True, kw_only=True):
    """So many codes, each for one order."""

    count: Annotated[int, Meta(ge=1, le=BATCH_CODES_MOST)]
    prefix: Prefix = ""


class CodeBatchOut(WireOut, frozen=True, kw_only=True):
    """A batch of codes: how many of them there are already. Once it is finished they can be exported."""

    id: UUID
    promotion_id: UUID
    prefix: str
    count: int
    made: int
    created_at: datetime
    finished_at: datetime | None
    withdrawn_at: datetime | None
