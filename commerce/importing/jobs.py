"""Work of imports."""

from commerce.importing.run_import import run_due
from commerce.importing.start_import import RUN, ImportDue
from commerce.platform.work import Job

JOBS: list[Job] = [Job(RUN, ImportDue, flow=run_due)]
