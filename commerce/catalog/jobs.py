"""Work of the catalogue: the words in use are counted anew, some at a time; bulk edits of many products are made, and old ones forgotten."""

from commerce.catalog.bulk_apply import RUN, BulkEditDue, run_bulk_edit
from commerce.catalog.bulk_forget import EVERY_SECONDS, FORGET, forget_bulk_edits
from commerce.catalog.words import COUNT_SECONDS, count_words
from commerce.platform.database import Database
from commerce.platform.work import Job


async def forgotten(db: Database, _: None) -> None:
    """Forgets old bulk edits."""
    await forget_bulk_edits(db)


JOBS = [
    Job("catalog.count_words", step=count_words, every_seconds=COUNT_SECONDS),
    Job(RUN, BulkEditDue, flow=run_bulk_edit),
    Job(FORGET, flow=forgotten, every_seconds=EVERY_SECONDS),
]
