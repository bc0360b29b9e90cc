"""Who buys, as far as prices may depend on it."""

from collections import OrderedDict
from datetime import datetime
from typing import Final
from uuid import UUID

from commerce.customers import buyer_facts
from commerce.kernel.errors import invalid
from commerce.platform.database import Reads
from commerce.price_engine import NOBODY, Business, Buyer
from commerce.tax import vat_status

MOST_KNOWN: Final = 20_000
# The subject of an anonymous session is an id that no account ever has: what was found once holds for ever.
_without_account: OrderedDict[UUID, None] = OrderedDict()


async def buyer_of(reads: Reads, customer_id: UUID | None, *, at: datetime, vat_number: str | None = None) -> Buyer:
    """Gives the buyer that a customer is: groups and segments, whether they ordered before, the business that they buy for.

    An anonymous shopper is nobody in particular, and costs no statement. `vat_number` stands before the customer's own; it is
    refused with InvalidInput when its form or digits are wrong. One that the registry has not confirmed lately is not valid, so
    that tax is charged. Membership is read each time: who has left a group is out of it.
    """
    given = None if vat_number is None else await _business(reads, vat_number, at)
    if given is not None and given[1]:
        raise invalid("/vat_number", "This is no VAT number: its form or its check digits are wrong.")
    business = None if given is None else given[0]
    if customer_id is None or customer_id in _without_account:
        return NOBODY if business is None else Buyer(business=business)
    facts = await buyer_facts(reads, customer_id)
    if not facts.account:
        _without_account[customer_id] = None
        if len(_without_account) > MOST_KNOWN:
            _without_account.popitem(last=False)
        return NOBODY if business is None else Buyer(business=business)
    if business is None and facts.business is not None:
        business = (await _business(reads, facts.business, at))[0]
    return Buyer(customer_id=customer_id, groups=facts.groups, orders_before=facts.orders_before, business=business)


async def _business(reads: Reads, number: str, at: datetime) -> tuple[Business, bool]:
    """The business of a number as it is known now, and whether the number is malformed."""
    status = await vat_status(reads, number, at=at)
    return status.business, status.state == "malformed"
