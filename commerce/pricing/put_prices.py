"""Prices as the back office sends them: checked field by field, then set."""

from datetime import datetime
from uuid import UUID

from commerce.kernel.errors import FieldError, InvalidInput, NotFound
from commerce.platform.database import Tx
from commerce.pricing.facts import PriceEntry
from commerce.pricing.queries import price_list
from commerce.pricing.schemas import PriceIn, PricesIn, PricesOut
from commerce.pricing.set_prices import remove_prices, set_prices

MOST = 10**15  # minor units, as everywhere on the wire


async def put_prices(tx: Tx, list_id: UUID, data: PricesIn, *, actor: str, at: datetime) -> PricesOut:
    """Put prices on a list.

    Refuses, naming each field: another currency than the list's, a negative price, a compare-at price that is not
    higher, a variant named twice; and with NotFound when there is no such list.
    """
    currency = (await price_list(tx, list_id)).currency
    faults: list[FieldError] = []
    seen: set[UUID] = set()
    for position, entry in enumerate(data.prices):
        faults += _faults(entry, f"/prices/{position}", currency)
        if entry.variant_id in seen:
            faults.append(FieldError(f"/prices/{position}/variant_id", "This variant is named twice."))
        seen.add(entry.variant_id)
    if faults:
        raise InvalidInput("No price was set: some are not valid.", errors=faults)
    entries = [_entry(each) for each in data.prices]
    done = await set_prices(tx, list_id, entries, actor=actor, at=at)
    return PricesOut(price_list_id=done.price_list_id, version=done.version, changed=list(done.changed))


async def take_price_off(tx: Tx, list_id: UUID, variant_id: UUID, *, actor: str, at: datetime) -> None:
    """Take one price off a list; refuses with NotFound when it is not on it."""
    if not (await remove_prices(tx, list_id, [variant_id], actor=actor, at=at)).changed:
        raise NotFound("This variant has no price on this list.")


def _entry(data: PriceIn) -> PriceEntry:
    compare_at = None if data.compare_at is None else data.compare_at.amount
    return PriceEntry(variant_id=data.variant_id, amount=data.price.amount, compare_at=compare_at)


def _faults(entry: PriceIn, pointer: str, currency: str) -> list[FieldError]:
    faults = []
    for name, money in (("price", entry.price), ("compare_at", entry.compare_at)):
        if money is None:
            continue
        if money.currency != currency:
            faults.append(FieldError(f"{pointer}/{name}/currency", f"The list is in {currency}."))
        if not 0 <= money.amount <= MOST:
            faults.append(FieldError(f"{pointer}/{name}/amount", f"A price is from 0 to {MOST}."))
    if entry.compare_at is not None and entry.compare_at.amount <= entry.price.amount:
        faults.append(FieldError(f"{pointer}/compare_at/amount", "It is shown beside the price and must be higher."))
    return faults
