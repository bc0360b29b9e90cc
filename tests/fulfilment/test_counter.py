"""The counter: who may collect, what proves it, what is not wanted, who waits outside; over HTTP and under races."""

import asyncio
import base64
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from commerce import fulfilment, inventory, orders, payments
from commerce.fulfilment import Fulfilment, FulfilmentState as S, Proof
from commerce.fulfilment.clear_up import clear_up
from commerce.fulfilment.codes import pass_text, qr_svg, read_pass
from commerce.fulfilment.counter import at_counter, here, let_collect, let_collect_no_more, passes
from commerce.fulfilment.counter_errors import AgeNotConfirmed, NobodyNamed, TooManySearches
from commerce.fulfilment.errors import WrongPickupCode, WrongUnits
from commerce.fulfilment.find import Search, find
from commerce.fulfilment.proof import PNG
from commerce.fulfilment.refuse import refuse
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import IllegalMove, NotFound, Refusal
from commerce.kernel.ids import new_id
from commerce.orders import OrderState
from commerce.platform import events
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from commerce.platform.work import within, within_reactions
from tests.given import fulfilment as given, identity
from tests.given.fulfilment import Shelf, staff
from tests.given.orders import Want
from tests.served import Served

IMAGE = PNG + b"a line drawn by hand"


async def proven(db: Database) -> None:
    """Every invariant holds."""
    from commerce.fulfilment.audit import CHECKS
    from commerce.inventory.audit import CHECKS as OF_STOCK
    from commerce.orders.audit import CHECKS as OF_ORDERS
    from commerce.traceability.audit import CHECKS as OF_TRACES

    checks = [*CHECKS, *OF_STOCK, *OF_ORDERS, *OF_TRACES]
    assert [found for found in await run_checks(db.reading, checks) if found.rows] == []


def buyer() -> Caller:
    return Caller(kind="shopper", id=new_id())


async def ready(db: Database, shelf: Shelf, who: Caller, quantity: int = 2) -> Fulfilment:
    """Work of a buyer that waits to be collected."""
    want = Want(quantity=quantity, unit=1000, location_id=shelf.store, variant_id=shelf.cup)
    return await given.ready(db, staff(shelf.store), want, shopper_id=who.id)


async def count(db: Database, table: str) -> int:
    rows: list[Any] = await db.reading.fetch(Statement(text(f"SELECT count(*) AS n FROM {table}")))
    return int(rows[0]["n"])


async def test_the_pass_is_the_buyers_alone_and_opens_the_counter(db: Database, clock: HeldClock) -> None:
    shelf, who = await Shelf.filled(db), buyer()
    work = await ready(db, shelf, who)
    until = clock.at + timedelta(days=4)
    await db.transact(fulfilment.say_until, work.id, until)
    (made,), named = await passes(db.reading, who, work.order_id)
    assert (made.code is not None, named, made.place.id) == (True, None, shelf.store)
    assert made.collect_until == until
    for stranger in (buyer(), staff(shelf.store)):
        with pytest.raises(NotFound):
            await passes(db.reading, stranger, work.order_id)
    shown = pass_text(work.order_number, made.code or "")
    assert read_pass(shown) == (work.order_number, made.code)
    assert qr_svg(shown).startswith("<svg ")
    assert qr_svg(shown) != qr_svg(shown + "X")
    found = await db.transact(find, staff(shelf.store), Search(scanned=shown), None)
    assert [match.work.number for match in found] == [work.number]


async def test_whom_the_buyer_names_collects_with_a_code_of_their_own_and_the_one_named_before_no_longer(
    db: Database, clock: HeldClock
) -> None:
    shelf, who, clerk = await Shelf.filled(db), buyer(), staff()
    work = await ready(db, shelf, who)
    first = await db.transact(let_collect, who, work.order_id, "Maria Gràcia")
    second = await db.transact(let_collect, who, work.order_id, "Joan Sants")
    with pytest.raises(NotFound):
        await db.transact(let_collect, buyer(), work.order_id, "A Thief")
    with pytest.raises(WrongPickupCode):
        await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(code=first.code), None)
    done = await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(code=second.code.lower()), None)
    assert done.state is S.HANDED_OVER
    seen = await at_counter(db.reading, clerk, work.id)
    assert [(over.person, over.proof) for over in seen.hand_overs] == [("named", "code")]
    assert seen.named == "Joan Sants"
    await db.transact(let_collect_no_more, who, work.order_id)
    assert (await count(db, "pickup_persons"), await count(db, "hand_overs")) == (0, 1)
    with pytest.raises(IllegalMove):
        await db.transact(let_collect, who, work.order_id, "Too late")
    assert await count(db, "pickup_persons") == 0
    await proven(db)


