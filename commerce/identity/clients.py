"""Terminals and API clients: callers with a secret of their own, shown once, kept as a hash, revoked at once."""

from uuid import UUID

import msgspec
from sqlalchemy import DateTime, Uuid, insert, update

from commerce.identity.client_credentials import new_secret
from commerce.identity.events import AccessEnded, Bound
from commerce.identity.queries import one_client, one_terminal
from commerce.identity.revoked import end_generations
from commerce.identity.rights import check_may_grant, check_scopes
from commerce.identity.schemas import (
    ApiClientCreated,
    ApiClientOut,
    NewApiClient,
    NewTerminal,
    TerminalCreated,
    TerminalOut,
)
from commerce.identity.scopes import TERMINAL_SCOPES, held_at
from commerce.identity.tables import api_clients, terminals
from commerce.kernel import clock
from commerce.kernel.errors import invalid
from commerce.kernel.ids import ApiClientId, TerminalId, new_id
from commerce.kernel.signatures import digest
from commerce.platform.database import Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

NEW_TERMINAL = Statement(insert(terminals))
NEW_CLIENT = Statement(insert(api_clients))
_now = given("now", DateTime(timezone=True))
REVOKE_TERMINAL = Statement(
    update(terminals)
    .where(terminals.c.id == given("id_", Uuid), terminals.c.revoked_at.is_(None))
    .values(revoked_at=_now, generation=terminals.c.generation + 1)
    .returning(terminals.c.generation)
)
REVOKE_CLIENT = Statement(
    update(api_clients)
    .where(api_clients.c.id == given("id_", Uuid), api_clients.c.revoked_at.is_(None))
    .values(revoked_at=_now, generation=api_clients.c.generation + 1)
    .returning(api_clients.c.generation)
)


async def create_terminal(tx: Tx, caller: Caller, new: NewTerminal) -> TerminalCreated:
    """Makes a terminal of one location; its secret is in the answer and nowhere else.

    Refuses with InvalidInput scopes that no terminal may have, with CannotGrant more than the caller has or another's location, and with
    UnknownPlace.
    """
    scopes = sorted(TERMINAL_SCOPES if new.scopes is None else set(new.scopes))
    check_scopes(scopes)
    if beyond := sorted(set(scopes) - TERMINAL_SCOPES):
        raise invalid("/scopes", f"A terminal may not have {', '.join(beyond)}.")
    check_may_grant(caller, scopes, [new.location_id])
    terminal_id, secret = TerminalId(new_id()), new_secret()
    shown = TerminalOut(
        id=terminal_id,
        name=new.name,
        location_id=new.location_id,
        channel_id=new.channel_id,
        scopes=scopes,
        created_at=clock.now(),
        revoked_at=None,
    )
    row = msgspec.structs.asdict(shown)
    await tx.execute(NEW_TERMINAL, **row, secret_hash=digest(secret), generation=1)
    tx.emit(Bound(subject_id=terminal_id, location_ids=(new.location_id,), channel_id=new.channel_id))
    tx.changed("terminal", terminal_id, after=shown)
    return TerminalCreated(**row, client_id=str(terminal_id), client_secret=secret)


async def revoke_terminal(tx: Tx, caller: Caller, terminal_id: UUID) -> TerminalOut:
    """Ends a terminal's access within a second, for ever; doing it twice changes nothing. Refuses with NotFound."""
    before = await one_terminal(tx, caller, terminal_id)
    least: int | None = await tx.fetch_value(REVOKE_TERMINAL, id_=terminal_id, now=clock.now())
    if least is None:
        return before
    await end_generations(tx, terminal_id, least)
    after = await one_terminal(tx, caller, terminal_id)
    tx.changed("terminal", terminal_id, before=before, after=after)
    tx.emit(AccessEnded(subject_id=terminal_id, kind="terminal"))
    return after


async def create_client(tx: Tx, caller: Caller, new: NewApiClient) -> ApiClientCreated:
    """Makes an API client; its secret is in the answer and nowhere else.

    Refuses with InvalidInput unknown scopes and those of the whole shop for a client of some locations, with CannotGrant more than the caller has, and with UnknownPlace.
    """
    check_scopes(new.scopes)
    check_may_grant(caller, new.scopes, new.location_ids)
    if shared := sorted(set(new.scopes) - held_at(new.scopes, new.location_ids)):
        raise invalid(
            "/scopes", f"A client of some locations may not have {', '.join(shared)}: that is of the whole shop."
        )
    client_id, secret = ApiClientId(new_id()), new_secret()
    shown = ApiClientOut(
        id=client_id,
        name=new.name,
        scopes=sorted(set(new.scopes)),
        location_ids=None if new.location_ids is None else sorted(set(new.location_ids)),
        channel_id=new.channel_id,
        created_at=clock.now(),
        revoked_at=None,
    )
    row = msgspec.structs.asdict(shown)
    await tx.execute(NEW_CLIENT, **row, secret_hash=digest(secret), generation=1)
    if shown.location_ids or new.channel_id is not None:
        tx.emit(Bound(subject_id=client_id, location_ids=tuple(shown.location_ids or ()), channel_id=new.channel_id))
    tx.changed("api_client", client_id, after=shown)
    return ApiClientCreated(**row, client_id=str(client_id), client_secret=secret)


async def revoke_client(tx: Tx, caller: Caller, client_id: UUID) -> ApiClientOut:
    """Ends an API client's access within a second, for ever; doing it twice changes nothing. Refuses with NotFound, and with CannotGrant."""
    before = await one_client(tx, caller, client_id)
    check_may_grant(caller, held_at(before.scopes, before.location_ids), before.location_ids)
    least: int | None = await tx.fetch_value(REVOKE_CLIENT, id_=client_id, now=clock.now())
    if least is None:
        return before
    await end_generations(tx, client_id, least)
    after = await one_client(tx, caller, client_id)
    tx.changed("api_client", client_id, before=before, after=after)
    tx.emit(AccessEnded(subject_id=client_id, kind="service"))
    return after
