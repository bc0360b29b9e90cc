"""The engine runs where nothing else of the product does: a till with no network."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from commerce.price_engine import canonical
from tests.given.engine import AT, want, wanted
from tests.price_engine.test_bundle import BREAD, PICKUP, SOAP, at as price_of, delta, full, opened, signed_quote, sold

# Nothing but these may be imported, and nothing may be opened: no socket, no file, once the engine is there.
FENCE = """
import sys

class Fence:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("commerce.") and not name.startswith(("commerce.kernel", "commerce.price_engine")):
            raise ImportError(f"{name} is not for a till")
        if name.partition(".")[0] in {"asyncpg", "litestar", "sqlalchemy", "httpx", "granian", "alembic"}:
            raise ImportError(f"{name} is not for a till")

sys.meta_path.insert(0, Fence())
"""
LISTED = """
import commerce.price_engine
print(*sorted(name for name in sys.modules if name.startswith("commerce")))
print(*sorted({"asyncio", "asyncpg", "litestar", "sqlalchemy", "socket", "ssl"} & set(sys.modules)))
"""
PRICED = """
import msgspec
from commerce.price_engine import Want, canonical, open_bundle

def refused(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError(f"{event} without a network")

sys.addaudithook(refused)
bundle_file, delta_file, wants_file, quote_file = sys.argv[1:]
bundle = open_bundle(open(bundle_file, "rb"))
wants = msgspec.json.decode(open(wants_file, "rb").read(), type=list[Want])
for each in (bundle, bundle.updated(open(delta_file, "rb").read())):
    for want in wants:
        print(canonical(each.price(want).priced).decode())
document, flaw = bundle.verify(open(quote_file).read(), at=wants[0].at)
print(msgspec.json.encode([document.basket.total, flaw]).decode())
"""


def _alone(program: str, *arguments: Path) -> list[str]:
    command = [sys.executable, "-c", FENCE + program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_engine_imports_the_kernel_and_nothing_else() -> None:
    ours, outside = _alone(LISTED)
    assert "commerce.price_engine.bundle" in ours.split()
    for name in ours.split():
        assert name in {"commerce", "commerce.kernel", "commerce.price_engine"} or name.startswith(
            ("commerce.kernel.", "commerce.price_engine.")
        ), name
    assert outside == ""


def test_a_process_of_its_own_prices_and_checks_quotes_from_the_bytes_of_a_bundle(tmp_path: Path) -> None:
    wants = [
        want(wanted(SOAP, 3, group=PICKUP), wanted(BREAD, 2)),
        want(wanted(SOAP), at=AT + timedelta(hours=3)),
    ]
    moved = delta(sold(SOAP, price_of(2100)))
    written = {
        "bundle": msgspec.json.encode(full()),
        "delta": moved,
        "wants": msgspec.json.encode(wants),
        "quote": signed_quote().encode(),
    }
    for name, data in written.items():
        (tmp_path / name).write_bytes(data)
    *prices, quote = _alone(PRICED, *(tmp_path / name for name in written))
    here = [each.price(wish).priced for each in (opened(), opened().updated(moved)) for wish in wants]
    assert prices == [canonical(priced).decode() for priced in here if priced is not None]
    assert [priced.total for priced in here if priced is not None] == [5897, 1799, 6800, 2100]
    assert json.loads(quote) == [3598, None]
