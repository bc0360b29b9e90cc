"""How the person at the counter shows that the goods are theirs, and what is kept of it."""

from collections.abc import Iterable
from datetime import datetime
from secrets import compare_digest
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import Text, Uuid, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from commerce import orders
from commerce.fulfilment.counter_errors import AgeNotConfirmed, NobodyNamed
from commerce.fulfilment.counter_tables import arrivals, hand_over_proofs, pickup_persons
from commerce.fulfilment.errors import TooManyCodes, WrongPickupCode
from commerce.fulfilment.facts import Fulfilment, FulfilmentLine
from commerce.fulfilment.queries import CODE, lock
from commerce.fulfilment.tables import pickup_codes
from commerce.fulfilment.work import CODE_LENGTH
from commerce.kernel.ids import FulfilmentOrderId, OrderId, readable_code
from commerce.platform.database import Reads, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

MOST_CODES = 5
Person = Literal["customer", "named"]
Document = Literal["identity_card", "passport", "residence_permit", "driving_licence", "other"]
PNG = b"\x89PNG\r\n\x1a\n"
_named = pickup_persons.c


class NamedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody else than the buyer who may collect an order, with a code of their own."""

    order_id: OrderId
    name: str
    code: str
    named_at: datetime


NAMED = Statement(select(pickup_persons).where(_named.order_id == given("order_id", Uuid)), into=NamedPerson)
_name = upsert(pickup_persons).values(
    order_id=given("order_id", Uuid),
    name=given("name", Text),
    code=given("code", Text),
    named_at=given("at", _named.named_at.type),
)
NAME = Statement(
    _name.on_conflict_do_update(
        index_elements=["order_id"], set_={each: _name.excluded[each] for each in ("name", "code", "named_at")}
    )
)
UNNAME = Statement(delete(pickup_persons).where(_named.order_id == given("order_id", Uuid)))
WRONG = Statement(
    update(pickup_codes)
    .where(pickup_codes.c.fulfilment_order_id == given("id", Uuid))
    .values(failed_attempts=pickup_codes.c.failed_attempts + 1)
)
KEEP = Statement(insert(hand_over_proofs))
LEFT = Statement(delete(arrivals).where(arrivals.c.fulfilment_order_id == given("id", Uuid)))


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """How the person at the counter showed that the goods are theirs: a code, or an identity that staff checked, with which kind of document.

    The document's number is never taken. `person` says whose identity was checked; a code says it itself. `signature` is a PNG image.
    `device` is on what it was recorded, where the caller is not a terminal. `age_checked` says that staff saw that the person is old enough.
    """

    code: str | None = None
    identity_checked: bool = False
    person: Person = "customer"
    document: Document | None = None
    signature: bytes | None = None
    device: str | None = None
    age_checked: bool = False

    @property
    def kind(self) -> Literal["code", "identity"]:
        """Which of the two."""
        return "code" if self.code is not None else "identity"


async def check_code(tx: Tx, caller: Caller, fulfilment_id: FulfilmentOrderId, code: str) -> bool:
    """Says whether a code is the buyer's or the named person's, and counts it when it is neither. Refuses with TooManyCodes, NotFound."""
    work = await lock(tx, fulfilment_id, caller)
    kept = await tx.fetch_one(CODE, id=work.id)
    if kept is None:
        return True  # there is none to be guessed, yet or any more: what follows says so
    if kept.failed_attempts >= MOST_CODES:
        raise TooManyCodes("Check the person's identity and hand over with `identity_checked`.")
    if await _whose(tx, work, code) is not None:
        return True
    await tx.execute(WRONG, id=work.id)
    return False


async def bearer(tx: Tx, work: Fulfilment, proof: Proof) -> Person:
    """Says who collects locked work of a locked order. Refuses with WrongPickupCode a code that is good no longer, and with NobodyNamed."""
    if proof.code is None:
        if proof.person == "named" and await named_person(tx, work.order_id) is None:
            raise NobodyNamed("Hand the goods to the buyer, or let the buyer name somebody.")
        return proof.person
    whose = await _whose(tx, work, proof.code)
    if whose is None:
        raise WrongPickupCode("The buyer has named another person meanwhile.")
    return whose


def check_age(proof: Proof, lines: Iterable[FulfilmentLine]) -> None:
    """Refuses with AgeNotConfirmed goods that have a minimum age when staff did not confirm that whoever collects them has it."""
    age = max((line.minimum_age for line in lines if line.minimum_age is not None), default=None)
    if age is not None and not proof.age_checked:
        raise AgeNotConfirmed(f"See that the person is at least {age} and confirm it.", minimum_age=age)


async def named_person(reads: Reads, order_id: OrderId) -> NamedPerson | None:
    """Gives who else may collect an order, or None."""
    return await reads.fetch_one(NAMED, order_id=order_id)


async def name_person(tx: Tx, order_id: OrderId, name: str, *, at: datetime) -> NamedPerson:
    """Names who else may collect an order, with a new code; whoever was named before may no longer."""
    await orders.lock_header(tx, order_id)
    made = NamedPerson(order_id=order_id, name=name, code=readable_code(CODE_LENGTH), named_at=at)
    await tx.execute(NAME, order_id=order_id, name=made.name, code=made.code, at=at)
    return made


async def unname_person(tx: Tx, order_id: OrderId) -> None:
    """Takes it back, and forgets the name; with nobody named, nothing changes."""
    await orders.lock_header(tx, order_id)
    await tx.execute(UNNAME, order_id=order_id)


async def keep_proof(
    tx: Tx,
    caller: Caller,
    work: Fulfilment,
    hand_over_id: UUID,
    proof: Proof,
    person: Person,
    *,
    at: datetime,
    last: bool,
) -> None:
    """Keeps what is known of a hand-over, with how long the customer waited since saying "I am here"; after the last one, where they
    waited is forgotten.
    """
    waited = None if work.arrived_at is None else max(0, int((at - work.arrived_at).total_seconds()))
    await tx.execute(
        KEEP,
        hand_over_id=hand_over_id,
        person=person,
        document=proof.document,
        device=caller.principal if caller.kind == "terminal" else proof.device,
        waited_seconds=waited,
        signature_type=None if proof.signature is None else "image/png",
        signature=proof.signature,
        age_checked=proof.age_checked,
    )
    if last:
        await tx.execute(LEFT, id=work.id)


async def _whose(tx: Tx, work: Fulfilment, code: str) -> Person | None:
    said = code.strip().upper()
    kept = await tx.fetch_one(CODE, id=work.id)
    if kept is not None and compare_digest(kept.code, said):
        return "customer"
    named = await named_person(tx, work.order_id)
    return "named" if named is not None and compare_digest(named.code, said) else None
