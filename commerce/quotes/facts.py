"""What quotes takes and gives: a basket that somebody wants, and that basket with its price."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from commerce.catalog import Article
from commerce.delivery import Methods
from commerce.kernel.ids import VariantId
from commerce.price_engine import Assembled, Book, LineProblem, Priced, Want, WantLine
from commerce.stores import Channel, Channels, Locations


class Quoted(Struct, frozen=True, kw_only=True):
    """A basket with its price at an instant, and what was known of its articles.

    `charge_step` is the smallest step that can be charged in its currency; each group's total is a multiple of it.
    `problems` is empty unless lines without a price were to be left out: then they are named here and not in `priced`.
    """

    priced: Priced
    articles: Mapping[VariantId, Article]
    channel: Channel
    country: str
    charge_step: int
    at: datetime
    assembled: Assembled
    problems: tuple[LineProblem, ...] = ()


class Surroundings(Struct, frozen=True, kw_only=True):
    """What is resident in the process and the same for every basket of the moment."""

    channels: Channels
    methods: Methods
    locations: Locations
    book: Book


__all__ = ["LineProblem", "Quoted", "Surroundings", "Want", "WantLine"]
