"""Which list gives the price of an article: one order of precedence for every channel (docs/decisions/0040-which-price-list-holds.md)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from commerce.kernel.money import rounded
from commerce.price_engine.errors import Malformed
from commerce.price_engine.facts import Circumstances, Measure, PriceFact, PriceList
from commerce.price_engine.trace import ListPassed, ListPrice, ListWhy, TraceStep
from commerce.price_engine.window import wall_clock

CUSTOMER: Final = 8
GROUP: Final = 4
STORE: Final = 2
CHANNEL: Final = 1
Place = tuple[int, int, int]
Chosen = tuple[PriceFact, PriceList]
Standing = tuple[PriceList, ListWhy | None, Place]


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


def precedence(terms: PriceList) -> Place:
    """Gives the place of a list among those that have a say; the lowest holds. The id of an older list is the lower one."""
    return -terms.priority, -particular(terms), terms.id.int


class ListPrices:
    """The candidate prices of a basket's articles in one set of circumstances; each list is judged once."""

    __slots__ = ("_agreed", "_around", "_currency", "_lists", "_prices", "_standing", "wall")

    def __init__(
        self,
        lists: Mapping[UUID, PriceList],
        prices: Mapping[UUID, tuple[PriceFact, ...]],
        currency: str,
        around: Circumstances,
        *,
        agreed: bool = False,
    ) -> None:
        """`agreed` marks in the trace that the price was agreed on before."""
        self._lists, self._prices, self._currency, self._around = lists, prices, currency, around
        self.wall = wall_clock(around.at, around.zone)
        self._standing: dict[UUID, Standing] = {}
        self._agreed = agreed

    def choose(self, key: str, variant_id: UUID, units: int, trace: list[TraceStep]) -> Chosen | None:
        """Gives the price that holds at so many units of the variant in the basket, with its list; None: there is no price.

        The list is chosen first: of those that have a say and a price from so many units on, the first by precedence; then
        its tier with the highest `min_quantity` that is reached. What was looked at and did not hold goes into the trace.
        Raises Malformed for a price on a list that is not there, a negative one, and two of one list and tier.
        """
        best: PriceFact | None = None
        terms: PriceList | None = None
        place: Place | None = None
        passed: list[tuple[PriceFact, ListWhy]] = []
        for fact in self._prices.get(variant_id, ()):
            candidate, why, its_place = self._standing.get(fact.list_id) or self._judge(fact.list_id)
            if why is not None:
                passed.append((fact, why))
            elif fact.min_quantity > units:
                passed.append((fact, "too_few"))
            elif best is None or place is None or its_place < place:
                if best is not None:
                    passed.append((best, "outranked"))
                best, terms, place = fact, candidate, its_place
            elif its_place > place or fact.min_quantity < best.min_quantity:
                passed.append((fact, "outranked"))
            elif fact.min_quantity > best.min_quantity:
                passed.append((best, "outranked"))
                best = fact
            else:
                raise Malformed(f"{variant_id} has two prices from {fact.min_quantity} units on list {fact.list_id}")
        if passed:
            _tell(key, passed, trace)
        if best is None or terms is None:
            return None
        if best.unit < 0:
            raise Malformed(f"the price of {variant_id} is {best.unit}")
        trace.append(
            ListPrice(
                line=key,
                list_id=best.list_id,
                list_version=best.version,
                unit=best.unit,
                compare_at=best.compare_at,
                prior=best.prior,
                min_quantity=best.min_quantity,
                agreed=self._agreed,
            )
        )
        return best, terms

    def _judge(self, list_id: UUID) -> Standing:
        terms = self._lists.get(list_id)
        if terms is None:
            raise Malformed(f"there is a price on list {list_id}, which is not among the lists")
        why = why_not(terms, self._currency, self._around, self.wall)
        found = self._standing[list_id] = terms, why, precedence(terms)
        return found


def _tell(key: str, passed: list[tuple[PriceFact, ListWhy]], trace: list[TraceStep]) -> None:
    """In the order of lists and tiers, whatever the order in which the candidates were read."""
    if len(passed) > 1:
        passed.sort(key=lambda each: (each[0].list_id.int, each[0].min_quantity))
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


def unit_price(unit: int, measure: Measure | None) -> int | None:
    """Gives the price of one kilogram, litre, metre … of an article, half-up (Directive 98/6/EC, article 3)."""
    return None if measure is None else rounded(unit * 1_000, measure.thousandths)
