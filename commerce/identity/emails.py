"""E-mail addresses: as people write them, and the one form under which they are compared."""

import msgspec
from email_validator import EmailNotValidError, validate_email

from commerce.kernel.errors import invalid


class Address(msgspec.Struct, frozen=True):
    """An address as it is written to, and the key that is the same for each way of writing it."""

    email: str
    key: str


def address(text: str, pointer: str = "/email") -> Address:
    """Reads an address: Unicode in NFC, the domain in lower-case ASCII (IDNA), the local part compared without case.

    Refuses with InvalidInput what nobody could be written to; the message does not repeat the address.
    """
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise invalid(pointer, "This is not an e-mail address.") from None
    return Address(found.normalized, f"{found.local_part.lower()}@{(found.ascii_domain or found.domain).lower()}")
