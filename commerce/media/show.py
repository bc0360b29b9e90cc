"""What a product that is on show shows."""

from uuid import UUID

from commerce import catalog, stores
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.media.arrange import listed
from commerce.media.facts import Entry
from commerce.platform.database import Reading


async def shown_media(reading: Reading, id_or_slug: str, channel_id: UUID | None) -> tuple[UUID, list[Entry]]:
    """Gives a product that a channel shows, by id or slug, with its pictures and documents; refuses with NotFound."""
    channel = await stores.channel(reading, channel_id)
    wanted = _uuid(id_or_slug) or id_or_slug
    product_id = await catalog.product_on_show(reading, wanted, channel_id=channel.id, at=clock.now())
    if product_id is None:
        raise NotFound("There is no such product.")
    shown = (await catalog.shown_images(reading, [product_id]))[product_id]
    return product_id, await listed(reading, shown)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None  # noqa: PLR2004 -- the length of a UUID's text
    except ValueError:
        return None
