"""A location's board over a real connection: what it shows first, what it hears, what it hears after the line broke."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest

from commerce import fulfilment
from commerce.platform import following
from tests.given import fulfilment as given, identity
from tests.given.fulfilment import Shelf
from tests.given.orders import Want
from tests.plain import PLAIN
from tests.served import Served

Message = dict[str, Any]
STREAM = "/v1/fulfilment-orders/stream"


@asynccontextmanager
async def listening(
    server: Served, token: str, place: object, *, last: int | None = None
) -> AsyncIterator[AsyncIterator[Message]]:
    """Opens a board; gives its messages as they come."""
    headers = {"authorization": f"Bearer {token}"} | ({} if last is None else {"last-event-id": str(last)})
    async with (
        httpx.AsyncClient(base_url=server.url, timeout=10, verify=PLAIN) as http,
        http.stream("GET", STREAM, params={"location_id": str(place)}, headers=headers) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer)


async def messages(answer: httpx.Response) -> AsyncIterator[Message]:
    """Reads messages as the standard says: fields, then an empty line."""
    found: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            found[name] = value
            continue
        if "event" in found:
            place = int(found["id"]) if "id" in found else None
            yield {"id": place, "event": found["event"], **msgspec.json.decode(found["data"])}
        found = {}


async def heard(board: AsyncIterator[Message], most: int) -> list[Message]:
    """Gives the next messages; fails when they do not come."""
    async with asyncio.timeout(10):
        return [await anext(board) for _ in range(most)]


async def told(server: Served) -> None:
    """Publishes what has happened, as the worker does."""
    await server.work()


def numbers(said: Sequence[Message]) -> list[tuple[str, str]]:
    return [(each["event"], each["fulfilment_order"]["number"]) for each in said]


async def associate(server: Served, shelf: Shelf) -> str:
    """The token of somebody who works in the store."""
    tokens = await identity.tokens(server.program.db, server.settings)
    mine = await identity.staff(server.program.db, tokens, "associate@shop.example", ("store_associate", shelf.store))
    return mine.access_token


async def test_a_board_shows_open_work_then_hears_what_happens_and_nothing_of_other_places(server: Served) -> None:
    db = server.program.db
    shelf = await Shelf.filled(db)
    token = await associate(server, shelf)
    (old,) = await given.offered(db, Want(quantity=1, location_id=shelf.store, variant_id=shelf.cup))
    await told(server)
    async with listening(server, token, shelf.store) as board:
        (first,) = await heard(board, 1)
        assert first["event"] == "board"
        assert [each["number"] for each in first["fulfilment_orders"]] == [old.number]
        await given.offered(db, Want(quantity=1, kind="ship", location_id=shelf.warehouse, variant_id=shelf.cup))
        new = await given.ready(db, given.staff(shelf.store), Want(location_id=shelf.store, variant_id=shelf.bowl))
        await db.transact(fulfilment.arrived, given.staff(shelf.store), new.id)
        await told(server)
        said = await heard(board, 5)
        assert numbers(said) == [
            ("new", new.number),
            ("changed", new.number),
            ("changed", new.number),
            ("changed", new.number),
            ("arrived", new.number),
        ]
        assert [each["id"] for each in said] == sorted(each["id"] for each in said)


async def test_a_board_that_comes_back_hears_each_happening_of_the_meantime_once(server: Served) -> None:
    db = server.program.db
    shelf = await Shelf.filled(db)
    token = await associate(server, shelf)
    async with listening(server, token, shelf.store) as board:
        (first,) = await heard(board, 1)
    last, expected, found = first["id"], [], []
    for nth in range(4):
        (work,) = await given.offered(db, Want(location_id=shelf.store, variant_id=shelf.cup))
        expected.append(work.number)
        await told(server)
        async with listening(server, token, shelf.store, last=last) as board:
            (said,) = await heard(board, 1)
        found.append(said["fulfilment_order"]["number"])
        last = said["id"] if nth % 2 == 0 else last
        if nth % 2:  # what was heard before the line broke was not noted: it comes again, and then the next
            async with listening(server, token, shelf.store, last=last) as board:
                (again,) = await heard(board, 1)
            assert again == said
            last = again["id"]
    assert found == expected


async def test_a_board_that_was_ahead_of_a_restored_database_begins_anew(server: Served) -> None:
    shelf = await Shelf.filled(server.program.db)
    (work,) = await given.offered(server.program.db, Want(quantity=1, location_id=shelf.store, variant_id=shelf.cup))
    await told(server)
    async with listening(server, await associate(server, shelf), shelf.store, last=10**12) as board:
        (first,) = await heard(board, 1)
        assert first["event"] == "board"
        assert [each["number"] for each in first["fulfilment_orders"]] == [work.number]
        new = await given.ready(
            server.program.db, given.staff(shelf.store), Want(location_id=shelf.store, variant_id=shelf.bowl)
        )
        await told(server)
        assert ("new", new.number) in numbers(await heard(board, 1))


async def test_a_board_that_cannot_keep_up_reads_by_itself_and_still_hears_everything_once(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "WAITING_MOST", 1)
    monkeypatch.setattr(following, "PAGE", 2)
    monkeypatch.setattr(following, "POLL_SECONDS", 0.0)
    db = server.program.db
    shelf = await Shelf.filled(db, units=40)
    reading = server.program.services.following
    tags = [fulfilment.FulfilmentOffered.name()]
    expected, found = [], []
    hearing = reading.listen(tags, await reading.now(), every_seconds=0.05)
    await anext(hearing)
    for _ in range(20):
        (work,) = await given.offered(db, Want(location_id=shelf.store, variant_id=shelf.cup))
        expected.append(work.id)
        await told(server)
        await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        async for news in hearing:
            found += [fact.aggregate_id for fact in news.facts]
            if len(found) >= len(expected):
                break
    await hearing.aclose()  # type: ignore[attr-defined]
    assert found == expected


async def test_twenty_boards_hear_the_same_and_a_late_commit_is_not_skipped(server: Served) -> None:
    db = server.program.db
    shelf = await Shelf.filled(db, units=40)
    token = await associate(server, shelf)

    async def follow(opened: asyncio.Event) -> list[tuple[str, str]]:
        async with listening(server, token, shelf.store) as board:
            await heard(board, 1)
            opened.set()
            return numbers(await heard(board, 12))

    events = [asyncio.Event() for _ in range(20)]
    boards = [asyncio.create_task(follow(each)) for each in events]
    await asyncio.gather(*(each.wait() for each in events))

    async def offer_and_tell() -> None:
        await given.offered(db, Want(location_id=shelf.store, variant_id=shelf.cup))
        await told(server)

    await asyncio.gather(*(offer_and_tell() for _ in range(12)))
    found = await asyncio.gather(*boards)
    assert all(each == found[0] for each in found)
    assert len(set(found[0])) == 12


async def test_a_session_that_ends_hears_no_more_and_another_place_is_not_there(server: Served) -> None:
    db = server.program.db
    shelf = await Shelf.filled(db)
    tokens = await identity.tokens(db, server.settings)
    mine = await identity.staff(db, tokens, "associate@shop.example", ("store_associate", shelf.store))
    strange = await server.api.as_(mine.access_token).call("GET", f"{STREAM}?location_id={shelf.warehouse}")
    assert (strange.status_code, strange.headers["content-type"]) == (404, "application/problem+json")
    async with listening(server, mine.access_token, shelf.store) as board:
        await heard(board, 1)
        await server.api.as_(mine.access_token).post("/v1/auth/logout", {"refresh_token": mine.refresh_token})
        (said,) = await heard(board, 1)
        assert said["event"] == "signed_out"
        with pytest.raises(StopAsyncIteration):
            await anext(board)
