"""Baskets in units that lie on shelves: a kit is its components, and what has no stock asks for nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from commerce.catalog import any_made, components
from commerce.kernel.ids import VariantId
from commerce.platform.database import Reading
from commerce.promise.facts import Line

Parts = Mapping[VariantId, Mapping[VariantId, int]]
"""For each article that is not its own stock: how many units of which others one unit of it takes."""


class Opened(NamedTuple):
    """A basket as it was asked for, in units that lie on shelves, and of what the articles that have no stock of their own are made."""

    lines: Sequence[Line]
    parts: Parts

    def on_shelf(self, variant_id: VariantId, shelf: Mapping[VariantId, int]) -> int | None:
        """Gives how many units of an article a shelf gives by itself; None for what has no stock: as many as anybody asks for."""
        made = self.parts.get(variant_id)
        if made is None:
            return shelf.get(variant_id, 0)
        return min((shelf.get(part, 0) // units for part, units in made.items()), default=None)


async def opened(reading: Reading, lines: Sequence[Line]) -> Opened:
    """Gives a basket with its kits opened, in one statement, and in none where the shop has no kits and nothing without stock; articles with a
    stock of their own stay as they are.
    """
    if not lines or not await any_made(reading):
        return Opened(lines, {})
    found = await components(reading, {variant_id for variant_id, _ in lines})
    if not found:
        return Opened(lines, {})
    return opened_with(lines, {each: {part.variant_id: part.quantity for part in of} for each, of in found.items()})


def opened_with(lines: Sequence[Line], parts: Parts) -> Opened:
    """Gives a basket with its kits opened, where it is known what they are made of."""
    return Opened([line for each in lines for line in taken(each, parts)], parts)


def taken(line: Line, parts: Parts) -> list[Line]:
    """Gives the units that one line takes from shelves."""
    variant_id, quantity = line
    made = parts.get(variant_id)
    return [line] if made is None else [(part, units * quantity) for part, units in made.items()]


def short_of_shelf(lines: Sequence[Line], parts: Parts, shelf: Mapping[VariantId, int]) -> list[tuple[int, int]]:
    """Gives the lines, by their places in the list, that a shelf has too little for, with how many units of each it has beside all the others.

    Lines that take the same article from the shelf are judged together: what is enough for each of them may be too little for both.
    """
    takes = [Counter[VariantId]() for _ in lines]
    for nth, line in enumerate(lines):
        for variant_id, units in taken(line, parts):
            takes[nth][variant_id] += units
    needed = Counter[VariantId]()
    for each in takes:
        needed.update(each)
    short = {variant_id for variant_id, units in needed.items() if shelf.get(variant_id, 0) < units}
    return [
        (
            nth,
            min(
                _left(shelf.get(each, 0) - needed[each] + mine[each], mine[each], quantity)
                for each in mine
                if each in short
            ),
        )
        for nth, (mine, (_, quantity)) in enumerate(zip(takes, lines, strict=True))
        if not short.isdisjoint(mine)
    ]


def _left(units: int, taken_units: int, quantity: int) -> int:
    """Gives for how many of `quantity` units of a line, which take so many units of an article, there are enough."""
    return max(0, units) * quantity // taken_units
