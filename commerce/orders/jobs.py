"""Timed work of orders: the mail that answers a guest's look-up."""

from functools import partial

from commerce.orders.look_up import SEND_LINK, Asked, send_link
from commerce.platform.mail import Mailer
from commerce.platform.settings import Settings
from commerce.platform.work import Job


def jobs(mailer: Mailer, settings: Settings) -> list[Job]:
    """Gives the kinds of jobs that orders has."""
    return [Job(SEND_LINK, Asked, flow=partial(send_link, mailer=mailer, base_url=settings.base_url))]
