"""The wire of media."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, field

from commerce.kernel.wire import Text3, WireIn, WireOut
from commerce.media.facts import MOST_PER_PRODUCT, Kind, State

Url = Annotated[
    str,
    Meta(
        max_length=2_000, pattern=r"^https?://[^\s\x00-\x1f\x7f]+\Z", description="A picture elsewhere, by its address"
    ),
]


class RenditionOut(WireOut, frozen=True, kw_only=True):
    """A file made of a medium; width and height in pixels, null for documents. Its address never shows anything else."""

    name: str
    url: str
    mime: str
    bytes: int
    width: int | None
    height: int | None


class MediumOut(WireOut, frozen=True, kw_only=True):
    """A picture or document that was sent. Its files are there when it is `ready`; `refused` says why in `refused_because`.

    What no product has shown for a day, and no order shows, is deleted; `unattached_since` says since when none does.
    """

    id: UUID
    sha256: str
    state: State
    kind: Kind
    mime: str
    file_name: str
    bytes: int
    width: int | None
    height: int | None
    url: str | None
    renditions: list[RenditionOut]
    refused_because: str | None
    created_at: datetime
    unattached_since: datetime | None
    version: int


class ShownIn(WireIn, frozen=True, kw_only=True):
    """Something that a product shows: a medium, or a picture elsewhere; one of the two. Of one variant, where `variant_id` says so."""

    media_id: UUID | None = None
    url: Url | None = None
    variant_id: UUID | None = None
    alt: Text3 = Text3()


class ShownListIn(WireIn, frozen=True, kw_only=True):
    """All that a product shows, in order; what is left out is no longer shown."""

    items: Annotated[list[ShownIn], Meta(max_length=MOST_PER_PRODUCT)] = field(default_factory=list)


class ProductMediumOut(WireOut, frozen=True, kw_only=True):
    """Something that a product shows, in the back office. `url` is null while the medium is not ready."""

    media_id: UUID | None
    url: str | None
    variant_id: UUID | None
    alt: Text3
    kind: Kind
    state: State
    file_name: str | None
    renditions: list[RenditionOut]


class ProductMediaOut(WireOut, frozen=True, kw_only=True):
    """All that a product shows, in order; `version` is the product's."""

    product_id: UUID
    media: list[ProductMediumOut]
    version: int


class ShownMediumOut(WireOut, frozen=True, kw_only=True):
    """A picture or document as everybody sees it: its text in the language asked for, its renditions, smallest first."""

    url: str
    alt: str
    variant_id: UUID | None
    file_name: str | None
    renditions: list[RenditionOut]


class ShownMediaOut(WireOut, frozen=True, kw_only=True):
    """The pictures and documents of a product, in order."""

    product_id: UUID
    language: str
    images: list[ShownMediumOut]
    documents: list[ShownMediumOut]
