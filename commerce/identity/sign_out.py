"""Signing out: this session, or all of them."""

from commerce.identity.schemas import LogoutIn
from commerce.identity.sessions import end_all, end_session, end_session_of
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller, Unauthenticated


async def sign_out(db: Database, data: LogoutIn, *, caller: Caller) -> None:
    """Ends the caller's session, that of the refresh token given, or with `everywhere` all of the caller's.

    Refuses with Unauthenticated when neither a session's access token nor a refresh token is there; an unknown refresh token is as good as
    one whose session has ended.
    """
    if caller.session_id is None and (data.refresh_token is None or data.everywhere):
        raise Unauthenticated("Send the access token of the session to end, or its refresh token.")
    await db.transact(_sign_out, data, caller)


async def _sign_out(tx: Tx, data: LogoutIn, caller: Caller) -> None:
    if data.refresh_token is not None:
        await end_session_of(tx, data.refresh_token)
    if caller.session_id is not None:
        await end_session(tx, caller.session_id)
    if data.everywhere and caller.id is not None:
        await end_all(tx, caller.id)
