"""What quotes takes and gives: a basket that somebody wants, and that basket with its price."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from commerce.catalog import Article
from commerce.delivery import Methods
from commerce.kernel.ids import VariantId
from commerce.price_engine import Priced
from commerce.stores import Channel, Channels, Locations
from commerce.tax import TaxIndex

Reason = Literal[
    "unknown_article",
    "not_for_sale",
    "not_shippable",
    "no_price",
    "no_tax_rate",
    "unknown_method",
    "unknown_location",
    "not_delivered_there",
]


class WantLine(Struct, frozen=True, kw_only=True):
    """Some units of a variant. `group` is `pickup:<location id>` or `ship:<method id>`; without one nothing is charged for delivery."""

    key: str
    variant_id: UUID
    quantity: int
    group: str | None = None


class Want(Struct, frozen=True, kw_only=True):
    """A basket to be priced. Keys of lines are distinct; one variant may stand in several lines.

    `channel_id` none means the default channel. `country` is where shipped goods go to (ISO 3166-1 alpha-2), none means the channel's.
    """

    channel_id: UUID | None = None
    country: str | None = None
    lines: tuple[WantLine, ...]


class LineProblem(Struct, frozen=True, kw_only=True):
    """Why a line has no price. `position` counts from 0; `field` is what is at fault; `detail` says what to change."""

    position: int
    key: str
    variant_id: UUID
    field: Literal["variant_id", "group"]
    reason: Reason
    detail: str


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
    problems: tuple[LineProblem, ...] = ()


class Surroundings(Struct, frozen=True, kw_only=True):
    """What is resident in the process and the same for every basket of the moment."""

    channels: Channels
    taxes: TaxIndex
    methods: Methods
    locations: Locations
