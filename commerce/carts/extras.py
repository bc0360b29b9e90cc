"""What a priced cart has beside its lines: fees, gifts, the promotions that applied; and small parts of its answer."""

from typing import Literal
from uuid import UUID

from commerce.carts.facts import GIFT, PICKUP
from commerce.carts.pricing import PricedCart
from commerce.carts.schemas import CartFeeOut, CartFulfilmentOut, CartGiftOut
from commerce.kernel.ids import CartLineId, VariantId
from commerce.kernel.money import Money
from commerce.price_engine import Priced, PricedLine
from commerce.quotes import AppliedPromotionOut, Surroundings, UnitPriceOut


def fees_out(priced: Priced) -> list[CartFeeOut]:
    """Gives the charges that come with lines."""
    return [
        CartFeeOut(
            of_line_id=CartLineId(UUID(line.of)),
            code=line.key.partition("+")[2],
            kind="deposit" if line.kind == "deposit" else "eco_fee",
            quantity=line.quantity,
            unit=Money(line.unit, priced.currency),
            subtotal=Money(line.subtotal, priced.currency),
            tax=Money(line.tax, priced.currency),
            total=Money(line.total, priced.currency),
        )
        for line in priced.lines
        if line.of is not None
    ]


def gifts_out(shown: PricedCart, around: Surroundings, language: str) -> list[CartGiftOut]:
    """Gives what comes for nothing."""
    return [_gift(line, shown, around, language) for line in shown.quoted.priced.lines if line.kind == "gift"]


def _gift(line: PricedLine, shown: PricedCart, around: Surroundings, language: str) -> CartGiftOut:
    article = shown.quoted.articles.get(VariantId(line.variant_id))
    currency = shown.quoted.priced.currency
    return CartGiftOut(
        promotion_id=UUID(line.key.removeprefix(GIFT)),
        variant_id=VariantId(line.variant_id),
        product_id=article.product_id if article else None,
        sku=article.sku if article else None,
        title=article.title.said(language) if article else "",
        option_text=article.options_said(language) if article else "",
        image_url=article.image_url if article else None,
        quantity=line.quantity,
        fulfilment=fulfilment_out(line.group, around, language),
        subtotal=Money(line.subtotal, currency),
        discount=Money(line.discount, currency),
        total=Money(line.total, currency),
    )


def promotions_out(priced: Priced) -> list[AppliedPromotionOut]:
    """Gives the promotions that gave something."""
    return [
        AppliedPromotionOut(
            promotion_id=each.promotion,
            version=each.version,
            code=each.code,
            saved=Money(each.saved, priced.currency),
        )
        for each in priced.applied
    ]


def unit_price_out(line: PricedLine, currency: str) -> UnitPriceOut | None:
    """Gives what one kilogram, litre or metre costs, where the article says what it holds."""
    if line.unit_price is None or line.measure is None:
        return None
    return UnitPriceOut(price=Money(line.unit_price, currency), unit=line.measure)


def fulfilment_out(group: str, around: Surroundings, language: str) -> CartFulfilmentOut | None:
    if not group:
        return None
    target = UUID(group.partition(":")[2])
    kind: Literal["pickup", "ship"] = "pickup" if group.startswith(PICKUP) else "ship"
    if kind == "pickup":
        location = around.locations.by_id.get(target)
        return CartFulfilmentOut(kind=kind, location_id=target, method_id=None, name=location.name if location else "")
    method = around.methods.by_id.get(target)
    return CartFulfilmentOut(
        kind=kind, location_id=None, method_id=target, name=method.name.said(language) if method else ""
    )
