"""Which lots units are taken from when some are named and the others go by their dates. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from commerce.kernel.ids import OrderLineId, VariantId
from commerce.traceability.errors import LotExpired, LotShort
from commerce.traceability.facts import Left, LotShortage, LotUnits
from commerce.traceability.rules import first_expired, sellable


def choose(
    there: Sequence[LotUnits],
    lines: Sequence[tuple[Left, OrderLineId | None]],
    today: date,
    *,
    expired: bool,
) -> Mapping[tuple[VariantId, str, OrderLineId | None], int]:
    """Gives the units to take by article, lot and order line: named lots first, then what expires first.

    Refuses with LotExpired when only lots beyond their last day could give what is short, with LotShort when nothing could.
    """
    rest = {(lot.variant_id, lot.lot): lot for lot in there}
    taken: Counter[tuple[VariantId, str, OrderLineId | None]] = Counter()
    short: list[LotShortage] = []
    for line, order_line_id in sorted(lines, key=lambda each: each[0].lot is None):
        fitting = [
            lot
            for lot in rest.values()
            if lot.variant_id == line.variant_id and (line.lot is None or lot.lot == line.lot)
        ]
        usable = [lot for lot in fitting if expired or sellable(lot.expires_on, today)]
        picked = first_expired(usable, line.quantity)
        if (had := sum(lot.quantity for lot in picked)) < line.quantity:
            over = sum(lot.quantity for lot in fitting) - sum(lot.quantity for lot in usable)
            short.append(LotShortage(line.variant_id, line.lot, line.quantity, had, over))
        for lot in picked:
            key = (lot.variant_id, lot.lot)
            rest[key] = LotUnits(*key, lot.expires_on, rest[key].quantity - lot.quantity)
            taken[*key, order_line_id] += lot.quantity
    if short:
        refusal = LotExpired if all(each.available + each.expired >= each.requested for each in short) else LotShort
        raise refusal(
            "; ".join(
                f"{each.available} of {each.requested} units of article {each.variant_id} can be taken"
                f"{f' from lot {each.lot}' if each.lot else ''}, {each.expired} more have expired"
                for each in short
            )
            + ".",
            lines=short,
        )
    return taken
