"""The lock files pin everything with hashes, and name no registry and no machine."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==[^\s;]+(?: ; [^\\]+)? \\$", re.MULTILINE)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(lock: str) -> set[str]:
    return {normal(name) for name in PIN.findall((ROOT / lock).read_text())}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_registry_no_option_and_no_path_is_named(lock: str) -> None:
    for line in (ROOT / lock).read_text().splitlines():
        assert re.fullmatch(
            r"|# (?:Made by|The following packages) .*|[A-Za-z0-9._-]+==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?|    # via .*",
            line,
        )
        assert "://" not in line
        assert " /" not in line
        assert " @ " not in line


@pytest.mark.parametrize("lock", LOCKS)
def test_each_pin_has_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"^(?=[A-Za-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pinned(lock))
    assert all("--hash=sha256:" in block for block in blocks)


def test_what_the_project_asks_for_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {normal(re.split(r"[<>=~!\[; ]", line)[0]) for line in project["dependencies"]}
    asked_for_development = {
        normal(re.split(r"[<>=~!\[; ]", line)[0]) for line in project["optional-dependencies"]["dev"]
    }
    assert asked <= pinned("requirements.lock"), "run `make lock`"
    assert asked | asked_for_development <= pinned("requirements-dev.lock"), "run `make lock`"


def test_both_files_pin_the_same_versions() -> None:
    versions = [
        dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE)) for lock in LOCKS
    ]
    runtime, development = versions
    assert {name: development.get(name) for name in runtime} == runtime
