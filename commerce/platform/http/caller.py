"""Who asks. A token becomes a Caller once, in one place; everything else looks at it."""

from uuid import UUID

import msgspec

from commerce.kernel.errors import Refusal

PUBLIC = "public"


class Unauthenticated(Refusal):
    """A valid access token is needed."""

    code = "unauthenticated"
    status = 401
    es = "Se necesita un token de acceso válido."
    ca = "Cal un token d'accés vàlid."


class Forbidden(Refusal):
    """The token does not allow this."""

    code = "forbidden"
    status = 403
    es = "El token no permite esta operación."
    ca = "El token no permet aquesta operació."


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks and what they may: one of public, shopper, staff, terminal, service.

    `locations` limits staff, terminals and services to some places; None means all.
    """

    kind: str
    id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    locations: frozenset[UUID] | None = None
    channel_id: UUID | None = None
    session_id: UUID | None = None

    @property
    def principal(self) -> str:
        """The name under which idempotency keys, limits and logs know the caller; it holds no personal data."""
        return f"{self.kind}:{self.id}" if self.id is not None else self.kind

    @property
    def is_shopper(self) -> bool:
        """Whether this is a shopper, who sees its own things only."""
        return self.kind == "shopper"

    @property
    def is_staff_side(self) -> bool:
        """Whether staff, a terminal or a service acts; their acts are kept in the audit log."""
        return self.kind in STAFF_SIDE

    def may_at(self, location_id: UUID) -> bool:
        """Says whether the caller may act at a place."""
        return self.locations is None or location_id in self.locations

    def has(self, scope: str) -> bool:
        """Says whether the caller has a scope."""
        return scope in self.scopes


STAFF_SIDE = frozenset({"staff", "terminal", "service"})
NOBODY = Caller(kind="public")
