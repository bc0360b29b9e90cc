"""Delete a medium: nobody sees it in the back office's list of what is in use; its bytes go when nothing names them."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import DateTime, Uuid, update

from commerce.kernel import clock
from commerce.media import queries
from commerce.media.errors import MediaInUse
from commerce.media.facts import KEEP_UNATTACHED_SECONDS
from commerce.media.tables import media
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given

DUE_NOW = Statement(
    update(media)
    .where(media.c.id == given("id", Uuid), media.c.unattached_since.is_not(None))
    .values(unattached_since=given("since", DateTime(timezone=True)), version=media.c.version + 1)
)


async def withdraw_medium(tx: Tx, media_id: UUID) -> None:
    """Makes a medium due for the next sweep, which leaves what an order shows. Refuses with NotFound, and with MediaInUse."""
    before = await queries.medium(tx, media_id)
    since = clock.now() - timedelta(seconds=KEEP_UNATTACHED_SECONDS + 1)
    if not await tx.execute(DUE_NOW, id=media_id, since=since):
        raise MediaInUse("Take it from the products that show it first.")
    tx.changed("media", media_id, before={"sha256": before.sha256, "file_name": before.file_name})
