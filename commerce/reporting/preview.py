"""Price a basket without and with a promotion as it is written now."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from commerce import promotions, quotes
from commerce.kernel.errors import FieldError, InvalidInput, invalid
from commerce.kernel.money import Money
from commerce.platform.database import Tx
from commerce.price_engine import Destination, Priced, Promotion, PromotionIndex, PromotionPassed, Want, WantLine
from commerce.quotes import BasketIn, Surroundings
from commerce.reporting.schemas import PreviewIn, PreviewOut
from commerce.stores import Channel

PREVIEW_CODE = "preview"


async def preview(tx: Tx, around: Surroundings, promotion_id: UUID, data: PreviewIn, *, at: datetime) -> PreviewOut:
    """Price a basket with what is live, and with a promotion as it is written now in the place of its own published version.

    A code that it demands counts as offered; its limits are not applied. Nothing is kept. Refuses with NotFound an unknown promotion; with
    InvalidInput a channel, store or customer that there is not, a key that two lines have, and prices by hand; with CannotPrice lines
    without a price.
    """
    rule = replace(await promotions.promotion_of(tx, promotion_id), limited=False)
    want = await _want(tx, around, data.basket, data.at or at)
    live = around.book.promotions.all
    with_rule = PromotionIndex([*(each for each in live if each.id != rule.id), rule])
    there = replace(around, book=replace(around.book, promotions=with_rule))
    before = (await quotes.price_basket(tx, around, want)).priced
    after = (await quotes.price_basket(tx, there, _with_code(want, rule))).priced
    return PreviewOut(
        without=quotes.priced_out(before),
        with_promotion=quotes.priced_out(after),
        difference=Money(before.total - after.total, before.currency),
        applied=rule.id in {each.promotion for each in after.applied},
        detail=_why_not(after, rule.id),
    )


async def _want(tx: Tx, around: Surroundings, data: BasketIn, at: datetime) -> Want:
    channel = _channel(around, data.channel_id)
    if data.store_id is not None and data.store_id not in around.book.places:
        raise invalid("/basket/store_id", "There is no such store.")
    buyer = await quotes.buyer_of(tx, data.customer_id, vat_number=data.vat_number, at=at)
    if data.customer_id is not None and buyer.customer_id is None:
        raise invalid("/basket/customer_id", "There is no such customer.")
    return Want(
        channel_id=channel.id,
        store_id=data.store_id,
        destination=Destination(
            country=data.country or channel.country, region=data.region, postal_code=data.postal_code
        ),
        buyer=buyer,
        codes=promotions.opened(await promotions.resolve_codes(tx, data.codes, at=at)),
        tender=data.tender,
        lines=_lines(data),
        at=at,
    )


def _channel(around: Surroundings, channel_id: UUID | None) -> Channel:
    if channel_id is not None and channel_id not in around.channels.by_id:
        raise invalid("/basket/channel_id", "There is no such channel.")
    return around.channels.get(channel_id)


def _lines(data: BasketIn) -> tuple[WantLine, ...]:
    flaws: list[FieldError] = []
    lines: dict[str, WantLine] = {}
    for place, line in enumerate(data.lines):
        key = line.key or f"{place + 1:03}"
        if key in lines:
            flaws.append(FieldError(f"/basket/lines/{place}/key", f"Another line has the key {key}."))
        if line.override is not None:
            flaws.append(FieldError(f"/basket/lines/{place}/override", "A preview is made with the lists' own prices."))
        lines[key] = WantLine(key=key, variant_id=line.variant_id, quantity=line.quantity, group=line.group)
    if flaws:
        raise InvalidInput("; ".join(each.detail for each in flaws[:5]), errors=flaws)
    return tuple(lines.values())


def _with_code(want: Want, rule: Promotion) -> Want:
    if not rule.conditions.code or any(promotion == rule.id for _, promotion in want.codes):
        return want
    return replace(want, codes=(*want.codes, (PREVIEW_CODE, rule.id)))


def _why_not(priced: Priced, rule: UUID) -> str | None:
    """Gives the first reason in the trace for which the rule gave nothing to the basket or to a line."""
    passed = (step.why for step in priced.trace if isinstance(step, PromotionPassed) and step.promotion == rule)
    return next(passed, None)
