"""Both stores keep what they are given: the same promises, proven on a folder and on an S3-speaking server that checks each signature."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from commerce.kernel.errors import Bug
from commerce.media.adapters import FolderStore, media_store
from commerce.media.adapters.s3 import S3Store
from commerce.media.errors import MediaStoreAway
from commerce.media.ports import IMMUTABLE, MediaStore
from commerce.platform.settings import SettingsError, describe, load
from tests.media.s3 import BUCKET, KEY_ID, REGION, SECRET, S3Server

ONE, TWO = f"{'a' * 64}/480.webp", f"{'b' * 64}/full.jpg"


def settings_of(url: str, secret: str = SECRET) -> dict[str, str]:
    return {
        "COMMERCE_MEDIA_S3_BUCKET": BUCKET,
        "COMMERCE_MEDIA_S3_ENDPOINT": url,
        "COMMERCE_MEDIA_S3_REGION": REGION,
        "COMMERCE_MEDIA_S3_KEY_ID": KEY_ID,
        "COMMERCE_MEDIA_S3_SECRET": secret,
    }


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[MediaStore]:
    if kind == "folder":
        yield media_store(load({"COMMERCE_DATA_DIR": str(folder)}, env_file=None))
        return
    with S3Server() as server:
        yield media_store(load(settings_of(server.url), env_file=None))


@pytest.mark.parametrize("kind", ["folder", "s3"])
async def test_what_is_put_is_got_listed_and_deleted(kind: str, tmp_path: Path) -> None:
    with opened(kind, tmp_path) as store:
        assert isinstance(store, FolderStore if kind == "folder" else S3Store)
        assert await store.get(ONE) is None
        assert await store.listed(after="", most=10) == []
        await store.put(TWO, b"two", mime="image/jpeg")
        await store.put(ONE, b"one", mime="image/webp")
        await store.put(ONE, b"one", mime="image/webp")
        assert (await store.get(ONE), await store.get(TWO)) == (b"one", b"two")
        assert [each.key for each in await store.listed(after="", most=10)] == [ONE, TWO]
        assert [each.key for each in await store.listed(after="", most=1)] == [ONE]
        assert [each.key for each in await store.listed(after=ONE, most=10)] == [TWO]
        await store.delete([ONE, ONE])
        assert await store.get(ONE) is None
        assert [each.key for each in await store.listed(after="", most=10)] == [TWO]


async def test_a_folder_shows_a_file_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full in the middle of a file leaves neither the file nor a part of it; a killed process leaves a part that is listed."""
    store = FolderStore(tmp_path, url="")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(MediaStoreAway, match="No space left"):
            await store.put(ONE, b"one", mime="image/webp")
    assert await store.listed(after="", most=10) == []
    (tmp_path / "aa" / f"{ONE}.x1.part").write_bytes(b"o")
    assert [each.key for each in await store.listed(after="", most=10)] == [f"{ONE}.x1.part"]
    await store.delete([f"{ONE}.x1.part"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["../secret", f"{'a' * 64}/../../x", f"{'a' * 64}/evil.html", "/etc/passwd", ""])
async def test_a_folder_has_no_other_keys(key: str, tmp_path: Path) -> None:
    store = FolderStore(tmp_path, url="")
    with pytest.raises(Bug):
        await store.get(key)
    with pytest.raises(Bug):
        await store.put(key, b"x", mime="image/webp")


async def test_a_bucket_serves_what_it_has_by_itself() -> None:
    with S3Server() as server:
        store = media_store(load(settings_of(server.url), env_file=None))
        await store.put(ONE, b"one", mime="image/webp")
        kept = server.objects[f"media/{ONE}"]
        assert {name.lower(): value for name, value in kept.headers.items()} == {
            "content-type": "image/webp",
            "cache-control": IMMUTABLE,
        }
        assert store.url(ONE) == f"{server.url}/{BUCKET}/media/{ONE}"
        shown = settings_of(server.url) | {"COMMERCE_MEDIA_URL": "https://cdn.example.com/media"}
        assert media_store(load(shown, env_file=None)).url(ONE) == f"https://cdn.example.com/media/{ONE}"


async def test_a_bucket_that_stumbles_is_asked_again() -> None:
    with S3Server() as server:
        store = media_store(load(settings_of(server.url), env_file=None))
        server.faults = [503, 500]
        await store.put(ONE, b"one", mime="image/webp")
        assert len(server.requests) == 3
        assert await store.get(ONE) == b"one"


async def test_a_wrong_secret_is_refused_by_the_server_and_told_to_nobody() -> None:
    with S3Server() as server:
        given = load(settings_of(server.url, secret="some-other-secret"), env_file=None)
        store = media_store(given)
        for act in (store.put(ONE, b"one", mime="image/webp"), store.get(ONE), store.listed(after="", most=1)):
            with pytest.raises(MediaStoreAway) as refused:
                await act
            assert "secret" not in str(refused.value)
        assert server.objects == {}
        assert "some-other-secret" not in repr(given) + describe(given) + repr(store)


async def test_a_store_that_is_away_is_told_as_that() -> None:
    with S3Server() as server:
        url = server.url
    store = S3Store(bucket=BUCKET, endpoint=url, region=REGION, key_id=KEY_ID, secret=SECRET, url="")
    with pytest.raises(MediaStoreAway):
        await store.get(ONE)


def test_a_bucket_without_its_key_is_a_wrong_setting() -> None:
    half = settings_of("https://s3.example.com")
    del half["COMMERCE_MEDIA_S3_SECRET"]
    with pytest.raises(SettingsError, match="COMMERCE_MEDIA_S3_SECRET"):
        load(half, env_file=None)
