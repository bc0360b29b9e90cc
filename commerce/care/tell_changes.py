"""What the customer is told when a promise moves, when there is something to choose, and what came of it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from commerce import fulfilment, orders, stores
from commerce.care.dates import moment_said
from commerce.care.facts import Kind
from commerce.care.goods import items_said
from commerce.care.letters import known, phrase
from commerce.care.send import send
from commerce.fulfilment import Fulfilment, PromiseMoved
from commerce.orders import Order
from commerce.platform.database import Database
from commerce.platform.mail import Mailer
from commerce.recourse import Choice, ChoiceMade, ChoiceWanted
from commerce.stores import Locations

OVER = frozenset({"handed_over", "shipped", "rejected", "cancelled", "expired"})


async def promise_moved(db: Database, mailer: Mailer, moved: PromiseMoved) -> None:
    """Says by when it will be ready now; nothing when it moved again meanwhile, or the work is over."""
    work = await _now(db, moved.fulfilment)
    if work is None or work.ready_by != moved.after or work.state.value in OVER:
        return
    order = await orders.order(db.reading, moved.order_id)
    language = known(order.language)
    facts = {
        "items": _items(order, language, [work]),
        "promise": _promise(work, await stores.locations(db.reading), language),
    }
    await send(db, mailer, Kind.PROMISE_MOVED, f"promise_moved:{work.id}:{moved.fulfilment.version}", order, facts)


async def choice_wanted(db: Database, mailer: Mailer, wanted: ChoiceWanted) -> None:
    """Asks what is to become of units that a place could not give, and says until when the answer counts."""
    rejection = wanted.rejection
    if rejection.choose_by is None:
        return
    order = await orders.order(db.reading, wanted.order_id)
    place = (await stores.locations(db.reading)).get(rejection.location_id)
    language = known(order.language)
    facts = {
        "place": place.name,
        "items": items_said(order, language, rejection.units),
        "when": moment_said(rejection.choose_by, place.timezone, language),
    }
    await send(db, mailer, Kind.CHOICE_WANTED, f"choice_wanted:{rejection.id}", order, facts)


async def choice_made(db: Database, mailer: Mailer, made: ChoiceMade) -> None:
    """Confirms what was chosen, with its new promise; money that goes back, and another article, are told by themselves."""
    if made.choice in {Choice.REFUND, Choice.SUBSTITUTE}:
        return
    order = await orders.order(db.reading, made.order_id)
    works = [
        work
        for work in await fulfilment.fulfilments_of(db.reading, order.id)
        if work.id in made.fulfilment_order_ids and work.state.value not in OVER
    ]
    if not works:
        return
    language = known(order.language)
    places = await stores.locations(db.reading)
    facts = {
        "items": _items(order, language, works),
        "promise": "\n".join(_promise(work, places, language) for work in works),
    }
    await send(db, mailer, Kind.CHOICE_MADE, f"choice_made:{made.rejection_id}", order, facts)


async def _now(db: Database, work: Fulfilment) -> Fulfilment | None:
    works = await fulfilment.fulfilments_of(db.reading, work.order_id)
    return next((each for each in works if each.id == work.id), None)


def _items(order: Order, language: str, works: Sequence[Fulfilment]) -> str:
    units: Iterable[tuple[UUID, int]] = (
        (line.order_line_id, line.quantity - line.short - line.handed) for work in works for line in work.lines
    )
    return items_said(order, language, units)


def _promise(work: Fulfilment, places: Locations, language: str) -> str:
    place = places.get(work.location_id)
    when = moment_said(work.ready_by, place.timezone, language) if work.ready_by else None
    if work.kind == "ship":
        return phrase("sent_by", language, when=when) if when else phrase("sent_soon", language)
    if when is None:
        return phrase("collect_soon", language, place=place.name)
    return phrase("collect", language, place=place.name, when=when)
