"""Book absolute figures of shelves, of a count or of a snapshot: only the difference at the moment that they speak of, nothing that moved since."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, DateTime, Integer, Text, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from commerce import inventory
from commerce.counting import ledger, rules, shortfalls
from commerce.counting.facts import Figure, FigureKind, Outcome, Shelf, Weighed
from commerce.counting.tables import stock_figures
from commerce.inventory import Cause
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId, new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested


class _Since(msgspec.Struct, frozen=True):
    variant_id: VariantId
    later: int | None
    booked: int


_asked = unnested("asked", variant_id=Uuid, position=BigInteger)
_since = stock_figures.c.booked_position >= _asked.c.position
SINCE = Statement(
    select(
        _asked.c.variant_id,
        func.max(stock_figures.c.position).label("later"),
        cast(func.coalesce(func.sum(stock_figures.c.difference).filter(_since), 0), Integer).label("booked"),
    )
    .join_from(_asked, stock_figures, stock_figures.c.variant_id == _asked.c.variant_id)
    .where(stock_figures.c.location_id == given("location_id", Uuid))
    .group_by(_asked.c.variant_id),
    into=_Since,
)
_new = unnested(
    "new",
    id=Uuid,
    variant_id=Uuid,
    counted=Integer,
    expected=Integer,
    position=BigInteger,
    booked_position=BigInteger,
    difference=Integer,
    shelf=Integer,
    shortage=Integer,
)
WRITE = Statement(
    insert(stock_figures).from_select(
        [
            *_new.c.keys(),
            "location_id",
            "kind",
            "document_id",
            "at",
        ],
        select(
            *_new.c,
            given("location_id", Uuid),
            given("kind", Text),
            given("document_id", Uuid),
            given("at", DateTime(timezone=True)),
        ),
    )
)


async def weigh(
    tx: Tx, location_id: LocationId, figures: Sequence[Figure], shelves: dict[VariantId, Shelf]
) -> list[Weighed]:
    """Compares figures with the ledger as it is, its rows locked; books nothing. In the order of the figures."""
    since = {
        each.variant_id: each
        for each in await tx.fetch(
            SINCE,
            location_id=location_id,
            variant_id=[figure.variant_id for figure in figures],
            position=[figure.position for figure in figures],
        )
    }
    weighed = []
    for figure in figures:
        before = since.get(figure.variant_id)
        booked, later = (before.booked, before.later) if before else (0, None)
        weighed.append(rules.weigh(figure, shelves[figure.variant_id], booked, later))
    return weighed


async def book(
    tx: Tx, location_id: LocationId, figures: Sequence[Figure], kind: FigureKind, document_id: UUID, actor: str
) -> list[Weighed]:
    """Makes figures of one document true, each article once; gives what each of them changed.

    What a shelf has less than is reserved becomes its shortage, and a shortfall names the orders at risk. A figure about an earlier position
    than one that was booked changes nothing.
    """
    if not figures:
        return []
    await ledger.lock_location(tx, location_id)
    shelves = await ledger.shelves(tx, location_id, [figure.variant_id for figure in figures])
    weighed = await weigh(tx, location_id, figures, shelves)
    moves = [move for each in weighed for move in rules.moves_of(each, location_id)]
    cause = Cause(kind, document_id, actor)
    if moves:
        await inventory.move(tx, moves, cause, f"{kind}:{document_id}")
    known = [pair for pair in zip(figures, weighed, strict=True) if pair[1].outcome is not Outcome.SUPERSEDED]
    await tx.execute(
        WRITE,
        id=[new_id() for _ in known],
        variant_id=[figure.variant_id for figure, _ in known],
        counted=[figure.counted for figure, _ in known],
        expected=[figure.expected for figure, _ in known],
        position=[figure.position for figure, _ in known],
        booked_position=[shelves[figure.variant_id].position for figure, _ in known],
        difference=[each.difference for _, each in known],
        shelf=[each.shelf for _, each in known],
        shortage=[each.shortage for _, each in known],
        location_id=location_id,
        kind=kind,
        document_id=document_id,
        at=clock.now(),
    )
    short = {each.variant_id: -each.shortage for each in weighed if each.shortage < 0}
    await shortfalls.raise_shortfalls(tx, location_id, short, kind, document_id)
    return weighed
