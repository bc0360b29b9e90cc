"""Timed work of orders: the mail that answers a guest's look-up, and the end of its link."""

from functools import partial

from commerce.orders.look_up import FORGET, SEND_LINK, Asked, forget_links, send_link
from commerce.platform.mail import Mailer
from commerce.platform.settings import Settings
from commerce.platform.work import Job

FORGET_EVERY_SECONDS = 3_600


def jobs(mailer: Mailer, settings: Settings) -> list[Job]:
    """Gives the kinds of jobs that orders has."""
    return [
        Job(SEND_LINK, Asked, flow=partial(send_link, mailer=mailer, base_url=settings.base_url)),
        Job(FORGET, step=forget_links, every_seconds=FORGET_EVERY_SECONDS),
    ]
