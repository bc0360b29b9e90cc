"""The embedded server never outlives its program, and nothing that a kill leaves behind keeps the next start from working."""

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from commerce.platform import embedded, embedded_binaries, embedded_cluster
from commerce.platform.embedded import EmbeddedError

FAST = {"shared_buffers": "16MB"}
PROGRAM = """
import json, sys, time
from pathlib import Path
from commerce.platform import embedded
server = getattr(embedded, sys.argv[1])(Path(sys.argv[2]))
print(json.dumps({"dsn": server.dsn, "pid": server.pid, "joined": server.joined}), flush=True)
sys.stdin.readline()
server.stop()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            embedded.remove(tmp_path / "data")
        except EmbeddedError:
            time.sleep(0.05)  # a server that a test killed is still ending
        else:
            return
    raise AssertionError("a server was left behind")


@contextmanager
def program(call: str, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another Python that starts or joins the server, and stops it when its input ends."""
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, call, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        yield child


def told(child: "subprocess.Popen[str]") -> dict[str, object]:
    assert child.stdout is not None
    answer: dict[str, object] = json.loads(child.stdout.readline())
    return answer


async def write_row(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1)")
    await connection.close()


async def rows(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM kept"))
    finally:
        await connection.close()


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


async def test_rows_are_there_after_a_stop_and_a_start(folder: Path) -> None:
    first = embedded.start(folder, settings=FAST)
    await write_row(first.dsn)
    first.stop()
    assert not first.running

    second = embedded.start(folder, settings=FAST)
    try:
        assert second.running
        assert not second.joined
        assert await rows(second.dsn) == 1
    finally:
        second.stop()


async def test_a_killed_program_takes_its_server_along_within_a_second(folder: Path) -> None:
    with program("start", folder) as child:
        server = told(child)
        await write_row(str(server["dsn"]))
        child.kill()
        assert gone_within(int(str(server["pid"])), 1.0)
    again = embedded.start(folder, settings=FAST)
    try:
        assert await rows(again.dsn) == 1
    finally:
        again.stop()


async def test_a_killed_server_is_noticed_and_started_again_by_the_same_program(folder: Path) -> None:
    first = embedded.start(folder, settings=FAST)
    await write_row(first.dsn)
    os.kill(first.pid, signal.SIGKILL)
    assert gone_within(first.pid, 1.0)
    assert not first.running

    again = embedded.start(folder, settings=FAST)
    try:
        assert await rows(again.dsn) == 1
    finally:
        again.stop()


async def test_program_and_server_killed_at_once_while_a_session_is_busy(folder: Path) -> None:
    with program("start", folder) as child:
        server = told(child)
        await write_row(str(server["dsn"]))
        busy = await asyncpg.connect(str(server["dsn"]))
        busy_pid = int(await busy.fetchval("SELECT pg_backend_pid()"))
        endless = asyncio.create_task(busy.fetchval("SELECT count(*) FROM generate_series(1, 1000000000000)"))
        await asyncio.sleep(0.2)
        os.kill(int(str(server["pid"])), signal.SIGKILL)
        child.kill()
        assert gone_within(int(str(server["pid"])), 1.0)
        assert alive(busy_pid), "a busy session looks up only when its statement ends"

        again = embedded.start(folder, settings=FAST)
        try:
            assert not alive(busy_pid)
            assert await rows(again.dsn) == 1
            with pytest.raises((asyncpg.PostgresError, ConnectionError)):
                await endless
        finally:
            again.stop()


async def test_a_pid_file_that_names_a_living_stranger_is_not_believed(folder: Path) -> None:
    embedded.start(folder, settings=FAST).stop()
    cluster = next(folder.glob("cluster-*")).resolve()
    owner = cluster.stat()
    stranger = cluster / "postmaster.pid"
    stranger.write_text(f"{os.getpid()}\n{cluster}\n1700000000\n5432\n\n127.0.0.1\n\nready\n")
    os.chown(stranger, owner.st_uid, owner.st_gid)

    again = embedded.start(folder, settings=FAST)
    assert again.running
    again.stop()


def test_two_programs_that_begin_at_once_share_one_server(folder: Path) -> None:
    with program("join_or_start", folder) as one, program("join_or_start", folder) as other:
        first, second = told(one), told(other)
        assert first["dsn"] == second["dsn"]
        assert {first["joined"], second["joined"]} == {False, True}


def test_who_joins_leaves_the_server_running(folder: Path) -> None:
    server = embedded.start(folder, settings=FAST)
    try:
        with program("join_or_start", folder) as guest:
            assert told(guest)["joined"]
        assert guest.returncode == 0
        assert server.running
    finally:
        server.stop()


def test_a_folder_that_cannot_be_made_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match=r"cannot be made \(Not a directory\).*COMMERCE_DATA_DIR"):
        embedded.join_or_start(tmp_path / "file" / "postgres")


