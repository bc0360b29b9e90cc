"""Changing the shop's settings: one row, made when somebody first changes something."""

from uuid import UUID

import msgspec
from msgspec import UNSET
from sqlalchemy import Integer
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel import clock
from commerce.kernel.errors import NotFound, invalid
from commerce.platform.database import Tx
from commerce.platform.http import StaleVersion
from commerce.platform.statement import Statement, given
from commerce.stores.facts import Settings
from commerce.stores.queries import CHANNELS, SETTINGS_NOW, load_settings, one_channel
from commerce.stores.schemas import SettingsPatch
from commerce.stores.tables import shop_settings

_new = insert(shop_settings)
WRITE = Statement(
    _new.on_conflict_do_update(
        index_elements=["id"],
        set_={name: _new.excluded[name] for name in shop_settings.c.keys() if name != "id"},  # noqa: SIM118 -- not a dict
        where=shop_settings.c.version == given("expected", Integer),
    )
)


async def change_settings(tx: Tx, expected: int, patch: SettingsPatch) -> Settings:
    """Changes the settings that the patch names.

    Refuses with StaleVersion when they are no longer at the expected version, and with InvalidInput a default channel that is not there
    or not active.
    """
    before = await load_settings(tx)
    if before.version != expected:
        raise StaleVersion("The settings have changed since they were read.")
    if patch.default_channel_id is not UNSET:
        await _check_default(tx, patch.default_channel_id)
    wanted = {name: value for name in patch.__struct_fields__ if (value := getattr(patch, name)) is not UNSET}
    after = msgspec.structs.replace(before, version=before.version + 1, **wanted)
    row = msgspec.structs.asdict(after)
    if not await tx.execute(WRITE, id=1, expected=expected, updated_at=clock.now(), **row):
        raise StaleVersion("The settings have changed since they were read.")
    await SETTINGS_NOW.changed(tx)
    await CHANNELS.changed(tx)
    tx.changed("settings", "shop", before=before, after=after)
    return after


async def _check_default(tx: Tx, channel_id: UUID) -> None:
    try:
        active = (await one_channel(tx, channel_id)).active
    except NotFound:
        raise invalid("/default_channel_id", "There is no such channel.") from None
    if not active:
        raise invalid("/default_channel_id", "The channel is not active.")
