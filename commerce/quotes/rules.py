"""From facts to a priced basket: pure, no statement. Which line has no price and why; which tax holds for which group."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast
from uuid import UUID

from msgspec import Struct

from commerce import price_engine
from commerce.catalog import Article
from commerce.delivery import Method
from commerce.kernel.errors import Bug
from commerce.kernel.ids import VariantId
from commerce.payments import charge_step
from commerce.price_engine import Basket, BasketLine, DeliveryCharge, Facts, PriceFact, TaxFact
from commerce.quotes.errors import CannotPrice
from commerce.quotes.facts import LineProblem, Quoted, Reason, Surroundings, Want, WantLine
from commerce.stores import Channel

NO_GROUP = ""
Taxes = Mapping[tuple[str, str], TaxFact]
Fault = tuple[Reason, str]


class _Group(Struct, frozen=True):
    """One fulfilment group: where its goods are taxed, what its delivery costs, or why it cannot be."""

    country: str
    ships: bool = False
    charge: DeliveryCharge | None = None
    fault: Fault | None = None


def price_with(
    around: Surroundings,
    channel: Channel,
    want: Want,
    articles: Mapping[VariantId, Article],
    prices: Mapping[UUID, PriceFact],
    at: datetime,
    *,
    leave_out: bool,
) -> Quoted:
    """Prices what was wanted with the facts that were gathered for it.

    Refuses with CannotPrice, naming each line at fault, unless `leave_out`: then those lines are named in the answer
    and the rest is priced.
    """
    country = want.country or channel.country
    taxes = around.taxes.at(at)
    basket, problems = _basket(around, channel.currency, country, want, articles, prices, taxes)
    if problems and not leave_out:
        raise CannotPrice(problems)
    step = charge_step(channel.currency)
    try:
        priced = price_engine.price(basket, Facts(prices=prices, taxes=taxes, charge_step=step))
    except price_engine.CannotPrice as too_large:
        raise CannotPrice([], "The basket's total is too large to be charged; order in parts.") from too_large
    return Quoted(
        priced=priced,
        articles=articles,
        channel=channel,
        country=country,
        charge_step=step,
        at=at,
        problems=tuple(problems),
    )


def _basket(
    around: Surroundings,
    currency: str,
    country: str,
    want: Want,
    articles: Mapping[VariantId, Article],
    prices: Mapping[UUID, PriceFact],
    taxes: Taxes,
) -> tuple[Basket, list[LineProblem]]:
    """What can be priced, and why the other lines can not."""
    of_variant = cast("Mapping[UUID, Article]", articles)
    groups: dict[str, _Group] = {}
    charges: dict[str, DeliveryCharge] = {}
    lines: list[BasketLine] = []
    problems: list[LineProblem] = []
    for position, line in enumerate(want.lines):
        name = line.group or NO_GROUP
        group = groups.get(name)
        if group is None:
            group = groups[name] = _group(name, around, currency, country, taxes)
        fault = _fault(of_variant.get(line.variant_id), prices.get(line.variant_id), group, taxes)
        if fault is not None or group.fault is not None:
            problems.append(_problem(position, line, fault, group.fault))
            continue
        if group.charge is not None:
            charges[name] = group.charge
        lines.append(
            BasketLine(
                key=line.key,
                variant_id=line.variant_id,
                quantity=line.quantity,
                group=name,
                tax_country=group.country,
            )
        )
    basket = Basket(currency=currency, country=country, lines=tuple(lines), deliveries=tuple(charges.values()))
    return basket, problems


def _fault(article: Article | None, price: PriceFact | None, group: _Group, taxes: Taxes) -> Fault | None:
    if article is None:
        return "unknown_article", "There is no such article."
    if not article.sellable:
        return "not_for_sale", "This article is not for sale (any more)."
    if group.ships and not article.shippable:
        return "not_shippable", "This article cannot be sent; it can be collected."
    if price is None:
        return "no_price", "This article has no price in this channel at present."
    if (article.tax_category, group.country) not in taxes:
        return "no_tax_rate", f"No tax rate is set for {article.tax_category} in {group.country}."
    return None


def _problem(position: int, line: WantLine, of_article: Fault | None, of_group: Fault | None) -> LineProblem:
    fault = of_article or of_group
    if fault is None:
        raise Bug(f"nothing is wrong with the line {line.key}")
    return LineProblem(
        position=position,
        key=line.key,
        variant_id=line.variant_id,
        field="variant_id" if of_article is not None else "group",
        reason=fault[0],
        detail=fault[1],
    )


def _group(name: str, around: Surroundings, currency: str, country: str, taxes: Taxes) -> _Group:
    kind, _, identifier = name.partition(":")
    if kind == "pickup":
        return _pickup(name, UUID(identifier), around, currency, country, taxes)
    if kind == "ship":
        return _shipped(name, UUID(identifier), around, currency, country, taxes)
    return _Group(country)


def _pickup(name: str, location_id: UUID, around: Surroundings, currency: str, country: str, taxes: Taxes) -> _Group:
    """Goods that are collected are supplied where the store is (Directive 2006/112/EC, article 31)."""
    location = around.locations.by_id.get(location_id)
    if location is None or not location.active or not location.pickup:
        return _Group(country, fault=("unknown_location", "There is no such place to collect at."))
    return _charged(name, around.methods.pickup(currency), location.country, taxes, ships=False)


def _shipped(name: str, method_id: UUID, around: Surroundings, currency: str, country: str, taxes: Taxes) -> _Group:
    """Goods that are sent are supplied where they arrive (Directive 2006/112/EC, article 33: distance sales)."""
    method = around.methods.by_id.get(method_id)
    if method is None or not method.active or method.kind != "ship" or method.currency != currency:
        return _Group(country, fault=("unknown_method", "There is no such delivery method in this channel."))
    if not method.goes_to(country):
        return _Group(country, fault=("not_delivered_there", f"This delivery method does not go to {country}."))
    return _charged(name, method, country, taxes, ships=True)


def _charged(name: str, method: Method | None, country: str, taxes: Taxes, *, ships: bool) -> _Group:
    if method is None:
        return _Group(country, ships)
    if (method.tax_category, country) not in taxes:
        fault: Fault = ("no_tax_rate", f"No tax rate is set for the delivery, {method.tax_category} in {country}.")
        return _Group(country, ships, fault=fault)
    charge = DeliveryCharge(
        group=name,
        method_id=method.id,
        amount=method.amount,
        tax_category=method.tax_category,
        includes_tax=method.includes_tax,
        tax_country=country,
    )
    return _Group(country, ships, charge)
