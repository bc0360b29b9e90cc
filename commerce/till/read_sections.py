"""Reads the small sections of a bundle: mostly what is resident, and two statements for codes and keys."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import DateTime, Integer, and_, or_, select

from commerce import catalog, quotes, storefront
from commerce.kernel.signatures import to_base64
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, any_of, given
from commerce.price_engine import BundledCode, BundledKey, Promotion, code_digest
from commerce.till import sections
from commerce.till.sections import Sections
from commerce.till.sources import promotion_codes, signing_keys

MOST_CODES: Final = 20_000
"""Shared codes of all promotions at a place; with more of them none is in the bundle, and a till asks the server about each code, as it
does about codes of batches: whether one was used only the server knows."""
KEYS_VERIFY_FOR: Final = timedelta(minutes=30)
"""For how long a retired key verifies what it signed; quotes hold as long."""

_code, _key = promotion_codes.c, signing_keys.c
CODES = Statement(
    select(_code.code_key, _code.promotion_id)
    .where(any_of(_code.promotion_id, "promotions"), _code.batch_number.is_(None), _code.withdrawn_at.is_(None))
    .order_by(_code.code_key)
    .limit(given("most", Integer))
)
KEYS = Statement(
    select(_key.id, _key.public_key)
    .where(
        or_(
            _key.state == "active",
            and_(_key.state == "retired", _key.retired_at > given("since", DateTime(timezone=True))),
        )
    )
    .order_by(_key.id)
)


async def read_sections(
    reading: Reading, *, channel_id: UUID, location_id: UUID, at: datetime
) -> tuple[Sections, bool]:
    """Gives the small sections for a till at a place, and whether the lists of single customers are among them."""
    book = (await quotes.surroundings(reading)).book
    channel = book.channels[channel_id]
    customers = sections.with_customers(book, channel, location_id)
    promotions = sections.promotions_for(book, channel, location_id, at, customers=customers)
    found = Sections(
        channel=channel,
        places=sections.places_of(book),
        methods=sections.methods_for(book, channel),
        lists=sections.lists_for(book, channel, location_id, customers=customers),
        taxes=sections.taxes_for(book, at),
        promotions=promotions,
        codes=await _codes(reading, promotions),
        categories=dict(sorted((await catalog.category_tree(reading)).items())),
        charge_steps={channel.currency: book.charge_steps.get(channel.currency, 1)},
        keys=await _keys(reading, at),
        embedded_codes=tuple(
            await storefront.embedded_rules(reading, country=channel.country, location_id=location_id)
        ),
    )
    return found, customers


async def _codes(reading: Reading, promotions: Collection[Promotion]) -> tuple[BundledCode, ...]:
    wanted = {each.id for each in promotions if each.conditions.code}
    if not wanted:
        return ()
    rows = await reading.fetch(CODES, promotions=sorted(wanted), most=MOST_CODES + 1)
    if len(rows) > MOST_CODES:
        return ()
    return sections.named(
        BundledCode(digest=code_digest(row["code_key"]), promotion=row["promotion_id"]) for row in rows
    )


async def _keys(reading: Reading, at: datetime) -> tuple[BundledKey, ...]:
    rows = await reading.fetch(KEYS, since=at - KEYS_VERIFY_FOR)
    return tuple(BundledKey(kid=str(row["id"]), x=to_base64(row["public_key"])) for row in rows)
