"""How far a simulation is, of promotions and of sourcing rules alike."""

from enum import StrEnum


class SimulationState(StrEnum):
    """How far a simulation is; `stopped` is one that could not go on, `cancelled` one that somebody ended."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


ENDED = [SimulationState.DONE.value, SimulationState.STOPPED.value, SimulationState.CANCELLED.value]
