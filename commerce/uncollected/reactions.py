"""What uncollected does when work and calendars report."""

from commerce.fulfilment import (
    FulfilmentCancelled,
    FulfilmentReady,
    FulfilmentRejected,
    FulfilmentUnpacked,
    HandedOver,
    UnitsRefused,
)
from commerce.platform.work import Reaction, after_flow, within
from commerce.stores import HoursChanged
from commerce.uncollected.extend import move_deadlines
from commerce.uncollected.hear import handed_over, ready, refused, unpacked, work_ended

REACTIONS: list[Reaction] = [
    within(FulfilmentReady, ready),
    within(FulfilmentUnpacked, unpacked),
    within(HandedOver, handed_over),
    within(UnitsRefused, refused),
    within(FulfilmentCancelled, work_ended),
    within(FulfilmentRejected, work_ended),
    after_flow(HoursChanged, move_deadlines),
]
