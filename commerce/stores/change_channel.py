"""Changing a channel."""

from uuid import UUID

from msgspec import UNSET
from sqlalchemy import DateTime, Integer, Uuid, update

from commerce.kernel import clock
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.stores.errors import DefaultChannelNeeded
from commerce.stores.events import ChannelChanged
from commerce.stores.facts import Channel
from commerce.stores.queries import CHANNELS, load_settings, one_channel
from commerce.stores.rules import check_product_url, check_zone
from commerce.stores.schemas import ChannelPatch
from commerce.stores.tables import channels

_CHANGED = ("name", "country", "languages", "prices_include_tax", "timezone", "active", "product_url")
WRITE = Statement(
    update(channels)
    .where(channels.c.id == given("id_", Uuid), channels.c.version == given("expected", Integer))
    .values(
        {name: given(f"new_{name}", channels.c[name].type) for name in _CHANGED}
        | {"version": channels.c.version + 1, "updated_at": given("now", DateTime(timezone=True))}
    )
)


async def change_channel(tx: Tx, channel_id: UUID, expected: int, patch: ChannelPatch) -> Channel:
    """Changes what the patch names.

    Refuses with NotFound, with InvalidInput a zone that there is not, with StaleVersion when the channel is no longer at the expected version, and with DefaultChannelNeeded when the
    shop's default one would be switched off.
    """
    before = await one_channel(tx, channel_id)
    row = {name: value for name in _CHANGED if (value := getattr(patch, name)) is not UNSET}
    if row.get("active") is False and (await load_settings(tx)).default_channel_id == channel_id:
        raise DefaultChannelNeeded("Make another channel the default one first.")
    check_zone(row.get("timezone") or "UTC")
    check_product_url(row.get("product_url"))
    values = {f"new_{name}": row.get(name, getattr(before, name)) for name in _CHANGED}
    if not await tx.execute(WRITE, id_=channel_id, expected=expected, now=clock.now(), **values):
        raise StaleVersion("The channel has changed since it was read.")
    await CHANNELS.changed(tx)
    after = await one_channel(tx, channel_id)
    tx.changed("channel", channel_id, before=before, after=after)
    tx.emit(ChannelChanged(channel_id=after.id, active=after.active))
    return after
