"""The best set of places that give a basket: by branch and bound over sets of places. Pure, no float.

Most units first; then the least sum of scores; then the fewest places; then those that come first in the order of the places. Places
that no best set can contain are left out beforehand. With at most RELEVANT_MOST places left, every set that the bound does not rule out is
looked at, and the answer is exact; with more, NODES_MOST sets are, and the answer says whether that was all of them.
Why this is right: docs/decisions/0084-how-a-rule-decides-where-an-order-is-sent-from.md.
"""

from collections.abc import Sequence
from operator import ge
from typing import Final

from msgspec import Struct

RELEVANT_MOST: Final = 12
NODES_MOST: Final = 4_000
DEPTH_MOST: Final = 100
"""Places in one set beyond which no further one is searched for: far from any basket, and from how deep Python calls."""
BYTE_MOST: Final = 255
IMPROVEMENTS_MOST: Final = 200
"""Exchanges that are tried on the first plan, before the search and in place of its end."""


class Found(Struct, frozen=True):
    """The places of the best set, in their order; whether it is proven to be the best; how many sets were looked at."""

    chosen: list[int]
    exact: bool
    nodes: int


def search(needs: Sequence[int], stock: Sequence[Sequence[int]], scores: Sequence[int], most: int | None) -> Found:
    """Gives the best set of at most `most` places for units of each article.

    `stock[i][v]` is what place i can give of article v, at most what is needed; each gives something. Places come by ascending score (0 or more), equals in the order that decides.
    """
    targets = list(map(min, needs, map(sum, zip(*stock, strict=True)))) if stock else []
    if most == 0 or not any(targets):
        return Found([], exact=True, nodes=0)
    looked_at = _worth_looking_at(targets, stock, scores)
    if len(looked_at) == 1:
        return Found(looked_at, exact=True, nodes=1)
    kept = [looked_at[i] for i in _relevant(targets, [stock[i] for i in looked_at], most)]
    at_most = most if most is not None and most < len(kept) else None
    run = _Search(targets, [stock[i] for i in kept], _weights([scores[i] for i in kept]), at_most)
    chosen = run.best_set()
    return Found([kept[i] for i in chosen], exact=run.exact, nodes=run.nodes)


def _worth_looking_at(targets: Sequence[int], stock: Sequence[Sequence[int]], scores: Sequence[int]) -> list[int]:
    """Gives all places; where one gives all by itself, the first that does, and those that may be in a better set of two or more.

    There, no place is in a better one that is at least as dear with the cheapest of all as that single one.
    """
    single = next((i for i, row in enumerate(stock) if all(map(ge, row, targets))), None)
    if single is None:
        return list(range(len(stock)))
    worth = 0
    while worth < single and scores[worth] + scores[0] < scores[single]:
        worth += 1
    return [*range(worth if worth > 1 else 0), single]


class _Masks(dict[int, int]):
    """Which places have at least so many units of an article, as a set of bits; worked out when first asked for."""

    def __init__(self, target: int, units: Sequence[int]) -> None:
        super().__init__({0: -1})
        # The first place is the last digit. No place has more than the target, and a byte holds that but for large baskets.
        self._digits = bytes(reversed(units)) if target <= BYTE_MOST else None
        self._units = units

    def __missing__(self, least: int) -> int:
        if self._digits is not None:
            found = int(self._digits.translate(b"0" * least + b"1" * (BYTE_MOST + 1 - least)), 2)
        else:
            found = int("".join("1" if had >= least else "0" for had in reversed(self._units)), 2)
        self[least] = found
        return found


def _masks(targets: Sequence[int], stock: Sequence[Sequence[int]]) -> list[_Masks]:
    return [_Masks(target, column) for target, column in zip(targets, zip(*stock, strict=True), strict=True)]