async def test_naming_somebody_else_while_the_goods_are_handed_over_leaves_one_story(
    db: Database, clock: HeldClock
) -> None:
    shelf, clerk = await Shelf.filled(db, units=40), staff()
    for _ in range(8):
        who = buyer()
        work = await ready(db, shelf, who)
        named = await db.transact(let_collect, who, work.order_id, "Maria")
        over, other = await asyncio.gather(
            fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(code=named.code), None),
            db.transact(let_collect, who, work.order_id, "Joan"),
            return_exceptions=True,
        )
        after = await fulfilment.fulfilment(db.reading, work.id, clerk)
        if isinstance(over, Fulfilment):
            assert (after.state, type(other)) == (S.HANDED_OVER, IllegalMove)
        else:
            assert (after.state, type(over), isinstance(other, Refusal)) == (
                S.READY_FOR_PICKUP,
                WrongPickupCode,
                False,
            )
    await proven(db)


async def test_an_identity_is_kept_by_its_kind_and_a_signature_apart(db: Database, clock: HeldClock) -> None:
    shelf, who = await Shelf.filled(db), buyer()
    work = await ready(db, shelf, who)
    clerk = staff(shelf.store)
    proof = Proof(identity_checked=True, person="named")
    with pytest.raises(NobodyNamed):
        await fulfilment.hand_over(db, new_id(), clerk, work.id, proof, None)
    command = new_id()
    proof = Proof(identity_checked=True, document="passport", signature=IMAGE, device="Till 2")
    await fulfilment.hand_over(db, command, clerk, work.id, proof, None)
    again = await fulfilment.hand_over(db, command, clerk, work.id, proof, None)
    (over,) = (await at_counter(db.reading, clerk, work.id)).hand_overs
    assert (over.person, over.document, over.device, over.signed) == ("customer", "passport", "Till 2", True)
    assert (again.state, await count(db, "hand_over_proofs")) == (S.HANDED_OVER, 1)


async def test_goods_with_a_minimum_age_leave_only_when_staff_confirms_it(db: Database, clock: HeldClock) -> None:
    shelf, who = await Shelf.filled(db), buyer()
    clerk = staff(shelf.store)
    want = Want(quantity=1, location_id=shelf.store, variant_id=shelf.cup)
    drink = msgspec.structs.replace(want, variant_id=shelf.bowl)
    order = await given.placed(db, want, drink, shopper_id=who.id, minimum_age={shelf.bowl: 18})
    await db.transact(fulfilment.offer, orders.OrderPlaced(order_id=order.id, order=order.facts()))
    (work,) = await fulfilment.fulfilments_of(db.reading, order.id)
    assert ([line.minimum_age for line in work.lines], work.minimum_age) == ([None, 18], 18)
    await db.transact(fulfilment.accept, clerk, work.id)
    await db.transact(fulfilment.pick, clerk, work.id, [fulfilment.Pick(line.id, 1) for line in work.lines])
    await db.transact(fulfilment.ready, clerk, work.id, None)
    seen = Proof(identity_checked=True)
    with pytest.raises(AgeNotConfirmed):
        await fulfilment.hand_over(db, new_id(), clerk, work.id, seen, None)
    part = await fulfilment.hand_over(db, new_id(), clerk, work.id, seen, {work.lines[0].id: 1})
    assert (part.state, part.minimum_age) == (S.READY_FOR_PICKUP, 18)
    old_enough = msgspec.structs.replace(seen, age_checked=True)
    done = await fulfilment.hand_over(db, new_id(), clerk, work.id, old_enough, None)
    assert (done.state, done.minimum_age) == (S.HANDED_OVER, None)
    kept: list[Any] = await db.reading.fetch(
        Statement(
            text(
                "SELECT p.age_checked FROM hand_over_proofs p JOIN hand_overs h ON h.id = p.hand_over_id ORDER BY h.id"
            )
        )
    )
    assert [row["age_checked"] for row in kept] == [False, True]
    await proven(db)


async def test_two_members_of_staff_hand_the_same_order_over_once(db: Database, clock: HeldClock) -> None:
    shelf, who = await Shelf.filled(db), buyer()
    work = await ready(db, shelf, who)
    outcomes = await asyncio.gather(
        *(
            fulfilment.hand_over(db, new_id(), staff(shelf.store), work.id, Proof(identity_checked=True), None)
            for _ in range(6)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Fulfilment) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Fulfilment | Refusal) for outcome in outcomes)
    assert (await count(db, "hand_overs"), await count(db, "hand_over_proofs")) == (1, 1)
    await proven(db)


