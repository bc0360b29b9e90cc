"""What is odd about promotions: those that can never apply, and those that another one always goes before. Pure.

Nothing is called odd that could give something in some basket: a finding is a proof from what the rules name, and from
what there is to be named. How promotions apply: docs/decisions/0062-how-promotions-apply.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from commerce.price_engine import (
    AmountOff,
    BundlePrice,
    BuyGet,
    Conditions,
    DeliveryOff,
    FixedPrice,
    Gift,
    Needs,
    PercentOff,
    Points,
    Promotion,
    Targets,
    Window,
)
from commerce.promotions.rules import covers, is_over, matches_nothing, names_anything

Kind = Literal["never_applies", "shadowed", "price_reduction"]
Thing = tuple[str, object]
"""What is named: its kind (`variant`, `product`, `category`, `brand`, `channel`, `store`, `group`, `method`) and its id."""
COMPARED_MOST: Final = 200
"""With how many others a promotion is compared; who has more rules for one article than that has other troubles."""
OF_TARGETS: Final = (("variant", "variants"), ("product", "products"), ("category", "categories"), ("brand", "brands"))


class Finding(Struct, frozen=True, kw_only=True):
    """What is odd about a promotion, the field that it is about, and which other one is meant."""

    promotion: Promotion
    kind: Kind
    reason: str
    pointer: str
    detail: str
    other: UUID | None = None


class World(Struct, frozen=True, kw_only=True):
    """What there is of what promotions name: of articles those on show, of places those that are active.

    `opened` are the promotions of which some code can still be used; `ways` says of active delivery methods which kind
    each is.
    """

    things: frozenset[Thing]
    opened: frozenset[UUID]
    ways: Mapping[UUID, str]


def things_named(promotions: Iterable[Promotion]) -> set[Thing]:
    """Gives all that promotions name and that must be looked up."""
    found: set[Thing] = set()
    for each in promotions:
        for targets in _all_targets(each):
            found |= _named(targets)
        conditions = each.conditions
        found |= {("channel", of) for of in conditions.channels} | {("store", of) for of in conditions.stores}
        found |= {("group", of) for of in conditions.groups}
        if isinstance(each.effect, Gift):
            found.add(("variant", each.effect.variant_id))
        if isinstance(each.effect, DeliveryOff):
            found |= {("method", of) for of in each.effect.methods}
    return found


def _all_targets(promotion: Promotion) -> Iterator[Targets]:
    yield promotion.targets
    yield from (need.targets for need in promotion.conditions.needs)
    if isinstance(promotion.effect, BuyGet) and promotion.effect.get_targets is not None:
        yield promotion.effect.get_targets
    if isinstance(promotion.effect, BundlePrice):
        yield from (part.targets for part in promotion.effect.parts)


def _named(targets: Targets) -> set[Thing]:
    return {(kind, each) for kind, side in OF_TARGETS for each in getattr(targets, side)}


# --- what can never apply ------------------------------------------------------------------------------------------


def never_applies(promotion: Promotion, world: World, at: datetime) -> list[Finding]:
    """Gives each reason for which a promotion can give nothing from an instant on, as things are."""
    found = [*_by_condition(promotion, world, at), *_by_articles(promotion, world), *_by_delivery(promotion, world)]
    return [
        Finding(promotion=promotion, kind="never_applies", reason=reason, pointer=pointer, detail=detail)
        for reason, pointer, detail in found
    ]


def _by_condition(promotion: Promotion, world: World, at: datetime) -> Iterator[tuple[str, str, str]]:
    conditions = promotion.conditions
    if is_over(promotion.window, at):
        yield "window_past", "/window/ends_at", "Its window is past."
    sides = (
        ("channel", conditions.channels, "/conditions/channels", "No channel that it names is active."),
        ("store", conditions.stores, "/conditions/stores", "No store that it names is active."),
        ("group", conditions.groups, "/conditions/groups", "Nobody is in a group that it names."),
    )
    for kind, ids, pointer, detail in sides:
        if ids and not any((kind, each) in world.things for each in ids):
            yield f"no_{kind}", pointer, detail
    if conditions.hours and all(each.since == each.until for each in conditions.hours):
        yield "no_hours", "/conditions/hours", "Its hours are empty."
    if conditions.code and promotion.id not in world.opened:
        yield "no_code", "/conditions/code", "It wants a code, and there is none that can still be used."


def _by_articles(promotion: Promotion, world: World) -> Iterator[tuple[str, str, str]]:
    detail = "No article on show is among them."
    effect = promotion.effect
    if _hopeless(promotion.targets, world):
        yield "no_article", "/targets", detail
    for nth, need in enumerate(promotion.conditions.needs):
        if _hopeless(need.targets, world) and (need.quantity > 0 or need.amount > 0):
            yield "no_article", f"/conditions/needs/{nth}/targets", detail
    if isinstance(effect, BuyGet) and effect.get_targets is not None:
        if _hopeless(effect.get_targets, world):
            yield "no_article", "/effect/get_targets", detail
        if covers(effect.get_targets, promotion.targets):
            yield "nothing_to_buy", "/effect/get_targets", "They take in all the targets: nothing is left to be bought."
    if isinstance(effect, BundlePrice):
        for nth, part in enumerate(effect.parts):
            if _hopeless(part.targets, world):
                yield "no_article", f"/effect/parts/{nth}/targets", detail
            if any(covers(before.targets, part.targets) for before in effect.parts[:nth]):
                yield "no_article", f"/effect/parts/{nth}/targets", "All of them belong to an earlier part."
    if isinstance(effect, Gift) and ("variant", effect.variant_id) not in world.things:
        yield "no_gift", "/effect/variant_id", "The gift is not on show."


def _hopeless(targets: Targets, world: World) -> bool:
    return matches_nothing(targets) or (names_anything(targets) and world.things.isdisjoint(_named(targets)))


def _by_delivery(promotion: Promotion, world: World) -> Iterator[tuple[str, str, str]]:
    effect, bound = promotion.effect, promotion.conditions.fulfilment
    if not isinstance(effect, DeliveryOff):
        return
    ways = {world.ways[each] for each in effect.methods if each in world.ways}
    if effect.methods and not ways:
        yield "no_delivery", "/effect/methods", "No delivery method that it names is active."
    if bound and set(bound) <= {"none"}:
        yield "no_delivery", "/conditions/fulfilment", "What is taken away at once has no delivery."
    elif bound and ways and not ways & set(bound):
        yield "no_delivery", "/conditions/fulfilment", "None of the delivery methods that it names is of this kind."


# --- what another one always goes before ---------------------------------------------------------------------------


def shadows(promotions: Sequence[Promotion]) -> Iterator[Finding]:
    """Gives each promotion that gives nothing wherever it could, because another one is taken there first."""
    for promotion, others in _to_compare(promotions):
        over = next((each for each in others if shadowed_by(promotion, each)), None)
        if over is not None:
            yield Finding(
                promotion=promotion,
                kind="shadowed",
                reason="gives_less_later",
                pointer="/priority",
                detail=f"{over.code} is for the same articles and more, asks no more, goes first and gives no less.",
                other=over.id,
            )


def _to_compare(promotions: Sequence[Promotion]) -> Iterator[tuple[Promotion, list[Promotion]]]:
    """Gives each promotion with those that could be for all of its articles: they are for everything, or name one that it names."""
    wide: list[Promotion] = []
    naming: dict[Thing, list[Promotion]] = {}
    for each in promotions:
        if names_anything(each.targets):
            for thing in _named(each.targets):
                naming.setdefault(thing, []).append(each)
        else:
            wide.append(each)
    for each in promotions:
        found = list(wide)
        if names_anything(each.targets):
            rarest = min(_named(each.targets), key=lambda thing: len(naming[thing]))
            found += naming[rarest]
        kind = type(each.effect)
        alike = [other for other in found if other.id != each.id and type(other.effect) is kind]
        yield each, alike[:COMPARED_MOST]


def shadowed_by(less: Promotion, more: Promotion) -> bool:
    """Says whether `more` has surely taken whatever `less` could be taken on, and gives no less.

    Where `more` gives nothing to a line, nothing is left of it or it is cheap already, and `less` gives nothing either;
    where it gives something, the line is closed to `less`. Points need no such closing: of several the most holds.
    """
    if more.limited or more.conditions.code or not _gives_no_less(more, less):
        return False
    if not (covers(more.targets, less.targets) and _asks_no_more(more.conditions, less.conditions)):
        return False
    if more.currency not in {None, less.currency} or not _spans(more.window, less.window):
        return False
    if isinstance(more.effect, Points):
        return True
    first = more.priority > less.priority or (more.priority == less.priority and more.id < less.id)
    closes = less.alone or (more.exclusion is not None and more.exclusion == less.exclusion)
    return first and closes and (less.alone or not more.alone)


def _gives_no_less(more: Promotion, less: Promotion) -> bool:
    match more.effect, less.effect:
        case PercentOff(of="line") as one, PercentOff(of="line") as other:
            return one.rate >= other.rate
        case AmountOff(of="unit") as one, AmountOff(of="unit") as other:
            return one.amount >= other.amount
        case FixedPrice() as one, FixedPrice() as other:
            return one.amount <= other.amount
        case Points() as one, Points() as other:
            return one.times > other.times or (one.times == other.times and more.id < less.id)
        case _:
            return False


def _asks_no_more(more: Conditions, less: Conditions) -> bool:
    sides = ("channels", "stores", "groups", "customers", "hours", "tenders", "fulfilment")
    for side in sides:
        wide, narrow = getattr(more, side), getattr(less, side)
        if wide and not (narrow and set(narrow) <= set(wide)):
            return False
    if more.first_order and not less.first_order:
        return False
    return all(any(_needs_no_more(wide, narrow) for narrow in less.needs) for wide in more.needs)


def _needs_no_more(wide: Needs, narrow: Needs) -> bool:
    return covers(wide.targets, narrow.targets) and wide.quantity <= narrow.quantity and wide.amount <= narrow.amount


def _spans(wide: Window, narrow: Window) -> bool:
    if wide.starts_at is None and wide.ends_at is None:
        return True
    return (
        wide.store_time == narrow.store_time
        and (wide.starts_at is None or (narrow.starts_at is not None and wide.starts_at <= narrow.starts_at))
        and (wide.ends_at is None or (narrow.ends_at is not None and narrow.ends_at <= wide.ends_at))
    )


# --- what is something else by law ---------------------------------------------------------------------------------


def price_reduction(promotion: Promotion) -> Finding | None:
    """Finds a promotion that everybody gets on single articles without a condition: that is a reduction of the price.

    Announced, it must be shown with the lowest price of the 30 days before (Directive 98/6/EC, article 6a); a sale list
    does so, a promotion cannot.
    """
    conditions, effect = promotion.conditions, promotion.effect
    on_articles = (
        (isinstance(effect, PercentOff) and effect.of == "line")
        or (isinstance(effect, AmountOff) and effect.of == "unit")
        or isinstance(effect, FixedPrice)
    )
    personal = (
        conditions.groups
        or conditions.customers
        or conditions.first_order
        or conditions.tenders
        or conditions.fulfilment
        or conditions.needs
        or conditions.code
    )
    if personal or not on_articles:
        return None
    return Finding(
        promotion=promotion,
        kind="price_reduction",
        reason="unconditional",
        pointer="/conditions",
        detail="Everybody gets it without a condition, so it is a price reduction (Directive 98/6/EC, art. 6a): make it a sale list.",
    )
