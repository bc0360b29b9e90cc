"""Media as they are told."""

from collections.abc import Iterable
from uuid import UUID

from commerce.media.facts import Entry, Rendition, State, base_of
from commerce.media.queries import Medium
from commerce.media.schemas import (
    MediumOut,
    ProductMediaOut,
    ProductMediumOut,
    RenditionOut,
    ShownMediaOut,
    ShownMediumOut,
)


def medium_out(medium: Medium) -> MediumOut:
    """Gives a medium for the back office."""
    plain = {name: getattr(medium, name) for name in MediumOut.__struct_fields__ if name != "renditions"}
    return MediumOut(**plain, renditions=_renditions(medium.renditions, medium.url))


def product_media_out(product_id: UUID, entries: Iterable[Entry], version: int) -> ProductMediaOut:
    """Gives what a product shows for the back office."""
    return ProductMediaOut(product_id=product_id, media=[_entry(each) for each in entries], version=version)


def shown_media_out(product_id: UUID, entries: Iterable[Entry], language: str) -> ShownMediaOut:
    """Gives what a product shows as everybody sees it: what is not ready is left out."""
    there = [each for each in entries if each.address is not None]
    return ShownMediaOut(
        product_id=product_id,
        language=language,
        images=[_shown(each, language) for each in there if each.kind == "image"],
        documents=[_shown(each, language) for each in there if each.kind == "document"],
    )


def _entry(entry: Entry) -> ProductMediumOut:
    return ProductMediumOut(
        media_id=entry.media_id,
        url=entry.address,
        variant_id=entry.variant_id,
        alt=entry.alt,
        kind=entry.kind,
        state=entry.state or State.READY,
        file_name=entry.file_name,
        renditions=_renditions(entry.renditions or [], entry.media_url),
    )


def _shown(entry: Entry, language: str) -> ShownMediumOut:
    return ShownMediumOut(
        url=entry.address or "",
        alt=entry.alt.said(language),
        variant_id=entry.variant_id,
        file_name=entry.file_name,
        renditions=_renditions(entry.renditions or [], entry.media_url),
    )


def _renditions(renditions: Iterable[Rendition], url: str | None) -> list[RenditionOut]:
    if url is None:
        return []
    return [
        RenditionOut(
            name=each.name,
            url=base_of(url) + each.name,
            mime=each.mime,
            bytes=each.bytes,
            width=each.width,
            height=each.height,
        )
        for each in renditions
    ]
