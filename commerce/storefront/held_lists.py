"""Which price lists hold, in their order: all lists are resident, so that a page only looks up the prices that stand on them.

The rule is pricing's (docs/decisions/0040-which-price-list-holds.md): active, of the currency, for the channel or for all, in their windows
at the instant; the highest priority first, at equal priority the channel's own, then the oldest.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select

from commerce.platform.database import Reading, Tx
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement
from commerce.pricing import PriceListChanged
from commerce.storefront.sources import price_lists


class ListRule(msgspec.Struct, frozen=True, kw_only=True):
    """An active price list with what decides where and when it holds."""

    id: UUID
    currency: str
    channel_id: UUID | None
    priority: int
    starts_at: datetime | None
    ends_at: datetime | None
    includes_tax: bool

    def holds(self, channel_id: UUID, currency: str, at: datetime) -> bool:
        """Says whether it holds in a channel at an instant."""
        return (
            self.currency == currency
            and self.channel_id in {None, channel_id}
            and (self.starts_at is None or self.starts_at <= at)
            and (self.ends_at is None or self.ends_at > at)
        )


ALL = Statement(
    select(*(price_lists.c[name] for name in ListRule.__struct_fields__)).where(price_lists.c.active), into=ListRule
)


async def _load(reading: Reading) -> tuple[ListRule, ...]:
    rules = await reading.fetch(ALL)
    return tuple(sorted(rules, key=lambda rule: (-rule.priority, rule.channel_id is None, rule.id)))


LISTS: Resident[tuple[ListRule, ...]] = Resident("storefront.price_lists", _load)


async def held_lists(reading: Reading, channel_id: UUID, currency: str, at: datetime) -> tuple[ListRule, ...]:
    """Gives the lists that hold in a channel at an instant, the first one first; lists as they were at most one second ago."""
    return tuple(rule for rule in await LISTS.get(reading) if rule.holds(channel_id, currency, at))


async def lists_changed(tx: Tx, _: PriceListChanged) -> None:
    """Tells every process that the lists are others now."""
    await LISTS.changed(tx)
