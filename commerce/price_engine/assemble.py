"""From what somebody wants to a basket and its facts: where each line is supplied, what its delivery costs, which line has no price and why."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from commerce.price_engine.book import (
    Assembled,
    Book,
    Business,
    Channel,
    Destination,
    Frozen,
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
    PriceFact,
    TaxFact,
)
from commerce.price_engine.freeze import freeze, keeps_supplies
from commerce.price_engine.known import Facts
from commerce.price_engine.price_basket import price
from commerce.price_engine.priced import Priced
from commerce.price_engine.sale_rules import SAID, broken_rule
from commerce.price_engine.supply import Supply, supply, zone_of
from commerce.price_engine.tax_book import TaxBook
from commerce.price_engine.threshold import distance_of, goes_beyond

NO_GROUP = ""
Taxes = Mapping[tuple[str, str], TaxFact]
Articles = Mapping[UUID, ArticleFact]
Candidates = Mapping[UUID, tuple[PriceFact, ...]]
Fault = tuple[Reason, str]
NO_PRICE: Fault = ("no_price", "This article has no price in this channel at present.")


class _Group(Struct, frozen=True):
    """One fulfilment group: from where to where its goods go, by what method, or why they cannot.

    `ships` says that they are sent, as far as tax goes; `sent` that the shop has to be able to send them.
    """

    origin: str
    to: str
    ships: bool
    sent: bool = False
    method: Method | None = None
    fault: Fault | None = None


class _Supplies:
    """Where each category of goods is supplied in each group, asked once for each."""

    def __init__(self, channel: Channel, business: Business | None, taxes: TaxBook, want: Want) -> None:
        self._seller, self._currency = channel.country, channel.currency
        self._business, self._taxes, self._at = business, taxes, want.at
        self._found: dict[tuple[str, str, bool, str], Supply] = {}

    def of(self, group: _Group, category: str) -> Supply:
        """Says where goods of a category are supplied, and which relief there is."""
        key = group.origin, group.to, group.ships, category
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = supply(
                self._seller,
                group.origin,
                group.to,
                ships=group.ships,
                business=self._business,
                category=category,
                taxes=self._taxes,
                at=self._at,
                currency=self._currency,
            )
        return found


def price_want(
    book: Book,
    want: Want,
    articles: Articles,
    prices: Candidates,
    *,
    leave_out: bool = False,
    frozen: Frozen | None = None,
    given_taxes: Mapping[str, int] | None = None,
) -> Outcome:
    """Prices what is wanted. Problems stand in the answer; without `leave_out` the caller refuses them, and nothing is priced.

    A sale that takes its seller beyond the threshold of distance sales is priced as taxed where it arrives, unless an outside
    engine gave its taxes (`given_taxes`, see `Facts`). Raises CannotPrice for a basket that is too large, KeyError for a channel
    that the book does not have, and Malformed for one that is frozen in another currency.
    """
    assembled = assemble(book, want, articles, prices, frozen=frozen)
    if given_taxes is not None:
        assembled = replace(assembled, facts=replace(assembled.facts, given_taxes=given_taxes))
    outcome = price_assembled(assembled, want, leave_out=leave_out)
    if given_taxes is not None or outcome.priced is None or not _goes_beyond(book, want, outcome.priced, assembled):
        return outcome
    abroad = replace(book, taxes=book.taxes.beyond_threshold(book.channels[want.channel_id].country))
    return price_assembled(assemble(abroad, want, articles, prices, frozen=frozen), want, leave_out=leave_out)


def _goes_beyond(book: Book, want: Want, priced: Priced, assembled: Assembled) -> bool:
    """Says whether a basket that was taxed at origin takes its seller beyond the threshold: then it is taxed where it arrives."""
    seller = book.channels[want.channel_id].country
    sent_to = assembled.basket.sent_to
    if sent_to is None or not book.taxes.seller(seller).distance_at_origin:
        return False
    distance = distance_of(priced, seller_country=seller, destination=sent_to, business=want.buyer.business)
    return goes_beyond(distance, seller, book.taxes, want.at)


def price_assembled(assembled: Assembled, want: Want, *, leave_out: bool = False) -> Outcome:
    """Prices what was assembled from a want, for whoever adds something to the facts between; see `price_want`."""
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


def assemble(
    book: Book, want: Want, articles: Articles, prices: Candidates, *, frozen: Frozen | None = None
) -> Assembled:
    """Makes a basket of what can be priced, with the facts that hold for it, and says why the other lines can not."""
    channel = book.channels[want.channel_id]
    sent_to = _sent_to(want, channel)
    taxes: Taxes = book.taxes.at(want.at)
    known: Candidates = prices
    if frozen is not None:
        if frozen.recorded.basket.currency != channel.currency:
            raise Malformed(f"a price in {frozen.recorded.basket.currency} is none in {channel.currency}")
        known = {**prices, **frozen.recorded.facts.prices}
        if keeps_supplies(frozen, sent_to):
            taxes = {**taxes, **frozen.recorded.facts.taxes}
    supplies = _Supplies(channel, want.buyer.business, book.taxes, want)
    groups: dict[str, _Group] = {}
    charges: dict[str, DeliveryCharge] = {}
    lines: list[BasketLine] = []
    problems: list[LineProblem] = []
    units = _units_ruled(want, articles)
    for position, line in enumerate(want.lines):
        name = line.group or NO_GROUP
        group = groups.get(name)
        if group is None:
            group = groups[name] = _checked(_group(name, book, want, channel, sent_to), supplies, taxes)
        article = articles.get(line.variant_id)
        fault = _fault(article, known.get(line.variant_id), group, supplies, taxes)
        if article is not None and article.sale_rules:
            fault = fault or _against_rules(article, name, group, want, units)
        if article is None or fault is not None or group.fault is not None:
            problems.append(_problem(position, line, fault, group.fault))
            continue
        if group.method is not None and name not in charges:
            charges[name] = _charge(name, group.method, supplies.of(group, group.method.tax_category))
        lines.append(_line(line, name, article, group, supplies))
    basket = Basket(
        currency=channel.currency,
        country=channel.country if want.destination is None else want.destination.country,
        circumstances=circumstances(book, want),
        lines=tuple(lines),
        deliveries=tuple(charges.values()),
        sent_to=sent_to,
    )
    facts = Facts(
        lists=book.lists,
        prices=prices,
        articles=articles,
        taxes=taxes,
        promotions=book.promotions,
        charge_step=book.charge_steps.get(channel.currency, 1),
        profile=book.taxes.profile(sent_to),
    )
    assembled = Assembled(basket=basket, facts=facts, problems=tuple(problems))
    return assembled if frozen is None else freeze(assembled, frozen)


def circumstances(book: Book, want: Want) -> Circumstances:
    """Gives the circumstances in which a want is priced; with them `PromotionIndex.gift_variants` says which gifts' facts to read."""
    store = None if want.store_id is None else book.places.get(want.store_id)
    channel, buyer = book.channels[want.channel_id], want.buyer
    return Circumstances(
        at=want.at,
        zone=channel.zone if store is None else store.zone,
        channel_id=channel.id,
        store_id=want.store_id,
        customer_id=buyer.customer_id,
        groups=buyer.groups,
        orders_before=buyer.orders_before,
        tender=want.tender,
        codes=want.codes,
        without=want.without,
    )


