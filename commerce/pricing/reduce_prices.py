"""Announced reductions: the prior price, and prices made from it and a percentage."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, Select, Text, Uuid, func, null, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from commerce import stores
from commerce.kernel.errors import FieldError, InvalidInput, invalid
from commerce.kernel.money import Money, rounded
from commerce.platform.database import Reading, Reads, Tx
from commerce.platform.statement import Statement, given, unnested
from commerce.price_engine import Window
from commerce.pricing.errors import NothingToReduce
from commerce.pricing.facts import PriceEntry
from commerce.pricing.lists_now import Audience, instant_of
from commerce.pricing.member_states import rules_of
from commerce.pricing.queries import price_list
from commerce.pricing.schemas import PriceListOut, ReducedOut, ReductionIn, ReductionOut
from commerce.pricing.set_prices import set_prices
from commerce.pricing.tables import prices
from commerce.pricing.there import known_variants

MOST: Final = 100
_instant = DateTime(timezone=True)

_wanted = unnested("wanted", variant_id=Uuid)
_asked = unnested(
    "asked",
    channel_id=Uuid,
    store_id=Uuid,
    zone=Text,
    at=_instant,
    progressive=Boolean,
    days=Integer,
    new_days=Integer,
    perishable_days=Integer,
    progressive_days=Integer,
)


def _priors() -> Select[tuple[UUID, int]]:
    prior: ColumnElement[int] = func.prior_price(
        _wanted.c.variant_id,
        _asked.c.channel_id,
        _asked.c.store_id,
        _asked.c.zone,
        given("currency", Text),
        _asked.c.at,
        given("anew", Boolean),
        _asked.c.progressive,
        _asked.c.days,
        _asked.c.new_days,
        null(),
        _asked.c.perishable_days,
        _asked.c.progressive_days,
        given("perishable", Boolean),
        type_=BigInteger,
    )
    return (
        select(_wanted.c.variant_id, func.min(prior).label("prior"))
        .select_from(_wanted)
        .join(_asked, onclause=true())
        .group_by(_wanted.c.variant_id)
    )


PRIORS = Statement(_priors())
NEXT_ON_LIST = Statement(
    select(prices.c.variant_id)
    .distinct()
    .where(
        prices.c.price_list_id == given("list_id", Uuid),
        or_(given("after", Uuid).is_(None), prices.c.variant_id > given("after", Uuid)),
    )
    .order_by(prices.c.variant_id)
    .limit(given("most", Integer))
)


async def prior_prices(
    reads: Reads,
    variant_ids: Collection[UUID],
    audiences: Sequence[Audience],
    *,
    at: datetime | Sequence[datetime],
    anew: bool = False,
    perishable: bool | None = None,
) -> dict[UUID, int]:
    """Gives the prior price of each variant's reduction that is shown at an instant (one for all, or one for each
    audience), or that would begin then (`anew`), in minor units;
    of several channels the lowest. A variant of which nothing is reduced, or nothing was shown before, is not in the answer.

    The rules are those of each audience's country. Whether an article deteriorates or expires rapidly, and since when it is on the market,
    its product says; `perishable` says it of all of them. Where the member state exempts perishables, the price right before the reduction
    is given.
    """
    variants, rules = list(variant_ids), [rules_of(each.country) for each in audiences]
    if not variants or not audiences:
        return {}
    rows = await reads.fetch(
        PRIORS,
        variant_id=variants,
        perishable=perishable,
        currency=audiences[0].currency,
        anew=anew,
        channel_id=[each.channel_id for each in audiences],
        store_id=[each.store_id for each in audiences],
        zone=[each.zone for each in audiences],
        at=[at] * len(audiences) if isinstance(at, datetime) else list(at),
        progressive=[each.progressive for each in rules],
        days=[each.days for each in rules],
        new_days=[each.new_days for each in rules],
        perishable_days=[each.perishable_days for each in rules],
        progressive_days=[each.progressive_days for each in rules],
    )
    return {row["variant_id"]: row["prior"] for row in rows if row["prior"] is not None}


async def audiences_of(reading: Reading, terms: PriceListOut) -> list[Audience]:
    """Gives whom a list's prices are shown to: each channel that it is for, in its store where it is for one."""
    store = None
    if terms.store_id is not None:
        store = (await stores.locations(reading)).by_id.get(terms.store_id)
    return [
        Audience(
            currency=channel.currency,
            channel_id=channel.id,
            store_id=terms.store_id,
            zone=channel.zone if store is None else store.timezone,
            country=channel.country,
        )
        for channel in (await stores.channels(reading)).all
        if channel.active and channel.currency == terms.currency and terms.channel_id in {None, channel.id}
    ]


