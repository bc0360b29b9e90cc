"""What a rejection says about a shelf is booked: units are gone, or damaged, or simply free again."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from commerce import inventory, traceability
from commerce.fulfilment.events import RecountWanted
from commerce.fulfilment.facts import Fulfilment, RejectedUnits, ShortReason
from commerce.fulfilment.serials import unpicked
from commerce.inventory import Adjustment, Cause, Move, Spot
from commerce.kernel.ids import VariantId
from commerce.platform.database import Tx
from commerce.traceability import Left, Standing

GONE = frozenset({ShortReason.NOT_IN_STOCK, ShortReason.MISMATCH})
Numbers = dict[VariantId, Sequence[str]]


class _Off(NamedTuple):
    """What comes off the shelf by article, with the numbers of units that have some, and the articles that somebody should count."""

    gone: Counter[VariantId]
    damaged: Counter[VariantId]
    gone_numbers: Numbers
    damaged_numbers: Numbers
    doubtful: set[VariantId]


async def correct_shelf(
    tx: Tx,
    work: Fulfilment,
    rejected: Sequence[RejectedUnits],
    serials: Sequence[Sequence[str]],
    who: str,
    effect_key: str,
) -> None:
    """Frees the reservation of rejected units, and books what their reasons say: an empty shelf keeps nothing that is free, a mismatch
    leaves the stock, damaged units stay in the house and cannot be sold. Any other reason leaves them on the shelf, for sale.

    Lots go by their dates. A unit with a serial number comes off when its number was read, or when all numbers are gone that nobody has
    picked: which one is missing of several, only a count can tell. Where the books were wrong or may be, RecountWanted asks for a count.
    Refuses with SerialUnknown and SerialElsewhere numbers that are not on the shelf.
    """
    cause = Cause("fulfilment_order", work.id, who, reason="short")
    units = [(each.variant_id, work.location_id, each.units) for each in rejected]
    await inventory.release(tx, work.order_id, units, cause)
    off = await _off_the_shelf(tx, work, rejected, serials)
    if off.gone:
        reasons = ", ".join(sorted({each.reason.value for each in rejected if each.reason in GONE}))
        await _write_off(tx, work, off, Cause(cause.kind, cause.document_id, who, reasons), effect_key)
    if off.damaged:
        await _put_aside(
            tx, work, off, Cause(cause.kind, cause.document_id, who, ShortReason.DAMAGE.value), f"damaged:{effect_key}"
        )
    if recount := sorted({each.variant_id for each in rejected if each.reason in GONE} | off.doubtful):
        tx.emit(
            RecountWanted(
                fulfilment_order_id=work.id,
                order_id=work.order_id,
                location_id=work.location_id,
                variant_ids=tuple(recount),
            )
        )


async def _write_off(tx: Tx, work: Fulfilment, off: _Off, cause: Cause, effect_key: str) -> None:
    place, units = work.location_id, sorted(off.gone.items())
    await inventory.adjust(
        tx, [Adjustment(variant_id, place, delta=-count) for variant_id, count in units], cause, effect_key
    )
    lost = [Left(variant_id, count, off.gone_numbers.get(variant_id, ())) for variant_id, count in units]
    await traceability.left(tx, place, lost, cause, effect_key, to_spot=Spot.SHRINKAGE, expired=True)


async def _put_aside(tx: Tx, work: Fulfilment, off: _Off, cause: Cause, effect_key: str) -> None:
    place, units = work.location_id, sorted(off.damaged.items())
    moves = [Move(variant_id, count, Spot.SHELF, place, Spot.DAMAGED, place) for variant_id, count in units]
    await inventory.move(tx, moves, cause, effect_key)
    broken = [Left(variant_id, count, off.damaged_numbers.get(variant_id, ())) for variant_id, count in units]
    aside = Standing(place, Spot.DAMAGED)
    await traceability.went(tx, Standing(place), aside, broken, cause, effect_key, expired=True)


async def _off_the_shelf(
    tx: Tx, work: Fulfilment, rejected: Sequence[RejectedUnits], serials: Sequence[Sequence[str]]
) -> _Off:
    """Gives what is gone and what is damaged, by article; never more than nobody is promised."""
    variants = sorted({each.variant_id for each in rejected})
    free = {level.variant_id: level.available for level in await inventory.levels(tx, variants, [work.location_id])}
    numbered = {each for each, asks in (await traceability.tracking(tx, variants)).items() if asks == "serial"}
    off = _Off(Counter(), Counter(), {}, {}, set())
    for each, read in zip(rejected, serials, strict=True):
        rest = free.get(each.variant_id, 0)
        if each.reason is ShortReason.DAMAGE:
            units, into, numbers = min(each.units, rest), off.damaged, off.damaged_numbers
        elif each.reason in GONE:
            units = rest if each.reason is ShortReason.NOT_IN_STOCK else min(each.units, rest)
            into, numbers = off.gone, off.gone_numbers
        else:
            continue
        if each.variant_id in numbered:
            numbers[each.variant_id] = [*numbers.get(each.variant_id, ()), *read]
        if units:
            into[each.variant_id] += units
        free[each.variant_id] = rest - units
    return await _named(tx, work, off, numbered) if numbered else off


async def _named(tx: Tx, work: Fulfilment, off: _Off, numbered: Collection[VariantId]) -> _Off:
    """Leaves on the shelf what has a number that nobody knows."""
    there = await unpicked(tx, work.location_id, numbered)
    _known(off.damaged, off.damaged_numbers, off.doubtful, numbered, {})
    broken = {each for numbers in off.damaged_numbers.values() for each in numbers}
    standing = {each: [number for number in numbers if number not in broken] for each, numbers in there.items()}
    _known(off.gone, off.gone_numbers, off.doubtful, numbered, standing)
    return off


def _known(
    units: Counter[VariantId],
    numbers: Numbers,
    doubtful: set[VariantId],
    numbered: Collection[VariantId],
    standing: Mapping[VariantId, Sequence[str]],
) -> None:
    """Keeps of the units those whose numbers were read, or all of them where they are all that stand there."""
    for variant_id in numbered:
        count, read = units[variant_id], numbers.get(variant_id, ())
        all_there = standing.get(variant_id, ())
        if count and count == len(all_there):
            read = all_there
        numbers[variant_id] = read[:count]
        if count > len(numbers[variant_id]):
            doubtful.add(variant_id)
        units[variant_id] = len(numbers[variant_id])
        if not units[variant_id]:
            del units[variant_id]
