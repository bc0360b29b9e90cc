"""Who buys, as far as prices may depend on it."""

from collections import OrderedDict
from uuid import UUID

from commerce.customers import buyer_facts, vat_key
from commerce.kernel.errors import invalid
from commerce.platform.database import Reads
from commerce.price_engine import NOBODY, Business, Buyer

MOST_KNOWN = 20_000
# The subject of an anonymous session is an id that no account ever has: what was found once holds for ever.
_without_account: OrderedDict[UUID, None] = OrderedDict()


async def buyer_of(reads: Reads, customer_id: UUID | None, *, vat_number: str | None = None) -> Buyer:
    """Gives the buyer that a customer is: groups and segments, whether they ordered before, the business that they buy for.

    An anonymous shopper is nobody in particular. `vat_number` stands before the customer's own; it begins with the prefix of its
    state and is refused with InvalidInput when its digits are wrong. One that the registry has not confirmed is not valid, so
    that tax is charged.
    """
    number = None if vat_number is None else _checked(vat_number)
    if customer_id is None or customer_id in _without_account:
        return NOBODY if number is None else Buyer(business=await _business(reads, number))
    facts = await buyer_facts(reads, customer_id)
    if not facts.account:
        _without_account[customer_id] = None
        if len(_without_account) > MOST_KNOWN:
            _without_account.popitem(last=False)
        return NOBODY if number is None else Buyer(business=await _business(reads, number))
    number = number or facts.business
    return Buyer(
        customer_id=customer_id,
        groups=facts.groups,
        orders_before=facts.orders_before,
        business=None if number is None else await _business(reads, number),
    )


def _checked(number: str) -> str:
    prefix = number[:2].upper()
    country = {"EL": "GR", "XI": "GB"}.get(prefix, prefix)
    if not prefix.isalpha():
        raise invalid("/vat_number", "Begin with the prefix of the state, such as ES.")
    return vat_key(number, country)


async def _business(reads: Reads, number: str) -> Business:
    return Business(vat_number=number, valid=False)