def test_a_folder_in_use_is_refused_with_the_way_out(folder: Path) -> None:
    server = embedded.start(folder, settings=FAST)
    try:
        with pytest.raises(
            EmbeddedError, match=rf"in use by another program \(its PostgreSQL is process {server.pid}\)"
        ):
            embedded.start(folder)
        with pytest.raises(EmbeddedError, match="in use"):
            embedded.remove(folder)
        assert server.running
    finally:
        server.stop()


def test_data_of_another_major_version_is_refused_and_not_hidden(folder: Path) -> None:
    (folder / "cluster-12").mkdir(parents=True)
    with pytest.raises(EmbeddedError, match=r"another PostgreSQL \(cluster-12\).*commerce backup"):
        embedded.start(folder)
    assert [path.name for path in folder.glob("cluster-*")] == ["cluster-12"]


def test_a_start_outside_the_main_thread_is_refused(folder: Path) -> None:
    refusals: list[EmbeddedError] = []

    def attempt() -> None:
        try:
            embedded.start(folder)
        except EmbeddedError as refusal:
            refusals.append(refusal)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert "main thread" in str(refusals[0])
    assert not folder.exists()


def test_a_setting_that_postgresql_refuses_is_told_in_its_own_words(folder: Path) -> None:
    with pytest.raises(EmbeddedError, match="shared_buffers"):
        embedded.start(folder, settings={"shared_buffers": "many"})


def test_password_and_endpoint_are_readable_by_their_owner_alone(folder: Path) -> None:
    embedded.start(folder, settings=FAST).stop()
    for name in ("password", "endpoint.json", "postgres.log"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name


async def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    server = embedded.start(folder, settings=FAST)
    try:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.dsn, password="guess")
    finally:
        server.stop()


async def test_a_lost_password_is_set_anew_and_the_data_stays(folder: Path) -> None:
    first = embedded.start(folder, settings=FAST)
    await write_row(first.dsn)
    first.stop()
    (folder / "password").unlink()

    again = embedded.start(folder, settings=FAST)
    try:
        assert again.dsn_for("x").split("@", maxsplit=1)[0] != first.dsn_for("x").split("@", maxsplit=1)[0]
        assert await rows(again.dsn) == 1
    finally:
        again.stop()


async def test_lower_case_and_order_do_not_depend_on_the_machine(folder: Path) -> None:
    server = embedded.start(folder, settings=FAST)
    try:
        connection = await asyncpg.connect(server.dsn)
        assert await connection.fetchval("SELECT lower('ÀÉÇÑ·Ł')") == "àéçñ·ł"
        ordered = await connection.fetchval("SELECT array_agg(x ORDER BY x) FROM unnest(ARRAY['b', 'À', 'a', 'B']) x")
        assert ordered == ["B", "a", "b", "À"]
        await connection.close()
    finally:
        server.stop()


def test_programs_that_the_unprivileged_user_cannot_reach_are_copied_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = embedded.binaries()
    package = original.parent.parent
    cache = tmp_path / "cache"
    monkeypatch.setattr(embedded_binaries, "CACHE", cache)
    copy = embedded_binaries._readable_copy(package)
    assert copy.is_relative_to(cache)
    assert embedded_binaries.major_version(copy) == embedded_binaries.major_version(original)
    assert embedded_binaries._readable_copy(package) == copy


def test_throwaway_data_that_lost_its_link_is_swept_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_cluster, "UNREACHABLE_DATA", tmp_path)
    folder = tmp_path / "throwaway"
    for name in ("lost", "fresh", "linked"):
        (folder / name).mkdir(parents=True)
        (folder / f"{name}.link").write_text(str(tmp_path / f"link-to-{name}"))
        os.utime(folder / f"{name}.link", (0, 0) if name != "fresh" else None)
    (tmp_path / "link-to-linked").symlink_to(folder / "linked")

    assert embedded_cluster._reachable_home(durable=False) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["fresh", "fresh.link", "linked", "linked.link"]


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", embedded.free_port()))
