"""A random shop, made over HTTP by an administrator: articles, lists, promotions, fees, guards, customers, and four who sell or buy in it."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID, uuid4

from commerce.identity import Tokens
from tests.given import customers, identity, pricing, stores
from tests.served import good

if TYPE_CHECKING:
    from tests.served import Api, Served

Json: TypeAlias = Any
RATES = ["0.05", "0.1", "0.15", "0.2", "0.25", "0.333333", "0.5", "1"]
CURRENCIES = ["EUR", "JPY", "KWD", "EUR", "HUF"]
"""By the shop's number, so that each decimal is met by the first few."""


@dataclass
class Shop:
    """What was made, by its ids, and who may ask for a price."""

    currency: str
    country: str
    channels: dict[str, str] = field(default_factory=dict)
    stores: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    variants: list[str] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    brands: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    customer: str = ""
    codes: list[str] = field(default_factory=list)
    promotions: int = 0
    askers: dict[str, "Api"] = field(default_factory=dict)


class Maker:
    """Makes a shop from a number: the same number makes the same shop, but for its ids."""

    def __init__(self, server: "Served", seed: int, folder: Path) -> None:
        self.server, self.seed, self.dice, self.folder = server, seed, random.Random(seed), folder
        self.db = server.program.db
        tokens = server.tokens
        assert isinstance(tokens, Tokens)
        self.tokens = tokens
        self.named_channels = True

    async def shop(self) -> Shop:
        """Makes it."""
        shop = Shop(currency=CURRENCIES[self.seed % len(CURRENCIES)], country="ES")
        self.admin: Api = self.server.api.as_((await identity.administrator(self.db, self.tokens)).access_token)
        await pricing.taxes(self.db)
        for name in ("web", "app", "till", "phone"):
            shop.channels[name] = str(await stores.channel(self.db, name, currency=shop.currency))
        for name in ("gracia", "sants"):
            shop.stores.append(str(await stores.location(self.db, name, ships=True)))
        await self._methods(shop)
        await self._catalogue(shop)
        await self._kits(shop)
        await self._people(shop)
        await self._lists(shop)
        await self._extras(shop)
        await self._promotions(shop)
        await self.server.work()
        return shop

    def money(self, shop: Shop, amount: int) -> Json:
        """An amount on the wire."""
        return {"amount": amount, "currency": shop.currency}

    def amount(self) -> int:
        """Some price."""
        return self.dice.choice(
            [self.dice.randint(1, 99), self.dice.randint(100, 5_000), self.dice.randint(5_000, 90_000)]
        )

    async def _methods(self, shop: Shop) -> None:
        shop.methods = [
            str(await pricing.delivery_method(self.db, amount=self.amount() // 10, currency=shop.currency))
            for _ in range(2)
        ]
        if self.dice.random() < 0.5:
            await pricing.delivery_method(self.db, kind="pickup", amount=150, currency=shop.currency)

    async def _catalogue(self, shop: Shop) -> None:
        dice, parent = self.dice, None
        for nth in range(4):
            body = {"name": {"en": f"Category {nth}"}, "parent_id": parent if dice.random() < 0.5 else None}
            made = await self.admin.post("/v1/admin/categories", body)
            parent = made["id"]
            shop.categories.append(parent)
        shop.brands = ["Åsa", "Brotó", "Castañer"]
        for nth in range(6):
            variants = [
                {
                    "sku": f"S-{nth}-{each}",
                    "option_values": [f"size {each}"],
                    "content_thousandths": dice.choice([None, 330, 750]),
                }
                for each in range(dice.randint(1, 2))
            ]
            for each in variants:
                if each["content_thousandths"] is not None:
                    each["content_unit"] = "l"
            made = await self.admin.post(
                "/v1/admin/products",
                {
                    "title": {"en": f"Article {nth}"},
                    "vendor": [*shop.brands, "", *shop.brands][nth],
                    "options": [{"en": "Size"}],
                    "publish": True,
                    "tax_category": dice.choice(["standard", "standard", "reduced", "zero"]),
                    "category_ids": dice.sample(shop.categories, dice.randint(0, 2)),
                    "variants": variants,
                },
            )
            shop.products.append(made["id"])
            shop.variants += [each["id"] for each in made["variants"]]

    async def _kits(self, shop: Shop) -> None:
        """Two kits of the articles: in lists, in baskets, in targets, and given away like any other article."""
        single = list(shop.variants)
        for nth in range(2):
            body = {
                "title": {"en": f"Kit {nth}"},
                "publish": True,
                "tax_category": self.dice.choice(["standard", "reduced"]),
                "category_ids": self.dice.sample(shop.categories, 1),
                "variants": [{"sku": f"KIT-{nth}"}],
            }
            made = await self.admin.post("/v1/admin/products", body)
            (kit,) = made["variants"]
            components = [
                {"variant_id": each, "quantity": self.dice.randint(1, 3)} for each in self.dice.sample(single, 2)
            ]
            path = f"/v1/admin/variants/{kit['id']}/kit"
            version = (await self.admin.get(path))["version"]
            await self.admin.put(path, {"components": components}, if_match=f'"{version}"')
            shop.products.append(made["id"])
            shop.variants.append(kit["id"])

    async def _people(self, shop: Shop) -> None:
        signed_in = await identity.account(self.db, self.tokens, self.folder)
        web = self.server.api.as_(signed_in.access_token)
        shop.customer = (await web.get("/v1/auth/me"))["id"]
        for nth in range(2):
            body = {"code": f"group-{nth}", "name": {"en": f"Group {nth}"}, "kind": ["group", "segment"][nth]}
            made = await self.admin.post("/v1/admin/customer-groups", body)
            shop.groups.append(made["id"])
        await customers.join(self.db, UUID(shop.groups[self.dice.randint(0, 1)]), [UUID(shop.customer)])
        terminal = await identity.terminal(self.db, UUID(shop.stores[0]))
        phone = await identity.staff(self.db, self.tokens, "phone@shop.example", ("support", None))
        shop.askers = {
            "web": web,
            "app": self.server.api.as_(signed_in.access_token),
            "till": self.server.api.as_(await identity.token_of(self.db, self.tokens, terminal)),
            "phone": self.server.api.as_(phone.access_token),
        }

    async def _lists(self, shop: Shop) -> None:
        dice = self.dice
        now = datetime.now(UTC).replace(microsecond=0)
        scopes: list[dict[str, Any]] = [{}, {"priority": 1}]
        scopes += [
            {"store_id": shop.stores[0]},
            {"store_id": shop.stores[1], "priority": 5},
            {"group_id": dice.choice(shop.groups)},
            {"customer_id": shop.customer, "priority": dice.randint(0, 1)},
            {
                "starts_at": (now - timedelta(days=1)).isoformat(),
                "ends_at": (now + timedelta(days=1)).isoformat(),
                "store_time": True,
            },
            {"starts_at": (now + timedelta(days=2)).isoformat(), "priority": 9},
        ]
        if self.named_channels:
            scopes.append({"channel_id": shop.channels["till"]})
        for nth, scope in enumerate([scopes[0], *dice.sample(scopes[1:], dice.randint(1, 5))]):
            body = {"code": f"list-{nth}", "name": "List", "currency": shop.currency, **scope}
            if dice.random() < 0.2:
                body["includes_tax"] = False
            made = await self.admin.post("/v1/admin/price-lists", body)
            sold = shop.variants if nth == 0 else dice.sample(shop.variants, dice.randint(1, len(shop.variants)))
            rows = [
                {"variant_id": variant, "price": self.money(shop, self.amount()), "min_quantity": least}
                for variant in sold
                for least in sorted({1, dice.choice([1, 3, 6])})
            ]
            await self.admin.put(f"/v1/admin/price-lists/{made['id']}/prices", {"prices": rows})

    async def _extras(self, shop: Shop) -> None:
        dice = self.dice
        if dice.random() < 0.5:
            costs = [
                {"variant_id": each, "cost": self.money(shop, dice.randint(1, 900))}
                for each in dice.sample(shop.variants, 3)
            ]
            await self.admin.put("/v1/admin/costs", {"currency": shop.currency, "costs": costs})
            await self.admin.put(
                f"/v1/admin/margin-guards/{shop.currency}", {"of": "cost", "share": "0.1"}, if_match='"0"'
            )
        for variant in dice.sample(shop.variants, dice.randint(0, 2)):
            fee = {
                "code": "eco",
                "kind": dice.choice(["eco_fee", "deposit"]),
                "variant_id": variant,
                "amount": self.money(shop, dice.randint(1, 40)),
                "tax_category": dice.choice(["standard", "zero"]),
            }
            await self.admin.post("/v1/admin/fees", fee)

    async def _promotions(self, shop: Shop) -> None:
        wanted = self.dice.randint(3, 12)
        for nth in range(wanted):
            body = self._promotion(shop, nth)
            answer = await self.admin.call("POST", "/v1/admin/promotions", body)
            if answer.status_code == 400:
                continue  # some random rules make no sense, and are refused with the field at fault
            made = good(answer)
            if body["conditions"].get("code"):
                for _ in range(self.dice.randint(1, 2)):
                    code = f"SAVE-{nth}-{uuid4().hex[:4]}"
                    await self.admin.post(f"/v1/admin/promotions/{made['id']}/codes", {"code": code})
                    shop.codes.append(code)
            await self.admin.post(f"/v1/admin/promotions/{made['id']}/publish", {"version": made["version"]})
            if self.dice.random() < 0.3:
                await self._ahead(shop, made["id"])
            shop.promotions += 1

    async def _ahead(self, shop: Shop, promotion_id: str) -> None:
        """Another version of it is published, which begins in an hour; now nothing may come of it."""
        path = f"/v1/admin/promotions/{promotion_id}"
        known = await self.admin.get(path)
        effect = {"kind": "amount_off", "amount": self.money(shop, self.amount())}
        changed = good(await self.admin.call("PATCH", path, {"effect": effect}, if_match=f'"{known["version"]}"'))
        begins = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0).isoformat()
        await self.admin.post(f"{path}/publish", {"version": changed["version"], "begins_at": begins})

    def _targets(self, shop: Shop) -> Json:
        dice = self.dice
        kind = dice.choice(["all", "variants", "products", "categories", "brands"])
        if kind == "all":
            return {"not_products": dice.sample(shop.products, 1)} if dice.random() < 0.3 else {}
        known: list[str] = getattr(shop, kind)
        return {kind: dice.sample(known, dice.randint(1, min(3, len(known))))}

    def _conditions(self, shop: Shop) -> Json:
        dice, found = self.dice, {}
        choices: dict[str, Json] = {
            "stores": [shop.stores[0]],
            "groups": [dice.choice(shop.groups)],
            "customers": [shop.customer],
            "tenders": ["card"],
            "fulfilment": [dice.choice(["pickup", "ship", "none"])],
            "needs": [
                {
                    "targets": self._targets(shop),
                    "quantity": dice.randint(0, 4),
                    "amount": self.money(shop, self.amount()),
                }
            ],
            "hours": [{"since": "00:00", "until": "24:00", "weekdays": [datetime.now(UTC).isoweekday()]}],
            "code": True,
            "first_order": True,
        }
        if self.named_channels:
            choices["channels"] = [shop.channels["till"]]
        for name in dice.sample(list(choices), dice.choice([0, 0, 1, 1, 2])):
            found[name] = choices[name]
        return found

    def _effect(self, shop: Shop) -> Json:
        dice = self.dice
        amount, rate = self.money(shop, self.amount()), dice.choice(RATES)
        other = {"variants": dice.sample(shop.variants, 2)}
        return dice.choice(
            [
                {"kind": "percent_off", "rate": rate},
                {"kind": "percent_off", "rate": rate, "of": "order"},
                {"kind": "amount_off", "amount": amount},
                {"kind": "amount_off", "amount": amount, "of": "order"},
                {"kind": "fixed_price", "amount": amount},
                {"kind": "buy_get", "buy": dice.randint(1, 3), "get": 1, "rate": rate},
                {"kind": "buy_get", "buy": dice.randint(1, 2), "get": dice.randint(1, 2), "get_targets": other},
                {
                    "kind": "bundle_price",
                    "parts": [
                        {"targets": other, "quantity": 1},
                        {"targets": {"products": dice.sample(shop.products, 2)}, "quantity": 1},
                    ],
                    "amount": amount,
                },
                {
                    "kind": "tiered",
                    "by": "quantity",
                    "tiers": [{"from_quantity": 2, "rate": "0.1"}, {"from_quantity": 5, "rate": "0.2"}],
                },
                {
                    "kind": "tiered",
                    "by": "amount",
                    "tiers": [{"from_amount": self.money(shop, 1_000), "amount": self.money(shop, 100)}],
                },
                {"kind": "gift", "variant_id": dice.choice(shop.variants)},
                {"kind": "delivery_off", "rate": rate},
                {"kind": "delivery_off", "price": self.money(shop, 10)},
                {"kind": "points", "times": "2"},
            ]
        )

    def _promotion(self, shop: Shop, nth: int) -> Json:
        dice = self.dice
        effect = self._effect(shop)
        if effect["kind"] == "bundle_price":
            targets: Json = {}
        else:
            targets = self._targets(shop)
        return {
            "code": f"promotion-{nth}",
            "name": {"en": f"Promotion {nth}"},
            "currency": shop.currency,
            "priority": dice.choice([0, 0, 1, 2]),
            "targets": targets,
            "conditions": self._conditions(shop),
            "effect": effect,
            "exclusion": dice.choice([None, None, "season"]),
            "alone": dice.random() < 0.15,
        }

    async def dearer(self, shop: Shop) -> None:
        """Each article costs more from now on, for everybody."""
        body = {"code": "dearer", "name": "List", "currency": shop.currency, "priority": 50}
        made = await self.admin.post("/v1/admin/price-lists", body)
        rows = [{"variant_id": each, "price": self.money(shop, 123_450)} for each in shop.variants]
        await self.admin.put(f"/v1/admin/price-lists/{made['id']}/prices", {"prices": rows})

    def basket(self, shop: Shop, *, most: int = 8) -> Json:
        """Some basket, as anybody would send it."""
        dice = self.dice
        groups = [
            f"pickup:{shop.stores[0]}",
            f"pickup:{shop.stores[1]}",
            *(f"ship:{each}" for each in shop.methods),
            None,
        ]
        lines = [
            {
                "key": f"L{nth:02}",
                "variant_id": dice.choice(shop.variants),
                "quantity": dice.choice([1, 1, 2, 3, 7, 40]),
                "group": dice.choice(groups),
            }
            for nth in range(dice.randint(1, most))
        ]
        return {
            "lines": lines,
            "store_id": shop.stores[0],
            "codes": dice.sample(shop.codes, dice.randint(0, min(3, len(shop.codes)))),
            "tender": dice.choice([None, "card", "cash"]),
        }
