"""Rings of promotions that feed one another: the gift of one is what another wants, whose gift is what the first wants.

Told from what rules name: articles, products, categories, brands. Reductions (`buy_get` with articles of their own) make
a ring where they share an exclusion, since there each would take what the other needs; gifts always.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Uuid, select

from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given
from commerce.price_engine import BuyGet, Gift, Promotion, Targets
from commerce.promotions.facts import Rule
from commerce.promotions.tables import promotion_versions, promotions

Names = frozenset[tuple[str, object]]


class _InForce(Struct, frozen=True):
    in_force: tuple[Promotion, ...]


_row = promotions.c
_version = promotion_versions.c
GIVING = Statement(
    select(_version.in_force)
    .join_from(
        promotions,
        promotion_versions,
        (_version.promotion_id == _row.id) & (_version.version == _row.published_version),
    )
    .where(
        _row.state == "published",
        _row.id != given("except_id", Uuid),
        _version.rule["effect"]["type"].astext.in_(["gift", "buy_get"]),
    ),
    into=_InForce,
)


class Feeding(Struct, frozen=True):
    """What a promotion wants and what it gives, as far as it is named; `exclusion` where it reduces rather than gives."""

    wants: Names
    gives: Names
    exclusion: str | None


def feeding(rule: Rule | Promotion) -> Feeding | None:
    """Gives what a rule wants and gives; None for one that gives nothing of its own."""
    wants = _names(rule.targets).union(*(_names(need.targets) for need in rule.conditions.needs))
    match rule.effect:
        case Gift():
            return Feeding(wants, frozenset({("variants", rule.effect.variant_id)}), None)
        case BuyGet(get_targets=Targets() as given_targets) if rule.exclusion is not None:
            gives = _names(given_targets)
            return Feeding(wants - gives, gives, rule.exclusion)
        case _:
            return None


def _names(targets: Targets) -> Names:
    sides = ("variants", "products", "categories", "brands")
    return frozenset((side, each) for side in sides for each in getattr(targets, side))


def ring(new: Feeding, others: Mapping[UUID, Sequence[Feeding]]) -> list[UUID] | None:
    """Gives the promotions through which a new one would feed itself, in order; None when there is no ring."""
    steps: list[tuple[Feeding, list[UUID]]] = [(new, [])]
    seen: set[UUID] = set()
    while steps:
        last, path = steps.pop()
        for promotion_id, versions in others.items():
            if promotion_id in seen:
                continue
            following = next((each for each in versions if _feeds(last, each)), None)
            if following is None:
                continue
            if _feeds(following, new):
                return [*path, promotion_id]
            seen.add(promotion_id)
            steps.append((following, [*path, promotion_id]))
    return None


def _feeds(giving: Feeding, wanting: Feeding) -> bool:
    return giving.exclusion == wanting.exclusion and not giving.gives.isdisjoint(wanting.wants)


async def feeds_itself(tx: Tx, rule: Rule, promotion_id: UUID) -> list[tuple[str, str]]:
    """Gives the flaw of a rule that would close a ring with published promotions."""
    new = feeding(rule)
    if new is None:
        return []
    others: dict[UUID, list[Feeding]] = {}
    for row in await tx.fetch(GIVING, except_id=promotion_id):
        for each in row.in_force:
            if (found := feeding(each)) is not None:
                others.setdefault(each.id, []).append(found)
    through = ring(new, others)
    if through is None:
        return []
    pointer = "/effect/variant_id" if isinstance(rule.effect, Gift) else "/effect/get_targets"
    names = ", ".join(str(each) for each in through)
    return [(pointer, f"What it gives is wanted by {names}, which leads back to what it wants itself.")]
