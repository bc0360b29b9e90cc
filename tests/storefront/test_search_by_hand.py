"""Searches of a random shop, with any filters at once and in any order, beside the same counted plainly in Python, over HTTP."""

from dataclasses import dataclass, field
from itertools import count
from random import Random
from urllib.parse import urlencode
from uuid import UUID

import pytest

from commerce.catalog import AttributeValue, ProductDraft, VariantDraft, put_products
from commerce.catalog.definition_schemas import AttributeIn, ChoiceIn, ProductTypeIn
from commerce.catalog.manage_categories import create_category
from commerce.catalog.manage_definitions import create_attribute, create_product_type
from commerce.catalog.schemas import CategoryIn
from commerce.kernel import clock
from commerce.kernel.ids import LocationId, VariantId
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from tests.given import inventory, pricing, stores
from tests.served import Api, Json, Served

PRODUCTS = 90
PARENTS = {"home": None, "kitchen": "home", "cups": "kitchen", "garden": None, "pots": "garden"}
COLOURS, SIZES, VENDORS = ("red", "blue", "green"), ("s", "m", "l"), ("Casa", "Dom", "L'Atelier & Co")


@dataclass
class Thing:
    """A product as the test knows it."""

    slug: str
    vendor: str
    categories: tuple[str, ...]
    colours: tuple[str, ...]
    width: float | None
    sizes: tuple[str, ...]
    prices: list[int | None] = field(default_factory=list)
    places: set[UUID] = field(default_factory=set)

    @property
    def price(self) -> int | None:
        return min((price for price in self.prices if price is not None), default=None)

    @property
    def inside(self) -> set[str]:
        """The categories that it stands in or below."""
        found: set[str] = set()
        for each in self.categories:
            up: str | None = each
            while up is not None:
                found.add(up)
                up = PARENTS[up]
        return found


@dataclass
class Asked:
    """Filters, each with what it means."""

    vendor: list[str]
    category: list[str]
    colour: list[str]
    size: list[str]
    width: tuple[int, int] | None
    price: tuple[int, int] | None
    place: UUID | None

    def fails(self, thing: Thing) -> set[str]:
        """Gives the facets whose filter a product does not pass."""
        low, high = self.width or (0, 0)
        least, most = self.price or (0, 0)
        passed = {
            "vendor": not self.vendor or thing.vendor in self.vendor,
            "category": not self.category or bool(thing.inside & set(self.category)),
            "colour": not self.colour or bool(set(thing.colours) & set(self.colour)),
            "size": not self.size or bool(set(thing.sizes) & set(self.size)),
            "width": self.width is None or (thing.width is not None and low <= thing.width <= high),
            "price": self.price is None or (thing.price is not None and least <= thing.price <= most),
            "availability": self.place is None or self.place in thing.places,
        }
        return {name for name, holds in passed.items() if not holds}

    def query(self) -> list[tuple[str, str]]:
        """Gives it as an address says it."""
        asked = [("vendor", each) for each in self.vendor] + [("category", each) for each in self.category]
        asked += [("attribute", f"colour:{each}") for each in self.colour]
        asked += [("attribute", f"size:{each}") for each in self.size]
        if self.width:
            asked.append(("attribute", f"width:{self.width[0]}..{self.width[1]}"))
        if self.price:
            asked += [("price_from", str(self.price[0])), ("price_to", str(self.price[1]))]
        if self.place:
            asked.append(("available_at", str(self.place)))
        return asked


async def _definitions(db: Database) -> None:
    at = clock.now()
    ids: dict[str | None, UUID | None] = {None: None}
    for slug, parent in PARENTS.items():
        data = CategoryIn(name=Text3(en=slug.title()), slug=slug, parent_id=ids[parent])
        ids[slug] = (await db.transact(create_category, data, at=at)).id
    for code, values, own in (("colour", COLOURS, False), ("size", SIZES, True)):
        choices = [ChoiceIn(code=each, label=Text3(en=each.upper())) for each in values]
        data_of = AttributeIn(
            code=code,
            name=Text3(en=code),
            kind="choice",
            choices=choices,
            filterable=True,
            for_variants=own,
            many=not own,
        )
        await db.transact(create_attribute, data_of, at=at)
    width = AttributeIn(code="width", name=Text3(en="Width"), kind="number", unit="cm", filterable=True)
    await db.transact(create_attribute, width, at=at)
    kind = ProductTypeIn(code="mug", name=Text3(en="Mug"), attributes=["colour", "size", "width"])
    await db.transact(create_product_type, kind, at=at)


def _thing(dice: Random, nth: int) -> Thing:
    return Thing(
        slug=f"mug-{nth}",
        vendor=dice.choice(["", *VENDORS]),
        categories=tuple(dice.sample(sorted(PARENTS), dice.randrange(4))),
        colours=tuple(dice.sample(COLOURS, dice.randrange(3))),
        width=dice.choice([None, 1, 2.5, 7, 10, 40]),
        sizes=tuple(dice.sample(SIZES, dice.randint(1, 3))),
    )


def _draft(thing: Thing) -> ProductDraft:
    said: dict[str, AttributeValue] = {}
    if thing.colours:
        said["colour"] = list(thing.colours)
    if thing.width is not None:
        said["width"] = thing.width
    return ProductDraft(
        handle=thing.slug,
        title=Text3(en="Mug"),
        vendor=thing.vendor,
        product_type="mug",
        categories=thing.categories,
        attributes=said,
        options=(Text3(en="Size"),),
        variants=tuple(VariantDraft(option_values=(size,), attributes={"size": size}) for size in thing.sizes),
    )


