"""Work of simulations."""

from commerce.platform.work import Job
from commerce.reporting import sourcing_start
from commerce.reporting.simulate import simulate
from commerce.reporting.sourcing_simulate import simulate_sourcing
from commerce.reporting.start_simulation import RUN, SimulationDue

JOBS: list[Job] = [
    Job(RUN, SimulationDue, flow=simulate),
    Job(sourcing_start.RUN, sourcing_start.SourcingSimulationDue, flow=simulate_sourcing),
]
