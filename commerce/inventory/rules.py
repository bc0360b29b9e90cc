"""Who gets what when several baskets want the same units; whether a shelf may change. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from commerce.inventory.facts import Place, Shortage


class Basket(NamedTuple):
    """The units that somebody wants at each place, and the units at these places that are not for them: safety stock and buffers."""

    units: Mapping[Place, int]
    kept_back: Mapping[Place, int]


def judge(free: Mapping[Place, int], baskets: Sequence[Basket]) -> list[list[Shortage]]:
    """Gives for each basket, in the order of arrival, what it is short of; nothing when it can be kept as a whole.

    A basket takes all of its units or none, so one that is refused leaves its units to those who come after it.
    """
    left = dict(free)
    verdicts: list[list[Shortage]] = []
    for basket in baskets:
        short = []
        for place, wanted in basket.units.items():
            there = left.get(place, 0) - basket.kept_back.get(place, 0)
            if wanted > there:
                short.append(Shortage(place.variant_id, place.location_id, wanted, max(0, there)))
        verdicts.append(short)
        if not short:
            for place, wanted in basket.units.items():
                left[place] -= wanted
    return verdicts
