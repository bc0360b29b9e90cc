"""The last stages, which take nothing off lines: gifts, deliveries for less, points."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from uuid import UUID

from commerce.price_engine.offer import Offer, Stage
from commerce.price_engine.promote_plan import Plan
from commerce.price_engine.promote_round import Round
from commerce.price_engine.promotion import DeliveryOff, Gift, Points
from commerce.price_engine.trace import Pointed, TraceStep
from commerce.price_engine.work import ChargeWork, GiftWork, Passed

Worth = Callable[[UUID, int], int | None]
"""What so many units of an article cost in this basket; None when they cannot be had."""


def apply_to_deliveries(plan: Plan, charges: Sequence[ChargeWork], now: Round, *, alone: bool) -> None:
    """Gives what is taken off delivery charges, of each group by itself."""
    offers = [each for each in plan.stages[Stage.DELIVERY] if alone or not each.alone]
    for offer in offers:
        effect, asks = offer.effect, offer.asks
        if not isinstance(effect, DeliveryOff) or asks is None:
            raise TypeError(f"{offer.source} is not for deliveries")
        meant = [
            charge
            for charge in charges
            if (not effect.methods or charge.charge.method_id in effect.methods)
            and (not offer.fulfilment or charge.fulfilment in offer.fulfilment)
        ]
        if not meant:
            now.miss(offer, Passed("no_delivery"))
        for charge in meant:
            closed = charge.closed_to(offer)
            if closed is not None:
                now.miss(offer, closed, charge)
            else:
                now.take_charge(offer, charge, asks(charge.left, 1))


def gifts(plan: Plan, worth: Worth) -> dict[Offer, tuple[GiftWork, int]]:
    """Gives the lines that promotions add, each with what it is worth; a gift that cannot be had is passed over."""
    found: dict[Offer, tuple[GiftWork, int]] = {}
    for offer in plan.stages[Stage.GIFTS]:
        effect = offer.effect
        if not isinstance(effect, Gift):
            raise TypeError(f"{offer.source} is no gift")
        saved = worth(effect.variant_id, effect.quantity)
        if saved is None:
            plan.passed[offer] = Passed("no_gift")
            continue
        line = plan.takers[offer][0].line
        work = GiftWork(
            promotion=offer.id,
            version=offer.version,
            variant_id=effect.variant_id,
            quantity=effect.quantity,
            group=line.group,
            tax_country=line.tax_country,
        )
        found[offer] = (work, saved)
    return found


def give_points(plan: Plan, now: Round, trace: list[TraceStep]) -> set[Offer]:
    """Gives each line the highest multiple of points that it takes part in, of equal ones that of the lowest id; says whose."""
    best: dict[str, Offer] = {}
    offers = plan.stages[Stage.POINTS]
    for offer in sorted(offers, key=lambda each: (-_times(each), each.id.int)):
        for line in plan.takers[offer]:
            first = best.setdefault(line.key, offer)
            if first is not offer:
                now.miss(offer, Passed("outdone", by=first.id), line)
    for line in plan.turns:
        offer_of_line = best.get(line.key)
        if offer_of_line is not None:
            line.points = _times(offer_of_line)
            trace.append(
                Pointed(line=line.key, promotion=offer_of_line.id, version=offer_of_line.version, times=line.points)
            )
    return set(best.values())


def _times(offer: Offer) -> Decimal:
    effect = offer.effect
    if not isinstance(effect, Points):
        raise TypeError(f"{offer.source} gives no points")
    return effect.times