async def test_units_that_are_not_wanted_are_never_charged_and_can_be_sold_again(
    db: Database, clock: HeldClock
) -> None:
    shelf, who, clerk = await Shelf.filled(db), buyer(), staff()
    work = await ready(db, shelf, who, 3)
    line = work.lines[0].id
    with pytest.raises(WrongUnits):
        await db.transact(refuse, clerk, work.id, {line: 4}, "changed_mind")
    after = await db.transact(refuse, clerk, work.id, {line: 1}, "does_not_fit")
    assert (after.state, after.lines[0].picked, after.lines[0].short) == (S.READY_FOR_PICKUP, 2, 1)
    (level,) = await inventory.levels(db.reading, [shelf.cup], [shelf.store])
    assert (level.on_hand, level.reserved) == (10, 2)
    done = await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(identity_checked=True), None)
    (level,) = await inventory.levels(db.reading, [shelf.cup], [shelf.store])
    order = await orders.order(db.reading, work.order_id)
    assert (done.state, order.state, level.on_hand, level.reserved) == (S.HANDED_OVER, OrderState.COMPLETED, 8, 0)
    taken = await payments.payments_of(db.reading, work.order_id)
    assert sum(each.captured for each in taken) == 2000
    await proven(db)


async def test_an_order_of_which_nothing_is_wanted_ends_without_money(db: Database, clock: HeldClock) -> None:
    shelf, who, clerk = await Shelf.filled(db), buyer(), staff()
    work = await ready(db, shelf, who)
    outcomes = await asyncio.gather(
        *(db.transact(refuse, clerk, work.id, {work.lines[0].id: 2}, "other") for _ in range(4)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Fulfilment) for outcome in outcomes) == 1
    after = await fulfilment.fulfilment(db.reading, work.id, clerk)
    order = await orders.order(db.reading, work.order_id)
    assert (after.state, after.reject_reason, order.state) == (S.REJECTED, "refused", OrderState.CANCELLED)
    (level,) = await inventory.levels(db.reading, [shelf.cup], [shelf.store])
    taken = await payments.payments_of(db.reading, work.order_id)
    assert (level.on_hand, level.reserved, sum(each.captured for each in taken)) == (10, 0, 0)
    assert [(part.held, part.voided) for each in taken for part in each.parts] == [(0, 2000)]
    assert await count(db, "counter_refusals") == 1
    await proven(db)


async def test_refusing_and_handing_over_the_same_units_at_once_have_one_effect(db: Database, clock: HeldClock) -> None:
    shelf, clerk = await Shelf.filled(db, units=40), staff()
    for _ in range(5):
        work = await ready(db, shelf, buyer(), 1)
        outcomes = await asyncio.gather(
            db.transact(refuse, clerk, work.id, {work.lines[0].id: 1}, "other"),
            fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(identity_checked=True), None),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, Fulfilment) for outcome in outcomes) == 1
        assert all(isinstance(outcome, Fulfilment | Refusal) for outcome in outcomes)
        after = await fulfilment.fulfilment(db.reading, work.id, clerk)
        assert after.lines[0].handed + after.lines[0].short == 1
    await proven(db)


async def test_who_waits_outside_is_measured_and_forgotten(db: Database, clock: HeldClock) -> None:
    shelf, who, clerk = await Shelf.filled(db), buyer(), staff()
    work = await ready(db, shelf, who)
    with pytest.raises(NotFound):
        await db.transact(here, buyer(), work.order_id, "B2", "red van")
    await db.transact(here, who, work.order_id, "B2", "red van")
    clock.move(seconds=30)
    await db.transact(here, who, work.order_id, "B3", "red van")
    waits = (await at_counter(db.reading, clerk, work.id)).arrival
    assert waits is not None
    assert (waits.bay, waits.vehicle) == ("B3", "red van")
    clock.move(seconds=60)
    await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(identity_checked=True), None)
    seen = await at_counter(db.reading, clerk, work.id)
    assert (seen.arrival, [over.waited_seconds for over in seen.hand_overs]) == (None, [90])
    assert await count(db, "arrivals") == 0
    with pytest.raises(IllegalMove):
        await db.transact(here, who, work.order_id, "B3", None)


async def test_work_that_expires_forgets_who_waited_for_it(dsn: str, clock: HeldClock) -> None:
    from commerce.fulfilment.events import FulfilmentExpired

    db = Database(dsn, before_commit=events.store, within=within_reactions([within(FulfilmentExpired, clear_up)]))
    shelf, who = await Shelf.filled(db), buyer()
    work = await ready(db, shelf, who)
    await db.transact(here, who, work.order_id, None, "1234 ABC")
    assert await count(db, "arrivals") == 1
    await db.transact(fulfilment.expire, staff(), work.id)
    assert await count(db, "arrivals") == 0
    await db.close()


