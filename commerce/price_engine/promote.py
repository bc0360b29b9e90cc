"""Apply promotions to the lines and deliveries of a basket: docs/decisions/0062-how-promotions-apply.md."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from commerce.price_engine.facts import Circumstances, Facts
from commerce.price_engine.priced import Applied, CodeAnswer
from commerce.price_engine.trace import TraceStep
from commerce.price_engine.work import ChargeWork, GiftWork, LineWork


class Promoted(Struct, frozen=True):
    """What promotions came to, beside what they took off lines and charges."""

    gifts: tuple[GiftWork, ...] = ()
    applied: tuple[Applied, ...] = ()
    codes: tuple[CodeAnswer, ...] = ()


def promote(
    lines: Sequence[LineWork],
    charges: Sequence[ChargeWork],
    currency: str,
    around: Circumstances,
    wall: datetime,
    facts: Facts,
    trace: list[TraceStep],
) -> Promoted:
    """Applies every promotion that holds to lines in canonical order and to charges by group; changes them in place."""
    return Promoted()
