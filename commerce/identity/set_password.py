"""Setting a password: forgotten, invited to, or changed. Whatever the way, all sessions of before end."""

from uuid import UUID

import msgspec
from sqlalchemy import Integer, Text, Uuid, select, update

from commerce.identity import throttle
from commerce.identity.account_mail import ask_for_mail
from commerce.identity.emails import address
from commerce.identity.errors import InvalidOneTimeToken, WrongCredentials
from commerce.identity.events import PasswordChanged
from commerce.identity.one_time import drop_codes, use_code
from commerce.identity.revoked import end_generations
from commerce.identity.schemas import Accepted, ChangePasswordIn, ResetIn, TokensOut
from commerce.identity.sessions import Opened, end_all, new_session, open_session
from commerce.identity.sign_in import WRONG, tokens_out
from commerce.identity.tables import accounts, sessions, staff_members
from commerce.identity.tokens import Tokens
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller, Unauthenticated
from commerce.platform.statement import Statement, given


class _Owner(msgspec.Struct, frozen=True):
    password_hash: str | None
    generation: int


_id = given("id_", Uuid)
_set = {"password_hash": given("new", Text)}
SET_ACCOUNT = Statement(
    update(accounts)
    .where(accounts.c.id == _id)
    .values(_set | {"generation": accounts.c.generation + 1})
    .returning(accounts.c.generation)
)
SET_STAFF = Statement(
    update(staff_members)
    .where(staff_members.c.id == _id, staff_members.c.active)
    .values(_set | {"generation": staff_members.c.generation + 1})
    .returning(staff_members.c.generation)
)
ACCOUNT = Statement(select(accounts.c.password_hash, accounts.c.generation).where(accounts.c.id == _id), into=_Owner)
STAFF = Statement(
    select(staff_members.c.password_hash, staff_members.c.generation).where(staff_members.c.id == _id), into=_Owner
)
BOUND = Statement(select(sessions.c.location_id, sessions.c.channel_id).where(sessions.c.id == _id))
SAME_ACCOUNT = Statement(
    select(accounts.c.id).where(accounts.c.id == _id, accounts.c.generation == given("seen", Integer)).with_for_update()
)
SAME_STAFF = Statement(
    select(staff_members.c.id)
    .where(staff_members.c.id == _id, staff_members.c.generation == given("seen", Integer))
    .with_for_update()
)


async def ask_for_reset(db: Database, email: str, *, language: str, client: str) -> Accepted:
    """Has a mail with a code sent, if there is an account. The answer is the same. Refuses with TooManyAttempts."""
    to = address(email)
    await throttle.count(db, throttle.mail_buckets(to.key, client))
    await db.transact(ask_for_mail, "reset", to, language)
    return Accepted()


async def reset(db: Database, tokens: Tokens, data: ResetIn, *, client: str) -> None:
    """Sets the password of the account or staff member that a code from a mail belongs to, and ends all of its sessions.

    Refuses with InvalidOneTimeToken, and with TooManyAttempts.
    """
    await throttle.count(db, throttle.code_buckets(client))
    await db.transact(_reset, data.token, await tokens.passwords.hash(data.password))


async def _reset(tx: Tx, code: str, password_hash: str) -> None:
    used = await use_code(tx, code, "reset", "invite")
    if not await set_password(tx, used.subject_id, password_hash, staff=used.purpose == "invite"):
        raise InvalidOneTimeToken("The account is closed or switched off.")


async def change_password(
    db: Database, tokens: Tokens, data: ChangePasswordIn, *, caller: Caller, client: str
) -> TokensOut:
    """Changes the caller's own password, ends all of their sessions and opens a new one.

    Refuses with WrongCredentials, with TooManyAttempts, and with Unauthenticated who has no password: anonymous shoppers, terminals.
    """
    owner = await db.reading.fetch_one(STAFF if caller.kind == "staff" else ACCOUNT, id_=caller.id)
    if owner is None or owner.password_hash is None or caller.id is None:
        raise Unauthenticated("Sign in with a password first.")
    await throttle.count(db, throttle.sign_in_buckets(str(caller.id), client, "change"))
    if not await tokens.passwords.check(owner.password_hash, data.current_password):
        raise WrongCredentials("The current password is another one.")
    new_hash = await tokens.passwords.hash(data.new_password)
    opened = await db.transact(_change, caller, caller.id, owner.generation, new_hash)
    return await tokens_out(db, tokens, opened)


async def _change(tx: Tx, caller: Caller, subject_id: UUID, seen: int, new_hash: str) -> Opened:
    staff = caller.kind == "staff"
    if await tx.fetch_one(SAME_STAFF if staff else SAME_ACCOUNT, id_=subject_id, seen=seen) is None:
        raise WrongCredentials(WRONG)
    await set_password(tx, subject_id, new_hash, staff=staff)
    bound = await tx.fetch_one(BOUND, id_=caller.session_id)
    session = new_session(
        caller.kind,
        subject_id,
        account_id=None if staff else subject_id,
        staff_id=subject_id if staff else None,
        location_id=None if bound is None else bound["location_id"],
        channel_id=None if bound is None else bound["channel_id"],
    )
    return await open_session(tx, session)


async def set_password(tx: Tx, subject_id: UUID, password_hash: str, *, staff: bool) -> bool:
    """Sets a password, ends all sessions and makes all codes worthless; says whether there was anybody to set it for."""
    least: int | None = await tx.fetch_value(SET_STAFF if staff else SET_ACCOUNT, id_=subject_id, new=password_hash)
    if least is None:
        return False
    await end_all(tx, subject_id)
    await end_generations(tx, subject_id, least)
    await drop_codes(tx, subject_id)
    tx.changed("password", subject_id)
    tx.emit(PasswordChanged(subject_id=subject_id))
    return True
