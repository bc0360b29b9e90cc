"""Who gets what when several baskets want the same units; whether a shelf may change. Pure."""

from collections.abc import Mapping, Sequence

from commerce.inventory.facts import Place, Shortage


def judge(free: Mapping[Place, int], baskets: Sequence[Mapping[Place, int]]) -> list[list[Shortage]]:
    """Gives for each basket, in the order of arrival, what it is short of; nothing when it can be kept as a whole.

    A basket takes all of its units or none, so one that is refused leaves its units to those who come after it.
    """
    left = dict(free)
    verdicts: list[list[Shortage]] = []
    for basket in baskets:
        short = [
            Shortage(place.variant_id, place.location_id, wanted, max(0, left.get(place, 0)))
            for place, wanted in basket.items()
            if wanted > left.get(place, 0)
        ]
        verdicts.append(short)
        if not short:
            for place, wanted in basket.items():
                left[place] -= wanted
    return verdicts
