"""Timed work of identity: mails about accounts, and clearing away what has expired."""

from datetime import timedelta
from functools import partial

from sqlalchemy import DateTime, delete

from commerce.identity.account_mail import KIND, MailDue, send_mail
from commerce.identity.tables import (
    attempts,
    mail_requests,
    one_time_tokens,
    refresh_tokens,
    registrations,
    revocations,
    sessions,
)
from commerce.kernel import clock
from commerce.platform.database import Tx
from commerce.platform.mail import Mailer
from commerce.platform.statement import Statement, given
from commerce.platform.work import Job

TIDY_SECONDS = 3_600
# Long enough to tell a reused token from an unknown one, and to answer questions about yesterday.
KEEP = timedelta(days=7)


_before = given("before", DateTime(timezone=True))
EXPIRED = [
    Statement(delete(sessions).where(sessions.c.expires_at < _before)),
    Statement(delete(refresh_tokens).where(refresh_tokens.c.used_at < _before)),
    Statement(delete(one_time_tokens).where(one_time_tokens.c.expires_at < _before)),
    Statement(delete(registrations).where(registrations.c.expires_at < _before)),
    Statement(delete(mail_requests).where(mail_requests.c.created_at < _before)),
    Statement(delete(attempts).where(attempts.c.resets_at < _before)),
    Statement(delete(revocations).where(revocations.c.recorded_at < _before)),
]


async def tidy(tx: Tx, _payload: None = None) -> None:
    """Deletes what expired a week ago; nothing depends on its having run."""
    before = clock.now() - KEEP
    for statement in EXPIRED:
        await tx.execute(statement, before=before)


def jobs(mailer: Mailer) -> list[Job]:
    """The jobs of this slice; mails are sent by the mailer."""
    return [
        Job(KIND, MailDue, flow=partial(send_mail, mailer=mailer)),
        Job("identity.tidy", step=tidy, every_seconds=TIDY_SECONDS),
    ]
