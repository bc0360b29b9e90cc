"""From what somebody wants to a basket and its facts: where each group is supplied, what its delivery costs, which line has no price and why."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from commerce.price_engine.book import (
    Assembled,
    Book,
    Channel,
    Destination,
    LineProblem,
    Method,
    Outcome,
    Place,
    Reason,
    Want,
    WantLine,
)
from commerce.price_engine.errors import CannotPrice, Malformed
from commerce.price_engine.facts import (
    ArticleFact,
    Basket,
    BasketLine,
    Circumstances,
    DeliveryCharge,
    Facts,
    PriceFact,
    TaxFact,
    TaxProfile,
)
from commerce.price_engine.price_basket import price

NO_GROUP = ""
Taxes = Mapping[tuple[str, str], TaxFact]
Articles = Mapping[UUID, ArticleFact]
Candidates = Mapping[UUID, tuple[PriceFact, ...]]
Fault = tuple[Reason, str]
NO_PRICE: Fault = ("no_price", "This article has no price in this channel at present.")


class _Group(Struct, frozen=True):
    """One fulfilment group: where its goods are taxed, what its delivery costs, or why it cannot be."""

    country: str
    ships: bool = False
    charge: DeliveryCharge | None = None
    fault: Fault | None = None


def price_want(book: Book, want: Want, articles: Articles, prices: Candidates, *, leave_out: bool = False) -> Outcome:
    """Prices what is wanted. Problems stand in the answer; without `leave_out` the caller refuses them, and nothing is priced.

    Raises CannotPrice for a basket that is too large, and KeyError for a channel that the book does not have.
    """
    assembled = assemble(book, want, articles, prices)
    if assembled.problems and not leave_out:
        return Outcome(priced=None, assembled=assembled)
    try:
        return Outcome(priced=price(assembled.basket, assembled.facts), assembled=assembled)
    except CannotPrice as unpriced:
        assembled = _without(assembled, want, unpriced)
    return Outcome(priced=price(assembled.basket, assembled.facts) if leave_out else None, assembled=assembled)


def _without(assembled: Assembled, want: Want, unpriced: CannotPrice) -> Assembled:
    """Leaves out the lines that turned out to have no price here and now; raises the exception again for anything else."""
    keys = {each.key for each in unpriced.problems if each.of == "line" and each.reason == "no_price"}
    if len(keys) != len(unpriced.problems):
        raise unpriced
    lines = tuple(line for line in assembled.basket.lines if line.key not in keys)
    groups = {line.group for line in lines}
    problems = [
        _problem(position, line, NO_PRICE, None) for position, line in enumerate(want.lines) if line.key in keys
    ]
    return replace(
        assembled,
        basket=replace(
            assembled.basket,
            lines=lines,
            deliveries=tuple(each for each in assembled.basket.deliveries if each.group in groups),
        ),
        problems=tuple(sorted((*assembled.problems, *problems), key=lambda each: each.position)),
    )


def assemble(book: Book, want: Want, articles: Articles, prices: Candidates) -> Assembled:
    """Makes a basket of what can be priced, with the facts that hold for it, and says why the other lines can not."""
    channel = book.channels[want.channel_id]
    store = None if want.store_id is None else book.places.get(want.store_id)
    destination = want.destination or Destination(country=channel.country)
    taxes = book.taxes.at(want.at)
    around = _circumstances(want, channel, store)
    groups: dict[str, _Group] = {}
    charges: dict[str, DeliveryCharge] = {}
    lines: list[BasketLine] = []
    problems: list[LineProblem] = []
    for position, line in enumerate(want.lines):
        name = line.group or NO_GROUP
        group = groups.get(name)
        if group is None:
            group = groups[name] = _group(name, book, channel, destination, taxes)
        fault = _fault(articles.get(line.variant_id), prices.get(line.variant_id), group, taxes)
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
                override=line.override,
            )
        )
    basket = Basket(
        currency=channel.currency,
        country=destination.country,
        circumstances=around,
        lines=tuple(lines),
        deliveries=tuple(charges.values()),
    )
    facts = Facts(
        lists=book.lists,
        prices=prices,
        articles=articles,
        taxes=taxes,
        promotions=book.promotions,
        charge_step=book.charge_steps.get(channel.currency, 1),
        profile=book.taxes.profiles.get(destination.country, TaxProfile()),
    )
    return Assembled(basket=basket, facts=facts, problems=tuple(problems))


def _circumstances(want: Want, channel: Channel, store: Place | None) -> Circumstances:
    at: datetime = want.at
    return Circumstances(
        at=at,
        zone=channel.zone if store is None else store.zone,
        channel_id=channel.id,
        store_id=want.store_id,
        customer_id=want.buyer.customer_id,
        groups=want.buyer.groups,
        orders_before=want.buyer.orders_before,
        tender=want.tender,
        codes=want.codes,
        without=want.without,
    )


def _fault(
    article: ArticleFact | None, prices: tuple[PriceFact, ...] | None, group: _Group, taxes: Taxes
) -> Fault | None:
    if article is None:
        return "unknown_article", "There is no such article."
    if not article.sellable:
        return "not_for_sale", "This article is not for sale (any more)."
    if group.ships and not article.shippable:
        return "not_shippable", "This article cannot be sent; it can be collected."
    if not prices:
        return NO_PRICE
    if (article.tax_category, group.country) not in taxes:
        return "no_tax_rate", f"No tax rate is set for {article.tax_category} in {group.country}."
    return None


def _problem(position: int, line: WantLine, of_article: Fault | None, of_group: Fault | None) -> LineProblem:
    fault = of_article or of_group
    if fault is None:
        raise Malformed(f"nothing is wrong with the line {line.key}")
    return LineProblem(
        position=position,
        key=line.key,
        variant_id=line.variant_id,
        field="variant_id" if of_article is not None else "group",
        reason=fault[0],
        detail=fault[1],
    )


def _group(name: str, book: Book, channel: Channel, destination: Destination, taxes: Taxes) -> _Group:
    kind, _, identifier = name.partition(":")
    if kind == "pickup":
        return _pickup(name, UUID(identifier), book, channel, destination, taxes)
    if kind == "ship":
        return _shipped(name, UUID(identifier), book, channel, destination, taxes)
    return _Group(destination.country)


def _pickup(
    name: str, location_id: UUID, book: Book, channel: Channel, destination: Destination, taxes: Taxes
) -> _Group:
    """Goods that are collected are supplied where the store is (Directive 2006/112/EC, article 31)."""
    place = book.places.get(location_id)
    if place is None or not place.pickup:
        return _Group(destination.country, fault=("unknown_location", "There is no such place to collect at."))
    method = next(
        (each for each in book.methods.values() if each.kind == "pickup" and each.currency == channel.currency), None
    )
    return _charged(name, method, place.country, taxes, ships=False)


def _shipped(
    name: str, method_id: UUID, book: Book, channel: Channel, destination: Destination, taxes: Taxes
) -> _Group:
    """Goods that are sent are supplied where they arrive (Directive 2006/112/EC, article 33: distance sales)."""
    method, country = book.methods.get(method_id), destination.country
    if method is None or method.kind != "ship" or method.currency != channel.currency:
        return _Group(country, fault=("unknown_method", "There is no such delivery method in this channel."))
    if method.countries and country not in method.countries:
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
