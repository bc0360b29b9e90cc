"""Work of the catalogue: the words in use are counted anew, some at a time; bulk edits of many products."""

from commerce.catalog.bulk_apply import RUN, BulkEditDue, run_bulk_edit
from commerce.catalog.words import COUNT_SECONDS, count_words
from commerce.platform.work import Job

JOBS = [
    Job("catalog.count_words", step=count_words, every_seconds=COUNT_SECONDS),
    Job(RUN, BulkEditDue, flow=run_bulk_edit),
]
