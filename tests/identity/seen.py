"""What tests of accounts and sessions do and look at."""

from sqlalchemy import func, select

from commerce.identity import SignedIn, Tokens
from commerce.identity.schemas import (
    Accepted,
    LoginIn,
    RegisterIn,
    TokensOut,
)
from commerce.identity.sign_in import sign_in
from commerce.identity.sign_up import register
from commerce.identity.tables import accounts, refresh_tokens, sessions
from commerce.platform.database import Database
from commerce.platform.events import events
from commerce.platform.http import NOBODY, Unauthenticated
from commerce.platform.statement import Statement
from tests.given import identity as given

EMAIL = "shopper@example.com"
SIGNED_IN = Statement(
    select(events.c.payload).where(events.c.tag == SignedIn.name()).order_by(events.c.occurred_at, events.c.id)
)
ACCOUNTS = Statement(select(func.count()).select_from(accounts))
LIVE_SESSIONS = Statement(select(func.count()).select_from(sessions).where(sessions.c.revoked_at.is_(None)))
STORED_HASHES = Statement(select(refresh_tokens.c.hash))


async def log_in(db: Database, tokens: Tokens, email: str = EMAIL, password: str = given.PASSWORD) -> TokensOut:
    return await sign_in(db, tokens, LoginIn(email=email, password=password), caller=NOBODY, client=given.HERE)


async def sign_up_request(db: Database, tokens: Tokens, email: str, password: str = given.PASSWORD) -> Accepted:
    return await register(db, tokens, RegisterIn(email=email, password=password), language="en", client=given.HERE)


async def refused_access(tokens: Tokens, given_tokens: TokensOut) -> bool:
    try:
        await given.caller(tokens, given_tokens.access_token)
    except Unauthenticated:
        return True
    return False
