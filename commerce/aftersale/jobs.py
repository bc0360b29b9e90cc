"""Timed work of aftersale."""

from commerce.aftersale.follow import FOLLOWING, Following, go_on
from commerce.platform.work import Job

JOBS: list[Job] = [Job(FOLLOWING, Following, step=go_on)]
