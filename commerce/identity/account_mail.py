"""Mails about accounts: asked for in the transaction of the act, written and sent by a job.

Whoever asks gets the same answer in the same time, whether or not there is an account: the request only notes that somebody asked for an
address, and the job looks whose it is. The code in a mail is made when the mail is written, and kept nowhere but as a hash.
"""

from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Text, Uuid, delete, insert, select

from commerce.identity.emails import Address
from commerce.identity.mail_texts import mail_text
from commerce.identity.one_time import new_code
from commerce.identity.tables import accounts, mail_requests, registrations, staff_members
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database, Tx
from commerce.platform.mail import Mail, Mailer
from commerce.platform.statement import Statement, given
from commerce.platform.work import enqueue

KIND = "identity.mail"
Purpose = Literal["register", "resend", "reset", "invite"]


class MailDue(msgspec.Struct, frozen=True):
    """The job's payload: which request; the address stays in its own table, and leaves it with the mail."""

    request_id: UUID


class _Request(msgspec.Struct, frozen=True):
    id: UUID
    purpose: Purpose
    email: str
    email_key: str
    registration_id: UUID | None
    language: str


class _Owner(msgspec.Struct, frozen=True):
    id: UUID
    language: str


ASK = Statement(insert(mail_requests))
REQUEST = Statement(
    select(*(mail_requests.c[name] for name in _Request.__struct_fields__)).where(
        mail_requests.c.id == given("id_", Uuid)
    ),
    into=_Request,
)
DONE = Statement(delete(mail_requests).where(mail_requests.c.id == given("id_", Uuid)))
ACCOUNT = Statement(
    select(accounts.c.id, accounts.c.language).where(accounts.c.email_key == given("key", Text)), into=_Owner
)
STAFF = Statement(
    select(staff_members.c.id, staff_members.c.language).where(
        staff_members.c.email_key == given("key", Text), staff_members.c.active
    ),
    into=_Owner,
)
PENDING = Statement(
    select(registrations.c.id, registrations.c.language)
    .where(
        registrations.c.email_key == given("key", Text),
        registrations.c.expires_at > given("now", DateTime(timezone=True)),
    )
    .order_by(registrations.c.created_at.desc(), registrations.c.id.desc())
    .limit(1),
    into=_Owner,
)


async def ask_for_mail(
    tx: Tx, purpose: Purpose, to: Address, language: str, *, registration_id: UUID | None = None
) -> None:
    """Notes that a mail was asked for; what it says, and whether there is one, the job finds out."""
    request_id = new_id()
    await tx.execute(
        ASK,
        id=request_id,
        purpose=purpose,
        email=to.email,
        email_key=to.key,
        registration_id=registration_id,
        language=language,
        created_at=clock.now(),
    )
    await enqueue(tx, KIND, MailDue(request_id))


async def send_mail(db: Database, due: MailDue, mailer: Mailer) -> None:
    """Sends the mail of a request, if there is something to say. Run again after a crash, it sends another with a code of its own."""
    mail = await db.transact(_write, due.request_id)
    if mail is not None:
        await mailer.send(mail)
    await db.transact(_done, due.request_id)


async def _done(tx: Tx, request_id: UUID) -> None:
    await tx.execute(DONE, id_=request_id)


async def _write(tx: Tx, request_id: UUID) -> Mail | None:
    request = await tx.fetch_one(REQUEST, id_=request_id)
    if request is None:
        return None
    match request.purpose:
        case "invite":
            member = await tx.fetch_one(STAFF, key=request.email_key)
            return await _with_code(tx, request, "invite", member)
        case "reset":
            account = await tx.fetch_one(ACCOUNT, key=request.email_key)
            return await _with_code(tx, request, "reset", account)
        case "register" | "resend":
            return await _about_registration(tx, request)


async def _about_registration(tx: Tx, request: _Request) -> Mail | None:
    account = await tx.fetch_one(ACCOUNT, key=request.email_key)
    if account is not None:
        subject, text = mail_text("known", request.language, "")
        return Mail(to=request.email, subject=subject, text=text, key=f"known:{request.id}")
    if request.registration_id is not None:
        code = await new_code(tx, "verify", request.registration_id)
        return _mail(request, "verify", request.language, code)
    pending = await tx.fetch_one(PENDING, key=request.email_key, now=clock.now())
    return await _with_code(tx, request, "verify", pending)


async def _with_code(tx: Tx, request: _Request, purpose: str, owner: _Owner | None) -> Mail | None:
    """A mail with a new code for whoever the address belongs to, or none for nobody."""
    if owner is None:
        return None
    return _mail(request, purpose, owner.language, await new_code(tx, purpose, owner.id))


def _mail(request: _Request, purpose: str, language: str, code: str) -> Mail:
    subject, text = mail_text(purpose, language, code)
    return Mail(to=request.email, subject=subject, text=text, key=f"{purpose}:{request.id}")
