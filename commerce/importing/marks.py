"""What was brought in before, word for word, and has not been changed since: passed over without being read.

A mark keeps two figures of a product: a digest of what a file said of it, with all that decides what a file means; and its state right after, made
from the versions of its row and of whatever it consists of, and from its prices. Whoever changes any of it changes the state, so that there is nothing
to be taken back and nothing to forget: a product whose state is another one is read and compared like any other.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    LargeBinary,
    Select,
    Text,
    and_,
    case,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from commerce import __version__
from commerce.importing.facts import Passage, Reading, Shop
from commerce.importing.queries import ImportRow
from commerce.importing.sources import (
    categories,
    collection_products,
    collections,
    definitions,
    kit_components,
    parties,
    prices,
    product_categories,
    products,
    variants,
)
from commerce.importing.tables import import_marks
from commerce.platform.database import Reading as Database_, Tx
from commerce.platform.statement import Statement, any_of, unnested

READERS = 2  # to be raised when a reader makes something else of the same words
DEFAULT_LISTS = "default-"  # mean the same before they are made
DIGEST_BYTES = 16

_nothing = literal_column("0", BigInteger)


def _hash(*values: ColumnElement[Any]) -> ColumnElement[int]:
    return func.hash_record_extended(func.row(*values), _nothing, type_=BigInteger)


def _of(owner: FromClause, rows: Select[Any]) -> ColumnElement[int]:
    """Gives one figure of rows beside the row that they belong to; nothing where there are none. Never a join, which without statistics
    may read a table from end to end for each product.
    """
    return func.coalesce(rows.correlate(owner).scalar_subquery(), _nothing, type_=BigInteger)


def _all(*values: ColumnElement[Any]) -> Select[Any]:
    return select(func.bit_xor(_hash(*values)))


# Prices that begin or end make the same words mean something else in time: their state is never the same twice.
_timeless = and_(
    prices.c.starts_at == literal_column("'-infinity'::timestamptz"),
    prices.c.ends_at == literal_column("'infinity'::timestamptz"),
)
_prices = _of(
    variants,
    _all(
        prices.c.price_list_id,
        prices.c.min_quantity,
        prices.c.amount,
        prices.c.compare_at,
        case((_timeless, null()), else_=func.clock_timestamp()),
    ).where(prices.c.variant_id == variants.c.id),
)
_part = variants.alias("part")
_parts = _of(
    variants,
    _all(
        kit_components.c.quantity,
        _of(
            kit_components,
            select(_hash(_part.c.id, _part.c.sku, _part.c.withdrawn_at)).where(
                _part.c.id == kit_components.c.variant_id
            ),
        ),
    ).where(kit_components.c.kit_variant_id == variants.c.id, variants.c.kit),
)
_variants = _all(variants.c.id, variants.c.version, _prices, case((variants.c.kit, _parts), else_=_nothing)).where(
    variants.c.product_id == products.c.id
)
_category = select(_hash(categories.c.id, categories.c.version)).where(
    categories.c.id == product_categories.c.category_id
)
_collection = select(_hash(collections.c.id, collections.c.slug)).where(
    collections.c.id == collection_products.c.collection_id, collections.c.rule.is_(None)
)
STATE = _hash(
    products.c.version,
    _of(products, _variants),
    _of(
        products,
        _all(_of(product_categories, _category)).where(product_categories.c.product_id == products.c.id),
    ),
    _of(
        products,
        _all(_of(collection_products, _collection)).where(collection_products.c.product_id == products.c.id),
    ),
    *(
        _of(products, select(parties.c.version.cast(BigInteger)).where(parties.c.id == each))
        for each in (products.c.maker_id, products.c.responsible_id)
    ),
)

_live = products.c.withdrawn_at.is_(None)
_said = unnested("said", handle=Text, digest=LargeBinary)
_mark = select(import_marks.c.digest).where(import_marks.c.product_id == products.c.id)


def _marks(digest: Select[Any]) -> Statement[Any]:
    """Gives digests by handles; a look into an index for each product, whatever the statistics say."""
    found = digest.correlate(products).scalar_subquery().label("digest")
    return Statement(select(products.c.handle, found).where(any_of(products.c.handle, "handles"), _live))


MARKS = _marks(_mark)
UNCHANGED = _marks(_mark.where(import_marks.c.state == STATE))
_new = insert(import_marks).from_select(
    ["product_id", "digest", "state"],
    select(products.c.id, _said.c.digest, STATE).join_from(
        _said, products, and_(products.c.handle == _said.c.handle, _live)
    ),
)
KEEP = Statement(
    _new.on_conflict_do_update(
        index_elements=["product_id"], set_={name: _new.excluded[name] for name in ("digest", "state")}
    )
)
DEFINED = Statement(
    select(
        *(
            select(func.row(func.count(), func.sum(each.c.version), func.max(each.c.created_at)).cast(Text))
            .select_from(each)
            .scalar_subquery()
            .label(each.name)
            for each in definitions
        )
    )
)


class Marks:
    """The marks of one import: what its words mean decides the digests."""

    def __init__(self, reading: Database_, context: bytes) -> None:
        """`context` is of what decides, beside a file's words, what they mean."""
        self._reading = reading
        self._context = context

    async def look(self, batch: Sequence[Passage]) -> None:
        """Says of each passage whether it was brought in before, word for word."""
        said = {each.handle: self._digest(each.said) for each in batch if each.handle and each.said is not None}
        if said:
            marked = {row["handle"]: row["digest"] for row in await self._reading.fetch(MARKS, handles=list(said))}
            for each in batch:
                each.marked = each.handle in said and marked.get(each.handle) == said[each.handle]

    async def unchanged(self, tx: Tx, batch: Sequence[Passage]) -> frozenset[str]:
        """Gives the handles of products that are still as such a passage made them."""
        marked = {each.handle: self._digest(each.said) for each in batch if each.marked and each.said is not None}
        if not marked:
            return frozenset()
        rows = await tx.fetch(UNCHANGED, handles=list(marked))
        return frozenset(row["handle"] for row in rows if row["digest"] == marked[row["handle"]])

    async def keep(self, tx: Tx, passages: Sequence[Passage]) -> None:
        """Marks the products of passages that have just been brought in whole."""
        said = {each.handle: self._digest(each.said) for each in passages if each.said is not None and lasts(each)}
        if said:
            await tx.execute(KEEP, handle=list(said), digest=list(said.values()))

    def _digest(self, said: bytes) -> bytes:
        return blake2b(said, digest_size=DIGEST_BYTES, key=self._context).digest()


def lasts(passage: Passage) -> bool:
    """Says whether a passage means the same next time: it has no fault to be told again, and no price that waits for its day."""
    reading: Reading = passage.reading()
    timeless = all(price.starts_at is None for offer in reading.offers for price in offer.prices)
    return reading.draft is not None and not reading.trouble and timeless


async def marks_of(reading: Database_, row: ImportRow, shop: Shop) -> Marks:
    """Gives the marks of an import of a file that may name what there is in the shop."""
    (defined,) = await reading.fetch(DEFINED)
    means: list[object] = [__version__, READERS, row.format, row.language, row.currency, row.price_list_id]
    means += [row.location_id, *defined]
    if row.format != "shopify":
        lists = {code: each for code, each in shop.lists.items() if not code.startswith(DEFAULT_LISTS)}
        means += [sorted(each.items()) for each in (lists, shop.locations, shop.channels)]
    context = msgspec.msgpack.encode(means, enc_hook=_plain)
    return Marks(reading, blake2b(context, digest_size=32).digest())


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return value.bytes
    raise TypeError(type(value))
