"""Reasons for corrections: those of the product, and the shop's own in their place or beside them."""

import msgspec
from sqlalchemy import Boolean, DateTime, Integer, Text, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from commerce.counting import named, rules
from commerce.counting.errors import ReasonUnusable
from commerce.counting.facts import Reason
from commerce.counting.tables import stock_correction_reasons
from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller, StaleVersion
from commerce.platform.statement import Statement, given

REASONS_MOST = 200
"""The most reasons that a shop writes itself; all are listed at once."""

_reason = stock_correction_reasons.c
ALL = Statement(
    select(_reason.code, _reason.name, _reason.direction, _reason.spot, _reason.active, _reason.version)
    .order_by(_reason.code)
    .limit(REASONS_MOST),
    into=Reason,
)
_put = insert(stock_correction_reasons).values(
    code=given("code", Text),
    name=given("name", JSONB),
    direction=given("direction", Text),
    spot=given("spot", Text),
    active=given("active", Boolean),
    updated_at=given("at", DateTime(timezone=True)),
)
PUT = Statement(
    _put.on_conflict_do_update(
        index_elements=["code"],
        set_={
            **{name: _put.excluded[name] for name in ("name", "direction", "spot", "active", "updated_at")},
            "version": _reason.version + 1,
        },
        where=_reason.version == given("before", Integer),
    ).returning(_reason.version)
)


async def reasons(reads: Reads) -> list[Reason]:
    """Gives all reasons, by code; one of the shop's own stands in the place of the product's with the same code."""
    known = {**rules.REASONS, **{reason.code: reason for reason in await reads.fetch(ALL)}}
    return [known[code] for code in sorted(known)]


async def reason(reads: Reads, code: str) -> Reason:
    """Gives a reason; refuses with NotFound one that there is not."""
    found = {each.code: each for each in await reasons(reads)}.get(code)
    if found is None:
        raise NotFound
    return found


async def usable_reason(reads: Reads, code: str) -> Reason:
    """Gives a reason; refuses with ReasonUnusable one that there is not, or that was switched off."""
    usable = {reason.code: reason for reason in await reasons(reads) if reason.active}
    if (found := usable.get(code)) is None:
        raise ReasonUnusable(
            f"There is no reason {code}, or it is switched off. There are: {', '.join(sorted(usable))}."
        )
    return found


async def put_reason(tx: Tx, caller: Caller, wanted: Reason, version: int) -> Reason:
    """Writes a reason; `version` is the one that was read, 0 for one that only the product has, or nobody.

    Corrections that were booked keep what they were booked with. Refuses with StaleVersion.
    """
    named.check_everywhere(caller, "/code")
    rows = await tx.fetch(
        PUT,
        code=wanted.code,
        name=wanted.name,
        direction=wanted.direction,
        spot=wanted.spot,
        active=wanted.active,
        at=clock.now(),
        before=version,
    )
    if not rows or (rows[0]["version"] == 1) != (version == 0):
        raise StaleVersion("Somebody else changed the reason.")
    after = msgspec.structs.replace(wanted, version=rows[0]["version"])
    tx.changed("stock_correction_reason", wanted.code, after=after)
    return after
