"""Whether an article can stand for another one on an order, and what it costs there by itself."""

from datetime import datetime

from commerce.catalog import Article, articles
from commerce.kernel.ids import OrderLineId, VariantId
from commerce.orders import Order, OrderLine, SubstituteArticle
from commerce.platform.database import Reading
from commerce.price_engine import Destination, PricedLine
from commerce.quotes import Quoted, Want, WantLine, buyer_of, price_basket, surroundings
from commerce.recourse.errors import NoSubstitute

KEY = "substitute"


async def fitting(
    reading: Reading, order: Order, line_id: OrderLineId, variant_id: VariantId, units: int, at: datetime
) -> SubstituteArticle:
    """Gives an article as it would stand on the order instead of units of a line, with its price in the order's channel and store, for its
    buyer, at an instant; what promotions would take off is left out.

    Refuses with NoSubstitute, saying why: the same article, one that is not sold, has no stock of its own, cannot be sent, has no price here
    or breaks a rule of its sale, asks for a higher age, is taxed otherwise, or comes with other fees.
    """
    line = next(each for each in order.lines if each.id == line_id)
    article = (await articles(reading, [variant_id])).get(variant_id)
    if line.variant_id == variant_id:
        raise _refused("same_article", "It is the article that is missing.")
    if article is None or not article.sellable:
        raise _refused("not_sold", "The article is not for sale.")
    if article.parts or article.stock != "kept":
        raise _refused("not_one_article", "The article has no stock of its own.")
    if order.group(line.group_id).kind == "ship" and not article.shippable:
        raise _refused("not_shippable", "The article cannot be sent.")
    if (article.minimum_age or 0) > (line.minimum_age or 0):
        raise _refused("minimum_age", "The article asks for an age that the buyer was not asked for.")
    quoted = await _quoted(reading, order, line, variant_id, units, at)
    for problem in quoted.problems:
        raise _refused(problem.reason, problem.detail)
    priced = next(each for each in quoted.priced.lines if each.key == KEY)
    if _taxed(priced) != _taxed(line):
        raise _refused("other_tax", "The article is taxed otherwise.")
    fees = {(each.kind, each.key.removeprefix(f"{KEY}+"), each.unit) for each in quoted.priced.lines if each.of == KEY}
    if fees != {(each.kind, each.sku, each.unit) for each in order.lines if each.of_line_id == line.id}:
        raise _refused("other_fees", "The article comes with other fees.")
    return _standing(article, priced.unit, order.language)


async def _quoted(
    reading: Reading, order: Order, line: OrderLine, variant_id: VariantId, units: int, at: datetime
) -> Quoted:
    group, to, around = order.group(line.group_id), order.shipping_address, await surroundings(reading)
    # A method that is offered no longer is no hindrance: the parcel goes anyway, and no delivery is charged anew.
    sent = f"ship:{group.method_id}" if group.method_id in around.book.methods else None
    want = Want(
        channel_id=order.channel_id,
        store_id=order.store_id,
        destination=None
        if to is None
        else Destination(country=to.country, region=to.region, postal_code=to.postal_code),
        buyer=await buyer_of(reading, order.shopper_id, vat_number=order.vat_number, at=at),
        tender=order.tender,
        at=at,
        lines=(
            WantLine(
                key=KEY,
                variant_id=variant_id,
                quantity=units,
                group=f"pickup:{group.location_id}" if group.kind == "pickup" else sent,
            ),
        ),
    )
    return await price_basket(reading, around, want, leave_out=True, email=order.email)


def _taxed(line: OrderLine | PricedLine) -> tuple[object, ...]:
    return line.tax_country, line.tax_rate, line.includes_tax, line.relief


def _standing(article: Article, unit: int, language: str) -> SubstituteArticle:
    return SubstituteArticle(
        variant_id=article.variant_id,
        product_id=article.product_id,
        sku=article.sku,
        title=article.title,
        option_text=article.options_said(language),
        image_url=article.image_url,
        minimum_age=article.minimum_age,
        unit=unit,
    )


def _refused(why: str, detail: str) -> NoSubstitute:
    return NoSubstitute(detail, why=why)
