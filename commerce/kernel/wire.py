"""Shapes on the wire: requests refuse unknown fields and carry their limits in the type; answers are plain frozen structs."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar, dataclass_transform

import msgspec
from msgspec import Meta

T = TypeVar("T")

PAGE_DEFAULT = 24
PAGE_MOST = 100
BATCH_MOST = 100

Quantity = Annotated[int, Meta(ge=1, le=9_999, description="Units of sale, 1 to 9,999")]
SignedQuantity = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
# No control characters: PostgreSQL cannot store U+0000 in text, and nothing that people type needs the others.
# Patterns end with `\Z`: Python's `$` would let a line end pass.
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+\Z")]
ShortText = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*\Z")]
LongText = Annotated[str, Meta(max_length=20_000, pattern=r"^[^\x00]*\Z")]
Code = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z")]
Slug = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*\Z")]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\Z")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z", description="ISO 3166-1 alpha-2")]
Language = Annotated[str, Meta(pattern=r"^(es|ca|en)\Z", description="es, ca or en")]
Instant = Annotated[datetime, Meta(tz=True)]
Version = Annotated[int, Meta(ge=1)]
MinorUnits = Annotated[int, Meta(ge=0, le=10**15, description="Minor units of the currency, by ISO 4217")]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class WireIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client sends. Unknown fields are an error."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class WireOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a client gets."""


class Text3(WireIn):
    """A text in the three languages of the product; a missing one falls back to `en`, then `es`, then `ca`."""

    en: Annotated[str, Meta(max_length=20_000, pattern=r"^[^\x00]*\Z")] | None = None
    es: Annotated[str, Meta(max_length=20_000, pattern=r"^[^\x00]*\Z")] | None = None
    ca: Annotated[str, Meta(max_length=20_000, pattern=r"^[^\x00]*\Z")] | None = None

    def said(self, language: str) -> str:
        """Gives the text in a language, or in the first of en, es, ca that there is."""
        return getattr(self, language, None) or self.en or self.es or self.ca or ""


class Page(WireOut, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None
