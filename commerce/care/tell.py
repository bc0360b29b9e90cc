"""What the customer is told when something happened to an order: each flow makes one message, once."""

from collections.abc import Iterable
from datetime import timedelta

from commerce import aftersale, fulfilment, orders, stores, uncollected
from commerce.aftersale import ReturnApproved, ReturnDeclined, ReturnLine, ReturnState
from commerce.care.dates import day_said, moment_said, time_said
from commerce.care.facts import Kind
from commerce.care.goods import item_said, items_said
from commerce.care.letters import known, phrase
from commerce.care.promises import promises_said
from commerce.care.send import send
from commerce.fulfilment import FulfilmentReady, Shipped
from commerce.kernel import clock
from commerce.kernel.ids import FulfilmentOrderId
from commerce.kernel.money import format_money
from commerce.orders import Order, OrderCancelled, OrderChanged, OrderPlaced
from commerce.payments import RefundSucceeded, Tender
from commerce.platform.database import Database
from commerce.platform.mail import Mailer
from commerce.stores import Location

HOURS_DAYS = 6
"""The opening hours of the day on which it is ready and the six after it."""


async def order_confirmed(db: Database, mailer: Mailer, placed: OrderPlaced) -> None:
    """Confirms an order: what, where and by when, what it costs and how it is paid."""
    order = await orders.order(db.reading, placed.order_id)
    places = await stores.locations(db.reading)
    language = known(order.language)
    facts = {
        "items": _with_sums(
            order, language, items_said(order, language, ((line.id, line.quantity) for line in order.lines))
        ),
        "promises": promises_said(order, places, language),
        "total": format_money(order.money(order.total), language),
        "payment": phrase("pay_counter" if order.payment_kind == "on_collection" else "pay_card", language),
    }
    await send(db, mailer, Kind.ORDER_CONFIRMED, f"order_confirmed:{order.id}", order, facts)


async def ready_for_pickup(db: Database, mailer: Mailer, ready: FulfilmentReady) -> None:
    """Says that it can be collected: the code, the place, its hours. Nothing when it was collected or taken back to picking meanwhile."""
    work = ready.fulfilment
    code = await fulfilment.pickup_code(db.reading, FulfilmentOrderId(work.id))
    now_is = next(
        (each for each in await fulfilment.fulfilments_of(db.reading, work.order_id) if each.id == work.id), None
    )
    if code is None or now_is is None or now_is.state is not fulfilment.FulfilmentState.READY_FOR_PICKUP:
        return
    order = await orders.order(db.reading, ready.order_id)
    place = (await stores.locations(db.reading)).get(work.location_id)
    language = known(order.language)
    until = await uncollected.deadline_of(db.reading, work.id)
    facts = {
        "code": code.code,
        "items": items_said(order, language, ((line.order_line_id, line.picked - line.handed) for line in work.lines)),
        "place": _address(place),
        "hours": _hours(place, language),
        "until": phrase("until", language, when=moment_said(until, place.timezone, language)) if until else "",
    }
    # Each time that it became ready, and each reminder, is a fact of its own with the work's next version.
    await send(db, mailer, Kind.READY_FOR_PICKUP, f"ready:{work.id}:{work.version}", order, facts)


async def shipped(db: Database, mailer: Mailer, sent: Shipped) -> None:
    """Says what is on its way, and how to follow it."""
    order, parcel = await orders.order(db.reading, sent.order_id), sent.shipment
    language = known(order.language)
    track = " ".join(each for each in (parcel.tracking_number, parcel.tracking_url) if each)
    facts = {
        "carrier": parcel.carrier,
        "items": items_said(order, language, parcel.units),
        "tracking": phrase("track", language, track=track) if track else "",
    }
    await send(db, mailer, Kind.SHIPPED, f"shipped:{parcel.id}", order, facts)


