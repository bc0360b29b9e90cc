"""Web, app, till and phone over HTTP, and a till without a network, give the same price to the last byte: for random shops and baskets."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from commerce.kernel.signatures import from_base64
from tests.one_price.world import Maker, Shop
from tests.served import Served, good

Json: TypeAlias = Any
OFFLINE = Path(__file__).with_name("offline.py")
SUM_OF_PARTS = ("net", "tax", "total")


async def ask(shop: Shop, body: Json, channel: str) -> dict[str, Json]:
    """Asks everybody for the price of a basket, each with a token of their own."""
    wanted = {**body, "channel_id": shop.channels[channel]}
    return {
        name: await api.post(
            "/v1/quotes", wanted if name in {"web", "app"} else {**wanted, "customer_id": shop.customer}
        )
        for name, api in shop.askers.items()
    }


def signed_basket(quote: Json) -> Json:
    """What was signed of the price."""
    return json.loads(from_base64(quote["signed"].split(".")[1]))["basket"]


async def offline(shop: Shop, bundle: Path, baskets: list[Json], groups: list[str], before: int | None) -> list[Json]:
    """Prices baskets in another process, which must have loaded nothing but the kernel and the engine; without `before`, of nobody known."""
    asked = {
        "bundle": str(bundle),
        "baskets": baskets,
        "customer": shop.customer if before is not None else None,
        "groups": groups,
        "orders_before": before,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(OFFLINE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(json.dumps(asked).encode() + b"\n"), 60)
    assert process.returncode == 0, err.decode()
    *priced, strangers = out.decode().splitlines()
    assert json.loads(strangers) == []
    return [json.loads(each) for each in priced]


async def till_bundle(shop: Shop, folder: Path, seed: int) -> Path:
    """Gives what the till got for times without a network."""
    answer = await shop.askers["till"].call("GET", f"/v1/pos/bundle?channel_id={shop.channels['till']}")
    assert answer.status_code == 200, answer.text
    bundle = folder / f"bundle-{seed}.json"
    bundle.write_bytes(answer.content)
    return bundle


def check_sums(basket: Json) -> None:
    """Each header is the sum of its parts, each discount what its allocations come to, and nothing is below zero."""
    lines, deliveries, groups = basket["lines"], basket["deliveries"], basket["groups"]
    parts = [*lines, *deliveries]
    for part in parts:
        assert part["net"]["amount"] + part["tax"]["amount"] == part["total"]["amount"]
        assert part["discount"]["amount"] == sum(each["amount"]["amount"] for each in part["discounts"])
        assert min(part[name]["amount"] for name in SUM_OF_PARTS) >= 0
    total, rounding = basket["total"]["amount"], basket["rounding"]["amount"]
    assert total == sum(group["total"]["amount"] for group in groups) >= 0
    assert total == sum(part["total"]["amount"] for part in parts) + rounding
    assert total == sum(rate["net"]["amount"] + rate["tax"]["amount"] for rate in basket["taxes"]) + rounding
    assert basket["discount_total"]["amount"] == sum(line["discount"]["amount"] for line in lines)
    saved = sum(each["saved"]["amount"] for each in basket["promotions"])
    assert saved == sum(part["discount"]["amount"] for part in parts)


async def one_price(server: Served, folder: Path, seed: int, baskets: int) -> tuple[int, int]:
    """Makes a shop of a number and asks everybody; gives how many baskets were compared and in how many a promotion applied."""
    maker = Maker(server, seed, folder)
    shop = await maker.shop()
    bundle = await till_bundle(shop, folder, seed)
    found: list[tuple[Json, Json]] = []
    for _ in range(baskets):
        body = maker.basket(shop)
        quotes = await ask(shop, body, "till")
        signed = {name: signed_basket(quote) for name, quote in quotes.items()}
        for name, basket in signed.items():
            assert basket == signed["web"], f"shop {seed}: {name} and web differ for {body}"
        check_sums(quotes["web"]["basket"])
        shuffled = {**body, "lines": maker.dice.sample(body["lines"], len(body["lines"]))}
        assert signed_basket((await ask(shop, shuffled, "till"))["phone"]) == signed["web"], (
            f"shop {seed}: order matters"
        )
        found.append(({**body, "at": quotes["till"]["created_at"]}, signed["web"]))
    groups = [each["id"] for each in (await maker.admin.get(f"/v1/customers/{shop.customer}/groups"))["items"]]
    without_network = await offline(shop, bundle, [body for body, _ in found], groups, 0)
    for (body, online), priced in zip(found, without_network, strict=True):
        assert priced == online, f"shop {seed}: the till without a network differs for {body}"
    return len(found), sum(bool(online.get("applied")) for _, online in found)


@pytest.mark.parametrize("seed", range(3))
async def test_everybody_gets_the_same_price(server: Served, tmp_path: Path, seed: int) -> None:
    compared, promoted = await one_price(server, tmp_path, seed, baskets=8)
    assert compared == 8
    assert promoted > 0, "baskets without promotions prove little"


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 140))
async def test_everybody_gets_the_same_price_in_many_shops(server: Served, tmp_path: Path, seed: int) -> None:
    assert (await one_price(server, tmp_path, seed, baskets=25))[0] == 25


@pytest.mark.parametrize("seed", range(2))
async def test_a_piece_that_was_weighed_costs_the_same_with_and_without_a_network(
    server: Served, tmp_path: Path, seed: int
) -> None:
    """It is one unit at the price of the piece, below what a unit costs; promotions see what any unit's price is."""
    maker = Maker(server, seed, tmp_path)
    shop = await maker.shop()
    till = await till_bundle(shop, tmp_path, seed)
    found: list[tuple[Json, Json]] = []
    for _ in range(6):
        body = {**maker.basket(shop), "channel_id": shop.channels["till"]}
        pieces = maker.dice.sample(body["lines"], min(2, len(body["lines"])))
        for line in pieces:
            line["quantity"] = 1
        listed = await maker.admin.post("/v1/quotes", body)
        units = {line["key"]: line["unit"]["amount"] for line in listed["basket"]["lines"]}
        for line in pieces:
            unit = maker.dice.randint(0, units[line["key"]])
            line["override"] = {"unit": maker.money(shop, unit), "reason": "Weighed"}
        quote = await maker.admin.post("/v1/quotes", body)
        check_sums(quote["basket"])
        plain = [{**line, "override": in_units(line.get("override"))} for line in body["lines"]]
        found.append(({**body, "lines": plain, "at": quote["created_at"]}, signed_basket(quote)))
    for (body, online), priced in zip(
        found, await offline(shop, till, [body for body, _ in found], [], None), strict=True
    ):
        assert priced == online, f"shop {seed}: the till without a network differs for {body}"


