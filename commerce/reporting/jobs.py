"""Work of simulations."""

from commerce.platform.work import Job
from commerce.reporting.simulate import simulate
from commerce.reporting.start_simulation import RUN, SimulationDue

JOBS: list[Job] = [Job(RUN, SimulationDue, flow=simulate)]
