"""A change and its answer in one transaction: the cart after it, priced."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Concatenate, ParamSpec

import msgspec

from commerce.carts import rows
from commerce.carts.change_lines import ADD_UNMOVED, Wanted, prepare_lines
from commerce.carts.facts import Cart
from commerce.carts.on_wire import cart_out
from commerce.carts.pricing import PricedCart, priced
from commerce.carts.schemas import CartOut
from commerce.kernel import clock
from commerce.kernel.ids import CartId, VariantId
from commerce.platform.at_once import Prepared
from commerce.platform.database import Reading, Tx
from commerce.platform.http import Caller
from commerce.quotes import CannotPrice, Surroundings

P = ParamSpec("P")
NEVER_ADDED = {"unknown_article", "not_for_sale", "no_price"}


async def changed(
    tx: Tx,
    around: Surroundings,
    language: str,
    change: Callable[Concatenate[Tx, P], Awaitable[Cart]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> CartOut:
    """Runs a change of a cart and gives the priced cart."""
    cart = await change(tx, *args, **kwargs)
    return cart_out(await priced(tx, around, cart, at=clock.now()), around, language)


async def added(
    tx: Tx,
    around: Surroundings,
    language: str,
    new: Collection[VariantId],
    change: Callable[Concatenate[Tx, P], Awaitable[Cart]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> CartOut:
    """Does the same for a change that adds articles; refuses with CannotPrice one that cannot be bought, and so adds nothing."""
    cart = await change(tx, *args, **kwargs)
    shown = await priced(tx, around, cart, at=clock.now())
    _refuse_unsellable(shown, list(new))
    return cart_out(shown, around, language)


def _refuse_unsellable(shown: PricedCart, new: list[VariantId]) -> None:
    faults = {problem.variant_id: problem for problem in shown.quoted.problems if problem.reason in NEVER_ADDED}
    problems = [
        msgspec.structs.replace(faults[variant_id], position=position)
        for position, variant_id in enumerate(new)
        if variant_id in faults
    ]
    if problems:
        raise CannotPrice(problems)


async def prepare_added(
    reading: Reading,
    around: Surroundings,
    language: str,
    caller: Caller,
    cart_id: CartId,
    wanted: Sequence[Wanted],
    *,
    at: datetime,
) -> Prepared:
    """Prepares units to be added by one statement: reads the cart, prices it as it will be. Refuses what `added` refuses."""
    cart, arguments = prepare_lines(await rows.mine(reading, caller, cart_id), wanted, at=at)
    shown = await priced(reading, around, cart, at=at)
    _refuse_unsellable(shown, [line.variant_id for line in wanted])
    return Prepared(cart_out(shown, around, language), ADD_UNMOVED, arguments)
