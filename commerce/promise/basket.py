"""A basket that availability is asked for: what of it can be had at all, and what that takes from shelves."""

from collections.abc import Collection, Mapping

import msgspec

from commerce.catalog import Article, stocked
from commerce.kernel.ids import VariantId
from commerce.promise.facts import summed
from commerce.promise.parts import Opened, opened_with, taken


class Basket(msgspec.Struct, frozen=True):
    """Units wanted by article, the articles that are `able` to be had at all, and the units that those take from shelves."""

    wanted: Mapping[VariantId, int]
    able: Collection[VariantId]
    needed: Mapping[VariantId, int]
    opened: Opened

    def had(self, variant_id: VariantId, shelf: Mapping[VariantId, int]) -> int | None:
        """Gives how many units of an article a shelf gives by itself; None for what has no stock: as many as anybody asks for."""
        return self.opened.on_shelf(variant_id, shelf) if variant_id in self.able else 0

    def lacking(self, shelf: Mapping[VariantId, int]) -> Mapping[VariantId, int]:
        """Gives the units, by article on shelves, that a shelf has too few of for all of it together."""
        return _less(self.needed, shelf)

    def lacks(self, variant_id: VariantId, shelf: Mapping[VariantId, int]) -> Mapping[VariantId, int]:
        """Gives the same for one article of it by itself; nothing for one that cannot be had at all."""
        if variant_id not in self.able:
            return {}
        return _less(summed(taken((variant_id, self.wanted[variant_id]), self.opened.parts)), shelf)

    def missing(self, shelf: Mapping[VariantId, int]) -> bool:
        """Says whether a shelf has too little for all of it together."""
        return len(self.able) < len(self.wanted) or any(
            shelf.get(each, 0) < units for each, units in self.needed.items()
        )


def _less(needed: Mapping[VariantId, int], shelf: Mapping[VariantId, int]) -> Mapping[VariantId, int]:
    return {each: units - shelf.get(each, 0) for each, units in needed.items() if units > shelf.get(each, 0)}


def basket(wanted: Mapping[VariantId, int], known: Mapping[VariantId, Article], able: Collection[VariantId]) -> Basket:
    """Gives a basket of articles, of which some are able to be had; kits are opened by what is known of them."""
    parts = {
        each: {part.variant_id: part.quantity for part in stocked(known[each].parts or ())}
        for each in able
        if known[each].parts or known[each].stock == "none"
    }
    opened = opened_with([(each, units) for each, units in wanted.items() if each in able], parts)
    return Basket(wanted, able, summed(opened.lines) if parts else dict(opened.lines), opened)
