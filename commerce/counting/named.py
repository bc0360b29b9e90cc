"""Articles by id, SKU or barcode; locations as their callers may see them; which roles somebody has.

The tables belong to other slices; they are looked up by their names, as a foreign key would.
"""

from collections.abc import Collection, Container, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, Uuid, column, func, literal, or_, select, table
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from commerce import catalog
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Reads
from commerce.platform.http import Caller
from commerce.platform.statement import Statement, given

_locations = table("locations", column("id", Uuid))
LOCATION = Statement(select(literal(1)).select_from(_locations).where(_locations.c.id == given("location_id", Uuid)))

_roles = table("roles", column("id", Uuid), column("code", Text))
_staff_roles = table("staff_roles", column("staff_id", Uuid), column("role_id", Uuid), column("location_id", Uuid))
ROLES = Statement(
    select(_roles.c.code)
    .join_from(_staff_roles, _roles, _roles.c.id == _staff_roles.c.role_id)
    .where(
        _staff_roles.c.staff_id == given("staff_id", Uuid),
        or_(_staff_roles.c.location_id.is_(None), _staff_roles.c.location_id == given("location_id", Uuid)),
    )
)

ROLE = Statement(select(_roles.c.code).where(_roles.c.code == given("code", Text)))


class Name(NamedTuple):
    """How a line names its article: by its id, or by a code, which is its barcode or its SKU."""

    variant_id: UUID | None
    code: str | None

    @property
    def is_one(self) -> bool:
        """Whether exactly one is given."""
        return (self.variant_id is None) != (self.code is None)


async def articles_named(
    reads: Reads, names: Sequence[Name], *, among: Collection[UUID] = ()
) -> list[VariantId | None]:
    """Gives the article of each name, None where there is none. What was withdrawn still lies there: a code that nothing else has means it, and
    one of those that are expected is meant first (`among`).
    """
    codes = {name.code for name in names if name.code is not None}
    by_code = await catalog.variants_on_hand_by_code(reads, codes, among=among)
    by_id = await catalog.articles(reads, {name.variant_id for name in names if name.variant_id is not None})
    return [
        by_code.get(name.code or "") if name.variant_id is None else _known(VariantId(name.variant_id), by_id)
        for name in names
    ]


def _known(variant_id: VariantId, articles: Container[VariantId]) -> VariantId | None:
    return variant_id if variant_id in articles else None


async def check_location(reads: Reads, caller: Caller, location_id: UUID, pointer: str) -> LocationId:
    """Gives the location's id; refuses one that is not the caller's with the same words as one that does not exist."""
    if not caller.may_at(location_id) or await reads.fetch_value(LOCATION, location_id=location_id) is None:
        raise invalid(pointer, "is none of your locations")
    return LocationId(location_id)


def check_everywhere(caller: Caller, pointer: str) -> None:
    """Refuses what holds at all locations to whom only some are given."""
    if caller.locations is not None:
        raise invalid(pointer, "is needed: you act at some locations only")


async def check_role(reads: Reads, role: str, pointer: str) -> None:
    """Refuses a role that there is not."""
    if await reads.fetch_value(ROLE, code=role) is None:
        raise invalid(pointer, "is no role")


def check_seen(caller: Caller, location_id: UUID) -> None:
    """Refuses with NotFound what is at another's location."""
    if not caller.may_at(location_id):
        raise NotFound


def seen(location_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Gives the condition that a location is among the argument `locations`; null means all."""
    locations = given("locations", ARRAY(Uuid))
    return or_(locations.is_(None), location_id == func.any(locations))


def listed(caller: Caller) -> list[UUID] | None:
    """Gives a caller's locations as that argument."""
    return None if caller.locations is None else list(caller.locations)


async def roles_of(reads: Reads, caller: Caller, location_id: LocationId) -> Collection[str]:
    """Gives the codes of the roles that a caller has at a location: none for terminals and services."""
    if caller.kind != "staff" or caller.id is None:
        return ()
    return {row["code"] for row in await reads.fetch(ROLES, staff_id=caller.id, location_id=location_id)}
