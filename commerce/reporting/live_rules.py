"""The promotions that were live at each instant of a time, walked through once from its beginning to its end."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.price_engine import Gift, Promotion, PromotionIndex
from commerce.reporting.sources import promotion_versions

_version = promotion_versions.c


class _Publication(Struct, frozen=True):
    """From `at` on, this is what may apply of a promotion, in the windows that stand in it."""

    promotion_id: UUID
    at: datetime
    in_force: tuple[Promotion, ...]


_publication = select(_version.promotion_id, _version.at, _version.in_force)
BY_THEN = Statement(
    _publication.ext(distinct_on(_version.promotion_id))
    .where(_version.at <= given("at", _version.at.type))
    .order_by(_version.promotion_id, _version.seq.desc()),
    into=_Publication,
)
BETWEEN = Statement(
    _publication.where(
        _version.at > given("after", _version.at.type), _version.at <= given("upto", _version.at.type)
    ).order_by(_version.at, _version.seq),
    into=_Publication,
)


class LiveRules:
    """What was live, with and without a rule. Asked for in the order of time: `await rules.read(upto)`, then `rules.at(instant)`.

    The rule takes the place of the versions of the same promotion that were live then.
    """

    def __init__(self, reading: Reading, rule: Promotion, known: Iterable[_Publication], upto: datetime) -> None:
        self._reading = reading
        self._rule = rule
        self._in_force = {each.promotion_id: each.in_force for each in known}
        self._read_upto = upto
        self._coming: list[_Publication] = []
        self._indexes: tuple[PromotionIndex, PromotionIndex] | None = None

    @classmethod
    async def since(cls, reading: Reading, rule: Promotion, at: datetime) -> Self:
        """Begins at an instant."""
        return cls(reading, rule, await reading.fetch(BY_THEN, at=at), at)

    async def read(self, upto: datetime) -> None:
        """Reads what was published up to an instant."""
        if upto > self._read_upto:
            self._coming += await self._reading.fetch(BETWEEN, after=self._read_upto, upto=upto)
            self._read_upto = upto

    def at(self, instant: datetime) -> tuple[PromotionIndex, PromotionIndex]:
        """Gives what was live at an instant, without the rule and with it; no earlier instant can be asked for afterwards."""
        while self._coming and self._coming[0].at <= instant:
            published = self._coming.pop(0)
            self._in_force[published.promotion_id] = published.in_force
            self._indexes = None
        if self._indexes is None:
            live = [each for versions in self._in_force.values() for each in versions]
            others = [each for each in live if each.id != self._rule.id]
            self._indexes = PromotionIndex(live), PromotionIndex([*others, self._rule])
        return self._indexes

    def gifts(self) -> set[UUID]:
        """Gives the articles that anything read so far may give away."""
        live = [each for versions in self._in_force.values() for each in versions]
        live += [each for published in self._coming for each in published.in_force]
        return {each.effect.variant_id for each in (*live, self._rule) if isinstance(each.effect, Gift)}
