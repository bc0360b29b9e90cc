"""Gives a shop the rates that come with the product, at every start, without touching what the shop changed.

Each rate is offered once: what was offered is remembered, so a rate that the shop ended or replaced never comes back.
A rate that is new with a version of the product comes in where the shop has nothing: before its first window of that
category and zone, or after its last; an open-ended rate of ours that nobody touched is ended where the new law begins.
A category that the shop made itself, before ours of the same code was ever offered, is the shop's and left alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Date, Numeric, Text, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from commerce.kernel.ids import new_id
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested
from commerce.tax.index import ALL, TAXES, Rate
from commerce.tax.rates_data import CATEGORIES, FIRST_SEEDED, StartingRate, starting_rates
from commerce.tax.tables import seeded_tax_rates, tax_categories, tax_rates

Pair = tuple[str, str]


class Plan(Struct, frozen=True, kw_only=True):
    """What seeding does: rates to make, open-ended rates to end (by id, with their last day), and what was offered."""

    made: tuple[StartingRate, ...]
    ended: tuple[tuple[UUID, date], ...]
    offered: tuple[str, ...]


def plan(wanted: Iterable[StartingRate], held: Iterable[Rate], offered: Collection[str], ours: Collection[str]) -> Plan:
    """Decides which of the wanted rates a shop gets, by what it holds, what it was offered, and which categories are ours."""
    windows: dict[Pair, list[Rate]] = defaultdict(list)
    for rate in held:
        windows[rate.category, rate.country].append(rate)
    ours = {*ours, *_seeded_before(wanted := list(wanted), windows), *(key.split()[0] for key in offered)}
    made: dict[Pair, list[StartingRate]] = defaultdict(list)
    ended: list[tuple[UUID, date]] = []
    new = [each for each in wanted if each.key not in offered]
    for each in (each for each in new if each.category in ours):
        pair = (each.category, each.zone)
        theirs = sorted(windows[pair], key=lambda rate: rate.valid_from)
        if not theirs:
            made[pair].append(each)
            continue
        first, last = theirs[0], theirs[-1]
        if each.since < first.valid_from:
            made[pair].append(replace(each, until=_earlier(each.until, first.valid_from)))
        elif each.since == last.valid_to or (made[pair] and made[pair][-1].until == each.since > last.valid_from):
            made[pair].append(each)
        elif last.valid_to is None and last.version == 1 and _follows(each, last, wanted):
            ended.append((last.id, each.since))
            made[pair].append(each)
    return Plan(
        made=tuple(rate for rates in made.values() for rate in rates),
        ended=tuple(ended),
        offered=tuple(each.key for each in new),
    )


def _seeded_before(wanted: Sequence[StartingRate], windows: Mapping[Pair, Sequence[Rate]]) -> set[str]:
    """Gives the categories that hold a rate of ours from the time when nothing remembered what was offered."""
    return {
        each.category
        for each in wanted
        for rate in windows.get((each.category, each.zone), ())
        if rate.rate == each.rate and rate.valid_from in {FIRST_SEEDED, each.since}
    }


def _follows(new: StartingRate, last: Rate, wanted: Sequence[StartingRate]) -> bool:
    """Says whether a rate follows right on one of ours that the shop holds as it was given."""
    return any(
        (each.category, each.zone, each.rate, each.until) == (new.category, new.zone, last.rate, new.since)
        and last.valid_from < new.since
        for each in wanted
    )


def _earlier(one: date | None, other: date) -> date:
    return other if one is None else min(one, other)


_at = given("at", tax_rates.c.created_at.type)
_category = unnested("category", code=Text, name=Text)
MAKE_CATEGORIES = Statement(
    insert(tax_categories)
    .from_select(["code", "name", "created_at"], select(_category.c.code, _category.c.name, _at))
    .on_conflict_do_nothing(index_elements=["code"])
    .returning(tax_categories.c.code)
)
LOCK_CATEGORIES = Statement(
    select(tax_categories.c.code)
    .where(any_of(tax_categories.c.code, "codes"))
    .order_by(tax_categories.c.code)
    .with_for_update()
)
OFFERED = Statement(select(seeded_tax_rates.c.key))
_end = unnested("ended", id=Uuid, valid_to=Date)
END = Statement(
    update(tax_rates)
    .where(tax_rates.c.id == _end.c.id)
    .values(valid_to=_end.c.valid_to, version=tax_rates.c.version + 1, updated_at=_at)
)
_new = unnested("new", id=Uuid, category=Text, country=Text, rate=Numeric, since=Date, until=Date)
MAKE_RATES = Statement(
    insert(tax_rates).from_select(
        ["id", "category", "country", "rate", "name", "valid_from", "valid_to", "created_at", "updated_at"],
        select(
            _new.c.id,
            _new.c.category,
            _new.c.country,
            _new.c.rate,
            tax_categories.c.name,
            _new.c.since,
            _new.c.until,
            _at,
            _at,
        ).join_from(_new, tax_categories, tax_categories.c.code == _new.c.category),
    )
)
_key = unnested("offered", key=Text)
REMEMBER = Statement(
    insert(seeded_tax_rates)
    .from_select(["key", "seeded_at"], select(_key.c.key, given("at", seeded_tax_rates.c.seeded_at.type)))
    .on_conflict_do_nothing(index_elements=["key"])
)


def seed_rates() -> list[tuple[str, str, Decimal, date]]:
    """Gives what an empty shop gets: category, zone, rate, first day."""
    return [(each.category, each.zone, each.rate, each.since) for each in starting_rates()]


async def seed(tx: Tx, *, at: datetime, wanted: Sequence[StartingRate] | None = None) -> int:
    """Offer the starting categories and rates, as the module says; gives how many rates were made.

    Runs at every start, also in two processes at once: whoever comes second waits, and finds all offered.
    """
    rates = starting_rates() if wanted is None else wanted
    if {row["key"] for row in await tx.fetch(OFFERED)} >= {each.key for each in rates}:
        return 0
    fresh = await tx.fetch(MAKE_CATEGORIES, code=list(CATEGORIES), name=list(CATEGORIES.values()), at=at)
    await tx.fetch(LOCK_CATEGORIES, codes=sorted(CATEGORIES))
    offered = {row["key"] for row in await tx.fetch(OFFERED)}
    found = plan(rates, await tx.fetch(ALL), offered, [row["code"] for row in fresh])
    await tx.execute(REMEMBER, key=list(found.offered), at=at)
    if found.ended:
        ids, days = zip(*found.ended, strict=True)
        await tx.execute(END, id=list(ids), valid_to=list(days), at=at)
    if found.made:
        await tx.execute(
            MAKE_RATES,
            id=[new_id() for _ in found.made],
            category=[each.category for each in found.made],
            country=[each.zone for each in found.made],
            rate=[each.rate for each in found.made],
            since=[each.since for each in found.made],
            until=[each.until for each in found.made],
            at=at,
        )
        await TAXES.changed(tx)
    return len(found.made)
