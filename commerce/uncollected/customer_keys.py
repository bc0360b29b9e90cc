"""Under which key it is counted who did not come: an account's id, or for guests a digest that only this shop can make.

The digest is an HMAC (RFC 2104, SHA-256) of the e-mail; its key is derived from the one that signing keys are encrypted with, so that a copy
of the database tells nobody whose it is.
"""

import hashlib
import hmac
import unicodedata
from uuid import UUID

from sqlalchemy import Uuid, column, select, table

from commerce.orders import Order
from commerce.platform.database import Reads
from commerce.platform.settings import OperatorError, Settings
from commerce.platform.statement import Statement, given

PURPOSE = b"uncollected: customers"
_accounts = table("accounts", column("id", Uuid))
IS_ACCOUNT = Statement(select(_accounts.c.id).where(_accounts.c.id == given("id", Uuid)))


def secret_of(settings: Settings) -> bytes:
    """Gives the key of the digests. Raises OperatorError when the settings have none to derive it from."""
    if settings.key_encryption_key is None:
        raise OperatorError("COMMERCE_KEY_ENCRYPTION_KEY is not set: set it to what `openssl rand -hex 32` prints")
    return hmac.digest(bytes.fromhex(settings.key_encryption_key), PURPOSE, hashlib.sha256)


async def customer_of(reads: Reads, order: Order, secret: bytes) -> str:
    """Gives the key of an order's customer: `account:<id>` for whoever has one, else `guest:<digest>` of the e-mail in small letters."""
    if order.shopper_id is not None and await _is_account(reads, order.shopper_id):
        return f"account:{order.shopper_id}"
    address = unicodedata.normalize("NFKC", order.email).strip().lower()
    return f"guest:{hmac.digest(secret, address.encode(), hashlib.sha256).hex()}"


async def _is_account(reads: Reads, shopper_id: UUID) -> bool:
    return await reads.fetch_value(IS_ACCOUNT, id=shopper_id) is not None
