"""Somebody has dealt with what waited for a person."""

from uuid import UUID

import msgspec
from sqlalchemy import Text, Uuid, update

from commerce.kernel import clock
from commerce.kernel.errors import NotFound
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.recourse.facts import WaitingException
from commerce.recourse.queries import EXCEPTION, scope_of
from commerce.recourse.tables import order_exceptions

RESOLVE_ONE = Statement(
    update(order_exceptions)
    .where(order_exceptions.c.id == given("id", Uuid))
    .values(
        resolved_at=given("at", order_exceptions.c.resolved_at.type),
        resolved_by=given("by", Text),
        version=order_exceptions.c.version + 1,
    )
)


async def resolve(tx: Tx, caller: Caller, exception_id: UUID) -> WaitingException:
    """Note that an exception at one of the caller's locations is dealt with; a second time changes nothing. Refuses with NotFound."""
    found = await tx.fetch_one(EXCEPTION, id=exception_id, **scope_of(caller))
    if found is None:
        raise NotFound("There is no such exception.")
    if found.resolved_at is not None:
        return found
    at = clock.now()
    await tx.execute(RESOLVE_ONE, id=exception_id, at=at, by=caller.principal)
    tx.changed("order_exception", exception_id, after={"resolved_by": caller.principal})
    return msgspec.structs.replace(found, resolved_at=at, resolved_by=caller.principal, version=found.version + 1)
