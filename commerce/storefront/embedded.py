"""How barcodes with a weight or a price in them are read: rules of everywhere, of a country, of a store; the nearer one holds.

The rules are resident. Reading a code is pure (`commerce.kernel.embedded_codes`); what it is worth is told beside the article.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta
from sqlalchemy import Integer, Uuid, delete, insert, select

from commerce.kernel.embedded_codes import KILOGRAM, Embedded, EmbeddedRule, Kind, fits, read_embedded, worth
from commerce.kernel.errors import NotFound, invalid
from commerce.kernel.ids import new_id
from commerce.kernel.wire import WireIn, WireOut
from commerce.platform.database import Reading, Reads, Tx, refuse_on
from commerce.platform.resident import Resident
from commerce.platform.statement import Statement, given
from commerce.storefront.errors import prefix_taken
from commerce.storefront.tables import embedded_codes

MOST_RULES = 1_000
refuse_on("uq_embedded_codes_prefix", prefix_taken)

Prefix = Annotated[
    str, Meta(pattern=r"^(02|2[0-9])[0-9]{0,3}\Z", description="02 or 20 to 29, and digits that tell more")
]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z", description="ISO 3166-1; where the store is")]


class EmbeddedCodeIn(WireIn, frozen=True, kw_only=True):
    """What the digits of barcodes with a prefix mean: the article's, then a verifier if there is one, then those of the value, then the check digit.

    The value is told in grams or in minor units of the channel's currency, times ten for each of `scale`. Neither a country nor a location: everywhere.
    """

    country: Country | None = None
    location_id: UUID | None = None
    prefix: Prefix
    kind: Kind
    article_digits: Annotated[int, Meta(ge=1, le=9)]
    value_digits: Annotated[int, Meta(ge=1, le=9)]
    verified: Annotated[bool, Meta(description="Whether a verifier of the value stands before it")] = False
    scale: Annotated[int, Meta(ge=0, le=3)] = 0


class EmbeddedCodeOut(WireOut, frozen=True, kw_only=True):
    """How barcodes with a prefix are read."""

    id: UUID
    country: str | None
    location_id: UUID | None
    prefix: str
    kind: Kind
    article_digits: int
    value_digits: int
    verified: bool
    scale: int
    created_at: datetime


_row = embedded_codes.c
LISTED = Statement(select(embedded_codes).order_by(_row.prefix, _row.id).limit(MOST_RULES), into=EmbeddedCodeOut)
PAGE = Statement(
    select(embedded_codes).where(_row.id > given("after", Uuid)).order_by(_row.id).limit(given("most", Integer)),
    into=EmbeddedCodeOut,
)
FIRST = UUID(int=0)
INSERT = Statement(
    insert(embedded_codes).values(**{each.name: given(each.name, each.type) for each in embedded_codes.columns})
)
DELETE = Statement(
    delete(embedded_codes).where(_row.id == given("id", Uuid)).returning(embedded_codes), into=EmbeddedCodeOut
)


class Rules:
    """The rules of all places."""

    def __init__(self, rows: Sequence[EmbeddedCodeOut]) -> None:
        self._rows = rows

    def at(self, country: str, location_id: UUID | None) -> Sequence[EmbeddedRule]:
        """Gives the rules that hold in a store, or in a country: one for each prefix, in the order of prefixes."""
        near: dict[str, tuple[int, EmbeddedRule]] = {}
        for row in self._rows:
            if row.country not in {None, country} or row.location_id not in {None, location_id}:
                continue
            weight = 2 if row.location_id is not None else 1 if row.country is not None else 0
            if row.prefix not in near or near[row.prefix][0] < weight:
                near[row.prefix] = weight, _rule(row)
        return [near[prefix][1] for prefix in sorted(near)]


async def _load(reading: Reading) -> Rules:
    return Rules(await reading.fetch(LISTED))


RULES: Resident[Rules] = Resident("storefront.embedded_codes", _load)


async def read_code(reading: Reading, code: str, *, country: str, location_id: UUID | None) -> Embedded | None:
    """Gives what a scanned barcode says beside its article, by the rules of a place; None where it is a plain one."""
    return read_embedded(code.strip(), await embedded_rules(reading, country=country, location_id=location_id))


async def embedded_rules(reading: Reading, *, country: str, location_id: UUID | None) -> Sequence[EmbeddedRule]:
    """Gives how barcodes with a weight or a price in them are read in a store, or in a country: one rule for each prefix, in their order."""
    return (await RULES.get(reading)).at(country, location_id)


def worth_of(embedded: Embedded, variant: Mapping[str, object]) -> int | None:
    """Gives what the piece costs in minor units, tax included, from its article as it is shown; None where that has no price by the kilogram."""
    unit = msgspec.convert(variant.get("unit_price"), _UnitPrice | None)
    return worth(embedded, unit.price.amount if unit is not None and unit.unit == KILOGRAM else None)


class _Amount(msgspec.Struct):
    amount: int


class _UnitPrice(msgspec.Struct):
    price: _Amount
    unit: str


async def add_rule(tx: Tx, new: EmbeddedCodeIn, *, at: datetime) -> EmbeddedCodeOut:
    """Adds a rule. Refuses with InvalidInput one whose digits do not make up a code, with AlreadyExists a prefix that has one there."""
    if new.country is not None and new.location_id is not None:
        raise invalid("/country", "give this or location_id, not both")
    if not fits(_rule(new)):
        raise invalid(
            "/value_digits", "the digits must be twelve in all, and a verifier is for four or five of the value"
        )
    made = EmbeddedCodeOut(id=new_id(), created_at=at, **msgspec.structs.asdict(new))
    await tx.execute(INSERT, **msgspec.structs.asdict(made))
    tx.changed("embedded_code", made.id, after=made)
    await RULES.changed(tx)
    return made


async def remove_rule(tx: Tx, rule_id: UUID) -> None:
    """Takes a rule away. Refuses with NotFound."""
    removed = await tx.fetch_one(DELETE, id=rule_id)
    if removed is None:
        raise NotFound("There is no such rule.")
    tx.changed("embedded_code", rule_id, before=removed)
    await RULES.changed(tx)


async def rules_page(reads: Reads, *, after: UUID | None, most: int) -> list[EmbeddedCodeOut]:
    """Gives rules by id, those behind the one named."""
    return await reads.fetch(PAGE, after=after or FIRST, most=most)


def _rule(row: EmbeddedCodeIn | EmbeddedCodeOut) -> EmbeddedRule:
    return EmbeddedRule(
        prefix=row.prefix,
        kind=row.kind,
        article_digits=row.article_digits,
        value_digits=row.value_digits,
        verified=row.verified,
        scale=row.scale,
    )
