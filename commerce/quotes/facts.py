"""What quotes takes and gives: a basket that somebody wants, and that basket with its price."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Literal
from uuid import UUID

from msgspec import Struct

from commerce.catalog import Article, Tree
from commerce.delivery import Methods
from commerce.kernel.ids import VariantId
from commerce.price_engine import Assembled, Book, Frozen, LineProblem, Priced, Want, WantLine
from commerce.pricing import PriceLists
from commerce.quotes.read_facts import Found
from commerce.stores import Channel, Channels, Locations


class Quoted(Struct, frozen=True, kw_only=True, dict=True):
    """A basket with its price at an instant, and what was known of its articles.

    `charge_step` is the smallest step that can be charged in its currency; each group's total is a multiple of it.
    `problems` is empty unless lines without a price were to be left out: then they are named here and not in `priced`.
    `assembled` is all that it was priced from, for `price_engine.record`.
    """

    priced: Priced
    channel: Channel
    country: str
    charge_step: int
    at: datetime
    assembled: Assembled
    found: Found
    problems: tuple[LineProblem, ...] = ()

    @property
    def taxed_by(self) -> Literal["rates", "engine"]:
        """Whose taxes they are: of our own rates, also where an outside engine did not answer, or that engine's."""
        return "rates" if self.assembled.facts.given_taxes is None else "engine"

    @cached_property
    def articles(self) -> Mapping[VariantId, Article]:
        """The articles by variant, gifts that could be given too; made when first asked for, since a quote shows none."""
        return self.found.articles()


class Surroundings(Struct, frozen=True, kw_only=True):
    """What is resident in the process and the same for every basket of the moment; none of it changes."""

    channels: Channels
    methods: Methods
    locations: Locations
    lists: PriceLists
    tree: Tree
    book: Book


class RefusedCode(Struct, frozen=True, kw_only=True, gc=False):
    """A code that opens no promotion, and why: a word of promotions' `CodeWhy`."""

    code: str
    why: str
    promotion_id: UUID | None = None


def at_counter(kind: str, store_id: UUID | None) -> bool:
    """Says whether somebody of the store sells there, by who asks: a shopper's or a website's own request never does."""
    return store_id is not None and kind in {"staff", "terminal"}


__all__ = ["Frozen", "LineProblem", "Quoted", "RefusedCode", "Surroundings", "Want", "WantLine", "at_counter"]
