"""A shop in which everything exists once: people of every kind, goods, carts, orders, work and returns in each of their states.

Built over HTTP by those who would do it, at a held clock. What it holds is named (`world.id("order.placed")`), so that requests can be
written against it; `world.pool()` gives every id by the name that parameters and fields have for it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

from commerce.identity import SCOPES, Passwords, Tokens
from commerce.kernel.ids import new_id
from tests.fuzz import described, goods, orders, pictures, places, returns, rules, sets, shelves, sought, traced
from tests.given import identity
from tests.served import Api, Served

Json: TypeAlias = Any
ON_COLLECTION = {"kind": "on_collection"}
RETURN_URL = "https://shop.example.com/paid"
ADDRESS = {
    "name": "Shopper",
    "line1": "Carrer Gran 1",
    "city": "Barcelona",
    "postal_code": "08012",
    "country": "ES",
}
CSV = "Handle,Title,Variant SKU,Variant Price\nlamp,Lamp,LAMP,25.00\nchair,Chair,CHAIR,many\nsofa,Sofa,SOFA,few\n"
CODE = re.compile(r"^([A-Za-z0-9_-]{43})$", re.MULTILINE)
LINK = re.compile(r"#access=([A-Za-z0-9_-]+)")
CALLERS = ("nobody", "anonymous", "shopper", "administrator", "store", "terminal", "service")
"""Who asks in a fuzz run: the public, a shopper without and one with an account, staff everywhere and at one store, a till, a service."""


@dataclass
class World:
    """What was built. `seen` holds the API's own answers by name."""

    tokens: dict[str, str | None] = field(default_factory=dict)
    seen: dict[str, Json] = field(default_factory=dict)

    def id(self, name: str) -> str:
        """Gives the id of a thing."""
        return str(self.seen[name]["id"])

    def pool(self) -> dict[str, list[str]]:
        """Gives the ids that a request may use, by the name of the parameter or field: those of carts for `cart_id`, and so on."""
        found: dict[str, list[str]] = {}
        for name, thing in self.seen.items():
            kind = KINDS.get(name.partition(".")[0])
            if kind is not None and "id" in thing:
                found.setdefault(kind, []).append(thing["id"])
            for key, value in _ids_in(thing):
                if key in POOLED:
                    found.setdefault(key, []).append(value)
        found["category"] = found["tax_category"] = ["standard"]
        for alias, name in ALIASES.items():
            found[alias] = found[name]
        return {name: sorted(set(values)) for name, values in found.items()}


KINDS = {
    "cart": "cart_id",
    "order": "order_id",
    "work": "fulfilment_order_id",
    "return": "return_id",
    "rejection": "rejection_id",
    "substitute": "substitute_id",
    "exception": "exception_id",
    "payment": "payment_id",
    "refund": "refund_id",
    "shipment": "shipment_id",
    "pick_list": "pick_list_id",
    "package": "package_id",
    "hand_over": "hand_over_id",
    "location": "location_id",
    "channel": "channel_id",
    "product": "product_id",
    "list": "list_id",
    "rate": "rate_id",
    "method": "method_id",
    "role": "role_id",
    "staff": "staff_id",
    "terminal": "terminal_id",
    "client": "client_id",
    "category": "category_id",
    "quote": "quote_id",
    "import": "import_id",
    "promotion": "promotion_id",
    "simulation": "simulation_id",
    "supplier": "supplier_id",
    "purchase": "purchase_order_id",
    "receipt": "goods_receipt_id",
    "transfer": "transfer_id",
    "transfer_shipment": "shipment_id",
    "sourcing": "rule_id",
    "shadow": "simulation_id",
    "count": "count_id",
    "correction": "correction_id",
    "limit": "limit_id",
    "shortfall": "shortfall_id",
    "batch": "batch_id",
    "group": "group_id",
    "customer": "customer_id",
    "alert": "alert_id",
    "holidays": "calendar_id",
    "collection_policy": "policy_id",
    "collection": "collection_id",
    "medium": "media_id",
    "party": "party_id",
    "bulk_edit": "bulk_edit_id",
}
POOLED = {"variant_id", "line_id", "order_line_id", "group_id"}
ALIASES = {
    "location": "location_id",
    "origin_id": "location_id",
    "destination_id": "location_id",
    "transfer_line_id": "line_id",
    "channel": "channel_id",
    "default_channel_id": "channel_id",
    "price_list_id": "list_id",
    "of_list_id": "list_id",
    "store": "location_id",
    "store_id": "location_id",
    "variant_ids": "variant_id",
    "parent_id": "category_id",
    "job_id": "import_id",
    "id_or_slug": "product_id",
    "document_id": "order_id",
    "location_ids": "location_id",
    "category_ids": "category_id",
    "product_ids": "product_id",
}


