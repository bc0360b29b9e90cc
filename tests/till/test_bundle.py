"""The bundle over HTTP: for whom it is, when it has not moved, how it travels."""

import asyncio
import gzip
from datetime import timedelta

import httpx
import msgspec
import pytest

from commerce.kernel import clock as time
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.price_engine import open_bundle
from commerce.till import bundle_for as shelf
from commerce.till.write_bundle import Till as TillOf, Written, write_bundle
from tests.given import catalog, identity, pricing
from tests.plain import PLAIN
from tests.till.conftest import Till


async def test_a_terminal_gets_the_bundle_of_its_own_store(till: Till) -> None:
    bundle = open_bundle(await till.bundle())
    cup = bundle.by_sku("CUP")
    assert cup is not None
    assert (cup.fact.variant_id, cup.title.en, [price.unit for price in cup.prices]) == (till.shop.cup, "Cup", [1999])
    assert (bundle.head.location_id, bundle.head.channel_id) == (till.shop.gracia, till.shop.channel_id)
    assert bundle.head.expires_at - bundle.head.at == timedelta(hours=72)


async def test_another_stores_bundle_looks_as_if_it_were_not_there(till: Till) -> None:
    for place in (till.shop.sants, new_id()):
        answer = await till.api.call("GET", f"/v1/pos/bundle?location_id={place}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await till.api.call("GET", f"/v1/pos/bundle?channel_id={new_id()}")).status_code == 404


async def test_who_is_no_till_gets_none(till: Till) -> None:
    assert (await till.server.api.call("GET", "/v1/pos/bundle")).status_code == 401
    shopper = await identity.anonymous(till.db, till.tokens)
    refused = await till.server.api.as_(shopper.access_token).call("GET", "/v1/pos/bundle")
    assert (refused.status_code, refused.json()["scope"]) == (403, "pos:bundle")
    everywhere = await till.admin.call("GET", "/v1/pos/bundle")
    assert (everywhere.status_code, everywhere.json()["errors"][0]["pointer"]) == (400, "?location_id")
    assert (await till.admin.call("GET", f"/v1/pos/bundle?location_id={till.shop.sants}")).status_code == 200


async def test_store_staff_get_the_bundle_of_their_own_store(till: Till) -> None:
    clerk = await identity.staff(till.db, till.tokens, "clerk@shop.example", ("store_associate", till.shop.sants))
    api = till.server.api.as_(clerk.access_token)
    assert (await api.get("/v1/pos/bundle"))["location_id"] == str(till.shop.sants)
    assert (await api.call("GET", f"/v1/pos/bundle?location_id={till.shop.gracia}")).status_code == 404


async def test_a_bundle_that_has_not_moved_is_not_sent_again(till: Till, clock: HeldClock) -> None:
    await till.server.work()
    first = await till.api.call("GET", "/v1/pos/bundle")
    etag = first.headers["etag"]
    assert etag == f'"{first.json()["version"]}"'
    again = await till.api.call("GET", "/v1/pos/bundle", if_none_match=etag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    since = first.json()["version"]
    assert (await till.api.call("GET", f"/v1/pos/bundle?since={since}", if_none_match=etag)).status_code == 304
    await pricing.prices(till.db, {till.shop.cup: 2100})
    moved = await till.api.call("GET", f"/v1/pos/bundle?since={since}", if_none_match=etag)
    assert (moved.status_code, moved.json()["since"]) == (200, since)
    assert [each["sku"] for each in moved.json()["articles"]] == ["CUP"]
    await till.server.work()


async def test_a_bundle_that_ages_moves_its_end_on(till: Till, clock: HeldClock) -> None:
    await till.server.work()
    first = open_bundle(await till.bundle())
    clock.move(hours=13)
    answer = await till.api.call("GET", f"/v1/pos/bundle?since={first.head.version}")
    assert first.updated(answer.content).head.expires_at == time.now() + timedelta(hours=72)
    assert len(answer.content) < 1_500


async def test_what_is_no_version_is_no_error(till: Till) -> None:
    for since in ("x", "bm9uc2Vuc2U", "A" * 1_000):
        assert (await till.api.get(f"/v1/pos/bundle?since={since}"))["since"] is None
    for since in ("", "a b", "A" * 1_001, "%00"):
        assert (await till.api.call("GET", f"/v1/pos/bundle?since={since}")).status_code == 400
    assert (await till.api.call("GET", "/v1/pos/bundle", if_none_match="W/*garbage")).status_code == 200


async def test_it_is_compressed_for_who_takes_that(till: Till) -> None:
    for nth in range(30):
        await catalog.variant(till.db, f"Thing {nth}")
    await till.server.work()
    plain = await till.api.call("GET", "/v1/pos/bundle", accept_encoding="identity")
    assert "content-encoding" not in plain.headers
    assert int(plain.headers["content-length"]) == len(plain.content)
    headers = {"authorization": f"Bearer {till.api.token}", "accept-encoding": "gzip"}
    async with till.api.http.stream("GET", "/v1/pos/bundle", headers=headers) as packed:
        raw = b"".join([piece async for piece in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert len(raw) * 3 < len(plain.content)
    assert gzip.decompress(raw) == plain.content


@pytest.mark.usefixtures("nothing_ages")
async def test_tills_that_ask_at_once_share_one_writing(till: Till) -> None:
    await till.server.work()
    before = till.db.statements
    answers = await asyncio.gather(*(till.api.call("GET", "/v1/pos/bundle") for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["version"] for answer in answers}) == 1
    once = till.db.statements - before
    assert (await till.bundle()) == answers[0].content
    assert once < 12 * 12, "the others compare versions only"
    kept = shelf._shelves[till.db].found(TillOf(channel_id=till.shop.channel_id, location_id=till.shop.gracia))
    assert isinstance(kept, Written)


async def test_a_slow_client_holds_no_connection(till: Till) -> None:
    """Twenty clients begin to take a large bundle and stop reading; the eight connections serve others all the same."""
    await catalog.variants(till.db, 2_000)
    await till.server.work()
    headers = {"authorization": f"Bearer {till.api.token}", "accept-encoding": "identity"}
    async with httpx.AsyncClient(base_url=till.server.url, timeout=30, verify=PLAIN) as http:
        slow = [http.stream("GET", "/v1/pos/bundle", headers=headers) for _ in range(20)]
        opened = [await each.__aenter__() for each in slow]
        assert {each.status_code for each in opened} == {200}
        others = await asyncio.gather(*(till.api.call("GET", "/v1/products?limit=1") for _ in range(40)))
        assert {each.status_code for each in others} == {200}
        for each in slow:
            await each.__aexit__(None, None, None)
    assert len(open_bundle(await till.bundle()).articles) == 2_002


async def test_a_write_that_is_cut_off_leaves_no_connection_behind(till: Till) -> None:
    await catalog.variants(till.db, 2_000)
    where = TillOf(channel_id=till.shop.channel_id, location_id=till.shop.gracia)
    for pause in (0.0, 0.01, 0.03, 0.06, 0.1, 0.15):
        writing = asyncio.create_task(write_bundle(till.db, where, since=None, at=time.now()))
        await asyncio.sleep(pause)
        writing.cancel()
        await asyncio.wait([writing])
    written = await asyncio.gather(*(write_bundle(till.db, where, since=None, at=time.now()) for _ in range(8)))
    assert {len(msgspec.json.decode(b"".join(each.spool.plain()))["articles"]) for each in written} == {2_002}
