"""Prices as the back office sends them: checked field by field, then set."""

from datetime import UTC, datetime
from uuid import UUID

from commerce.kernel.errors import FieldError, InvalidInput, NotFound, invalid
from commerce.platform.database import Tx
from commerce.pricing.facts import PriceEntry
from commerce.pricing.queries import price_list
from commerce.pricing.schemas import PriceIn, PricesIn, PricesOut
from commerce.pricing.set_prices import call_off_price, remove_prices, set_prices
from commerce.pricing.there import known_variants

MOST = 10**15  # minor units, as everywhere on the wire
LATEST = datetime(3000, 1, 1, tzinfo=UTC)


async def put_prices(tx: Tx, list_id: UUID, data: PricesIn, *, actor: str, at: datetime) -> PricesOut:
    """Put prices on a list, from now on or from an instant to come.

    Refuses, naming each field: another currency than the list's, a negative price, a compare-at price that is not higher, a start that
    is past, a price named twice, a variant that there is not; and with NotFound when there is no such list.
    """
    currency = (await price_list(tx, list_id)).currency
    faults: list[FieldError] = []
    seen: set[tuple[UUID, int, datetime | None]] = set()
    known = await known_variants(tx, {entry.variant_id for entry in data.prices})
    for position, entry in enumerate(data.prices):
        pointer = f"/prices/{position}"
        faults += _faults(entry, pointer, currency)
        if entry.variant_id not in known:
            faults.append(FieldError(f"{pointer}/variant_id", "There is no such article."))
        if entry.starts_at is not None and not at < entry.starts_at < LATEST:
            faults.append(
                FieldError(f"{pointer}/starts_at", "An instant to come; leave it out for a price from now on.")
            )
        key = (entry.variant_id, entry.min_quantity, entry.starts_at)
        if key in seen:
            faults.append(
                FieldError(f"{pointer}/variant_id", "This variant is named twice for the same quantity and start.")
            )
        seen.add(key)
    if faults:
        raise InvalidInput("No price was set: some are not valid.", errors=faults)
    entries = [_entry(each) for each in data.prices]
    done = await set_prices(tx, list_id, entries, actor=actor, at=at)
    return PricesOut(price_list_id=done.price_list_id, version=done.version, changed=list(done.changed))


async def take_price_off(
    tx: Tx,
    list_id: UUID,
    variant_id: UUID,
    *,
    min_quantity: int = 1,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor: str,
    at: datetime,
) -> None:
    """Take a variant's prices off a list, every tier and what is planned. With `ends_at`, only one tier's from that instant on; with
    `starts_at`, call off what was planned for then, be it a price or an end.

    Refuses with NotFound when it is not on the list, or nothing was planned for then; with InvalidInput an instant that is past.
    """
    for name, instant in (("starts_at", starts_at), ("ends_at", ends_at)):
        if instant is not None and instant.tzinfo is None:
            raise invalid(f"?{name}", "An instant in RFC 3339, with its zone.")
        if instant is not None and not at < instant < LATEST:
            raise invalid(f"?{name}", "An instant to come: what has begun cannot be called off; set another price.")
    if starts_at is not None and ends_at is not None:
        raise invalid("?ends_at", "Give this or starts_at, not both.")
    if starts_at is not None:
        done = await call_off_price(
            tx, list_id, variant_id, min_quantity=min_quantity, starts_at=starts_at, actor=actor, at=at
        )
    elif ends_at is not None:
        off = PriceEntry(variant_id=variant_id, amount=None, min_quantity=min_quantity, starts_at=ends_at)
        done = await set_prices(tx, list_id, [off], actor=actor, at=at)
    else:
        done = await remove_prices(tx, list_id, [variant_id], actor=actor, at=at)
    if not done.changed:
        raise NotFound("This variant has no such price on this list.")


def _entry(data: PriceIn) -> PriceEntry:
    return PriceEntry(
        variant_id=data.variant_id,
        amount=data.price.amount,
        compare_at=None if data.compare_at is None else data.compare_at.amount,
        min_quantity=data.min_quantity,
        starts_at=data.starts_at,
    )


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