def _ids_in(thing: Json) -> Iterator[tuple[str, str]]:
    """Gives what stands in an answer under a name that ends in `_id`; the id of a line counts as `line_id`, of a variant as `variant_id`."""
    if isinstance(thing, list):
        for each in thing:
            yield from _ids_in(each)
    if isinstance(thing, dict):
        for key, value in thing.items():
            if key.endswith("_id") and isinstance(value, str):
                yield key, value
            elif key in {"lines", "variants"} and isinstance(value, list):
                name = "line_id" if key == "lines" else "variant_id"
                yield from ((name, each["id"]) for each in value if isinstance(each, dict) and "id" in each)
                if key == "lines":
                    yield from (
                        ("order_line_id", each["id"]) for each in value if isinstance(each, dict) and "id" in each
                    )
            yield from _ids_in(value)


async def build(server: Served) -> World:
    """Builds the world behind a server whose clock is held while the shop is open."""
    return await Builder(server, World()).whole()


class Builder:
    """Builds, one room after the other."""

    def __init__(self, server: Served, world: World) -> None:
        self.server = server
        self.world = world
        self.seen = world.seen
        self.admin: Api = server.api
        self.db = server.program.db
        self.read: set[str] = set()

    async def whole(self) -> World:
        """Builds all of it."""
        await self._administrator()
        await places.open_places(self)
        await self._people()
        await self._goods()
        await traced.bring(self)
        await self._back_office()
        await self._baskets()
        await orders.place(self)
        await orders.work(self)
        await returns.bring_back(self)
        await returns.refund(self)
        await self._mails()
        await self.server.work()
        self.seen["import.waiting"] = await self._import(CSV)
        return self.world

    def as_(self, who: str) -> Api:
        """The client of somebody."""
        return self.server.api.as_(self.world.tokens[who])

    async def _administrator(self) -> None:
        self.cheap = Tokens(self.db, self.server.settings, passwords=Passwords(memory_kib=64))
        signed_in = await identity.administrator(self.db, self.cheap)
        self.world.tokens |= {"nobody": None, "administrator": signed_in.access_token}
        self.admin = self.as_("administrator")

    async def _people(self) -> None:
        tokens, world = self.world.tokens, self.world
        for name in ("anonymous", "other"):
            begun = await self.server.api.post("/v1/auth/anonymous", {})
            tokens[name] = begun["access_token"]
            self.seen[f"session.{name}"] = begun
        for name in ("shopper", "leaving", "forgetful"):
            await self._account(f"{name}@example.com", name)
        gracia, sants = UUID(world.id("location.gracia")), UUID(world.id("location.sants"))
        store = await identity.staff(self.db, self.cheap, "manager@shop.example", ("administrator", gracia))
        tokens["store"] = store.access_token
        for name, place in (("terminal", gracia), ("other_terminal", sants), ("depot", self._place("depot"))):
            made = await identity.terminal(self.db, place)
            tokens[name] = await identity.token_of(self.db, self.cheap, made)
        service = await identity.service(self.db, sorted(SCOPES))
        tokens["service"] = await identity.token_of(self.db, self.cheap, service)
        powerless = await identity.service(self.db, ["events:read"])
        tokens["powerless"] = await identity.token_of(self.db, self.cheap, powerless)
        await self._customers()

    async def _customers(self) -> None:
        """Groups, one of them with a member, and two customers who buy for a business."""
        business = {"company_name": "Cal Pep SL", "country": "ES", "vat_number": "B-58378431"}
        for name in ("shopper", "leaving"):
            put = self.server.api.as_(self.world.tokens[name]).put
            self.seen[f"customer.{name}"] = {"id": (await put("/v1/customers/me/business", business))["customer_id"]}
        for code in ("vip", "unused"):
            group = {"code": code, "name": {"en": code.title()}}
            self.seen[f"group.{code}"] = await self.admin.post("/v1/admin/customer-groups", group)
        members = f"/v1/admin/customer-groups/{self.world.id('group.vip')}/members"
        await self.admin.post(members, {"join": [self.world.id("customer.leaving")]})

    def _place(self, code: str) -> UUID:
        return UUID(self.world.id(f"location.{code}"))

    async def _account(self, email: str, name: str) -> None:
        """Registers a shopper the way they would; the code comes by mail."""
        await self.server.api.post("/v1/auth/register", {"email": email, "password": identity.PASSWORD})
        await self.server.work()
        opened = await self.server.api.post("/v1/auth/verify", {"token": await self._mailed(email, CODE)})
        self.world.tokens[name] = opened["access_token"]
        self.seen[f"session.{name}"] = opened

    async def _goods(self) -> None:
        post = self.admin.post
        for code, parent in (("kitchen", None), ("cups", "kitchen"), ("unused", None)):
            body = {"name": {"en": code.title()}, "parent_id": parent and self.world.id(f"category.{parent}")}
            self.seen[f"category.{code}"] = await post("/v1/admin/categories", body)
        for code in ("cup", "plate", "draft", "old", "unused"):
            new: dict[str, Json] = {
                "title": {"en": code.title(), "es": f"{code.title()} (es)"},
                "publish": code not in {"draft", "unused"},
                "category_ids": [self.world.id("category.cups")] if code == "cup" else [],
                "options": [{"en": "Size"}],
                "variants": [
                    {"sku": f"{code}-{size}".upper(), "option_values": [size], "weight_grams": 300}
                    for size in ("s", "l")
                ],
            }
            self.seen[f"product.{code}"] = await post("/v1/admin/products", new)
        priced = {"code": "main", "name": "Main", "currency": "EUR"}
        self.seen["list.main"] = await post("/v1/admin/price-lists", priced)
        sale = {**priced, "code": "sale", "active": False, "reduction": True, "starts_at": "2800-01-01T00:00:00Z"}
        self.seen["list.sale"] = await post("/v1/admin/price-lists", sale)
        await self.admin.put("/v1/admin/margin-guards/USD", {"of": "cost", "share": "0.25"}, if_match='"0"')
        prices = [
            {"variant_id": self.variant(code, nth), "price": {"amount": amount, "currency": "EUR"}}
            for code, amount in (("cup", 1999), ("plate", 1250))
            for nth in (0, 1)
        ]
        await self.admin.put(f"/v1/admin/price-lists/{self.world.id('list.main')}/prices", {"prices": prices})
        stock = [
            {"variant_id": self.variant(code, nth), "location_id": self.world.id(f"location.{place}"), "delta": 500}
            for code in ("cup", "plate")
            for nth in (0, 1)
            for place in ("gracia", "sants", "depot")
        ]
        await post("/v1/stock/adjustments", {"reason": "first delivery", "lines": stock})

    def variant(self, product: str, nth: int = 0) -> str:
        """The id of a product's variant."""
        return str(self.seen[f"product.{product}"]["variants"][nth]["id"])

    async def _back_office(self) -> None:
        post = self.admin.post
        role = {"code": "counter", "name": "Counter", "scopes": ["orders:read"]}
        self.seen["role.counter"] = await post("/v1/admin/roles", role)
        self.seen["role.unused"] = await post("/v1/admin/roles", {**role, "code": "unused"})
        somebody = {"email": "somebody@shop.example", "name": "Somebody"}
        self.seen["staff.somebody"] = await post("/v1/admin/staff", somebody)
        self.seen["staff.invited"] = await post("/v1/admin/staff", {**somebody, "email": "invited@shop.example"})
        for name in ("spare", "revoked"):
            body = {"name": name, "location_id": self.world.id("location.gracia")}
            self.seen[f"terminal.{name}"] = await post("/v1/terminals", body)
            self.seen[f"client.{name}"] = await post("/v1/admin/api-clients", {"name": name, "scopes": ["stock:read"]})
        self.seen["import.done"] = await self._import(CSV)
        rule = {"prefix": "21", "kind": "weight", "article_digits": 5, "value_digits": 5}
        self.seen["rule.unused"] = await post("/v1/admin/embedded-codes", rule)
        await sets.make(self)
        await rules.promote(self)
        await rules.simulate(self)
        await rules.source(self)
        await goods.bring(self)
        await shelves.count(self)
        await pictures.send(self)
        await described.define(self)
        await sought.make(self)
        await self.server.work()

    async def _import(self, content: str) -> Json:
        answer = await self.admin.http.post(
            "/v1/admin/imports",
            content=content.encode(),
            headers={
                "authorization": f"Bearer {self.world.tokens['administrator']}",
                "content-type": "text/csv",
                "idempotency-key": str(new_id()),
            },
        )
        assert answer.status_code == 202, answer.text
        return answer.json()

    async def _baskets(self) -> None:
        for who in ("shopper", "anonymous", "other"):
            basket = {"lines": [{"variant_id": self.variant("cup"), "quantity": 2}]}
            self.seen[f"quote.{who}"] = await self.as_(who).post("/v1/quotes", basket)
            self.seen[f"cart.{who}"] = await self.cart(who, [self.collected("cup"), self.sent("plate")])
        self.seen["cart.discarded"] = await self.cart("shopper", [self.collected("cup")])
        self.seen["cart.ready"] = await self.cart("shopper", [self.collected("cup")])
        self.seen["cart.bare"] = await self.as_("shopper").post("/v1/carts", {})
        self.seen["cart.clerk"] = await self.cart("administrator", [self.collected("cup")])

    def collected(self, product: str, units: int = 1, at: str = "gracia") -> Json:
        """A line that is collected."""
        way = {"kind": "pickup", "location_id": self.world.id(f"location.{at}")}
        return {"variant_id": self.variant(product), "quantity": units, "fulfilment": way}

    def sent(self, product: str, units: int = 1) -> Json:
        """A line that is sent."""
        way = {"kind": "ship", "method_id": self.world.id("method.parcel")}
        return {"variant_id": self.variant(product), "quantity": units, "fulfilment": way}

    async def cart(self, who: str, lines: Sequence[Json]) -> Json:
        """A cart that lacks nothing."""
        api = self.as_(who)
        cart = await api.post("/v1/carts", {"lines": list(lines)})
        path = f"/v1/carts/{cart['id']}"
        cart = await api.put(f"{path}/contact", {"email": f"{who}@example.com", "name": "Shopper", "language": "en"})
        if any(line["fulfilment"]["kind"] == "ship" for line in lines):
            cart = await api.put(f"{path}/addresses", {"shipping": ADDRESS})
        return cart

    async def order(
        self,
        name: str,
        lines: Sequence[Json],
        *,
        who: str = "shopper",
        method: str | None = None,
        wait_until: str | None = None,
    ) -> None:
        """An order, paid on collection unless a card is given."""
        cart = await self.cart(who, lines)
        payment = {"kind": "card", "payment_method": method, "return_url": RETURN_URL} if method else ON_COLLECTION
        body = {"accepted_total": cart["total"], "payment": payment, "wait_until": wait_until}
        api = self.as_(who)
        done = await api.post(f"/v1/carts/{cart['id']}/checkout", body)
        self.seen[f"order.{name}"] = await api.get(f"/v1/orders/{done['order_id']}")
        if done["payment"]:
            self.seen[f"payment.{name}"] = await api.get(f"/v1/payments/{done['payment']['id']}")

    def named(self, kind: str) -> Iterable[tuple[str, Json]]:
        """What there is of a kind, by name."""
        return [(name, thing) for name, thing in self.seen.items() if name.startswith(f"{kind}.")]

    async def act(self, name: str, act: str, body: Json = None) -> None:
        """Does one step of the work for an order."""
        bodies: dict[str, Json] = {"pick": {}, "ready": {}, "reject": {"reason": "damage"}}
        path = f"/v1/fulfilment-orders/{self.world.id(f'work.{name}')}/{act}"
        self.seen[f"work.{name}"] = await self.admin.post(path, bodies.get(act) if body is None else body)

    async def _mails(self) -> None:
        """Codes that came by mail and were not used yet."""
        post = self.server.api.post
        await post("/v1/auth/register", {"email": "newcomer@example.com", "password": identity.PASSWORD})
        await self.server.work()
        await post("/v1/auth/password-reset", {"email": "forgetful@example.com"})
        await self.server.work()
        await post("/v1/orders/lookup", {"number": self.seen["order.open"]["number"], "email": "shopper@example.com"})
        await self.server.work()
        self.seen["code.verify"] = {"token": await self._mailed("newcomer@example.com", CODE)}
        self.seen["code.reset"] = {"token": await self._mailed("forgetful@example.com", CODE)}
        self.seen["code.order"] = {"token": await self._mailed("shopper@example.com", LINK)}

    async def _mailed(self, to: str, what: re.Pattern[str]) -> str:
        """What the latest mail to somebody that has such a thing says."""
        mails = [mail for mail in await self.server.mails() if f"To: {to}" in mail]
        found = [code for mail in mails for code in what.findall(identity.text_of(mail)) if code not in self.read]
        self.read |= set(found)
        return str(found[-1])
