"""The provider tells us something: note it once, and let it have its effect in the same transaction."""

from collections.abc import Callable
from uuid import UUID

from commerce.kernel import clock
from commerce.payments import refund_rules, rules
from commerce.payments.book import Heard, hear, keep, load
from commerce.payments.change import Change
from commerce.payments.facts import Part, Payment, Refund
from commerce.payments.ports import IntentNews, News, OtherNews, RefundNews
from commerce.payments.schemas import WebhookOut
from commerce.payments.settle import ROUNDS
from commerce.platform.connections import Unavailable
from commerce.platform.database import Tx


async def take_in(tx: Tx, news: News) -> WebhookOut:
    """Take in an event of the provider and say so."""
    await hear_news(tx, news)
    return WebhookOut()


async def hear_news(tx: Tx, news: News) -> None:
    """Take in an event of the provider: three statements at the most.

    An event that was heard before changes nothing. One that is about nothing of ours is noted, and that is all. What cannot be taken in
    yet (money given back of which the capture was not heard of) refuses with Unavailable, so that the provider tells it again.
    """
    intent = None if isinstance(news, OtherNews) else news.intent
    part_id = news.part_id if isinstance(news, IntentNews) else None
    heard = await hear(tx, event_id=news.event_id, type_=news.type, intent=intent, part_id=part_id, at=clock.now())
    payment, rule = _effect(heard, news)
    for _ in range(ROUNDS):
        if payment is None:
            return
        change = Change(payment, clock.now())
        rule(change)
        if await keep(tx, change):
            return
        payment = await load(tx, payment.id)
    raise Unavailable("The payment changes too quickly.", retry_after_seconds=1)


def _effect(heard: Heard, news: News) -> tuple[Payment | None, Callable[[Change], None]]:
    def nothing(_: Change) -> None:
        return

    if not heard.fresh or heard.payment is None:
        return None, nothing
    match news:
        case IntentNews():
            return heard.payment, lambda change: _intent(change, news)
        case RefundNews():
            return heard.payment, lambda change: _refund(change, news)
        case OtherNews():
            return None, nothing


def _intent(change: Change, news: IntentNews) -> None:
    part = _part(change.payment, news.intent, news.part_id)
    if part is not None:
        rules.settle_part(change, part, news.outcome)


def _refund(change: Change, news: RefundNews) -> None:
    refund = _known(change.payment, news)
    if refund is not None:
        refund_rules.settle_refund(change, refund, news.outcome)
        return
    part = _part(change.payment, news.intent, None)
    if part is not None:
        try:
            refund_rules.from_outside(change, part, news.refund, news.outcome)
        except refund_rules.NewsTooEarly as early:
            raise Unavailable(str(early), retry_after_seconds=5) from None


def _part(payment: Payment, intent: str | None, part_id: UUID | None) -> Part | None:
    by_intent = next((part for part in payment.parts if intent is not None and part.intent_ref == intent), None)
    return by_intent or next((part for part in payment.parts if part.id == part_id), None)


def _known(payment: Payment, news: RefundNews) -> Refund | None:
    return next(
        (each for each in payment.refunds if each.provider_ref == news.refund or each.id == news.refund_id), None
    )
