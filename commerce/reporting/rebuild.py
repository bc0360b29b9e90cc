"""A placed order as a basket again: with the prices, taxes and delivery charges that it had. Pure, no statement."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

from msgspec import Struct

from commerce.price_engine import (
    ArticleFact,
    Basket,
    BasketLine,
    Circumstances,
    DeliveryCharge,
    Facts,
    Override,
    PriceFact,
    PriceList,
    TaxFact,
)
from commerce.reporting.sold_orders import SoldGroup, SoldLine, SoldOrder

AS_SOLD: Final = "as-sold"
WITH_TAX, WITHOUT_TAX = UUID(int=1), UUID(int=2)
NO_ID: Final = UUID(int=0)
Prices = dict[UUID, tuple[PriceFact, ...]]
Taxes = dict[tuple[str, str], TaxFact]


class Known(Struct, frozen=True, kw_only=True):
    """What is known beside the order, as it is today: articles of its lines and of gifts, what a gift would cost and how it is taxed.

    `gift_prices` and `gift_lists` are of the order's currency; `zone` is the IANA zone of its store, else of its channel.
    """

    taxes: Mapping[tuple[str, str], TaxFact]
    articles: Mapping[UUID, ArticleFact]
    gift_prices: Mapping[UUID, tuple[PriceFact, ...]]
    gift_lists: Mapping[UUID, PriceList]
    zone: str


def rebuilt(order: SoldOrder, known: Known) -> tuple[Basket, Facts]:
    """Gives the basket and its facts, without promotions, fees and gifts. The codes are those that opened something then.

    An article that is not in the catalogue any more is in no category and of no brand. A variant that was sold at several unit prices
    has the highest as its price, and the others as given by hand.
    """
    sold = order.articles
    lists = {each.id: each for each in (_list(WITH_TAX, order), _list(WITHOUT_TAX, order))}
    prices: Prices = dict(known.gift_prices)
    dearest: dict[UUID, SoldLine] = {}
    for line in sold:
        if line.variant_id not in dearest or dearest[line.variant_id].unit < line.unit:
            dearest[line.variant_id] = line
    for variant, line in dearest.items():
        of = WITH_TAX if line.includes_tax else WITHOUT_TAX
        prices[variant] = (PriceFact(variant_id=variant, list_id=of, unit=line.unit),)
    groups = {group.id: group for group in order.groups}
    basket = Basket(
        currency=order.currency,
        country=sold[0].tax_country,
        circumstances=Circumstances(
            at=order.opened_at,
            zone=known.zone,
            channel_id=order.channel_id,
            store_id=order.store_id,
            customer_id=order.shopper_id if order.account else None,
            groups=order.customer_groups if order.account else (),
            orders_before=order.orders_before if order.account else None,
            tender=order.tender or order.payment_kind,
            codes=tuple((used.code, used.promotion_id) for used in order.promotions if used.code is not None),
        ),
        lines=tuple(_line(line, groups[line.group_id], dearest[line.variant_id].unit) for line in sold),
        deliveries=_deliveries(order, {line.group_id for line in sold}),
    )
    facts = Facts(
        lists={**known.gift_lists, **lists},
        prices=prices,
        articles={**known.articles, **_gone(order, known.articles)},
        taxes={**known.taxes, **_taxes(order)},
        charge_step=order.charge_step,
    )
    return basket, facts


def _list(list_id: UUID, order: SoldOrder) -> PriceList:
    return PriceList(
        id=list_id,
        code=AS_SOLD,
        version=1,
        terms=1,
        currency=order.currency,
        includes_tax=list_id == WITH_TAX,
        priority=0,
    )


def _line(line: SoldLine, group: SoldGroup, unit: int) -> BasketLine:
    return BasketLine(
        key=str(line.id),
        variant_id=line.variant_id,
        quantity=line.quantity,
        group=group.key,
        tax_country=line.tax_country,
        override=None if line.unit == unit else Override(unit=line.unit, by=AS_SOLD, reason=AS_SOLD),
    )


def _deliveries(order: SoldOrder, filled: set[UUID]) -> tuple[DeliveryCharge, ...]:
    return tuple(charge for group in order.groups if group.id in filled and (charge := _charge(group)) is not None)


def _charge(group: SoldGroup) -> DeliveryCharge | None:
    category, country, rate = group.delivery_tax_category, group.delivery_tax_country, group.delivery_tax_rate
    if category is None or country is None or rate is None:
        return None
    return DeliveryCharge(
        group=group.key,
        method_id=group.method_id or NO_ID,
        amount=group.delivery_amount,
        tax_category=category,
        includes_tax=group.delivery_includes_tax,
        tax_country=country,
    )


def _gone(order: SoldOrder, articles: Mapping[UUID, ArticleFact]) -> dict[UUID, ArticleFact]:
    return {
        line.variant_id: ArticleFact(variant_id=line.variant_id, product_id=NO_ID, tax_category=line.tax_category)
        for line in order.lines
        if line.variant_id not in articles
    }


def _taxes(order: SoldOrder) -> Taxes:
    found: Taxes = {}
    for line in order.lines:
        found[line.tax_category, line.tax_country] = _tax(line.tax_category, line.tax_country, line.tax_rate)
    for group in order.groups:
        category, country, rate = group.delivery_tax_category, group.delivery_tax_country, group.delivery_tax_rate
        if category is not None and country is not None and rate is not None:
            found[category, country] = _tax(category, country, rate)
    return found


def _tax(category: str, country: str, rate: Decimal) -> TaxFact:
    return TaxFact(category=category, country=country, rate=rate, id=NO_ID, version=1)
