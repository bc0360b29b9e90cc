"""Work of promotions."""

from commerce.platform.work import Job
from commerce.promotions.code_batches import MAKE, BatchDue, make_codes

JOBS: list[Job] = [Job(MAKE, BatchDue, flow=make_codes)]
