"""How often one may try: counted in the database by hashed key, so that it holds over all processes and tells nobody who tried."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

import msgspec
from sqlalchemy import DateTime, Integer, LargeBinary, case, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from commerce.identity.errors import TooManyAttempts
from commerce.identity.tables import attempts
from commerce.kernel import clock
from commerce.kernel.signatures import digest
from commerce.platform.database import Database, Tx
from commerce.platform.statement import Statement, any_of, given, unnested

MOST_COUNTED = 1_000_000
IPV6_HOUSEHOLD = 64


class Bucket(msgspec.Struct, frozen=True):
    """So many attempts in a window, for one key."""

    key: str
    most: int
    window: timedelta


class _Counted(msgspec.Struct, frozen=True):
    key: bytes
    count: int
    resets_at: datetime


_asked = unnested("asked", asked_key=LargeBinary, asked_until=DateTime(timezone=True))
_now = given("now", DateTime(timezone=True))
_insert = insert(attempts).from_select(
    ["key", "count", "resets_at"],
    select(_asked.c.asked_key, given("one", Integer), _asked.c.asked_until).order_by(_asked.c.asked_key),
)
_over = attempts.c.resets_at <= _now
COUNT = Statement(
    _insert.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "count": case((_over, 1), else_=func.least(attempts.c.count + 1, MOST_COUNTED)),
            "resets_at": case((_over, _insert.excluded.resets_at), else_=attempts.c.resets_at),
        },
    ).returning(attempts.c.key, attempts.c.count, attempts.c.resets_at),
    into=_Counted,
)
FORGET = Statement(delete(attempts).where(any_of(attempts.c.key, "keys")))


def sign_in_buckets(email_key: str, client: str, audience: str) -> list[list[Bucket]]:
    """Gives the limits of signing in: by network address first, then by account and address, and by account alone."""
    quarter = timedelta(minutes=15)
    account = f"{audience}:{email_key}"
    return [
        [Bucket(f"sign-in:from:{network(client)}", 300, quarter)],
        [
            Bucket(f"sign-in:{account}:from:{network(client)}", 10, quarter),
            Bucket(f"sign-in:{account}", 100, quarter),
        ],
    ]


def mail_buckets(email_key: str, client: str) -> list[list[Bucket]]:
    """Gives the limits of what sends mail to an address that anybody may name."""
    hour = timedelta(hours=1)
    return [[Bucket(f"mail:from:{network(client)}", 60, hour)], [Bucket(f"mail:{email_key}", 5, hour)]]


def code_buckets(client: str) -> list[list[Bucket]]:
    """Gives the limits of trying codes from mails."""
    return [[Bucket(f"code:from:{network(client)}", 60, timedelta(minutes=15))]]


async def count(db: Database, buckets: Sequence[Sequence[Bucket]]) -> None:
    """Counts one attempt, group by group; refuses with TooManyAttempts at the first group that holds a full bucket.

    An unknown e-mail is counted as a known one is.
    """
    for group in buckets:
        full_until = await db.transact(_count, group)
        if full_until is not None:
            seconds = max(1, int((full_until - clock.now()).total_seconds()) + 1)
            raise TooManyAttempts(f"Try again in {seconds} seconds.", retry_after_seconds=seconds)


async def forget(tx: Tx, buckets: Sequence[Sequence[Bucket]]) -> None:
    """Empties the buckets of a success, all but those of the first group, which belong to an address."""
    await tx.execute(FORGET, keys=[digest(bucket.key) for group in buckets[1:] for bucket in group])


def network(client: str) -> str:
    """Gives what stands for a client: its IPv4 address, or the network of 64 bits that one household has in IPv6."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    return str(address) if address.version == 4 else str(ip_network((address, IPV6_HOUSEHOLD), strict=False))  # noqa: PLR2004 -- the protocol's number


async def _count(tx: Tx, group: Sequence[Bucket]) -> datetime | None:
    now = clock.now()
    most = {digest(bucket.key): bucket.most for bucket in group}
    rows = await tx.fetch(
        COUNT,
        asked_key=list(most),
        asked_until=[now + bucket.window for bucket in group],
        one=1,
        now=now,
    )
    return max((row.resets_at for row in rows if row.count > most[row.key]), default=None)
