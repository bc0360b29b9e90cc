"""Whoever starts the server is told what it started."""

import io
import json
import socket
from pathlib import Path

import pytest

from commerce.cli import main
from commerce.cli.serving import say_what_runs
from commerce.platform import logs
from commerce.platform.settings import load


def test_a_server_says_where_it_listens_on_which_database_and_by_whom_payments_are_taken(tmp_path: Path) -> None:
    given = {"COMMERCE_HTTP_PORT": "8911", "COMMERCE_HTTP_HOST": "0.0.0.0", "COMMERCE_DATA_DIR": str(tmp_path)}
    settings, said = load(given, env_file=None), io.StringIO()
    logs.configure(settings, said)

    say_what_runs(settings, sandboxed=True)

    line = json.loads(said.getvalue())
    assert (line["event"], line["url"], line["docs"]) == (
        "serving",
        "http://127.0.0.1:8911",
        "http://127.0.0.1:8911/docs",
    )
    assert (line["database"], line["payments"]) == (f"embedded in {tmp_path}", "sandbox")


def test_it_does_not_say_how_one_gets_into_the_database(tmp_path: Path) -> None:
    secrets = {"DATABASE_URL": "postgresql://me:hush@db.example/shop", "COMMERCE_KEY_ENCRYPTION_KEY": "ab" * 32}
    settings, said = load({**secrets, "COMMERCE_DATA_DIR": str(tmp_path)}, env_file=None), io.StringIO()
    logs.configure(settings, said)

    say_what_runs(settings, sandboxed=False)

    assert json.loads(said.getvalue())["database"] == "as DATABASE_URL says"
    assert "hush" not in said.getvalue()


def test_a_port_that_is_taken_is_told_in_one_line_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("COMMERCE_HTTP_PORT", str(port))
        assert main(["run"]) == 2
    assert capsys.readouterr().err == (
        f"commerce: the server cannot listen on 127.0.0.1, port {port} (Address already in use): stop what listens there, or set "
        "COMMERCE_HTTP_HOST and COMMERCE_HTTP_PORT.\n"
    )
    assert list(tmp_path.iterdir()) == []
