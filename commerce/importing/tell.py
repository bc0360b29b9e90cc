"""What a dry run tells: each product that it would make or change, with the fields, prices and units of it, bounded."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Integer, Text, Uuid, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from commerce.catalog import PutResult
from commerce.importing.facts import Reading
from commerce.importing.queries import DifferenceRow
from commerce.importing.schemas import FieldChangeOut
from commerce.importing.tables import import_differences
from commerce.kernel.ids import LocationId, VariantId
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

MOST_PRODUCTS = 1_000
MOST_FIELDS = 100
MOST_TEXT = 500

COUNT = Statement(select(func.count()).where(import_differences.c.import_id == given("import_id", Uuid)))
_new = unnested("new", nth=Integer, line=BigInteger, handle=Text, made=Boolean, changes=JSONB)
ADD = Statement(
    insert(import_differences).from_select(["import_id", *_new.c.keys()], select(given("import_id", Uuid), *_new.c))
)


def tell(
    put: PutResult,
    readings: Sequence[Reading],
    changed: Sequence[tuple[str, object, object, object]],
    stocked: Sequence[tuple[VariantId, LocationId, int]],
    codes: Mapping[LocationId, str],
) -> list[DifferenceRow]:
    """Gives what was made and changed, by the lines of the file; `changed` are the transaction's own notes, of which prices are told; `stocked`
    is the first stock that was booked, told by the codes of the locations.
    """
    places = {str(variant_id): place for place, variant_id in put.variant_ids.items()}
    beside: defaultdict[int, list[FieldChangeOut]] = defaultdict(list)
    for kind, list_id, before, after in changed:
        if kind == "prices" and isinstance(before, dict) and isinstance(after, dict):
            for variant_id, amount in after.items():
                product, name = _variant(readings, places[variant_id])
                field = f"{name}.prices[{list_id}]"
                beside[product].append(FieldChangeOut(field=field, before=before.get(variant_id), after=amount))
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