def _line(line: WantLine, name: str, article: ArticleFact, group: _Group, supplies: _Supplies) -> BasketLine:
    supplied = supplies.of(group, article.tax_category)
    inside: tuple[tuple[str, Decimal], ...] = ()
    if supplied.relief is not None and article.fees:
        reliefs = {fee.tax_category: supplies.of(group, fee.tax_category).relief for fee in article.fees}
        inside = tuple((category, relief.inside) for category, relief in reliefs.items() if relief is not None)
    return BasketLine(
        key=line.key,
        variant_id=line.variant_id,
        quantity=line.quantity,
        group=name,
        tax_country=supplied.zone,
        relief=supplied.relief,
        override=line.override,
        inside_fees=inside,
    )


def _fault(
    article: ArticleFact | None,
    prices: tuple[PriceFact, ...] | None,
    group: _Group,
    supplies: _Supplies,
    taxes: Taxes,
) -> Fault | None:
    if article is None:
        return "unknown_article", "There is no such article."
    if not article.sellable:
        return "not_for_sale", "This article is not for sale (any more)."
    if group.sent and not article.shippable:
        return "not_shippable", "This article cannot be sent; it can be collected."
    if not prices:
        return NO_PRICE
    untaxed = _untaxed(article.tax_category, group, supplies, taxes)
    for fee in article.fees:
        untaxed = untaxed or _untaxed(fee.tax_category, group, supplies, taxes)
    return untaxed


