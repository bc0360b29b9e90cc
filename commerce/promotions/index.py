"""What may apply now or soon, compiled for finding, in every process; and what might have applied at any instant."""

from datetime import datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import DateTime, Integer, Text, Uuid, and_, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from commerce.kernel import clock
from commerce.platform.database import Reading, Reads
from commerce.platform.resident import Resident, resident_versions
from commerce.platform.statement import Statement, given, unnested
from commerce.price_engine import ALWAYS, Conditions, Promotion, PromotionIndex
from commerce.promotions.rules import ZONES_REACH, is_over, is_to_come
from commerce.promotions.tables import promotion_counters, promotion_versions, promotions

NAME = "promotions"
SLACK = ZONES_REACH + timedelta(hours=1)


class _InForce(Struct, frozen=True):
    in_force: tuple[Promotion, ...]


class _OfVersion(Struct, frozen=True):
    promotion_id: UUID
    version: int
    in_force: tuple[Promotion, ...]


_row = promotions.c
_version = promotion_versions.c
_counter = promotion_counters.c
NOT_USED_UP = and_(
    or_(_counter.uses_most.is_(None), _counter.uses < _counter.uses_most),
    or_(_counter.amount_most.is_(None), _counter.amount < _counter.amount_most),
)
LIVE = Statement(
    select(_row.id, _row.published_version.label("version"))
    .join_from(promotions, promotion_counters, _counter.promotion_id == _row.id)
    .where(
        _row.state == literal("published", Text),
        or_(_row.ends_at.is_(None), _row.ends_at > given("since", DateTime(timezone=True))),
        NOT_USED_UP,
    )
)
_wanted = unnested("wanted", wanted_id=Uuid, wanted_version=Integer)
OF_VERSIONS = Statement(
    select(_version.promotion_id, _version.version, _version.in_force).join_from(
        _wanted,
        promotion_versions,
        and_(_version.promotion_id == _wanted.c.wanted_id, _version.version == _wanted.c.wanted_version),
    ),
    into=_OfVersion,
)
SET_VERSION = Statement(select(resident_versions.c.version).where(resident_versions.c.name == literal(NAME, Text)))
THEN = Statement(
    select(_version.in_force)
    .ext(distinct_on(_version.promotion_id))
    .where(_version.at <= given("at", DateTime(timezone=True)))
    .order_by(_version.promotion_id, _version.seq.desc()),
    into=_InForce,
)


_decoded: WeakKeyDictionary[Reading, dict[tuple[UUID, int], tuple[Promotion, ...]]] = WeakKeyDictionary()
"""What is in force by promotion and version, which never changes: of ten thousand only those that moved are read again."""


async def _load(reading: Reading) -> PromotionIndex:
    # The version first: should the set change in between, it is the older name, and the set is read again at once.
    set_version = await reading.fetch_value(SET_VERSION) or 0
    live = [(row["id"], row["version"]) for row in await reading.fetch(LIVE, since=clock.now() - SLACK)]
    known = _decoded.get(reading, {})
    new = [each for each in live if each not in known]
    if new:
        ids, versions = zip(*new, strict=True)
        rows = await reading.fetch(OF_VERSIONS, wanted_id=list(ids), wanted_version=list(versions))
        read = {(row.promotion_id, row.version): tuple(_plain(each) for each in row.in_force) for row in rows}
        known = known | read
    held = {each: known[each] for each in live}
    _decoded[reading] = held
    return PromotionIndex((each for in_force in held.values() for each in in_force), version=set_version)


def _plain(promotion: Promotion) -> Promotion:
    """Gives a promotion that always holds with the engine's own defaults, by which it sees that there is nothing to look at."""
    if promotion.window != ALWAYS or promotion.conditions != Conditions():
        return promotion
    return Promotion(
        **{name: value for name, value in asdict(promotion).items() if name not in {"window", "conditions"}}
    )


PROMOTIONS: Resident[PromotionIndex] = Resident(NAME, _load)


async def promotions_now(reading: Reading) -> PromotionIndex:
    """Gives all that is published, not over and not used up, as it was at most one second ago.

    Windows, also of versions that wait for their turn, are judged by the engine at the instant of pricing. One object for
    one version of the set: a basket is priced with the one that it began with.
    """
    return await PROMOTIONS.get(reading)


async def live_at(reads: Reads, at: datetime, *, to_come: bool = False) -> list[Promotion]:
    """Gives every promotion that was published at an instant and whose window was open then in some zone, by id.

    Also those that were used up by then, and those of codes: why each applied or not is the engine's to say. With
    `to_come` also those whose window had not begun.
    """
    rows = await reads.fetch(THEN, at=at)
    found = [each for row in rows for each in row.in_force]
    return [each for each in found if not is_over(each.window, at) and (to_come or not is_to_come(each.window, at))]
