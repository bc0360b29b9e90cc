"""What the counter and the customer see of a collection: the pass, who may collect, who is here, what proves the hand-over."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import Text, Uuid, select
from sqlalchemy.dialects.postgresql import insert

from commerce import orders, stores
from commerce.fulfilment.collect_by import said_until
from commerce.fulfilment.counter_tables import arrivals, hand_over_proofs
from commerce.fulfilment.facts import Fulfilment, FulfilmentState as S
from commerce.fulfilment.proof import Document, NamedPerson, Person, name_person, named_person, unname_person
from commerce.fulfilment.queries import fulfilment, fulfilments_of, pickup_code
from commerce.fulfilment.rules import FULFILMENT
from commerce.fulfilment.tables import fulfilment_orders, hand_overs
from commerce.fulfilment.work import arrived
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove, NotFound
from commerce.kernel.ids import FulfilmentOrderId, OrderId
from commerce.orders import Order
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given
from commerce.stores import Location

HAND_OVERS_MOST = 100
_proof, _over, _arrival = hand_over_proofs.c, hand_overs.c, arrivals.c


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """Units that were handed over, and what proves it. Older ones have no more than how it was proven and by whom."""

    id: UUID
    units: tuple[tuple[UUID, int], ...]
    amount: int
    proof: Literal["code", "identity"]
    by: str
    at: datetime
    person: Person | None
    document: Document | None
    device: str | None
    waited_seconds: int | None
    signed: bool


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """Where a customer waits."""

    bay: str | None
    vehicle: str | None
    said_at: datetime


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """One collection: where, until when, and the code once it is ready."""

    work: Fulfilment
    place: Location
    collect_until: datetime | None
    code: str | None


HAND_OVERS = Statement(
    select(
        _over.id,
        _over.units,
        _over.amount,
        _over.proof,
        _over.by,
        _over.at,
        _proof.person,
        _proof.document,
        _proof.device,
        _proof.waited_seconds,
        _proof.signature.is_not(None).label("signed"),
    )
    .outerjoin_from(hand_overs, hand_over_proofs, _proof.hand_over_id == _over.id)
    .where(_over.fulfilment_order_id == given("id", Uuid))
    .order_by(_over.at, _over.id)
    .limit(HAND_OVERS_MOST),
    into=HandOver,
)
ARRIVAL = Statement(
    select(_arrival.bay, _arrival.vehicle, _arrival.said_at).where(_arrival.fulfilment_order_id == given("id", Uuid)),
    into=Arrival,
)
_here = insert(arrivals).values(
    fulfilment_order_id=given("id", Uuid),
    bay=given("bay", Text),
    vehicle=given("vehicle", Text),
    said_at=given("at", _arrival.said_at.type),
)
HERE = Statement(
    _here.on_conflict_do_update(
        index_elements=["fulfilment_order_id"], set_={"bay": _here.excluded.bay, "vehicle": _here.excluded.vehicle}
    )
)
SIGNATURE = Statement(
    select(_proof.signature_type, _proof.signature, fulfilment_orders.c.location_id)
    .join_from(hand_over_proofs, hand_overs, _over.id == _proof.hand_over_id)
    .join(fulfilment_orders, fulfilment_orders.c.id == _over.fulfilment_order_id)
    .where(_proof.hand_over_id == given("id", Uuid), _proof.signature.is_not(None))
)


async def passes(reads: Reading, caller: Caller, order_id: OrderId) -> tuple[list[Pass], NamedPerson | None]:
    """Gives what its owner needs to collect an order, and whom they named; refuses with NotFound anybody else."""
    await own_order(reads, caller, order_id)
    made = []
    for work in await fulfilments_of(reads, order_id):
        if work.kind != "pickup" or FULFILMENT.terminal(work.state):
            continue
        place = await stores.location(reads, work.location_id)
        until = None if work.ready_at is None else await said_until(reads, work.id)
        code = await pickup_code(reads, work.id) if work.state is S.READY_FOR_PICKUP else None
        made.append(Pass(work=work, place=place, collect_until=until, code=code.code if code else None))
    return made, await named_person(reads, order_id)


async def let_collect(tx: Tx, caller: Caller, order_id: OrderId, name: str) -> NamedPerson:
    """Names who else may collect an order, with a code of their own; whoever was named before may no longer.

    Refuses with NotFound anybody but the owner, and with IllegalMove when nothing is left to collect.
    """
    await own_order(tx, caller, order_id)
    named = await name_person(tx, order_id, name, at=clock.now())
    works = await fulfilments_of(tx, order_id)
    if works and not any(work.kind == "pickup" and not FULFILMENT.terminal(work.state) for work in works):
        raise IllegalMove("Nothing of this order is left to collect.")
    return named


async def let_collect_no_more(tx: Tx, caller: Caller, order_id: OrderId) -> None:
    """Takes the naming back and forgets the name, also after the order was collected. Refuses with NotFound anybody but the owner."""
    await own_order(tx, caller, order_id)
    await unname_person(tx, order_id)


async def here(tx: Tx, caller: Caller, order_id: OrderId, bay: str | None, vehicle: str | None) -> list[Fulfilment]:
    """Notes that the customer of an order waits outside, where and in what; said again, the place is the newer one.

    Both are forgotten when the work ends. Refuses with NotFound anybody but the owner, with IllegalMove when nothing is ready.
    """
    await own_order(tx, caller, order_id)
    ready = [work for work in await fulfilments_of(tx, order_id) if work.state is S.READY_FOR_PICKUP]
    if not ready:
        raise IllegalMove("Nothing of this order is ready to be collected.")
    everywhere = Caller(kind=caller.kind, id=caller.id)
    after = [await arrived(tx, everywhere, work.id) for work in sorted(ready, key=lambda each: each.id)]
    for work in after:
        await tx.execute(HERE, id=work.id, bay=bay, vehicle=vehicle, at=clock.now())
    return after


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """What staff needs beside the work to hand it over."""

    work: Fulfilment
    buyer: str
    named: str | None
    arrival: Arrival | None
    hand_overs: tuple[HandOver, ...]


async def at_counter(reads: Reads, caller: Caller, fulfilment_id: FulfilmentOrderId) -> Counter:
    """Gives whom the goods may be handed to, where they wait, and what was handed over before. Refuses with NotFound."""
    work = await fulfilment(reads, fulfilment_id, caller)
    named = await named_person(reads, work.order_id)
    waiting = await reads.fetch(ARRIVAL, id=work.id)
    return Counter(
        work=work,
        buyer=(await orders.order(reads, work.order_id)).contact_name,
        named=named.name if named else None,
        arrival=waiting[0] if waiting else None,
        hand_overs=tuple(await reads.fetch(HAND_OVERS, id=work.id)),
    )


async def signature(reads: Reads, caller: Caller, hand_over_id: UUID) -> tuple[str, bytes]:
    """Gives the type and the bytes of a signature; refuses with NotFound where there is none at the caller's locations."""
    found = await reads.fetch_one(SIGNATURE, id=hand_over_id)
    if found is None or not caller.may_at(found["location_id"]):
        raise NotFound
    return found["signature_type"], found["signature"]


async def own_order(reads: Reads, caller: Caller, order_id: OrderId) -> Order:
    """Gives an order to its owner; refuses with NotFound anybody else, exactly as if it did not exist."""
    order = await orders.order(reads, order_id)
    if not caller.is_shopper or order.shopper_id != caller.id:
        raise NotFound("There is no such order.")
    return order
