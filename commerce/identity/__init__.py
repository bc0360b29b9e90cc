"""Who calls: shoppers, staff, terminals and services; their sessions, tokens, roles and keys; the reading of the audit log.

Owns: accounts, registrations, staff_members, roles, staff_roles, terminals, api_clients, sessions, refresh_tokens, one_time_tokens,
mail_requests, attempts, revocations, signing_keys.
Promises: no answer tells whether an e-mail has an account; what is revoked ends at once for refresh and within a second for access, in
every process; nobody gives more than they have; secrets are kept as hashes, signing keys encrypted.
Emits: identity.signed_in, identity.account_opened, identity.password_changed, identity.bound, identity.access_ended.
Knows: nobody; locations and channels are ids here, which a higher layer refuses where they do not exist.
"""

from commerce.identity.events import AccessEnded, AccountOpened, Bound, PasswordChanged, SignedIn
from commerce.identity.keys import ensure_signing_key, rotate_keys
from commerce.identity.passwords import Passwords
from commerce.identity.scopes import BUILT_IN_ROLES, SCOPES, SHOPPER_SCOPES, TERMINAL_SCOPES
from commerce.identity.staff import create_administrator
from commerce.identity.tokens import Tokens

__all__ = [
    "BUILT_IN_ROLES",
    "SCOPES",
    "SHOPPER_SCOPES",
    "TERMINAL_SCOPES",
    "AccessEnded",
    "AccountOpened",
    "Bound",
    "PasswordChanged",
    "Passwords",
    "SignedIn",
    "Tokens",
    "create_administrator",
    "ensure_signing_key",
    "rotate_keys",
]
