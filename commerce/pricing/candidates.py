"""Every price that could hold for some variants and somebody, in one statement: the engine chooses.

For a statement of one's own that reads prices beside other things, join `candidates_select(variant=…)`, run it with
`candidate_arguments(…)` and make facts of its rows with `candidate_facts`. Each row carries `lists_version`, the version of all lists'
terms in its snapshot: where `moved` says that it is another than that of the `PriceLists` in hand, read the lists again and ask once
more, so that no basket is split between two versions of a list.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    case,
    func,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.platform.database import Reads
from commerce.platform.statement import Statement, any_of, given
from commerce.price_engine import PriceFact
from commerce.pricing.lists_now import Audience, PriceLists, read_lists, version_of_lists
from commerce.pricing.member_states import rules_of
from commerce.pricing.tables import price_lists, prices

_AT = given("at", DateTime(timezone=True))
_FALSE = literal_column("false", Boolean)


def shown_prior(variant: ColumnElement[Any], at: ColumnElement[datetime] = _AT) -> ColumnElement[Any]:
    """Gives the prior price of the reduction that is presented of a variant at an instant; null where none is. Takes `prior_arguments`.

    To be asked for only where a price is a reduced one: it looks into the history.
    """
    return func.prior_price(
        variant,
        given("channel_id", Uuid),
        given("store_id", Uuid),
        given("zone", Text),
        given("currency", Text),
        at,
        _FALSE,
        given("progressive", Boolean),
        given("prior_days", Integer),
        given("new_days", Integer),
        null(),
        given("perishable_days", Integer),
        given("progressive_days", Integer),
        type_=BigInteger,
    )


def prior_arguments(audience: Audience, at: datetime) -> dict[str, object]:
    """Gives what `shown_prior` takes as arguments."""
    rules = rules_of(audience.country)
    return {
        "channel_id": audience.channel_id,
        "store_id": audience.store_id,
        "zone": audience.zone,
        "currency": audience.currency,
        "at": at,
        "progressive": rules.progressive,
        "prior_days": rules.days,
        "new_days": rules.new_days,
        "perishable_days": rules.perishable_days,
        "progressive_days": rules.progressive_days,
    }


def candidates_select(variant: ColumnElement[Any] | None = None, *, at: ColumnElement[datetime] = _AT) -> Select[Any]:
    """Selects candidates: of the variant in a column of an outer statement (for a lateral join), else of the argument `variant_ids`.

    Columns: variant_id, list_id, unit, compare_at, min_quantity, version, terms, prior, lists_version. A variant on no list has no row.
    """
    # Whether it is reduced is asked of the process's own lists, so that a price that is not costs nothing.
    reduced = and_(
        prices.c.price_list_id == any_(given("reduced_lists", ARRAY(Uuid))),
        prices.c.min_quantity == literal_column("1"),
    )
    return (
        select(
            prices.c.variant_id,
            prices.c.price_list_id.label("list_id"),
            prices.c.amount.label("unit"),
            prices.c.compare_at,
            prices.c.min_quantity,
            price_lists.c.version,
            price_lists.c.terms,
            case((reduced, shown_prior(prices.c.variant_id, at)), else_=null()).label("prior"),
            version_of_lists(),
        )
        .join_from(prices, price_lists, price_lists.c.id == prices.c.price_list_id)
        .where(
            any_of(prices.c.variant_id, "variant_ids") if variant is None else prices.c.variant_id == variant,
            any_of(prices.c.price_list_id, "list_ids"),
            prices.c.starts_at <= at,
            prices.c.ends_at > at,
        )
    )


def candidate_arguments(lists: PriceLists, audience: Audience, at: datetime) -> dict[str, object]:
    """Gives what `candidates_select` takes as arguments, beside `variant_ids`."""
    matter = lists.that_matter(
        audience.currency,
        channel_id=audience.channel_id,
        store_id=audience.store_id,
        groups=audience.groups,
        customer_id=audience.customer_id,
    )
    reduced: list[UUID] = []
    if lists.reductions:
        shown = lists.shown(
            audience.currency, channel_id=audience.channel_id, store_id=audience.store_id, at=at, zone=audience.zone
        )
        reduced = [each.id for each in shown if each.id in lists.reductions]
    return {
        "list_ids": [each.id for each in matter],
        "reduced_lists": reduced,
        **prior_arguments(audience, at),
    }


def candidate_facts(rows: Iterable[Record]) -> dict[UUID, tuple[PriceFact, ...]]:
    """Gives the rows of `candidates_select` as facts by variant."""
    found: dict[UUID, list[PriceFact]] = {}
    for row in rows:
        fact = PriceFact(
            variant_id=row["variant_id"],
            list_id=row["list_id"],
            unit=row["unit"],
            version=row["version"],
            min_quantity=row["min_quantity"],
            compare_at=row["compare_at"],
            prior=row["prior"],
        )
        found.setdefault(fact.variant_id, []).append(fact)
    return {variant: tuple(facts) for variant, facts in found.items()}


def moved(rows: Iterable[Record], lists: PriceLists) -> bool:
    """Says whether the lists' terms changed between the lists in hand and the snapshot of the rows."""
    return any(row["lists_version"] != lists.version for row in rows)


# One row at least: where no list in hand has the variants, a list that is newer may.
_moment = select(version_of_lists().label("read_with")).subquery("moment")
_found = candidates_select().subquery("found")
CANDIDATES: Statement[Record] = Statement(
    select(_found, _moment.c.read_with).select_from(_moment.outerjoin(_found, true()))
)


async def candidates(
    reads: Reads, variant_ids: Collection[UUID], *, audience: Audience, at: datetime, lists: PriceLists
) -> tuple[dict[UUID, tuple[PriceFact, ...]], PriceLists]:
    """Gives all prices of the variants that could hold for an audience at an instant, every tier, and the lists that they belong to.

    One statement. The lists given back are the ones handed in, unless those had changed meanwhile: then the present ones, and prices
    read together with them. The engine says which list holds: windows, precedence and tiers are not judged here.
    """
    wanted = list(variant_ids)
    while True:
        rows = await reads.fetch(CANDIDATES, variant_ids=wanted, **candidate_arguments(lists, audience, at))
        if rows[0]["read_with"] == lists.version:
            return candidate_facts(row for row in rows if row["variant_id"] is not None), lists
        lists = await read_lists(reads)
