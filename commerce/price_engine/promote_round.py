"""One round over a basket: what was taken off, by whom, and what gave nothing."""

from collections.abc import Sequence

from commerce.price_engine.offer import Offer
from commerce.price_engine.promote_plan import Passed
from commerce.price_engine.trace import DeliveryDiscounted, Discounted, Guarded, TraceStep
from commerce.price_engine.work import ChargeWork, LineWork


class Round:
    """What happens while promotions have their turns. `saved` is what each took off, of those that took something."""

    __slots__ = ("missed", "saved", "trace")

    def __init__(self) -> None:
        self.trace: list[TraceStep] = []
        self.saved: dict[Offer, int] = {}
        self.missed: list[tuple[Offer, Passed]] = []

    @property
    def total(self) -> int:
        """What was taken off lines and deliveries together."""
        return sum(self.saved.values())

    def miss(self, offer: Offer, passed: Passed) -> None:
        """Notes that a promotion gave nothing, to all or to one line or delivery."""
        self.missed.append((offer, passed))

    def open(self, offer: Offer, lines: Sequence[LineWork]) -> list[LineWork]:
        """Gives the lines that are open to a promotion, and notes why others are not."""
        found: list[LineWork] = []
        for line in lines:
            closed = line.closed_to(offer)
            if closed is None:
                found.append(line)
            else:
                self.missed.append((offer, Passed(closed[0], by=closed[1], line=line.key)))
        return found

    def take(self, offer: Offer, line: LineWork, asked: int) -> None:
        """Takes off a line what is asked, as far as there is room, and tells it."""
        if line.room < line.left and line.room < asked:
            self.trace.append(Guarded(line=line.key, promotion=offer.id, floor=line.least))
        given = line.give_by(offer, asked)
        if given:
            self.saved[offer] = self.saved.get(offer, 0) + given
            self.trace.append(
                Discounted(line=line.key, source=offer.source, asked=asked, given=given, version=offer.version)
            )
        else:
            self.missed.append((offer, Passed("no_saving" if line.room else "nothing_left", line=line.key)))

    def take_charge(self, offer: Offer, charge: ChargeWork, asked: int) -> None:
        """Takes off a delivery charge what is asked, as far as something is left."""
        group = charge.charge.group
        given = charge.give_by(offer, asked)
        if given:
            self.saved[offer] = self.saved.get(offer, 0) + given
            self.trace.append(
                DeliveryDiscounted(group=group, source=offer.source, asked=asked, given=given, version=offer.version)
            )
        else:
            self.missed.append((offer, Passed("no_saving" if charge.left else "nothing_left", group=group)))
