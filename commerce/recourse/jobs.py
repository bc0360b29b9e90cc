"""Timed work of recourse: each calls a verb that anybody who meets the same thing calls too."""

from commerce.platform.work import Job
from commerce.recourse.late import watch
from commerce.recourse.refund import default_overdue
from commerce.recourse.reroute import route_forgotten

JOBS: list[Job] = [
    Job("recourse.default_overdue", flow=default_overdue, every_seconds=60),
    Job("recourse.route_forgotten", flow=route_forgotten, every_seconds=60),
    Job("recourse.watch", flow=watch, every_seconds=60),
]