async def announce_reduction(
    tx: Tx, list_id: UUID, data: ReductionIn, audiences: Sequence[Audience], *, actor: str, at: datetime
) -> ReductionOut:
    """Put prices on a list of reductions that are a percentage below the prior price, rounded half-up (CJEU C-330/23, Aldi Süd).

    The prior price is that of the moment at which the list begins, now if it holds already, as far as it is known now; of the channels that
    the list is for (`audiences`, one for each channel) the lowest. Refuses a list whose prices are not announced as reduced, a percentage
    that is none, articles that there are not, and with NothingToReduce those of which nobody was shown a price before.
    """
    terms = await price_list(tx, list_id)
    if not terms.reduction:
        raise invalid(
            "/percent", "The list's prices are not announced as reduced; say so on the list first (`reduction`)."
        )
    share = Decimal(data.percent)
    if not share:
        raise invalid("/percent", "Nothing off is no reduction.")
    variants = await _variants(tx, data)
    begins = [_begins(terms, each.zone, at) for each in audiences]
    priors = await prior_prices(tx, variants, audiences, at=begins, anew=True, perishable=data.perishable or None)
    if missing := [each for each in variants if each not in priors]:
        raise NothingToReduce(
            "Nobody was shown a price of these articles before.", variants=[str(each) for each in missing]
        )
    kept, whole = (1 - share).as_integer_ratio()
    reduced = {each: rounded(priors[each] * kept, whole) for each in variants}
    entries = [PriceEntry(variant_id=variant, amount=amount) for variant, amount in reduced.items()]
    done = await set_prices(tx, list_id, entries, actor=actor, at=at)
    return ReductionOut(
        price_list_id=list_id,
        version=done.version,
        prices=[
            ReducedOut(
                variant_id=variant,
                prior=Money(priors[variant], terms.currency),
                price=Money(amount, terms.currency),
            )
            for variant, amount in reduced.items()
        ],
        next_after=variants[-1] if data.of_list_id is not None and len(variants) == MOST else None,
    )


async def _variants(tx: Tx, data: ReductionIn) -> list[UUID]:
    if (data.variant_ids is None) == (data.of_list_id is None):
        raise invalid("/variant_ids", "Name articles, or a list whose articles are meant: one of the two.")
    if data.of_list_id is not None:
        await price_list(tx, data.of_list_id)
        rows = await tx.fetch(NEXT_ON_LIST, list_id=data.of_list_id, after=data.after, most=MOST)
        return [row["variant_id"] for row in rows]
    variants = list(dict.fromkeys(data.variant_ids or ()))
    known = await known_variants(tx, variants)
    faults = [
        FieldError(f"/variant_ids/{position}", "There is no such article.")
        for position, each in enumerate(data.variant_ids or ())
        if each not in known
    ]
    if faults:
        raise InvalidInput("No price was set: some articles are not there.", errors=faults)
    return variants


def _begins(terms: PriceListOut, zone: str, at: datetime) -> datetime:
    """When the list's prices are first shown in a zone: when it begins, or now."""
    if terms.starts_at is None:
        return at
    return max(at, instant_of(terms.starts_at, Window(store_time=terms.store_time), zone))