async def not_supplied(db: Database, mailer: Mailer, changed: OrderChanged) -> None:
    """Says which units a location does not have after all, and what less is charged."""
    if changed.change != "units_cancelled" or changed.reason != "short":
        return
    order = await orders.order(db.reading, changed.order_id)
    language = known(order.language)
    facts = {
        "items": items_said(order, language, changed.units),
        "amount": format_money(order.money(changed.amount), language),
    }
    await send(db, mailer, Kind.NOT_SUPPLIED, f"not_supplied:{order.id}:{changed.order.version}", order, facts)


async def order_cancelled(db: Database, mailer: Mailer, cancelled: OrderCancelled) -> None:
    """Says that an order has ended; nothing of one that was never confirmed, since nobody was told of it."""
    if cancelled.order.placed_at is None:
        return
    order = await orders.order(db.reading, cancelled.order_id)
    await send(db, mailer, Kind.ORDER_CANCELLED, f"order_cancelled:{order.id}", order, {})


async def refunded(db: Database, mailer: Mailer, gone: RefundSucceeded) -> None:
    """Says that money went back; not of what was given over the counter, where the customer saw it."""
    if gone.tender is Tender.COUNTER:
        return
    order = await orders.order(db.reading, gone.order_id)
    language = known(order.language)
    facts = {
        "amount": format_money(order.money(gone.amount), language),
        "wait": phrase("bank_days", language),
    }
    await send(db, mailer, Kind.REFUNDED, f"refunded:{gone.refund_id}", order, facts)


async def return_approved(db: Database, mailer: Mailer, approved: ReturnApproved) -> None:
    """Says that goods may be brought; nothing when they are here already, as at a counter."""
    asked = await aftersale.return_now(db.reading, approved.return_id)
    if asked.state is not ReturnState.APPROVED:
        return
    order = await orders.order(db.reading, approved.order_id)
    facts = {"return_number": asked.number, "items": _lines(asked.lines, known(order.language))}
    await send(db, mailer, Kind.RETURN_APPROVED, f"return_approved:{asked.id}", order, facts)


async def return_declined(db: Database, mailer: Mailer, declined: ReturnDeclined) -> None:
    """Says that goods are not taken back, and why."""
    asked = await aftersale.return_now(db.reading, declined.return_id)
    order = await orders.order(db.reading, declined.order_id)
    facts = {
        "return_number": asked.number,
        "items": _lines(asked.lines, known(order.language)),
        "reason": asked.decline_reason or "",
    }
    await send(db, mailer, Kind.RETURN_DECLINED, f"return_declined:{asked.id}", order, facts)


def _with_sums(order: Order, language: str, items: str) -> str:
    """Gives the articles and, where there is any, what was taken off, what a delivery costs less, and the fees."""

    def said(amount: int) -> str:
        return format_money(order.money(amount), language)

    sums: list[str] = []
    gifts = sum(line.discount for line in order.lines if line.kind == "gift")
    if off := order.discount_total - gifts:
        sums.append(phrase("discounts", language, amount=said(off)))
    sums += [
        phrase(
            "delivery_less",
            language,
            amount=said(group.delivery_amount - group.delivery_discount),
            before=said(group.delivery_amount),
        )
        for group in order.groups
        if group.delivery_discount
    ]
    if fees := sum(line.total for line in order.lines if line.is_fee):
        sums.append(phrase("fees", language, amount=said(fees)))
    return "\n\n".join(part for part in (items, "\n".join(f"  {each}" for each in sums)) if part)


def _lines(lines: Iterable[ReturnLine], language: str) -> str:
    return "\n".join(item_said(line.quantity, line.title.said(language), line.option_text) for line in lines)


def _address(place: Location) -> str:
    where = place.address
    town = " ".join(each for each in (where.postal_code, where.city) if each)
    parts = (place.name, where.line1, where.line2, town, where.region, place.phone)
    return "\n".join(f"  {each}" for each in parts if each)


def _hours(place: Location, language: str) -> str:
    now = clock.now()
    zone = place.timezone
    last = now + timedelta(days=HOURS_DAYS)
    return "\n".join(
        f"  {day_said(opens, zone, language)}: {time_said(opens, zone)}–{time_said(closes, zone)}"
        for opens, closes in place.calendar.openings(now, HOURS_DAYS)
        if opens <= last
    )
