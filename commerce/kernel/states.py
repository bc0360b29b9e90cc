"""States as a table: which moves there are, checked when the module is imported, refused in one way."""

from collections.abc import Mapping, Set as AbstractSet
from enum import StrEnum
from typing import Generic, TypeVar

from commerce.kernel.errors import Bug, IllegalMove

S = TypeVar("S", bound=StrEnum)


class Machine(Generic[S]):
    """The legal moves of one kind of thing. A state without moves is terminal; a state that cannot be reached is a Bug at import."""

    def __init__(self, noun: str, *, start: S | AbstractSet[S], moves: Mapping[S, AbstractSet[S]]) -> None:
        kind: type[S] = type(next(iter(moves)))
        self.noun = noun
        self.start: frozenset[S] = frozenset([start]) if isinstance(start, StrEnum) else frozenset(start)
        self.moves = {state: frozenset(moves.get(state, frozenset())) for state in kind}
        reached: set[S] = set(self.start)
        edge: set[S] = set(self.start)
        while edge:
            edge = {after for state in edge for after in self.moves[state]} - reached
            reached |= edge
        if lost := set(kind) - reached:
            raise Bug(f"{noun}: states that nothing leads to: {sorted(lost)}")

    def terminal(self, state: S) -> bool:
        """Says whether nothing can follow."""
        return not self.moves[state]

    def allows(self, before: S, after: S) -> bool:
        """Says whether the move is in the table."""
        return after in self.moves[before]

    def sources(self, after: S) -> list[S]:
        """Gives the states from which a state can be reached in one move; what a guarded UPDATE names in its WHERE."""
        return [state for state, targets in self.moves.items() if after in targets]

    def check(self, before: S, after: S) -> None:
        """Refuses with IllegalMove, naming the state that is and the moves that are allowed from it."""
        if after not in self.moves[before]:
            raise self.refusal(before, after)

    def refusal(self, before: S, after: S) -> IllegalMove:
        """Makes the refusal of one move, for verbs whose guarded UPDATE found no row, or that make a legal one from certain states only."""
        allowed = sorted(self.moves[before])
        choices = ", ".join(allowed) if allowed else "nothing: this state is final"
        cannot = "this step does not make it" if after in allowed else "it cannot become"
        return IllegalMove(
            f"The {self.noun} is {before.value}; {cannot} {after.value}. From here it can become: {choices}.",
            state=before.value,
            allowed=allowed,
        )
