"""Random changes of a shop, made by the verbs that the API uses: whatever may move a bundle."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, select

from commerce import catalog, pricing
from commerce.catalog.change_product import change_product, publish_product, withdraw_product
from commerce.catalog.manage_categories import create_category, withdraw_category
from commerce.catalog.schemas import CategoryIn, ProductPatch
from commerce.catalog.tables import products, variants
from commerce.kernel import clock
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.kernel.wire import Text3
from commerce.platform.database import Database
from commerce.platform.statement import Statement, given
from commerce.pricing.schemas import PriceListPatch
from commerce.tax.fees import add_fee
from commerce.tax.schemas_fees import FeeIn
from tests.given import (
    catalog as given_catalog,
    customers as given_customers,
    pricing as given_pricing,
    promotions as given_promotions,
)
from tests.given.checkout import Shop

PRODUCT_OF = Statement(
    select(products.c.id, products.c.version, products.c.status)
    .join_from(variants, products, products.c.id == variants.c.product_id)
    .where(variants.c.id == given("id", Uuid))
)


@dataclass
class History:
    """A shop and what was done to it so far."""

    db: Database
    shop: Shop
    chance: random.Random
    articles: list[UUID] = field(default_factory=list)
    lists: list[UUID] = field(default_factory=list)
    promotions: list[UUID] = field(default_factory=list)
    categories: list[UUID] = field(default_factory=list)

    async def change(self) -> str:
        """Makes one change; says which."""
        changes: list[Callable[[], Awaitable[object]]] = [
            self.new_article,
            self.set_prices,
            self.set_prices,
            self.schedule_price,
            self.take_off,
            self.new_list,
            self.change_list,
            self.new_promotion,
            self.withdraw_promotion,
            self.new_code,
            self.set_costs,
            self.new_method,
            self.new_fee,
            self.withdraw_or_publish,
            self.put_into_category,
            self.rename,
            self.new_category,
        ]
        if self.chance.random() < 0.1:
            changes = [self.guard_margin, self.withdraw_category]
        change = self.chance.choice(changes)
        await change()
        return change.__name__

    def some(self) -> list[UUID]:
        """Some articles."""
        return self.chance.sample(self.articles, k=min(len(self.articles), self.chance.randint(1, 3)))

    def a_list(self) -> UUID | None:
        """A price list; none: the default one."""
        return self.chance.choice([None, *self.lists])

    async def new_article(self) -> None:
        variant = await given_catalog.variant(self.db, "Thing", sku=f"S-{new_id().hex[-10:]}")
        self.articles.append(variant)
        await given_pricing.prices(self.db, {variant: self.chance.randint(100, 9_999)})

    async def set_prices(self) -> None:
        amounts: dict[UUID, int | None] = {variant: self.chance.randint(1, 9_999) for variant in self.some()}
        quantity = self.chance.choice([1, 1, 5])
        await given_pricing.prices(self.db, amounts, list_id=self.a_list(), min_quantity=quantity)

    async def schedule_price(self) -> None:
        begins = clock.now() + timedelta(minutes=self.chance.randint(1, 120))
        (variant,) = self.chance.sample(self.articles, k=1)
        amount = self.chance.choice([None, self.chance.randint(1, 9_999)])
        await given_pricing.prices(self.db, {variant: amount}, list_id=self.a_list(), starts_at=begins)

    async def take_off(self) -> None:
        if self.lists:
            at = clock.now()
            await self.db.transact(
                pricing.remove_prices, self.chance.choice(self.lists), self.some(), actor=given_pricing.ACTOR, at=at
            )

    async def new_list(self) -> None:
        kinds: list[dict[str, Any]] = [
            {},
            {"channel_id": self.shop.channel_id},
            {"store_id": self.shop.gracia},
            {"store_id": self.shop.sants},
            {"group_id": await given_customers.group(self.db, f"g{new_id().hex[-8:]}")},
            {"customer_id": await given_customers.customer(self.db)},
        ]
        whose = self.chance.choice(kinds)
        begins = clock.now() + timedelta(minutes=self.chance.randint(-60, 60))
        reduction = not {"group_id", "customer_id"} & whose.keys() and self.chance.random() < 0.5
        self.lists.append(
            await given_pricing.price_list(
                self.db,
                priority=self.chance.randint(0, 3),
                starts_at=self.chance.choice([None, begins]),
                ends_at=self.chance.choice([None, begins + timedelta(hours=1)]),
                reduction=reduction,
                **whose,
            )
        )
        await self.set_prices()

    async def change_list(self) -> None:
        if self.lists:
            list_id = self.chance.choice(self.lists)
            version = (await pricing.price_list(self.db.reading, list_id)).version
            patch = PriceListPatch(active=self.chance.random() < 0.7, priority=self.chance.randint(0, 3))
            await self.db.transact(pricing.change_list, list_id, version, patch, at=clock.now())

    async def new_promotion(self) -> None:
        self.promotions.append(await given_promotions.published(self.db, priority=self.chance.randint(0, 9)))

    async def withdraw_promotion(self) -> None:
        if self.promotions:
            await given_promotions.withdrawn(self.db, self.promotions.pop())

    async def new_code(self) -> None:
        self.promotions.append(await given_promotions.published(self.db, opened_by=f"CODE-{new_id().hex[-8:]}"))

    async def set_costs(self) -> None:
        await given_pricing.costs(self.db, {variant: self.chance.randint(1, 500) for variant in self.some()})

    async def guard_margin(self) -> None:
        await given_pricing.margin_guard(self.db, self.chance.choice(["0.1", "0.2", "0.3"]))

    async def new_method(self) -> None:
        await given_pricing.delivery_method(self.db, amount=self.chance.randint(100, 999))

    async def new_fee(self) -> None:
        (variant,) = self.chance.sample(self.articles, k=1)
        begins = clock.now() + timedelta(minutes=self.chance.randint(-30, 60))
        data = FeeIn(
            code=f"fee-{new_id().hex[-8:]}",
            kind="eco_fee",
            variant_id=variant,
            amount=Money(self.chance.randint(1, 99), "EUR"),
            tax_category="standard",
            starts_at=begins,
            ends_at=begins + timedelta(minutes=50),
        )
        await self.db.transact(add_fee, data, at=clock.now())

    async def withdraw_or_publish(self) -> None:
        product = await self._product(self.chance.choice(self.articles))
        if product["status"] == "published":
            await self.db.transact(withdraw_product, product["id"], at=clock.now())
        else:
            await self.db.transact(publish_product, product["id"], at=clock.now())

    async def new_category(self) -> None:
        parent = self.chance.choice([None, *self.categories])
        data = CategoryIn(name=Text3(en=f"Category {new_id().hex[-6:]}"), parent_id=parent)
        self.categories.append((await self.db.transact(create_category, data, at=clock.now())).id)

    async def withdraw_category(self) -> None:
        tree = await catalog.category_tree(self.db.reading)
        leaves = [each for each in self.categories if not any(each in above[1:] for above in tree.values())]
        if leaves:
            category = self.chance.choice(leaves)
            self.categories.remove(category)
            await self.db.transact(withdraw_category, category, 1, at=clock.now())

    async def put_into_category(self) -> None:
        await self._patch(ProductPatch(category_ids=list(self.categories[:2])))

    async def rename(self) -> None:
        await self._patch(ProductPatch(title=Text3(en=f"Renamed {new_id().hex[-6:]}"), vendor="Acme"))

    async def _patch(self, patch: ProductPatch) -> None:
        product = await self._product(self.chance.choice(self.articles))
        if product["status"] == "published":
            await self.db.transact(change_product, product["id"], product["version"], patch, at=clock.now())

    async def _product(self, variant: UUID) -> dict[str, Any]:
        row = await self.db.reading.fetch_one(PRODUCT_OF, id=variant)
        assert row is not None
        return dict(row)
