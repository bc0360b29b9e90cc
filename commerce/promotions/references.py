"""Whether there is what a rule names: articles, categories, brands, channels, stores, groups, customers, delivery methods.

They belong to other slices; they are looked up by the tables' names, as a foreign key would.
"""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Text, Uuid, case, column, false, func, select, table

from commerce.platform.database import Tx
from commerce.platform.statement import Statement, any_of, unnested
from commerce.price_engine import BundlePrice, BuyGet, DeliveryOff, Gift, Targets
from commerce.promotions.facts import Rule

Flaw = tuple[str, str]
Named = tuple[str, str, UUID]

_wanted = unnested("wanted", position=Integer, kind=Text, named=Uuid)


def _there(name: str, *, withdrawn: bool) -> ColumnElement[bool]:
    named = table(name, column("id", Uuid), column("withdrawn_at"))
    found = select(1).select_from(named).where(named.c.id == _wanted.c.named)
    return (found.where(named.c.withdrawn_at.is_(None)) if withdrawn else found).exists()


TABLES: Final = {
    "variant": ("variants", True),
    "product": ("products", True),
    "category": ("categories", True),
    "group": ("customer_groups", True),
    "channel": ("channels", False),
    "store": ("locations", False),
    "customer": ("accounts", False),
    "method": ("delivery_methods", False),
}
"""The table of each kind of thing, and whether its rows can be withdrawn."""

MISSING = Statement(
    select(_wanted.c.position)
    .where(
        ~case(
            *(
                (_wanted.c.kind == kind, _there(name, withdrawn=withdrawn))
                for kind, (name, withdrawn) in TABLES.items()
            ),
            else_=false(),
        )
    )
    .order_by(_wanted.c.position)
)
_products = table("products", column("vendor", Text), column("withdrawn_at"))
_brands = unnested("brands", brand=Text)
_sold = select(func.lower(_products.c.vendor)).where(_products.c.withdrawn_at.is_(None))
UNKNOWN_BRANDS = Statement(select(_brands.c.brand).where(_brands.c.brand.not_in(_sold)))
_channels = table("channels", column("id", Uuid), column("currency", Text))
CURRENCIES = Statement(select(_channels.c.id, _channels.c.currency).where(any_of(_channels.c.id, "ids")))
_methods = table("delivery_methods", column("id", Uuid), column("currency", Text))
METHOD_CURRENCIES = Statement(select(_methods.c.id, _methods.c.currency).where(any_of(_methods.c.id, "ids")))


async def unknown(tx: Tx, rule: Rule) -> list[Flaw]:
    """Gives what a rule names that is not there, and the channels and methods of another currency, each with its field."""
    named = list(_named(rule))
    missing = await tx.fetch(
        MISSING,
        position=list(range(len(named))),
        kind=[kind for _, kind, _ in named],
        named=[identifier for _, _, identifier in named],
    )
    found = [(named[row["position"]][0], f"There is no such {named[row['position']][1]}.") for row in missing]
    brands = {brand: pointer for pointer, targets in _all_targets(rule) for brand in targets.brands}
    if brands:
        rows = await tx.fetch(UNKNOWN_BRANDS, brand=list(brands))
        found += [(f"{brands[row['brand']]}/brands", f"No article is of the brand {row['brand']!r}.") for row in rows]
    if rule.currency is not None:
        found += await _other_currency(tx, rule, rule.currency)
    return found


async def _other_currency(tx: Tx, rule: Rule, currency: str) -> list[Flaw]:
    found: list[Flaw] = []
    sides = [("/conditions/channels", CURRENCIES, rule.conditions.channels)]
    if isinstance(rule.effect, DeliveryOff):
        sides.append(("/effect/methods", METHOD_CURRENCIES, rule.effect.methods))
    for pointer, statement, ids in sides:
        if ids:
            kept = {row["id"]: row["currency"] for row in await tx.fetch(statement, ids=list(ids))}
            found += [
                (f"{pointer}/{nth}", f"Is in {kept[each]}; the promotion is in {currency}.")
                for nth, each in enumerate(ids)
                if each in kept and kept[each] != currency
            ]
    return found


def _all_targets(rule: Rule) -> Iterator[tuple[str, Targets]]:
    yield "/targets", rule.targets
    for nth, need in enumerate(rule.conditions.needs):
        yield f"/conditions/needs/{nth}/targets", need.targets
    if isinstance(rule.effect, BuyGet) and rule.effect.get_targets is not None:
        yield "/effect/get_targets", rule.effect.get_targets
    if isinstance(rule.effect, BundlePrice):
        for nth, part in enumerate(rule.effect.parts):
            yield f"/effect/parts/{nth}/targets", part.targets


def _named(rule: Rule) -> Iterator[Named]:
    """Gives each thing that a rule names: its field, its kind, its id. Positions are those of the sorted lists that are kept."""
    for pointer, targets in _all_targets(rule):
        for kind, plural in (("variant", "variants"), ("product", "products"), ("category", "categories")):
            yield from _each(f"{pointer}/{plural}", kind, getattr(targets, plural))
            yield from _each(f"{pointer}/not_{plural}", kind, getattr(targets, f"not_{plural}"))
    conditions = rule.conditions
    yield from _each("/conditions/channels", "channel", conditions.channels)
    yield from _each("/conditions/stores", "store", conditions.stores)
    yield from _each("/conditions/groups", "group", conditions.groups)
    yield from _each("/conditions/customers", "customer", conditions.customers)
    if isinstance(rule.effect, Gift):
        yield "/effect/variant_id", "variant", rule.effect.variant_id
    if isinstance(rule.effect, DeliveryOff):
        yield from _each("/effect/methods", "method", rule.effect.methods)


def _each(pointer: str, kind: str, ids: Sequence[UUID]) -> Iterator[Named]:
    for nth, identifier in enumerate(ids):
        yield f"{pointer}/{nth}", kind, identifier
