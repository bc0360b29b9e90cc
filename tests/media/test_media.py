"""Pictures and documents over HTTP: sent in, drawn, arranged, shown, kept as long as somebody shows them."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import httpx
import pytest

from commerce.catalog import Image, ProductDraft, put_products
from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.media.adapters import FolderStore
from commerce.media.ports import IMMUTABLE, MediaStore
from commerce.media.prepare import prepare
from commerce.media.readdress import readdress
from commerce.media.sweep import sweep
from commerce.media.take_in import MediaDue
from commerce.platform.database import Database
from commerce.platform.settings import load
from tests.given import catalog as articles, checkout, identity, stores
from tests.media.pictures import PDF, SECRET, bomb, jpeg, telling
from tests.media.s3 import S3Server
from tests.media.test_stores import settings_of
from tests.served import Api, Served, good

Json: TypeAlias = Any
ELSEWHERE = "https://pictures.example.com/mug.jpg"


@pytest.fixture
async def admin(server: Served) -> Api:
    """The server as an administrator sees it."""
    signed_in = await identity.administrator(server.program.db, server.program.services.tokens)  # type: ignore[arg-type]
    return server.api.as_(signed_in.access_token)


async def sent(admin: Api, content: bytes, **query: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {admin.token}", "content-type": "application/octet-stream"}
    return await admin.http.post("/v1/admin/media", content=content, headers=headers, params=query)


async def medium(server: Served, admin: Api, content: bytes, **query: str) -> Json:
    """A medium that is ready."""
    made = good(await sent(admin, content, **query))
    await server.work()
    return await admin.get(f"/v1/admin/media/{made['id']}")


async def mug(server: Served, **how: Any) -> tuple[str, list[str]]:
    """A product on show, with the ids of its variants."""
    variants = await articles.product(server.program.db, "Mug", handle="mug", **how)
    page = await server.api.get("/v1/products/mug")
    return page["id"], [str(each) for each in variants]


async def arranged(admin: Api, product_id: str, items: Sequence[Json]) -> Json:
    path = f"/v1/admin/products/{product_id}/media"
    version = (await admin.get(path))["version"]
    return await admin.put(path, {"items": items}, If_Match=f'"{version}"')


def store_of(server: Served) -> MediaStore:
    store: MediaStore = server.program.services.media_store
    return store


async def test_a_picture_is_sent_drawn_and_served_for_ever(server: Served, admin: Api) -> None:
    content = telling(1_200, 800)
    first = await sent(admin, content, file_name="mug.html")
    assert (first.status_code, first.json()["state"], first.json()["mime"]) == (202, "waiting", "image/jpeg")
    assert first.json()["sha256"] == hashlib.sha256(content).hexdigest()
    again = await sent(admin, content)
    assert again.json()["id"] == first.json()["id"]
    await server.work()
    ready = await admin.get(f"/v1/admin/media/{first.json()['id']}")
    assert (ready["state"], ready["width"], ready["height"], ready["file_name"]) == ("ready", 800, 1_200, "mug.html")
    assert [each["name"] for each in ready["renditions"]][:2] == ["160.webp", "160.jpg"]
    assert ready["url"].startswith(f"{server.url}/v1/media/{ready['sha256']}/full.")
    for each in ready["renditions"]:
        file = await server.api.http.get(each["url"])
        assert (file.status_code, file.headers["content-type"], len(file.content)) == (200, each["mime"], each["bytes"])
        assert SECRET not in file.content
        assert file.headers["cache-control"] == IMMUTABLE
        assert file.headers["x-content-type-options"] == "nosniff"
    file = await server.api.http.get(ready["url"])
    known = await server.api.http.get(ready["url"], headers={"if-none-match": file.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    listed = (await admin.get("/v1/admin/media"))["items"]
    assert [each["id"] for each in listed] == [ready["id"]]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 422, "media_refused"),
        (bomb(30_000, 30_000), 422, "media_refused"),
        (b"MZ\x90\x00" + bytes(200), 422, "media_refused"),
        (b"", 400, "invalid_input"),
        (b"\xff\xd8\xff" + bytes(20_000_000), 413, "media_too_large"),
    ],
)
async def test_what_is_not_taken_leaves_nothing(
    server: Served, admin: Api, content: bytes, status: int, code: str
) -> None:
    answer = await sent(admin, content, file_name="holiday.jpg")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await admin.get("/v1/admin/media"))["items"] == []
    assert await store_of(server).listed(after="", most=1) == []


async def test_nobody_else_sends_media(server: Served) -> None:
    answer = await server.api.http.post("/v1/admin/media", content=jpeg())
    assert answer.status_code == 401


async def test_a_picture_that_breaks_when_it_is_drawn_is_refused_with_its_reason(server: Served, admin: Api) -> None:
    refused = await medium(server, admin, bomb(400, 400))
    assert (refused["state"], refused["renditions"]) == ("refused", [])
    assert "damaged" in refused["refused_because"]
    await stores.channel(server.program.db)
    product_id, _ = await mug(server)
    answer = await admin.call("POST", f"/v1/admin/products/{product_id}/media", {"media_id": refused["id"]})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


async def test_a_product_shows_media_in_order_with_texts_in_three_languages(server: Served, admin: Api) -> None:
    await stores.channel(server.program.db)
    product_id, (variant_id,) = await mug(server)
    front, manual = await medium(server, admin, jpeg()), await medium(server, admin, PDF, file_name="manual.pdf")
    late = good(await sent(admin, jpeg(shade=7)))  # still to be drawn
    shown = await arranged(
        admin,
        product_id,
        [
            {"url": ELSEWHERE, "alt": {"en": "From afar"}},
            {"media_id": front["id"], "variant_id": variant_id, "alt": {"en": "Front", "ca": "Davant"}},
            {"media_id": manual["id"], "alt": {"en": "Manual", "es": "Instrucciones"}},
            {"media_id": late["id"]},
        ],
    )
    assert [each["kind"] for each in shown["media"]] == ["image", "image", "document", "image"]
    page = await server.api.get("/v1/products/mug?channel=" + await channel_of(admin))
    sizes = [{name: each[name] for name in ("url", "mime", "width", "height")} for each in front["renditions"]]
    assert [each["url"] for each in sizes][-1] == front["url"], "the smallest first"
    assert page["images"] == [
        {"url": ELSEWHERE, "alt": "From afar"},
        {"url": front["url"], "alt": "Front", "renditions": sizes},
    ]
    assert page["variants"][0]["image_url"] == front["url"]
    await server.work()
    ready = await admin.get(f"/v1/admin/media/{late['id']}")
    seen = await server.api.get(f"/v1/products/{product_id}/media?lang=ca")
    assert [(each["url"], each["alt"]) for each in seen["images"]] == [
        (ELSEWHERE, "From afar"),
        (front["url"], "Davant"),
        (ready["url"], ""),
    ]
    page = await server.api.get("/v1/products/mug?lang=ca")
    assert [(each["url"], each["alt"]) for each in page["images"]] == [
        (each["url"], each["alt"]) for each in seen["images"]
    ], "the page says what the list of pictures says"
    assert [each["name"] for each in seen["images"][1]["renditions"]][-1] == "full.jpg"
    (document,) = seen["documents"]
    assert (document["alt"], document["file_name"]) == ("Manual", "manual.pdf")
    file = await server.api.http.get(document["url"])
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    assert file.headers["content-disposition"].startswith("attachment")
    whole = await admin.get(f"/v1/admin/products/{product_id}")
    assert [each["url"] for each in whole["images"]] == [ELSEWHERE, front["url"], ready["url"]]
    in_use = await admin.call("DELETE", f"/v1/admin/media/{front['id']}")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "media_in_use")


async def channel_of(admin: Api) -> str:
    found: str = (await admin.get("/v1/admin/channels"))["items"][0]["id"]
    return found


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"url": ELSEWHERE, "media_id": str(new_id())},
        {"media_id": str(new_id())},
        {"url": ELSEWHERE, "variant_id": str(new_id())},
        {"url": "javascript:alert(1)"},
        {"url": "data:image/png;base64,AAAA"},
        {"url": "ftp://pictures.example.com/x.jpg"},
    ],
)
async def test_what_cannot_be_shown_is_refused(server: Served, admin: Api, item: Json) -> None:
    await stores.channel(server.program.db)
    product_id, _ = await mug(server)
    answer = await admin.call("POST", f"/v1/admin/products/{product_id}/media", item)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert (await admin.get(f"/v1/admin/products/{product_id}"))["images"] == []


async def test_cards_show_the_sizes_of_what_was_sent(server: Served, admin: Api) -> None:
    await stores.channel(server.program.db)
    product_id, (variant_id,) = await mug(server)
    front = await medium(server, admin, jpeg())
    for of in (None, variant_id):
        shown = {"media_id": front["id"], "variant_id": of, "alt": {"en": "Front", "es": "De frente"}}
        await arranged(admin, product_id, [shown, {"url": ELSEWHERE, "alt": {"en": "From afar"}}])
        for path in ("/v1/products?lang=es", "/v1/search?q=mug&lang=es"):
            (card,) = (await server.api.get(path))["items"]
            assert card["image"]["url"] == card["image_url"] == front["url"]
            assert card["image"]["alt"] == "De frente"
            assert [each["url"] for each in card["image"]["renditions"]] == [
                each["url"] for each in front["renditions"]
            ]
    await arranged(admin, product_id, [{"url": ELSEWHERE, "alt": {"en": "From afar"}}])
    (card,) = (await server.api.get("/v1/products"))["items"]
    assert (card["image_url"], card["image"]) == (ELSEWHERE, None), "of what is kept elsewhere there are no sizes"


async def test_lists_are_versioned_and_additions_at_once_all_count(server: Served, admin: Api) -> None:
    await stores.channel(server.program.db)
    product_id, _ = await mug(server)
    path = f"/v1/admin/products/{product_id}/media"
    urls = [f"https://pictures.example.com/{nth}.jpg" for nth in range(8)]
    await asyncio.gather(*(admin.post(path, {"url": each}) for each in [*urls, *urls]))
    whole = await admin.get(f"/v1/admin/products/{product_id}")
    assert sorted(each["url"] for each in whole["images"]) == urls
    stale = await admin.call("PUT", path, {"items": []}, if_match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    twice = await admin.call("PUT", path, {"items": [{"url": urls[0]}] * 2}, if_match=f'"{whole["version"]}"')
    assert twice.status_code == 400
    most = [{"url": f"{ELSEWHERE}?{nth}"} for nth in range(251)]
    assert (await admin.call("PUT", path, {"items": most}, if_match=f'"{whole["version"]}"')).status_code == 400
    assert (await arranged(admin, product_id, []))["media"] == []
    assert (await admin.get(f"/v1/admin/products/{product_id}"))["images"] == []


async def test_what_the_catalogue_or_a_file_does_to_pictures_is_followed(server: Served, admin: Api) -> None:
    await stores.channel(server.program.db)
    product_id, _ = await mug(server)
    front, back = await medium(server, admin, jpeg()), await medium(server, admin, jpeg(shade=3))
    manual = await medium(server, admin, PDF)
    items = [{"media_id": each["id"], "alt": {"en": "Seen", "ca": "Vist"}} for each in (front, back, manual)]
    await arranged(admin, product_id, items)
    path = f"/v1/admin/products/{product_id}"
    version = (await admin.get(path))["version"]
    images = [{"url": ELSEWHERE, "alt": "Far"}, {"url": back["url"], "alt": "Seen"}]
    await admin.patch(path, {"images": images}, If_Match=f'"{version}"')
    listed = (await admin.get(f"{path}/media"))["media"]
    assert [(each["url"], each["alt"].get("ca")) for each in listed] == [
        (ELSEWHERE, None),
        (back["url"], "Vist"),
        (manual["url"], "Vist"),
    ]
    assert (await admin.get(f"/v1/admin/media/{front['id']}"))["unattached_since"] is not None
    draft = ProductDraft(handle="mug", images=(Image(url=front["url"], alt="Front"),))
    await server.program.db.transact(put_products, [draft], at=kernel_clock.now())
    listed = (await admin.get(f"{path}/media"))["media"]
    assert [(each["media_id"], each["alt"]["en"]) for each in listed] == [
        (front["id"], "Front"),
        (manual["id"], "Seen"),
    ]
    assert (await admin.get(f"/v1/admin/media/{front['id']}"))["unattached_since"] is None


async def test_a_process_that_dies_between_drawing_and_recording_leaves_nothing_half_done(
    server: Served, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = good(await sent(admin, jpeg()))
    store, due = store_of(server), MediaDue(UUID(made["id"]))

    assert isinstance(store, FolderStore)
    left, whole_put = [3], store.put

    async def dying(key: str, content: bytes, *, mime: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise ConnectionError
        await whole_put(key, content, mime=mime)

    with monkeypatch.context() as ending:
        ending.setattr(store, "put", dying)
        with pytest.raises(ConnectionError):
            await prepare(server.program.db, store, due)
    assert (await admin.get(f"/v1/admin/media/{made['id']}"))["state"] == "waiting"
    assert len(await store.listed(after="", most=20)) == 3
    await asyncio.gather(*(prepare(server.program.db, store, due) for _ in range(3)))
    ready = await admin.get(f"/v1/admin/media/{made['id']}")
    assert (ready["state"], len(await store.listed(after="", most=20))) == ("ready", len(ready["renditions"]))


async def test_the_sweep_takes_what_nobody_shows_and_leaves_what_an_order_shows(
    server: Served, admin: Api, clock: HeldClock, dsn: str
) -> None:
    shop = await checkout.shop(server.program.db)
    product_id = (await server.api.get("/v1/variants/lookup?sku=CUP"))["product"]["id"]
    kept, gone, shown = [await medium(server, admin, jpeg(shade=nth)) for nth in (50, 100, 150)]
    await arranged(admin, product_id, [{"media_id": each["id"]} for each in (kept, gone)])
    await ordered(dsn, shop.cup, kept["url"])
    await arranged(admin, product_id, [{"media_id": shown["id"]}])
    for hours, there in ((23, 3), (2, 2), (30, 2)):
        clock.move(hours=hours)
        await sweep(server.program.db, store_of(server))
        assert len((await admin.get("/v1/admin/media"))["items"]) == there
    for each, status in ((kept, 200), (shown, 200), (gone, 404)):
        assert (await server.api.http.get(each["url"])).status_code == status
    assert (await admin.call("GET", f"/v1/admin/media/{gone['id']}")).status_code == 404
    again = await medium(server, admin, jpeg(shade=100))
    assert again["id"] != gone["id"]
    await server.work()
    assert (await server.api.http.get(again["url"])).status_code == 200


async def test_the_same_bytes_at_once_are_one_medium(server: Served, admin: Api) -> None:
    answers = await asyncio.gather(*(sent(admin, jpeg()) for _ in range(6)))
    assert [each.status_code for each in answers] == [202] * 6
    assert len({each.json()["id"] for each in answers}) == 1
    await server.work()
    assert len((await admin.get("/v1/admin/media"))["items"]) == 1


async def test_what_is_attached_while_it_is_swept_is_either_there_or_refused(server: Served, admin: Api) -> None:
    """The sweep and a product meet on each medium; whoever comes second sees what the first one did."""
    await stores.channel(server.program.db)
    product_id, _ = await mug(server)
    media = [await medium(server, admin, jpeg(width=40 + nth)) for nth in range(6)]
    for each in media:
        assert (await admin.call("DELETE", f"/v1/admin/media/{each['id']}")).status_code == 204
    path = f"/v1/admin/products/{product_id}/media"
    sweeping = asyncio.create_task(sweep(server.program.db, store_of(server)))
    answers = await asyncio.gather(*(admin.call("POST", path, {"media_id": each["id"]}) for each in media))
    await sweeping
    for each, answer in zip(media, answers, strict=True):
        file = await server.api.http.get(each["url"])
        assert (answer.status_code, file.status_code) in {(200, 200), (400, 404)}, answer.text
    images = (await admin.get(f"/v1/admin/products/{product_id}"))["images"]
    assert len(images) == sum(each.status_code == 200 for each in answers)


async def ordered(dsn: str, variant_id: UUID, url: str) -> None:
    """An order that was placed when its article had this picture."""
    from tests.given import orders

    db = Database(dsn)
    order = await orders.opened(db, orders.Want(variant_id=variant_id))
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE order_lines SET image_url = $1 WHERE order_id = $2", url, order.id)
    await connection.close()
    await db.close()


async def test_files_that_no_medium_owns_go_after_a_day(
    server: Served, admin: Api, clock: HeldClock, tmp_path: Path
) -> None:
    ready = await medium(server, admin, jpeg())
    store = store_of(server)
    assert isinstance(store, FolderStore)
    stray, part = f"{'c' * 64}/480.webp", f"{ready['sha256']}/480.webp.x1.part"
    await store.put(stray, b"stray", mime="image/webp")
    (tmp_path / "media" / part[:2] / part).write_bytes(b"half")
    files = len(await store.listed(after="", most=50))
    await sweep(server.program.db, store)
    assert len(await store.listed(after="", most=50)) == files
    for name in (stray, part):
        os.utime(tmp_path / "media" / name[:2] / name, (0, 0))
    await sweep(server.program.db, store)
    assert [each.key for each in await store.listed(after="", most=50) if each.key in {stray, part}] == []
    assert (await server.api.http.get(ready["url"])).status_code == 200


async def test_when_the_shop_moves_its_media_pages_follow(server: Served, admin: Api, tmp_path: Path) -> None:
    await stores.channel(server.program.db)
    product_id, (variant_id,) = await mug(server)
    front = await medium(server, admin, jpeg())
    items = [{"url": ELSEWHERE}, {"media_id": front["id"], "variant_id": variant_id, "alt": {"en": "Front"}}]
    await arranged(admin, product_id, items)
    store = FolderStore(tmp_path / "media", url="https://cdn.example.com/m")
    assert [await readdress(server.program.db, store) for _ in range(2)] == [1, 0]
    whole = await admin.get(f"/v1/admin/products/{product_id}")
    moved = f"https://cdn.example.com/m/{front['sha256']}/full.jpg"
    assert [each["url"] for each in whole["images"]] == [ELSEWHERE, moved]
    assert whole["variants"][0]["image_url"] == moved
    assert (await admin.get(f"/v1/admin/media/{front['id']}"))["url"] == moved


async def test_with_a_bucket_pages_name_the_bucket(server: Served, admin: Api) -> None:
    from commerce.media.adapters import media_store

    with S3Server() as bucket:
        store = media_store(load(settings_of(bucket.url), env_file=None))
        made = good(await sent(admin, jpeg()))
        await prepare(server.program.db, store, MediaDue(UUID(made["id"])))
        ready = await admin.get(f"/v1/admin/media/{made['id']}")
        assert ready["url"].startswith(f"{bucket.url}/shop-media/media/{ready['sha256']}/full.jpg")
        assert len(bucket.objects) == len(ready["renditions"])