def _units_ruled(want: Want, articles: Articles) -> dict[UUID, int]:
    """Counts the units of the products that have sale rules, over all lines and variants."""
    units: dict[UUID, int] = {}
    for line in want.lines:
        article = articles.get(line.variant_id)
        if article is not None and article.sale_rules:
            units[article.product_id] = units.get(article.product_id, 0) + line.quantity
    return units


def _against_rules(
    article: ArticleFact, name: str, group: _Group, want: Want, units: Mapping[UUID, int]
) -> Fault | None:
    rule = broken_rule(
        article.sale_rules,
        counter=want.counter,
        sent=group.sent,
        collected=name.startswith("pickup:"),
        units=units[article.product_id],
    )
    return None if rule is None else (rule, SAID[rule])


def _untaxed(category: str, group: _Group, supplies: _Supplies, taxes: Taxes) -> Fault | None:
    supplied = supplies.of(group, category)
    if supplied.relief is not None or (category, supplied.zone) in taxes:
        return None
    return "no_tax_rate", f"No tax rate is set for {category} in {supplied.zone}."


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


def _sent_to(want: Want, channel: Channel) -> str:
    """The zone that goods are sent to."""
    to = want.destination or Destination(country=channel.country)
    return zone_of(to.country, to.region, to.postal_code)


def zone_of_place(place: Place) -> str:
    """Gives the zone of tax that a place is in."""
    return zone_of(place.country, place.region, place.postal_code)


def _group(name: str, book: Book, want: Want, channel: Channel, sent_to: str) -> _Group:
    """Where a group's goods come from is a store's zone when they are sold by one, else the zone of the channel's country.

    Goods of which nobody says how they go to the buyer are handed over in the store, or else taxed as if they were sent.
    """
    store = None if want.store_id is None else book.places.get(want.store_id)
    origin = zone_of(channel.country) if store is None else zone_of_place(store)
    kind, _, identifier = name.partition(":")
    if kind == "pickup":
        place = book.places.get(UUID(identifier))
        if place is None or not place.pickup:
            fault: Fault = ("unknown_location", "There is no such place to collect at.")
            return _Group(origin, sent_to, ships=True, fault=fault)
        at = zone_of_place(place)
        return _Group(at, at, ships=False, method=book.pickup_method(channel.currency))
    if kind == "ship":
        return _shipped(origin, sent_to, book.methods.get(UUID(identifier)), want, channel)
    return _Group(origin, sent_to, ships=store is None)


def _shipped(origin: str, sent_to: str, method: Method | None, want: Want, channel: Channel) -> _Group:
    country = channel.country if want.destination is None else want.destination.country
    fault: Fault | None = None
    if method is None or method.kind != "ship" or method.currency != channel.currency:
        fault = ("unknown_method", "There is no such delivery method in this channel.")
    elif method.countries and country not in method.countries:
        fault = ("not_delivered_there", f"This delivery method does not go to {country}.")
    return _Group(origin, sent_to, ships=True, sent=True, method=method, fault=fault)


def _checked(group: _Group, supplies: _Supplies, taxes: Taxes) -> _Group:
    """The group with a fault when the tax of its delivery is not known."""
    if group.method is None or group.fault is not None:
        return group
    category = group.method.tax_category
    if _untaxed(category, group, supplies, taxes) is None:
        return group
    zone = supplies.of(group, category).zone
    return replace(group, fault=("no_tax_rate", f"No tax rate is set for the delivery, {category} in {zone}."))


def _charge(name: str, method: Method, supplied: Supply) -> DeliveryCharge:
    return DeliveryCharge(
        group=name,
        method_id=method.id,
        amount=method.amount,
        tax_category=method.tax_category,
        includes_tax=method.includes_tax,
        tax_country=supplied.zone,
        relief=supplied.relief,
    )
