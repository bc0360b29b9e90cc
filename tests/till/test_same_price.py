"""One price everywhere: what the server quotes and what a till without a network says are the same bytes."""

import random
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from commerce.kernel import clock as time
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.kernel.signatures import from_base64
from commerce.price_engine import Buyer, Want, WantLine, open_bundle
from tests.given import customers, promotions
from tests.given.checkout import Shop
from tests.served import Json
from tests.till.changes import History
from tests.till.conftest import Till
from tests.till.offline import offline


class _Signed(msgspec.Struct):
    basket: msgspec.Raw


def signed_basket(quote: Json) -> str:
    """The price that the server signed, as its bytes."""
    return bytes(msgspec.json.decode(from_base64(quote["signed"].split(".")[1]), type=_Signed).basket).decode()


def basket(shop: Shop, on_show: list[UUID], chance: random.Random) -> list[WantLine]:
    """Some lines, some of them collected and some sent, the same article now and then twice; now and then one that is not for sale."""
    ways = [None, f"pickup:{shop.gracia}", f"pickup:{shop.sants}", f"ship:{shop.parcel}"]
    articles = on_show if chance.random() < 0.9 else [*on_show, new_id()]
    return [
        WantLine(
            key=f"line-{nth}",
            variant_id=chance.choice(articles),
            quantity=chance.randint(1, 7),
            group=chance.choice(ways),
        )
        for nth in range(chance.randint(1, 8))
    ]


@pytest.mark.parametrize("seed", range(3))
async def test_a_till_without_a_network_gives_the_price_that_the_server_signs(
    till: Till, clock: HeldClock, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    history = History(db=till.db, shop=till.shop, chance=chance, articles=[till.shop.cup, till.shop.plate])
    member = await customers.customer(till.db)
    group = await customers.group(till.db, "vip", member)
    for _ in range(6):
        await history.new_article()
    for _ in range(12):
        await history.change()
    await promotions.published(till.db, {"kind": "percent_off", "rate": "0.15"}, conditions={"groups": [str(group)]})
    shared = await promotions.published(
        till.db, {"kind": "percent_off", "rate": "0.05", "of": "order"}, opened_by="SUMMER 20"
    )
    await promotions.published(till.db, {"kind": "buy_get", "buy": 2, "get": 1})
    first = tmp_path / "first.json"
    first.write_bytes(await till.bundle())
    await till.server.work()
    for _ in range(6):
        await history.change()
    clock.move(minutes=30)
    version = msgspec.json.decode(first.read_bytes())["version"]
    delta = tmp_path / "delta.json"
    delta.write_bytes(await till.bundle(f"?since={version}"))
    on_show = sorted(open_bundle(first.read_bytes()).updated(delta.read_bytes()).articles)
    wants, quotes = [], []
    for _ in range(12):
        lines = basket(till.shop, on_show, chance)
        buyer = chance.choice([None, member])
        code = chance.choice([None, "summer-2O"])
        quoted = await till.api.call("POST", "/v1/quotes", asked(lines, buyer, code))
        wants.append(
            want(
                till,
                lines,
                Buyer(customer_id=buyer, groups=(group,), orders_before=0) if buyer else Buyer(),
                code,
                shared,
            )
        )
        quotes.append(quoted.json() if quoted.is_success else None)
    await till.server.work()
    answer = offline(first, wants, time.now(), deltas=[delta], signed=[each["signed"] for each in quotes if each])
    assert answer.priced == [None if each is None else signed_basket(each) for each in quotes]
    assert answer.flaws == [None for each in quotes if each]
    assert sum(each is not None for each in quotes) >= 6


def asked(lines: list[WantLine], customer: UUID | None, code: str | None) -> Json:
    """The basket as it is sent to the server."""
    return {
        "lines": [
            {"key": line.key, "variant_id": str(line.variant_id), "quantity": line.quantity, "group": line.group}
            for line in lines
        ],
        "customer_id": None if customer is None else str(customer),
        "codes": [] if code is None else [code],
    }


def want(till: Till, lines: list[WantLine], buyer: Buyer, code: str | None, opens: UUID) -> Want:
    """The same basket as the till asks for it."""
    return Want(
        channel_id=till.shop.channel_id,
        store_id=till.shop.gracia,
        buyer=buyer,
        codes=() if code is None else ((code, opens),),
        lines=tuple(lines),
        at=time.now(),
    )


async def test_a_quote_that_expired_or_was_changed_is_found_out_offline(
    till: Till, clock: HeldClock, tmp_path: Path
) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(await till.bundle())
    quote = await till.api.post("/v1/quotes", {"lines": [{"variant_id": str(till.shop.cup), "quantity": 1}]})
    header, payload, signature = quote["signed"].split(".")
    forged = f"{header}.{payload[:-4]}AAAA.{signature}"
    assert offline(path, [], time.now(), signed=[quote["signed"], forged]).flaws == [None, "signature"]
    clock.move(minutes=31)
    assert offline(path, [], time.now(), signed=[quote["signed"]]).flaws == ["expired"]
