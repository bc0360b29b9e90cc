"""What staff may do and where; and what a caller may give to others: never more than they have."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from commerce.identity.errors import CannotGrant
from commerce.identity.scopes import BUILT_IN_ROLES, held_at, unknown_scopes
from commerce.kernel.errors import FieldError, InvalidInput
from commerce.platform.http import Caller


class Binding(msgspec.Struct, frozen=True):
    """A role that somebody has at one location, or at all of them (None)."""

    role_id: UUID
    role: str
    location_id: UUID | None
    scopes: frozenset[str]

    @property
    def held(self) -> frozenset[str]:
        """The role's scopes, as far as they can be held at its location; those of a built-in one are the program's."""
        scopes = BUILT_IN_ROLES[self.role][1] if self.role in BUILT_IN_ROLES else self.scopes
        return held_at(scopes, None if self.location_id is None else [self.location_id])


class Rights(msgspec.Struct, frozen=True):
    """Scopes, all of which hold at each of the locations (None: everywhere)."""

    scopes: frozenset[str]
    locations: frozenset[UUID] | None


def effective(bindings: Sequence[Binding], at: UUID | None = None) -> Rights:
    """Gives the rights that a token carries: one set of scopes, every one of which holds at every location of the token.

    A token for one location carries all that its holder may do there. Without a location it carries what holds everywhere, for somebody
    who has any role everywhere, and else what holds at each of their locations: never a scope of one place at another.
    """
    if at is not None:
        return Rights(_at(bindings, at), frozenset([at]))
    places = {binding.location_id for binding in bindings}
    if None in places:
        return Rights(_at(bindings, None), None)
    locations = frozenset(place for place in places if place is not None)
    shared = [_at(bindings, place) for place in locations]
    return Rights(frozenset.intersection(*shared) if shared else frozenset(), locations)


def _at(bindings: Iterable[Binding], place: UUID | None) -> frozenset[str]:
    """The scopes held at a place: those given there and those given everywhere."""
    return frozenset().union(*(each.held for each in bindings if each.location_id in {None, place}))


def check_scopes(scopes: Iterable[str], pointer: str = "/scopes") -> None:
    """Refuses with InvalidInput names that are no scope."""
    if unknown := unknown_scopes(scopes):
        detail = f"There is no scope {', '.join(unknown)}."
        raise InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, detail)])


def check_may_grant(caller: Caller, scopes: Iterable[str], locations: Iterable[UUID] | None) -> None:
    """Refuses with CannotGrant scopes that the caller does not have, or places where they may not act (None: everywhere)."""
    if beyond := sorted(set(scopes) - caller.scopes):
        raise CannotGrant(f"You do not have {', '.join(beyond)} yourself.", scopes=beyond)
    if caller.locations is not None and (locations is None or not caller.locations.issuperset(locations)):
        raise CannotGrant("You can give rights at your own locations only.")


def check_may_manage(caller: Caller, bindings: Iterable[Binding]) -> None:
    """Refuses with CannotGrant to change somebody who may do more than the caller, or elsewhere."""
    for binding in bindings:
        check_may_grant(caller, binding.held, None if binding.location_id is None else [binding.location_id])