def in_units(override: Json) -> Json:
    """Gives a price by hand as the engine takes it."""
    return None if override is None else {"unit": override["unit"]["amount"], "reason": override["reason"]}


async def test_a_frozen_cart_keeps_its_price_whatever_becomes_of_the_shop_and_thaws_to_what_a_quote_says(
    server: Served, tmp_path: Path
) -> None:
    maker = Maker(server, 1, tmp_path)
    shop = await maker.shop()
    admin, channel = maker.admin, shop.channels["phone"]
    frozen: list[tuple[Json, Json]] = []
    for nth in range(4):
        body = maker.basket(shop)
        cart = await admin.post(
            "/v1/carts",
            {"channel_id": channel, "store_id": shop.stores[0], "lines": [cart_line(line) for line in body["lines"]]},
        )
        kept = await admin.post(f"/v1/carts/{cart['id']}/freeze", {"what": ["prices", "all"][nth % 2]})
        assert [kept[name] for name in FIGURES] == [cart[name] for name in FIGURES]
        frozen.append((body, kept))
    await maker.dearer(shop)
    for nth, (body, kept) in enumerate(frozen):
        now = await admin.get(f"/v1/carts/{kept['id']}")
        if nth % 2:
            assert [now[name] for name in FIGURES] == [kept[name] for name in FIGURES], body
        else:
            assert now["subtotal"] == kept["subtotal"], body
        thawed = good(await admin.call("DELETE", f"/v1/carts/{kept['id']}/freeze"))
        quoted = await admin.post(
            "/v1/quotes",
            {
                "channel_id": channel,
                "store_id": shop.stores[0],
                "lines": [{name: line[name] for name in ("variant_id", "quantity", "group")} for line in merged(body)],
            },
        )
        assert [thawed[name] for name in FIGURES] == [quoted["basket"][name] for name in FIGURES], body
        assert thawed["subtotal"] != kept["subtotal"], "the prices have changed meanwhile"


async def test_channels_matter_only_where_a_list_or_a_promotion_names_them(server: Served, tmp_path: Path) -> None:
    maker = Maker(server, 7, tmp_path)
    maker.named_channels = False
    shop = await maker.shop()
    for _ in range(6):
        body = maker.basket(shop)
        by_channel = [signed_basket((await ask(shop, body, name))["web"]) for name in shop.channels]
        assert all(each == by_channel[0] for each in by_channel)


async def test_a_cart_costs_the_same_however_it_was_filled_and_what_its_quote_says(
    server: Served, tmp_path: Path
) -> None:
    maker = Maker(server, 11, tmp_path)
    shop = await maker.shop()
    web, channel = shop.askers["web"], shop.channels["web"]
    for _ in range(5):
        body = maker.basket(shop)
        wanted = [cart_line(line) for line in body["lines"]]
        at_once = await web.post("/v1/carts", {"channel_id": channel, "store_id": shop.stores[0], "lines": wanted})
        by_steps = await web.post("/v1/carts", {"channel_id": channel, "store_id": shop.stores[0]})
        for line in maker.dice.sample(wanted, len(wanted)):
            by_steps = await web.post(f"/v1/carts/{by_steps['id']}/lines", {"lines": [line]})
        quoted = await web.post(
            "/v1/quotes",
            {
                "channel_id": channel,
                "store_id": shop.stores[0],
                "lines": [{name: line[name] for name in ("variant_id", "quantity", "group")} for line in merged(body)],
            },
        )
        figures = [[part[name] for name in FIGURES] for part in (at_once, by_steps, quoted["basket"])]
        assert figures[0] == figures[1] == figures[2], body


FIGURES = ("subtotal", "discount_total", "tax_added", "delivery_total", "tax_total", "rounding", "total")


def cart_line(line: Json) -> Json:
    """Gives a line as a cart takes it."""
    kind, _, target = (line["group"] or "").partition(":")
    if not kind:
        return {"variant_id": line["variant_id"], "quantity": line["quantity"]}
    place = {"kind": kind, "location_id" if kind == "pickup" else "method_id": target}
    return {"variant_id": line["variant_id"], "quantity": line["quantity"], "fulfilment": place}


def merged(body: Json) -> list[Json]:
    """Gives lines as a cart keeps them: units of one article for one way of fulfilment join."""
    found: dict[tuple[str, str | None], Json] = {}
    for line in body["lines"]:
        known = found.setdefault((line["variant_id"], line["group"]), {**line, "quantity": 0})
        known["quantity"] += line["quantity"]
    return list(found.values())