def _relevant(targets: Sequence[int], stock: Sequence[Sequence[int]], most: int | None) -> list[int]:
    """Gives the places that the best set may contain.

    A place is of use only beside all those that come before it and have at least as much of each article. Where these are as many as a set can
    have, or as are enough to give all that it could give, it is of none.
    """
    masks = _masks(targets, stock)
    always_enough = max(targets)  # whatever a place has: it gives at least one unit of what it gives
    if most is not None:
        always_enough = min(always_enough, most)
    kept: list[int] = []
    for i, row in enumerate(stock):
        before = (1 << i) - 1
        for of, units in zip(masks, row, strict=True):
            before &= of[units]
            if not before:
                kept.append(i)
                break
        else:
            those = before.bit_count()
            if those < always_enough:
                enough = max(-(-target // units) for target, units in zip(targets, row, strict=True) if units)
                if those < enough and (most is None or those < most):
                    kept.append(i)
    return kept


def _weights(scores: Sequence[int]) -> list[int]:
    """Gives one number for each place whose sum over a set orders sets: by scores, then by number of places, then by who comes first.

    Ascending and without equals. The last part is a bit for each place, the first place's the least; taken from a whole one, so that the
    sum is less where a set's first difference from an equally large one comes first.
    """
    count = len(scores)
    room = count + count.bit_length() + 1
    whole = 1 << count
    return [((score * (count + 1) + 1) << room) + whole - (1 << (count - 1 - i)) for i, score in enumerate(scores)]


class _Search:
    """One search: the best set so far, and how many sets were looked at."""

    def __init__(
        self, targets: Sequence[int], stock: Sequence[Sequence[int]], weights: Sequence[int], most: int | None
    ) -> None:
        self.targets, self.stock, self.weights, self.most = targets, stock, weights, most
        self.masks = _masks(targets, stock)
        self.exact = True
        self.nodes = 0
        self.nodes_most = None if len(stock) <= RELEVANT_MOST else NODES_MOST
        self.missing = sum(weights) + 1
        self.gain = [sum(row) for row in stock]
        self.most_gain = max(self.gain)
        self.cheapest = [0]
        for weight in weights:
            self.cheapest.append(self.cheapest[-1] + weight)
        self.prices = [
            min(weight // gain for weight, gain, row in zip(weights, self.gain, stock, strict=True) if row[v])
            if target
            else 0
            for v, target in enumerate(targets)
        ]
        self.best: tuple[int, ...] = ()
        self.best_cost = self.missing * sum(targets)

    def best_set(self) -> list[int]:
        self._offer_first_plan()
        self._look(list(self.targets), (1 << len(self.stock)) - 1, 0, ())
        return sorted(self.best)

    def _offer(self, cost: int, chosen: tuple[int, ...]) -> None:
        if cost < self.best_cost:
            self.best_cost, self.best = cost, chosen

    def _look(self, left: list[int], allowed: int, cost: int, chosen: tuple[int, ...]) -> None:
        """Looks at all sets that contain the chosen places and further ones of the allowed, for what is left."""
        self.nodes += 1
        units = sum(left)
        places_left = DEPTH_MOST if self.most is None else self.most - len(chosen)
        self._offer(cost + self.missing * units, chosen)
        if not units or not places_left:
            return
        if (self.nodes_most is not None and self.nodes >= self.nodes_most) or len(chosen) >= DEPTH_MOST:
            self.exact = False
            return
        finishing = self._finishing(left, allowed)
        if finishing is not None:
            self._offer(cost + self.weights[finishing], (*chosen, finishing))
        if self._bound(left, units, cost, places_left) >= self.best_cost:
            return
        v, suppliers = self._scarcest(left, allowed)
        self._branch(left, allowed, cost, chosen, suppliers)
        if self.most is not None:
            # Sets without any further supplier of the article: what is left of it is missing.
            without = left.copy()
            without[v] = 0
            self._look(without, allowed & ~suppliers, cost + self.missing * left[v], chosen)

    def _branch(self, left: list[int], allowed: int, cost: int, chosen: tuple[int, ...], suppliers: int) -> None:
        """Looks at the sets with the first supplier, then at those with the second and without the first, and so on."""
        weights = self.weights
        while suppliers:
            if self.nodes_most is not None and self.nodes >= self.nodes_most:
                self.exact = False
                return
            bit = suppliers & -suppliers
            suppliers ^= bit
            allowed ^= bit
            i = bit.bit_length() - 1
            # A set that is finished by one more place was looked at already: from here on it takes two.
            further = weights[(allowed & -allowed).bit_length() - 1] if allowed else 0
            if cost + weights[i] + (further if self.most is None else 0) >= self.best_cost:
                return
            rest = [need - had if need > had else 0 for need, had in zip(left, self.stock[i], strict=True)]
            self._look(rest, allowed, cost + weights[i], (*chosen, i))

    def _finishing(self, left: Sequence[int], allowed: int) -> int | None:
        """Gives the first place that has all that is left."""
        for v, units in enumerate(left):
            if units:
                allowed &= self.masks[v][units]
                if not allowed:
                    return None
        return (allowed & -allowed).bit_length() - 1

    def _bound(self, left: Sequence[int], units: int, cost: int, places_left: int) -> int:
        """Gives a sum that no set from here on is below, but for those that one more place finishes.

        Each of its units is paid for by a place, which gives at most its whole gain: so at least the least price of its article. And it takes
        at least as many places as the greatest gain goes into what is left, each at least as dear as the cheapest.
        """
        needed = max(2, -(-units // self.most_gain))
        if needed > places_left:
            # Either more units than so many places can give, or one place left, and none that finishes: something stays missing.
            return cost + self.missing * max(1, units - places_left * self.most_gain)
        by_number = self.cheapest[min(needed, len(self.weights))]
        by_unit = sum(price * need for price, need in zip(self.prices, left, strict=True))
        return cost + max(by_number, by_unit)

    def _scarcest(self, left: Sequence[int], allowed: int) -> tuple[int, int]:
        """Gives the open article that the fewest of the allowed places have, and these places."""
        best, found, fewest = 0, 0, len(self.stock) + 1
        for v, units in enumerate(left):
            if units:
                suppliers = self.masks[v][1] & allowed
                count = suppliers.bit_count()
                if count < fewest:
                    best, found, fewest = v, suppliers, count
        return best, found

    # --- a first plan, so that the bound has something to rule out by ---------------------------------------------

    def _offer_first_plan(self) -> None:
        chosen = self._greedy()
        chosen = self._reduced(chosen)
        for _ in range(IMPROVEMENTS_MOST):
            better = self._exchanged(chosen)
            if better is None:
                break
            chosen = self._reduced(better)
        self._offer(self._cost(chosen), tuple(chosen))

    def _left(self, chosen: Sequence[int]) -> list[int]:
        left = list(self.targets)
        for i in chosen:
            left = [need - had if need > had else 0 for need, had in zip(left, self.stock[i], strict=True)]
        return left

    def _cost(self, chosen: Sequence[int]) -> int:
        return sum(self.weights[i] for i in chosen) + self.missing * sum(self._left(chosen))

    def _greedy(self) -> list[int]:
        """Takes, time after time, the place that gives most for its weight; where places are few, the one that gives most."""
        left, chosen = list(self.targets), list[int]()
        unused = list(range(len(self.stock)))
        while any(left) and unused and (self.most is None or len(chosen) < self.most):
            best, best_gain = -1, 0
            for i in unused:
                gain = sum(map(min, left, self.stock[i]))
                if self.most is not None:
                    better = gain > best_gain
                else:
                    better = gain * self.weights[best] > best_gain * self.weights[i] if best_gain else gain > 0
                if better:
                    best, best_gain = i, gain
            if not best_gain:
                break
            unused.remove(best)
            chosen.append(best)
            left = [need - had if need > had else 0 for need, had in zip(left, self.stock[best], strict=True)]
        return chosen

    def _reduced(self, chosen: list[int]) -> list[int]:
        """Leaves out, the dearest first, what the others make up for."""
        missing = sum(self._left(chosen))
        for i in sorted(chosen, reverse=True):
            rest = [each for each in chosen if each != i]
            if sum(self._left(rest)) == missing:
                chosen = rest
        return chosen

    def _exchanged(self, chosen: list[int]) -> list[int] | None:
        """Gives a better plan with one place, or two, exchanged for a single one; None when there is none."""
        everything = (1 << len(self.stock)) - 1
        for place, i in enumerate(chosen):
            for other in (None, *chosen[place + 1 :]):
                rest = [each for each in chosen if each not in (i, other)]
                unused = everything
                for each in rest:
                    unused &= ~(1 << each)
                found = self._finishing(self._left(rest), unused)
                gone = self.weights[i] + (0 if other is None else self.weights[other])
                if found is not None and self.weights[found] < gone:
                    return [*rest, found]
        return None
