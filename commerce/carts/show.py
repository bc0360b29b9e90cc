"""A change and its answer in one transaction: the cart after it, priced."""

from collections.abc import Awaitable, Callable, Collection
from typing import Concatenate, ParamSpec

import msgspec

from commerce.carts.facts import Cart
from commerce.carts.on_wire import cart_out
from commerce.carts.pricing import PricedCart, priced
from commerce.carts.schemas import CartOut
from commerce.kernel import clock
from commerce.kernel.ids import VariantId
from commerce.platform.database import Tx
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