async def _shop(db: Database, dice: Random) -> tuple[list[Thing], list[LocationId]]:
    await stores.channel(db)
    await pricing.taxes(db)
    await _definitions(db)
    places = [await stores.location(db, code) for code in ("gracia", "sants", "born")]
    things = [_thing(dice, nth) for nth in range(PRODUCTS)]
    put = await db.transact(put_products, [_draft(each) for each in things], at=clock.now())
    assert not put.trouble, put.trouble
    amounts: dict[VariantId, int] = {}
    stock: dict[tuple[UUID, UUID], int] = {}
    for nth, thing in enumerate(things):
        for place in range(len(thing.sizes)):
            variant, price = put.variant_ids[nth, place], dice.choice([None, 500, 500, 999, 1_000, 1_001, 25_000])
            thing.prices.append(price)
            if price is not None:
                amounts[variant] = price
            for shelf in places:
                if dice.random() < 0.15:
                    stock[variant, shelf] = 3
                    thing.places.add(shelf)
    await pricing.prices(db, amounts)
    await inventory.stock(db, stock)
    return things, places


def _asked(dice: Random, places: list[LocationId]) -> Asked:
    def some(of: tuple[str, ...]) -> list[str]:
        return dice.sample(of, dice.choice([0, 0, 1, 2]))

    return Asked(
        vendor=some(VENDORS),
        category=some(tuple(PARENTS)),
        colour=some(COLOURS),
        size=some(SIZES),
        width=dice.choice([None, None, (1, 7), (3, 50)]),
        price=dice.choice([None, None, (500, 999), (1_000, 30_000)]),
        place=dice.choice([None, None, *places]),
    )


def _told(answer: Json) -> dict[str, dict[str, int]]:
    facets = answer["facets"]
    told = {each["code"]: {value["value"]: value["count"] for value in each["values"]} for each in facets["attributes"]}
    prices = {f"{each['least']}..{each['below']}": each["count"] for each in facets["prices"]}
    return {
        "vendor": {each["value"]: each["count"] for each in facets["vendors"]},
        "category": {each["slug"]: each["count"] for each in facets["categories"]},
        "colour": told.get("colour", {}),
        "size": told.get("size", {}),
        "width": {str(float(value)): times for value, times in told.get("width", {}).items()},
        "price": prices,
        "availability": facets["availability"],
    }


def _by_hand(things: list[Thing], asked: Asked, *, text: bool) -> dict[str, dict[str, int]]:
    def counted(facet: str, values: dict[str, list[str]]) -> dict[str, int]:
        found: dict[str, int] = {}
        for thing in things:
            if asked.fails(thing) <= {facet}:
                for value in set(values[thing.slug]):
                    found[value] = found.get(value, 0) + 1
        return found

    chosen = {slug for slug in PARENTS if Thing("", "", (slug,), (), None, ()).inside & set(asked.category)}
    within = chosen if asked.category and not text else set(PARENTS)
    steps = [(0, 100), (200, 500), (500, 1_000), (1_000, 2_000), (20_000, 50_000)]
    there = [asked.place is None or asked.place in thing.places for thing in things]
    shown = [asked.fails(thing) <= {"availability"} for thing in things]
    return {
        "vendor": counted("vendor", {each.slug: [each.vendor] if each.vendor else [] for each in things}),
        "category": counted("category", {each.slug: sorted(each.inside & within) for each in things}),
        "colour": counted("colour", {each.slug: list(each.colours) for each in things}),
        "size": counted("size", {each.slug: list(each.sizes) for each in things}),
        "width": counted(
            "width", {each.slug: [] if each.width is None else [str(float(each.width))] for each in things}
        ),
        "price": counted(
            "price",
            {
                each.slug: [
                    f"{low}..{high}" for low, high in steps if each.price is not None and low <= each.price < high
                ]
                for each in things
            },
        ),
        "availability": {
            "available": sum(
                passed and (here if asked.place else bool(thing.places))
                for thing, here, passed in zip(things, there, shown, strict=True)
            ),
            "out": sum(
                passed and not (here if asked.place else bool(thing.places))
                for thing, here, passed in zip(things, there, shown, strict=True)
            ),
        },
    }


async def _walk(api: Api, asked: list[tuple[str, str]], sort: str, limit: int) -> tuple[list[Json], Json]:
    items: list[Json] = []
    cursor: str | None = None
    for _ in count():
        more = [("cursor", cursor)] if cursor else []
        answer = await api.get(f"/v1/search?{urlencode([*asked, *more, ('sort', sort), ('limit', str(limit))])}")
        items += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return items, answer
    raise AssertionError


@pytest.mark.parametrize("seed", range(2))
async def test_any_filters_at_once_give_what_a_plain_count_gives(server: Served, api: Api, seed: int) -> None:
    dice = Random(seed)
    things, places = await _shop(server.program.db, dice)
    every = [("count", each) for each in ("category", "vendor", "attribute", "price", "availability")]
    for _ in range(12):
        asked, text = _asked(dice, places), dice.random() < 0.5
        query = [*asked.query(), *every, *([("q", "mug")] if text else [])]
        sort = dice.choice(["relevance", "newest", "price", "-price", "popularity"])
        items, last = await _walk(api, query, sort, dice.choice([3, 24, 100]))
        passing = {each.slug: each for each in things if not asked.fails(each)}
        assert sorted(card["slug"] for card in items) == sorted(passing), "each once, and no other"
        assert last["total"] == len(passing)
        assert _told(last) == _by_hand(things, asked, text=text), query
        if "price" in sort:
            paid = [passing[card["slug"]].price for card in items]
            known = [price for price in paid if price is not None]
            assert known == sorted(known, reverse=sort == "-price")
            assert paid == known + [None] * (len(paid) - len(known)), "what has no price comes last"
