"""What the customer is told of a pickup that waits: that it still does, that it does so longer, that nobody came."""

from commerce import fulfilment, orders, stores, uncollected
from commerce.care.dates import moment_said
from commerce.care.facts import Kind
from commerce.care.goods import items_said
from commerce.care.letters import known, phrase
from commerce.care.send import send
from commerce.orders import Order
from commerce.platform.database import Database
from commerce.platform.mail import Mailer
from commerce.uncollected import PickupExpired, PickupExtended, PickupReminded, Wait, WaitState


async def pickup_reminder(db: Database, mailer: Mailer, reminded: PickupReminded) -> None:
    """Reminds of what still waits, with its code and until when; nothing when it was collected meanwhile, taken back or put ready anew."""
    told = reminded.wait
    wait = await _waiting(db, told)
    code = await fulfilment.pickup_code(db.reading, told.fulfilment_order_id)
    if wait is None or code is None:
        return
    order = await orders.order(db.reading, wait.order_id)
    works = await fulfilment.fulfilments_of(db.reading, order.id)
    left = [
        (line.order_line_id, line.picked - line.handed)
        for work in works
        if work.id == wait.fulfilment_order_id
        for line in work.lines
    ]
    facts = {
        "code": code.code,
        "place": await _place(db, wait),
        "items": items_said(order, known(order.language), left),
        "until": await _until(db, wait, order),
    }
    key = f"pickup_reminder:{wait.id}:{told.round}:{reminded.percent}"
    await send(db, mailer, Kind.PICKUP_REMINDER, key, order, facts)


async def pickup_extended(db: Database, mailer: Mailer, extended: PickupExtended) -> None:
    """Says until when it waits now; nothing when the deadline moved again meanwhile, or nobody waits any more."""
    told = extended.wait
    wait = await _waiting(db, told)
    if wait is None or wait.deadline != told.deadline:
        return
    order = await orders.order(db.reading, wait.order_id)
    facts = {"place": await _place(db, wait), "until": await _until(db, wait, order)}
    await send(db, mailer, Kind.PICKUP_EXTENDED, f"pickup_extended:{wait.id}:{told.version}", order, facts)


async def pickup_expired(db: Database, mailer: Mailer, expired: PickupExpired) -> None:
    """Says what goes back to the shelf because nobody came, and that nothing is charged for it."""
    wait = expired.wait
    order = await orders.order(db.reading, wait.order_id)
    language = known(order.language)
    facts = {
        "place": await _place(db, wait),
        "items": items_said(order, language, ((each.order_line_id, each.units) for each in wait.units)),
        "money": phrase("not_charged", language),
    }
    await send(db, mailer, Kind.PICKUP_EXPIRED, f"pickup_expired:{wait.id}", order, facts)


async def _waiting(db: Database, told: Wait) -> Wait | None:
    """Gives the pickup as it is now, if somebody can still come for what was told of."""
    wait = await uncollected.wait_of(db.reading, told.fulfilment_order_id)
    if wait is None or wait.state is not WaitState.WAITING or wait.round != told.round or wait.deadline is None:
        return None
    return wait


async def _place(db: Database, wait: Wait) -> str:
    return (await stores.locations(db.reading)).get(wait.location_id).name


async def _until(db: Database, wait: Wait, order: Order) -> str:
    if wait.deadline is None:
        return ""
    language = known(order.language)
    zone = (await stores.locations(db.reading)).get(wait.location_id).timezone
    return phrase("until", language, when=moment_said(wait.deadline, zone, language))