async def test_a_search_finds_by_code_number_and_name_and_only_at_the_callers_places(
    db: Database, clock: HeldClock
) -> None:
    shelf, who = await Shelf.filled(db), buyer()
    work = await ready(db, shelf, who)
    await db.transact(let_collect, who, work.order_id, "Núria Bàrbara Puig")
    code = await fulfilment.pickup_code(db.reading, work.id)
    assert code is not None
    mine, theirs = staff(shelf.store), staff(shelf.warehouse)
    searches = [
        Search(code=code.code.lower()),
        Search(number=work.order_number.lower()),
        Search(number=work.number),
        Search(name="shop"),
        Search(name="puig NURIA"),
    ]
    for search in searches:
        (match,) = await db.transact(find, mine, search, None)
        assert (match.work.number, match.buyer, match.named) == (work.number, "S.", "N. B. P.")
        assert await db.transact(find, theirs, search, None) == []
        assert await db.transact(find, mine, search, shelf.warehouse) == []
    assert await db.transact(find, staff(shelf.store), Search(name="nobody"), None) == []


async def test_searching_in_vain_ends_after_ten_times_also_at_once_and_begins_again_later(
    db: Database, clock: HeldClock
) -> None:
    shelf, who = await Shelf.filled(db), buyer()
    work = await ready(db, shelf, who)
    clerk, wrong = staff(shelf.store), Search(code="AAAA2222")
    outcomes = await asyncio.gather(*(db.transact(find, clerk, wrong, None) for _ in range(16)), return_exceptions=True)
    assert sum(outcome == [] for outcome in outcomes) == 10
    assert sum(isinstance(outcome, TooManySearches) for outcome in outcomes) == 6
    with pytest.raises(TooManySearches):
        await db.transact(find, clerk, Search(number=work.order_number), None)
    assert len(await db.transact(find, staff(shelf.store), Search(number=work.order_number), None)) == 1
    clock.move(minutes=10)
    assert len(await db.transact(find, clerk, Search(number=work.order_number), None)) == 1


async def test_the_counter_takes_codes_signatures_and_refusals_over_http(server: Served) -> None:
    db = server.program.db
    shelf = await Shelf.filled(db)
    tokens = await identity.tokens(db, server.settings)
    guest = await identity.anonymous(db, tokens)
    shopper = server.api.as_(guest.access_token)
    mine = await identity.staff(db, tokens, "associate@shop.example", ("store_associate", shelf.store))
    counter = server.api.as_(mine.access_token)
    caller = await tokens.authenticate(f"Bearer {guest.access_token}")
    work = await ready(db, shelf, caller, 3)
    own = f"/v1/orders/{work.order_id}"
    await shopper.post(f"{own}/pickup-person", {"name": "Maria Gràcia"})
    shown = await shopper.get(f"{own}/pickup-pass")
    (each,) = shown["items"]
    assert (shown["named_person"], each["own"]["code"] != each["named"]["code"]) == ("Maria Gràcia", True)
    assert each["named"]["qr_svg"].startswith("<svg ")
    assert (await counter.call("GET", f"{own}/pickup-pass")).status_code in {403, 404}
    await shopper.post(f"{own}/curbside", {"bay": "B2"})
    found = await counter.post("/v1/fulfilment-orders/find", {"qr": f"{work.order_number}/{each['named']['code']}"})
    assert [one["fulfilment"]["number"] for one in found["items"]] == [work.number]
    both = await counter.call("POST", "/v1/fulfilment-orders/find", {"name": "Maria", "code": "AAAA"})
    assert both.status_code == 400
    path, line = f"/v1/fulfilment-orders/{work.id}", str(work.lines[0].id)
    seen = await counter.get(f"{path}/counter")
    assert (seen["named_person"], seen["arrival"]["bay"]) == ("Maria Gràcia", "B2")
    refused = {"lines": [{"line_id": line, "quantity": 1}], "reason": "changed_mind"}
    assert (await counter.post(f"{path}/refuse", refused))["lines"][0]["short_reason"] == "refused"
    image = base64.b64encode(IMAGE).decode()
    no_image = {"identity_checked": True, "signature": base64.b64encode(b"<svg onload='x'/>").decode()}
    assert (await counter.call("POST", f"{path}/hand-over", no_image)).status_code == 400
    done = await counter.post(f"{path}/hand-over", {"code": each["named"]["code"], "signature": image})
    assert done["state"] == "handed_over"
    seen = await counter.get(f"{path}/counter")
    (over,) = seen["hand_overs"]
    assert (over["person"], over["signed"], over["units"], seen["arrival"]) == ("named", True, 2, None)
    signed = await counter.call("GET", f"/v1/hand-overs/{over['id']}/signature")
    assert (signed.content, signed.headers["content-type"]) == (IMAGE, "image/png")
    assert (await shopper.call("DELETE", f"{own}/pickup-person")).status_code == 204
    assert (await counter.get(f"{path}/counter"))["named_person"] is None
    await server.work()
