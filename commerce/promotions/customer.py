"""Under which keys a customer's uses are counted: docs/decisions/0067-uses-are-reserved.md.

The keys are SHA-256 digests, so that the books of promotions hold no address; they are the same whoever computes them.
"""

import hashlib
import unicodedata
from typing import Final

from sqlalchemy import Text, Uuid, bindparam, column, func, literal, select, table
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given
from commerce.promotions.facts import Customer

_DOTS_DO_NOT_MATTER: Final = {"gmail.com", "googlemail.com"}
_accounts = table("accounts", column("id", Uuid), column("email_key", Text))


def email_key(email: str) -> str:
    """Gives the form under which an e-mail counts as one customer: small letters, domain in ASCII, no `+alias`.

    In addresses of Gmail dots do not matter, and googlemail.com is gmail.com (support.google.com/mail/answer/7436150).
    """
    local, _, domain = unicodedata.normalize("NFKC", email).strip().lower().rpartition("@")
    host = _ascii(domain)
    local = local.partition("+")[0] or local
    if host in _DOTS_DO_NOT_MATTER:
        local, host = local.replace(".", ""), "gmail.com"
    return f"{local}@{host}"


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


_account_key = func.sha256(func.convert_to(literal("account:").concat(_accounts.c.id.cast(Text)), "UTF8"))
LINKED = Statement(
    select(_accounts.c.email_key, _account_key.label("account_key")).where(
        (_accounts.c.id == given("account_id", Uuid))
        | (_accounts.c.email_key == func.any(bindparam("emails", type_=ARRAY(Text), required=True)))
    )
)


async def customer_keys(reads: Reads, customer: Customer) -> list[bytes]:
    """Gives the keys of a customer, sorted: of the account, of the e-mail given, and of what belongs to either.

    A guest who gives the e-mail of an account counts as that account; an account counts under the e-mail that it has
    and under the one that the order is for.
    """
    if customer.account_id is None and customer.email is None:
        return []
    emails = set() if customer.email is None else {email_key(customer.email), customer.email.strip().lower()}
    rows = await reads.fetch(LINKED, account_id=customer.account_id, emails=sorted(emails))
    keys = {bytes(row["account_key"]) for row in rows}
    if customer.account_id is not None:
        keys.add(_digest(f"account:{customer.account_id}"))
    addresses = {email_key(row["email_key"]) for row in rows}
    if customer.email is not None:
        addresses.add(email_key(customer.email))
    return sorted(keys | {_digest(f"email:{each}") for each in addresses})
