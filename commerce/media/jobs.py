"""Work of media: make files; once an hour, follow a new address of the store, and sweep."""

from commerce.media.ports import MediaStore
from commerce.media.prepare import prepare
from commerce.media.readdress import readdress
from commerce.media.sweep import EVERY_SECONDS, SWEEP, sweep
from commerce.media.take_in import PREPARE, MediaDue
from commerce.platform.database import Database
from commerce.platform.work import Job


def jobs(media_store: MediaStore) -> list[Job]:
    """Gives the kinds of work, with the store that the settings name."""

    async def prepared(db: Database, due: MediaDue) -> None:
        await prepare(db, media_store, due)

    async def swept(db: Database, _: None) -> None:
        await readdress(db, media_store)
        await sweep(db, media_store)

    return [
        Job(PREPARE, MediaDue, flow=prepared),
        Job(SWEEP, flow=swept, every_seconds=EVERY_SECONDS),
    ]
