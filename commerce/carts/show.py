"""A change and its answer in one transaction: the cart after it, priced.

Where an outside tax engine is configured, the change is foreseen first: docs/decisions/0066-outside-engines-and-registries.md.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Concatenate, ParamSpec

import msgspec
import structlog
from litestar import Response

from commerce.carts import change_details, rows
from commerce.carts.change_details import SET_CONTACT_UNMOVED, Contact
from commerce.carts.change_lines import ADD_UNMOVED, BEGIN_AT_ONCE, Beginning, Wanted, prepare_cart, prepare_lines
from commerce.carts.facts import Cart
from commerce.carts.on_wire import cart_out
from commerce.carts.pricing import PricedCart, priced
from commerce.carts.read_ahead import read_ahead
from commerce.carts.schemas import CartOut
from commerce.kernel import clock
from commerce.kernel.errors import Refusal
from commerce.kernel.ids import CartId, VariantId
from commerce.platform.at_once import Prepared
from commerce.platform.database import Database, Reading, Tx
from commerce.platform.http import Call, Caller, perform
from commerce.quotes import AskedOnce, Surroundings, refusal_of
from commerce.tax import TaxEngine, tax_engine

P = ParamSpec("P")
log = structlog.get_logger("carts")
NEVER_ADDED = {"unknown_article", "not_for_sale", "no_price", "not_online", "once_per_order"}


def engine_of(request: Call) -> AskedOnce | None:
    """Gives the outside tax engine for one request, where one is configured."""
    engine = tax_engine(request.services.settings)
    return None if engine is None else AskedOnce(engine)


async def perform_change(
    request: Call,
    around: Surroundings,
    change: Callable[Concatenate[Tx, P], Awaitable[Cart]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response[Any]:
    """Performs a change of a cart and answers with the priced cart."""
    engine = await _foreseen(request, around, change, *args, **kwargs)
    return await perform(request, changed, around, request.language, engine, change, *args, **kwargs)


async def perform_added(
    request: Call,
    around: Surroundings,
    new: Collection[VariantId],
    change: Callable[Concatenate[Tx, P], Awaitable[Cart]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response[Any]:
    """Does the same for a change that adds articles."""
    engine = await _foreseen(request, around, change, *args, **kwargs)
    return await perform(request, added, around, request.language, engine, new, change, *args, **kwargs)


async def asked_about(request: Call, around: Surroundings, cart_id: CartId) -> TaxEngine | None:
    """Has the engine asked about a cart as it is, for a change that needs its price; gives what answers that without the network."""
    engine = engine_of(request)
    if engine is None:
        return None
    try:
        cart = await rows.mine(request.db.reading, request.caller, cart_id)
        await priced(request.db.reading, around, cart, at=clock.now(), engine=engine)
    except Refusal as refused:
        log.debug("cart not asked about", reason=refused.code)  # the change says so itself, or is a repetition
    return engine.remembered


async def _foreseen(
    request: Call,
    around: Surroundings,
    change: Callable[Concatenate[Tx, P], Awaitable[Cart]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> TaxEngine | None:
    engine = engine_of(request)
    if engine is None:
        return None
    await foresee(request.db, around, engine, change, *args, **kwargs)
    return engine.remembered


class _TakenBack(Exception):  # noqa: N818 -- nothing is wrong: it ends a transaction
    """A change was made, and is to leave nothing."""

    def __init__(self, cart: Cart) -> None:
        super().__init__(cart.id)
        self.cart = cart


async def foresee(
    db: Database,
    around: Surroundings,
    engine: AskedOnce,
    change: Callable[Concatenate[Tx, P], Awaitable[Cart]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Has the engine asked about a cart as a change would leave it: the change is made and taken back, then asked about with nothing open.

    So the change itself is priced with the answer inside its transaction, and its answer is kept with it. What is refused here is refused
    there again, or is a repetition that gets its first answer. Who changes the cart in between makes it another basket: our own rates.
    """

    async def made_and_taken_back(tx: Tx) -> None:
        raise _TakenBack(await change(tx, *args, **kwargs))

    try:
        try:
            await db.transact(made_and_taken_back)
        except _TakenBack as made:
            await priced(db.reading, around, made.cart, at=clock.now(), engine=engine)
    except Refusal as refused:
        log.debug("change not foreseen", reason=refused.code)


async def changed(
    tx: Tx,
    around: Surroundings,
    language: str,
    engine: TaxEngine | None,
    change: Callable[Concatenate[Tx, P], Awaitable[Cart]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> CartOut:
    """Runs a change of a cart and gives the priced cart. An `engine` only answers what it was asked before (`AskedOnce.remembered`)."""
    cart = await change(tx, *args, **kwargs)
    return cart_out(await priced(tx, around, cart, at=clock.now(), engine=engine), around, language)


async def added(
    tx: Tx,
    around: Surroundings,
    language: str,
    engine: TaxEngine | None,
    new: Collection[VariantId],
    change: Callable[Concatenate[Tx, P], Awaitable[Cart]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> CartOut:
    """Does the same for a change that adds articles; refuses with CannotPrice one that cannot be bought, and so adds nothing."""
    cart = await change(tx, *args, **kwargs)
    shown = await priced(tx, around, cart, at=clock.now(), engine=engine)
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
        raise refusal_of(problems)


async def prepare_begun(
    reading: Reading,
    around: Surroundings,
    language: str,
    caller: Caller,
    beginning: Beginning,
    wanted: Sequence[Wanted],
    *,
    at: datetime,
    engine: TaxEngine | None = None,
) -> Prepared:
    """Prepares a cart to be begun by one statement: prices it as it will be. Refuses what `added` refuses."""
    cart, arguments = prepare_cart(caller, beginning, wanted, at=at)
    shown = await priced(reading, around, cart, at=at, engine=engine)
    _refuse_unsellable(shown, [line.variant_id for line in wanted])
    return Prepared(cart_out(shown, around, language), BEGIN_AT_ONCE, arguments)


async def prepare_contact(
    reading: Reading,
    around: Surroundings,
    language: str,
    caller: Caller,
    cart_id: CartId,
    contact: Contact,
    *,
    at: datetime,
    engine: TaxEngine | None = None,
) -> Prepared:
    """Prepares how a buyer is reached to be said by one statement: reads the cart, prices it as it will be."""
    read, foreseen = await read_ahead(reading, around, caller, cart_id, (), at=at)
    cart, arguments = change_details.prepare_contact(read, contact, at=at)
    shown = await priced(reading, around, cart, at=at, engine=engine, foreseen=foreseen)
    return Prepared(cart_out(shown, around, language), SET_CONTACT_UNMOVED, arguments)


async def prepare_added(
    reading: Reading,
    around: Surroundings,
    language: str,
    caller: Caller,
    cart_id: CartId,
    wanted: Sequence[Wanted],
    *,
    at: datetime,
    engine: TaxEngine | None = None,
) -> Prepared:
    """Prepares units to be added by one statement: reads the cart, prices it as it will be. Refuses what `added` refuses.

    Nothing is open meanwhile, so the engine, if there is one, is asked.
    """
    read, foreseen = await read_ahead(reading, around, caller, cart_id, (line.variant_id for line in wanted), at=at)
    cart, arguments = prepare_lines(read, wanted, at=at)
    shown = await priced(reading, around, cart, at=at, engine=engine, foreseen=foreseen)
    _refuse_unsellable(shown, [line.variant_id for line in wanted])
    return Prepared(cart_out(shown, around, language), ADD_UNMOVED, arguments)
