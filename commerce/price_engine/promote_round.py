"""One round over a basket: what was taken off, by whom, and what gave nothing."""

from collections.abc import Sequence
from typing import Final

from commerce.price_engine.offer import Offer
from commerce.price_engine.trace import DeliveryDiscounted, Discounted, Guarded, PromotionPassed, TraceStep
from commerce.price_engine.work import ChargeWork, LineWork, Passed

NO_SAVING: Final = Passed("no_saving")
NOTHING_LEFT: Final = Passed("nothing_left")
Missed = tuple[Offer, Passed, LineWork | ChargeWork | None]
"""A promotion that gave nothing: why, and to which line or delivery, or to none."""


class Round:
    """What happens while promotions have their turns. `saved` is what each took off, of those that took something."""

    __slots__ = ("missed", "saved", "trace")

    def __init__(self) -> None:
        self.trace: list[TraceStep] = []
        self.saved: dict[Offer, int] = {}
        self.missed: list[Missed] = []

    @property
    def total(self) -> int:
        """What was taken off lines and deliveries together."""
        return sum(self.saved.values())

    def miss(self, offer: Offer, passed: Passed, work: LineWork | ChargeWork | None = None) -> None:
        """Notes that a promotion gave nothing to a line or delivery, or to anything."""
        self.missed.append((offer, passed, work))

    def open(self, offer: Offer, lines: Sequence[LineWork]) -> list[LineWork]:
        """Gives the lines that are open to a promotion, and notes why others are not."""
        found: list[LineWork] = []
        for line in lines:
            closed = line.closed_to(offer)
            if closed is None:
                found.append(line)
            else:
                self.missed.append((offer, closed, line))
        return found

    def take(self, offer: Offer, line: LineWork, asked: int) -> None:
        """Takes off a line what is asked, as far as there is room, and tells it."""
        if line.room < asked and line.room < line.left:
            self.trace.append(Guarded(line=line.key, promotion=offer.id, floor=line.least))
        given = line.give(offer, asked)
        if given:
            self.saved[offer] = self.saved.get(offer, 0) + given
            self.trace.append(
                Discounted(line=line.key, source=offer.source, asked=asked, given=given, version=offer.version)
            )
        else:
            self.missed.append((offer, NO_SAVING if line.room else NOTHING_LEFT, line))

    def take_charge(self, offer: Offer, charge: ChargeWork, asked: int) -> None:
        """Takes off a delivery charge what is asked, as far as something is left."""
        group = charge.charge.group
        given = charge.give(offer, asked)
        if given:
            self.saved[offer] = self.saved.get(offer, 0) + given
            self.trace.append(
                DeliveryDiscounted(group=group, source=offer.source, asked=asked, given=given, version=offer.version)
            )
        else:
            self.missed.append((offer, NO_SAVING if charge.left else NOTHING_LEFT, charge))


def told(offer: Offer, passed: Passed, work: LineWork | ChargeWork | None = None) -> PromotionPassed:
    """Gives what was missed as a step of the trace."""
    line = group = None
    if isinstance(work, LineWork):
        line = work.key
    elif work is not None:
        group = work.charge.group
    elif passed.by is None and passed.needed is None:
        return PromotionPassed(promotion=offer.id, version=offer.version, why=passed.why)
    return PromotionPassed(
        promotion=offer.id,
        version=offer.version,
        why=passed.why,
        line=line,
        group=group,
        needed=passed.needed,
        there=passed.there,
        by=passed.by,
    )
