"""What customers are told: at the right moment, in the order's language, once, whatever is killed or repeated."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from commerce import aftersale, fulfilment, orders
from commerce.care import Kind, tell
from commerce.care.reactions import reactions
from commerce.fulfilment import Fulfilment, Pick, Proof, ShortReason
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import OrderId, new_id
from commerce.orders import Order, OrderPlaced
from commerce.payments.adapters import StripeProvider
from commerce.platform.database import Database, Tx
from commerce.platform.mail import Mailer
from commerce.platform.statement import Statement
from commerce.platform.work import Worker
from tests.given import aftersale as given
from tests.given.fulfilment import Shelf
from tests.given.orders import Want, fee, opened

NOTED = Statement(text("SELECT kind, language, effect_key FROM notifications ORDER BY sent_at, id"))


def read(path: Path) -> EmailMessage:
    """A mail that was written."""
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def mails(mailer: Mailer) -> list[tuple[str, str]]:
    """Subject and text of each mail, the oldest first."""
    return [(str(mail["Subject"]), mail.get_content()) for mail in map(read, mailer.sent())]


async def kinds(db: Database) -> list[str]:
    """The kinds of what was noted as sent."""
    return [row["kind"] for row in await db.reading.fetch(NOTED)]


async def test_the_way_of_an_order_as_its_customer_hears_of_it(
    db: Database, provider: StripeProvider, worker: Worker, mailer: Mailer, clock: HeldClock
) -> None:
    place, clerk = await Shelf.filled(db), given.office()
    order = await given.placed(
        db,
        Want(quantity=2, unit=1999, location_id=place.store, variant_id=place.cup),
        Want(quantity=1, unit=1000, kind="ship", location_id=place.warehouse, variant_id=place.bowl, delivery=495),
        provider=provider,
    )
    await worker.drain()
    [(subject, body)] = mails(mailer)
    assert subject == f"La teva comanda {order.number}"
    assert body.startswith("Hola, Shopper:\n\nGràcies per la teva comanda")
    assert "  2 × Tassa, Blue\n" in body
    assert "Per recollir a Gràcia, a partir del dimarts 10 de març, 13:00." in body
    assert "Total, impostos inclosos: 54,93 €." in body

    await given.supplied(db, order, provider=provider)
    await worker.drain()
    told = dict(mails(mailer)[1:])
    assert list(told) == [f"La teva comanda {order.number} és en camí"], "it was collected before the mail was due"
    assert "amb Correos" in told[f"La teva comanda {order.number} és en camí"]
    assert "PK123 https://track.example.com/PK123" in told[f"La teva comanda {order.number} és en camí"]

    await given.brought_back(db, clerk, order, 1, location_id=place.store)
    await worker.drain()
    subject, body = mails(mailer)[-1]
    assert subject == "T'hem retornat 19,99 €"
    assert order.number in body
    assert await kinds(db) == ["order_confirmed", "shipped", "refunded"]


async def test_a_confirmation_says_what_was_given_what_was_taken_off_and_which_fees_come_with_it(
    db: Database, provider: StripeProvider, worker: Worker, mailer: Mailer, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    order = await given.placed(
        db,
        Want(quantity=2, unit=1999, discount=400, location_id=place.store, variant_id=place.cup, fees=(fee(),)),
        Want(quantity=1, unit=500, location_id=place.store, variant_id=place.bowl, gift=True),
    )
    await worker.drain()
    [(_, body)] = mails(mailer)
    assert "  2 × Tassa, Blue\n  1 × Tassa, Blue (de regal)\n\n  Descomptes: 4,00 € menys\n" in body
    assert "  Ecotaxes i dipòsits: 0,60 €\n" in body
    assert f"Total, impostos inclosos: {(3998 - 400 + 60) // 100},58 €." in body
    assert order.total == 3658


async def ready(db: Database, place: Shelf, order: Order) -> fulfilment.Fulfilment:
    """Lets a store put an order ready."""
    clerk = given.terminal(place.store)
    (work,) = await fulfilment.fulfilments_of(db.reading, OrderId(order.id))
    await db.transact(fulfilment.accept, clerk, work.id)
    await db.transact(fulfilment.pick, clerk, work.id, [Pick(line.id, line.quantity) for line in work.lines])
    return await db.transact(fulfilment.ready, clerk, work.id, "A3")


async def test_ready_for_pickup_tells_code_place_and_hours_and_again_when_asked(
    db: Database, worker: Worker, mailer: Mailer, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    order = await given.placed(db, Want(quantity=2, location_id=place.store, variant_id=place.cup))
    await worker.drain()
    work = await ready(db, place, order)
    await worker.drain()
    code = await fulfilment.pickup_code(db.reading, work.id)
    assert code is not None
    subject, body = mails(mailer)[-1]
    assert subject == f"La teva comanda {order.number} és a punt per recollir"
    assert f"\n    {code.code}\n" in body
    assert "  Gracia\n  Carrer Gran 1\n  08012 Barcelona\n" in body
    assert "  dimarts 10 de març: 09:00–20:00\n" in body
    assert "diumenge" not in body
    assert "Te la guardem fins al dimecres 18 de març, 20:00." in body, "seven opening days"

    await db.transact(fulfilment.remind, given.terminal(place.store), work.id)
    await worker.drain()
    assert [subject for subject, _ in mails(mailer)].count(subject) == 2
    clerk = given.terminal(place.store)
    await db.transact(fulfilment.remind, clerk, work.id)
    await fulfilment.hand_over(db, new_id(), clerk, work.id, Proof(code=code.code), None)
    await worker.drain()
    assert await kinds(db) == ["order_confirmed", "ready_for_pickup", "ready_for_pickup"], (
        "nothing once it is collected"
    )


async def test_what_cannot_be_supplied_and_what_is_cancelled_is_told(
    db: Database, worker: Worker, mailer: Mailer, clock: HeldClock
) -> None:
    place, clerk = await Shelf.filled(db), given.office()
    order = await given.placed(
        db,
        Want(quantity=3, unit=1000, location_id=place.store, variant_id=place.cup),
        Want(quantity=1, unit=500, kind="ship", location_id=place.warehouse, variant_id=place.bowl),
    )
    await worker.drain()
    at_store, at_warehouse = sorted(
        await fulfilment.fulfilments_of(db.reading, OrderId(order.id)), key=lambda work: work.kind
    )
    await db.transact(fulfilment.accept, clerk, at_store.id)
    short = Pick(at_store.lines[0].id, 2, 1, ShortReason.MISMATCH)
    await db.transact(fulfilment.pick, clerk, at_store.id, [short])
    await worker.drain()
    assert await kinds(db) == ["order_confirmed"], "nothing is lost yet: it may come from elsewhere"
    await db.transact(_given_up, at_store, 1)
    await worker.drain()
    subject, body = mails(mailer)[-1]
    assert subject == f"Una part de la teva comanda {order.number} no es pot servir"
    assert "  1 × Tassa, Blue\n\nEs cobren 10,00 € menys." in body

    await db.transact(fulfilment.reject, clerk, at_warehouse.id, ShortReason.NOT_IN_STOCK)
    await db.transact(_given_up, at_warehouse, 1)
    await worker.drain()
    assert "Es cobren 5,00 € menys." in mails(mailer)[-1][1]
    await db.transact(aftersale.cancel_order, clerk, order.id, "out_of_stock")
    await worker.drain()
    assert mails(mailer)[-1][0] == f"La teva comanda {order.number} està cancel·lada"
    assert await kinds(db) == ["order_confirmed", "not_supplied", "not_supplied", "order_cancelled"]


async def _given_up(tx: Tx, work: Fulfilment, units: int) -> None:
    """Units of a piece of work that no place has are not supplied."""
    line = work.lines[0].order_line_id
    await orders.cancel_units(tx, work.order_id, [(line, units)], "short", location_id=orders.UNPLACED)


async def test_a_return_that_was_asked_for_is_answered_and_one_at_the_counter_is_not(
    db: Database, worker: Worker, mailer: Mailer, clock: HeldClock
) -> None:
    place, who, clerk = await Shelf.filled(db), given.shopper(), given.office()
    order = await given.bought(db, Want(quantity=3, location_id=place.store, variant_id=place.cup), who=who)
    first = await given.asked(db, who, order, 1)
    await db.transact(aftersale.decline, clerk, first.id, "Gastada")
    second = await given.asked(db, who, order, 2)
    await db.transact(aftersale.approve, clerk, second.id)
    await given.brought_back(db, clerk, order, 1, location_id=place.store)
    await worker.drain()
    told = [(subject, body) for subject, body in mails(mailer) if "devolució" in subject]
    assert {subject for subject, _ in told} == {
        f"La teva devolució {first.number}",
        f"La teva devolució {second.number}",
    }
    assert any("El motiu: Gastada" in body for _, body in told)
    assert sorted(await kinds(db)) == ["order_confirmed", "return_approved", "return_declined"]


async def test_nobody_hears_of_an_order_that_never_stood(
    db: Database, worker: Worker, mailer: Mailer, clock: HeldClock
) -> None:
    who = given.shopper()
    order = await opened(db, shopper_id=who.id)
    await db.transact(aftersale.cancel_order, who, order.id, "changed_mind")
    await worker.drain()
    assert mails(mailer) == []


async def test_killed_after_sending_the_same_message_goes_out_again_and_is_noted_once(
    db: Database, mailer: Mailer, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    order = await given.placed(db, Want(location_id=place.store, variant_id=place.cup))
    fact = OrderPlaced(order_id=order.id, order=order.facts())

    class Killed(BaseException):
        """The process ends here."""

    class DyingMailer(Mailer):
        """Sends, and then the process is gone before anything is noted."""

        async def send(self, mail: object) -> None:
            await super().send(mail)  # type: ignore[arg-type]
            raise Killed

    with pytest.raises(Killed):
        await tell.order_confirmed(db, DyingMailer(sender="shop@example.com", folder=mailer.folder), fact)
    [first] = mailer.sent()
    identity = read(first)["Message-ID"]
    assert await kinds(db) == []
    for _ in range(2):
        await tell.order_confirmed(db, mailer, fact)
    [only] = mailer.sent()
    assert read(only)["Message-ID"] == identity
    assert await kinds(db) == ["order_confirmed"]


async def test_nothing_personal_is_kept_and_what_is_kept_cannot_be_changed(
    db: Database, dsn: str, worker: Worker, clock: HeldClock
) -> None:
    place = await Shelf.filled(db)
    await given.placed(db, Want(location_id=place.store, variant_id=place.cup))
    await worker.drain()
    connection = await asyncpg.connect(dsn)
    try:
        [row] = [str(dict(each)) for each in await connection.fetch("SELECT * FROM notifications")]
        assert "shopper@example.com" not in row
        assert "Shopper" not in row
        for change in ("UPDATE notifications SET kind = 'shipped'", "DELETE FROM notifications"):
            with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
                await connection.execute(change)
    finally:
        await connection.close()


def test_every_kind_of_message_has_its_happening(mailer: Mailer) -> None:
    names = {reaction.name.removeprefix("care.") for reaction in reactions(mailer)}
    assert names == {kind.value for kind in Kind}
