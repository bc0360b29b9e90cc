"""Facts about who calls. No fact carries an e-mail or a secret."""

from uuid import UUID

from commerce.kernel.events import Event
from commerce.kernel.ids import SessionId, ShopperId


class SignedIn(Event, frozen=True, kw_only=True, tag="identity.signed_in.v1"):
    """A shopper signed in to an account; `from_shopper_id` is the anonymous shopper that they were until then, whose carts and orders follow."""

    shopper_id: ShopperId
    session_id: SessionId
    from_shopper_id: ShopperId | None = None

    def about(self) -> UUID:
        """The session."""
        return self.session_id


class AccountOpened(Event, frozen=True, kw_only=True, tag="identity.account_opened.v1"):
    """A shopper proved that the e-mail of a registration is theirs, and has an account from now on."""

    shopper_id: ShopperId

    def about(self) -> UUID:
        """The account."""
        return self.shopper_id


class PasswordChanged(Event, frozen=True, kw_only=True, tag="identity.password_changed.v1"):
    """A password was changed or reset; all sessions of its owner ended with it."""

    subject_id: UUID

    def about(self) -> UUID:
        """The account or staff member."""
        return self.subject_id


class Bound(Event, frozen=True, kw_only=True, tag="identity.bound.v1"):
    """A caller was bound to places. Who owns the places refuses, within the transaction, those that there are not."""

    subject_id: UUID
    location_ids: tuple[UUID, ...] = ()
    channel_id: UUID | None = None

    def about(self) -> UUID:
        """The staff member, terminal, API client or session."""
        return self.subject_id


class AccessEnded(Event, frozen=True, kw_only=True, tag="identity.access_ended.v1"):
    """A staff member was switched off, or a terminal or an API client revoked."""

    subject_id: UUID
    kind: str

    def about(self) -> UUID:
        """The staff member, terminal or API client."""
        return self.subject_id
