"""Prices given by hand in a cart, judged against the list's."""

from datetime import datetime

from commerce.carts import rows
from commerce.carts.pricing import priced
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import CartId, CartLineId
from commerce.platform.database import Reading
from commerce.platform.http import Caller
from commerce.price_engine import ListPrice, Override
from commerce.pricing import judge_override, override_limits
from commerce.quotes import OverrideIn, Surroundings


async def judged(
    reading: Reading,
    around: Surroundings,
    caller: Caller,
    cart_id: CartId,
    line_id: CartLineId,
    wished: OverrideIn,
    *,
    at: datetime,
) -> Override:
    """Gives a price by hand that the caller may give, in the terms of the list that has the article now.

    Refuses with NotFound (cart or line), with InvalidInput another currency than the list's and a line without a price, with OverrideTooDeep
    and OverrideReasonMissing.
    """
    cart = await rows.mine(reading, caller, cart_id)
    if all(line.id != line_id for line in cart.lines):
        raise NotFound("The cart has no such line.")
    quoted = (await priced(reading, around, cart, at=at)).quoted
    if wished.unit.currency != quoted.priced.currency:
        raise invalid("/unit/currency", f"Prices of this cart are in {quoted.priced.currency}.")
    listed = next(
        (step for step in quoted.priced.trace if isinstance(step, ListPrice) and step.line == str(line_id)), None
    )
    if listed is None:
        raise invalid("/unit", "The line has no price on any list; take it out.")
    judge_override(
        await override_limits(reading),
        caller.scopes,
        listed=listed.unit,
        unit=wished.unit.amount,
        reason=wished.reason,
        pointer="",
    )
    return Override(unit=wished.unit.amount, by=caller.principal, reason=wished.reason or "")
