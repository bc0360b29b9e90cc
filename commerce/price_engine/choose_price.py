"""Which list gives the price of an article: one order of precedence for every channel (docs/decisions/0040-which-price-list-holds.md)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from commerce.kernel.money import rounded
from commerce.price_engine.facts import Circumstances, Measure, PriceFact, PriceList
from commerce.price_engine.trace import ListPassed, ListPrice, ListWhy, TraceStep

CUSTOMER, GROUP, STORE, CHANNEL = 8, 4, 2, 1


def particular(terms: PriceList) -> int:
    """Gives how particular a list is: one for a customer before one for a group, before one for a store, before one for a channel."""
    return (
        (CUSTOMER if terms.customer_id is not None else 0)
        + (GROUP if terms.group_id is not None else 0)
        + (STORE if terms.store_id is not None else 0)
        + (CHANNEL if terms.channel_id is not None else 0)
    )


def why_not(terms: PriceList, currency: str, around: Circumstances, wall: datetime) -> ListWhy | None:
    """Says why a list has no say in these circumstances, or None when it has."""
    if terms.currency != currency:
        return "other_currency"
    if terms.channel_id is not None and terms.channel_id != around.channel_id:
        return "other_channel"
    if terms.store_id is not None and terms.store_id != around.store_id:
        return "other_store"
    if terms.group_id is not None and terms.group_id not in around.groups:
        return "other_group"
    if terms.customer_id is not None and terms.customer_id != around.customer_id:
        return "other_customer"
    return None if terms.window.holds(around.at, wall) else "not_now"


def precedence(terms: PriceList) -> tuple[int, int, UUID]:
    """Gives the place of a list among those that have a say; the lowest holds."""
    return -terms.priority, -particular(terms), terms.id


def choose(
    key: str,
    candidates: Sequence[PriceFact],
    lists: Mapping[UUID, PriceList],
    units: int,
    currency: str,
    around: Circumstances,
    wall: datetime,
    trace: list[TraceStep],
) -> tuple[PriceFact, PriceList] | None:
    """Gives the price that holds at so many units of the variant in the basket, with its list; None: there is no price.

    The list is chosen first: of those that have a say and a price from so many units on, the first by precedence; then
    its tier with the highest `min_quantity` that is reached. What was looked at and did not hold goes into the trace.
    """
    best: tuple[PriceFact, PriceList] | None = None
    passed: list[tuple[PriceFact, ListWhy]] = []
    for fact in candidates:
        terms = lists[fact.list_id]
        why = why_not(terms, currency, around, wall)
        if why is None and fact.min_quantity > units:
            why = "too_few"
        if why is not None:
            passed.append((fact, why))
        elif best is None or _rank(fact, terms) < _rank(*best):
            if best is not None:
                passed.append((best[0], "outranked"))
            best = (fact, terms)
        else:
            passed.append((fact, "outranked"))
    trace.extend(
        ListPassed(
            line=key,
            list_id=fact.list_id,
            list_version=fact.version,
            unit=fact.unit,
            min_quantity=fact.min_quantity,
            why=why,
        )
        for fact, why in passed
    )
    if best is not None:
        fact = best[0]
        trace.append(
            ListPrice(
                line=key,
                list_id=fact.list_id,
                list_version=fact.version,
                unit=fact.unit,
                compare_at=fact.compare_at,
                prior=fact.prior,
                min_quantity=fact.min_quantity,
            )
        )
    return best


def _rank(fact: PriceFact, terms: PriceList) -> tuple[tuple[int, int, UUID], int]:
    return precedence(terms), -fact.min_quantity


def unit_price(unit: int, measure: Measure | None) -> int | None:
    """Gives the price of one kilogram, litre, metre … of an article, half-up (Directive 98/6/EC, article 3)."""
    return None if measure is None else rounded(unit * 1_000, measure.thousandths)
