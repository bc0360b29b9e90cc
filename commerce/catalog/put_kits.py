"""What kits are made of, as drafts say it: judged with what is known of a batch, written for the whole batch at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Integer, Text, Uuid, any_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.catalog.facts import VariantDraft
from commerce.catalog.kit_tables import kit_components
from commerce.catalog.rows import VariantRow
from commerce.catalog.tables import variants
from commerce.kernel.ids import VariantId
from commerce.platform.connections import Unavailable
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, given, unnested

Parts = list[tuple[UUID, int]]

_live = variants.c.withdrawn_at.is_(None)
ARTICLES = Statement(
    select(variants.c.id, variants.c.sku, variants.c.kit, variants.c.stock).where(
        func.upper(variants.c.sku, type_=Text) == any_(given("skus", ARRAY(Text))), _live
    )
)
INSIDE = Statement(select(kit_components.c.variant_id).where(any_of(kit_components.c.variant_id, "ids")))
# In one order, as whoever says by hand what a kit is made of does: two kits that want to be made of each other meet here.
LOCK = Statement(
    select(variants.c.id, variants.c.kit)
    .where(any_of(variants.c.id, "ids"), _live)
    .order_by(variants.c.id)
    .with_for_update()
)
EMPTY = Statement(delete(kit_components).where(any_of(kit_components.c.kit_variant_id, "ids")))
_part = unnested("part", kit_variant_id=Uuid, variant_id=Uuid, position=Integer, quantity=Integer)
FILL = Statement(insert(kit_components).from_select(list(_part.c.keys()), select(*_part.c)))
MARK = Statement(
    update(variants).where(any_of(variants.c.id, "ids")).values(kit=variants.c.id == any_(given("kits", ARRAY(Uuid))))
)


class Article(NamedTuple):
    """What a kit may be made of."""

    id: UUID
    sku: str
    kit: bool
    stocked: bool


class Kits:
    """The articles that the drafts of a batch name as parts, by SKU in capitals, and those that are parts of some kit."""

    def __init__(self, articles: Iterable[Article] = (), inside: Iterable[UUID] = ()) -> None:
        """Begins with what is there."""
        self._articles = {each.sku.upper(): each for each in articles}
        self._inside = set(inside)
        self.parts: dict[UUID, Parts] = {}

    def fault(self, draft: VariantDraft, there: VariantRow | None) -> tuple[str, str] | None:
        """Gives what is wrong with the parts of a draft."""
        if not draft.parts or _said(draft, there):
            return None
        if there and there.id in self._inside:
            return "parts", "the article is a part of another kit"
        own = {each.upper() for each in (draft.sku, there and there.sku) if each}
        named = [sku.upper() for sku, _ in draft.parts]
        if len(set(named)) < len(named):
            return "parts", "the same article is there twice"
        for (sku, _), key in zip(draft.parts, named, strict=True):
            article = self._articles.get(key)
            if key in own:
                return "parts", "a kit is not made of itself"
            if article is None:
                return "parts", f"there is no article {sku}; in a file it stands above the kit"
            if article.kit:
                return "parts", f"{sku} is a kit itself; name what that one is made of"
        if not any(self._articles[key].stocked for key in named):
            return "parts", "at least one part is an article of which stock is kept"
        return None

    def parts_of(self, draft: VariantDraft, there: VariantRow | None) -> tuple[tuple[str, int], ...]:
        """Gives the parts as they will be, by the SKUs as they are written."""
        if draft.parts is None or _said(draft, there):
            return there.parts if there else ()
        return tuple((self._articles[sku.upper()].sku, quantity) for sku, quantity in draft.parts)

    def claim(self, row: VariantRow, there: VariantRow | None) -> None:
        """Takes note of a variant as it will be."""
        if row.parts != (there.parts if there else ()):
            parts = [(self._articles[sku.upper()].id, quantity) for sku, quantity in row.parts]
            self._inside |= {each for each, _ in parts}
            self.parts[row.id] = parts
        self._articles[row.sku.upper()] = Article(row.id, row.sku, bool(row.parts), row.stock == "kept")


def _said(draft: VariantDraft, there: VariantRow | None) -> bool:
    """Says whether the parts are those that are there, be some of them withdrawn meanwhile."""
    now = [(sku.upper(), quantity) for sku, quantity in draft.parts or ()]
    return there is not None and now == [(sku.upper(), quantity) for sku, quantity in there.parts]


async def known_kits(tx: Tx, drafts: Iterable[VariantDraft], there: Sequence[VariantRow]) -> Kits:
    """Gives what there is of what drafts name as parts; two statements, none where no draft names any."""
    skus = {sku.upper() for draft in drafts for sku, _ in draft.parts or ()}
    if not skus:
        return Kits()
    found = await tx.fetch(ARTICLES, skus=sorted(skus))
    inside = await tx.fetch(INSIDE, ids=[row.id for row in there])
    return Kits(
        (Article(row["id"], row["sku"], row["kit"], row["stock"] == "kept") for row in found),
        (row["variant_id"] for row in inside),
    )


async def put_kits(tx: Tx, kits: Mapping[UUID, Parts], written: Iterable[VariantId]) -> None:
    """Writes what the kits of a batch are made of; at most five statements, none where nothing of it changes.

    Refuses with Unavailable where somebody made a kit of a part, or a part of a kit, since that was looked at.
    """
    changed = {each: kits[each] for each in written if each in kits}
    if not changed:
        return
    filled = {each for each, parts in changed.items() if parts}
    wanted = {part for parts in changed.values() for part, _ in parts}
    locked = await tx.fetch(LOCK, ids=sorted(wanted | filled))
    sound = {row["id"] for row in locked if not row["kit"] or row["id"] in changed}
    if not wanted <= sound or await tx.fetch(INSIDE, ids=sorted(filled)):
        raise Unavailable("Others keep changing these kits; try again.", retry_after_seconds=1)
    await tx.execute(EMPTY, ids=list(changed))
    await tx.execute(MARK, ids=list(changed), kits=list(filled))
    rows = [(kit, part, nth, units) for kit, parts in changed.items() for nth, (part, units) in enumerate(parts)]
    if rows:
        names = ("kit_variant_id", "variant_id", "position", "quantity")
        await tx.execute(
            FILL, **{name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
        )
