"""What a dry run tells: each product that it would make or change, with the fields, prices and units of it, bounded."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, Integer, Text, Uuid, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from commerce import pricing
from commerce.catalog import PutResult
from commerce.importing.facts import Reading
from commerce.importing.queries import DifferenceRow
from commerce.importing.schemas import FieldChangeOut
from commerce.importing.tables import import_differences
from commerce.kernel.ids import LocationId, VariantId
from commerce.kernel.money import Money
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

MOST_PRODUCTS = 1_000
MOST_FIELDS = 100
MOST_TEXT = 500
AMOUNTS = frozenset({"amount", "compare_at"})
BOUNDS = frozenset({"starts_at", "ends_at"})
UNBOUNDED = ("0001-", "9999-")

COUNT = Statement(select(func.count()).where(import_differences.c.import_id == given("import_id", Uuid)))
_new = unnested("new", nth=Integer, line=BigInteger, handle=Text, made=Boolean, changes=JSONB)
ADD = Statement(
    insert(import_differences).from_select(["import_id", *_new.c.keys()], select(given("import_id", Uuid), *_new.c))
)


class PricesOf(NamedTuple):
    """What became of the prices on a list, by variants as text."""

    code: str
    currency: str
    before: Mapping[str, object]
    after: Mapping[str, object]


async def priced_in(tx: Tx) -> list[PricesOf]:
    """Gives the lists on which a transaction put prices, with what it noted of them."""
    found = []
    for kind, of, before, after in tx.changes:
        if kind == "prices" and isinstance(before, dict) and isinstance(after, dict):
            listed = await pricing.price_list(tx, UUID(str(of)))
            found.append(PricesOf(listed.code, listed.currency, before, after))
    return found


def tell(
    put: PutResult,
    readings: Sequence[Reading],
    priced: Sequence[PricesOf],
    stocked: Sequence[tuple[VariantId, LocationId, int]],
    codes: Mapping[LocationId, str],
) -> list[DifferenceRow]:
    """Gives what was made and changed, by the lines of the file; prices by the codes of their lists, in decimals as files have them; `stocked` is
    the first stock that was booked, told by the codes of the locations.
    """
    places = {str(variant_id): place for place, variant_id in put.variant_ids.items()}
    beside: defaultdict[int, list[FieldChangeOut]] = defaultdict(list)
    for each in priced:
        for variant_id, after in each.after.items():
            product, name = _variant(readings, places[variant_id])
            was, will = (
                _decimals(msgspec.to_builtins(told), each.currency) for told in (each.before.get(variant_id), after)
            )
            beside[product].append(FieldChangeOut(field=f"{name}.prices[{each.code}]", before=was, after=will))
    for variant, location, units in stocked:
        product, name = _variant(readings, places[str(variant)])
        field = f"{name}.on_hand[{codes.get(location, location)}]"
        beside[product].append(FieldChangeOut(field=field, before=None, after=units))
    told = {each.handle: each for each in put.differences}
    found = []
    for place, reading in enumerate(readings):
        handle = reading.draft.handle if reading.draft else ""
        difference = told.get(handle)
        changes = [
            FieldChangeOut(field=each.field, before=_short(each.before), after=_short(each.after))
            for each in (difference.changes if difference else ())
        ]
        changes += beside[place]
        if changes:
            made = difference is not None and difference.made
            found.append(
                DifferenceRow(nth=0, line=reading.line, handle=handle, made=made, changes=changes[:MOST_FIELDS])
            )
    return found


def _variant(readings: Sequence[Reading], place: tuple[int, int]) -> tuple[int, str]:
    """Gives the place of a variant's product, and what the variant is called."""
    product, nth = place
    draft = readings[product].draft
    return product, f"variants[{' / '.join(draft.variants[nth].option_values if draft else ())}]"


def _decimals(told: object, currency: str) -> object:
    """Gives prices with their amounts as files have them; of a list of them those bounds only that are some."""
    if isinstance(told, list):
        return [_decimals(each, currency) for each in told]
    if not isinstance(told, dict):
        return told
    return {
        name: f"{Money(value, currency).to_decimal():f}" if name in AMOUNTS and value is not None else value
        for name, value in told.items()
        if not (name in BOUNDS and str(value).startswith(UNBOUNDED))
    }


def _short(value: object) -> object:
    if isinstance(value, str) and len(value) > MOST_TEXT:
        return f"{value[:MOST_TEXT]}…"
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    return value


async def note_differences(tx: Tx, import_id: UUID, told: Sequence[DifferenceRow]) -> None:
    """Keeps what is told, up to the most of an import."""
    there: int = await tx.fetch_value(COUNT, import_id=import_id)
    kept = told[: max(0, MOST_PRODUCTS - there)]
    if kept:
        await tx.execute(
            ADD,
            import_id=import_id,
            nth=list(range(there + 1, there + len(kept) + 1)),
            line=[each.line for each in kept],
            handle=[each.handle for each in kept],
            made=[each.made for each in kept],
            changes=[each.changes for each in kept],
        )
