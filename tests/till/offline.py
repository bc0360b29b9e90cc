"""A till without a network: a process of its own that can import nothing of the product but the kernel and the price engine."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct

from commerce.price_engine import Want

PROGRAM = """
import sys

ALLOWED = ("commerce.kernel", "commerce.price_engine")

class Nothing_else:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("commerce.") and not name.startswith(ALLOWED):
            raise ImportError(f"a till has no {name}")
        if name.partition(".")[0] in {"asyncpg", "litestar", "sqlalchemy", "httpx", "socket"}:
            raise ImportError(f"a till has no {name}")

sys.meta_path.insert(0, Nothing_else())

import msgspec
from commerce.price_engine import Want, canonical, open_bundle
from datetime import datetime

class Asked(msgspec.Struct):
    bundle: str
    deltas: list[str]
    wants: list[Want]
    signed: list[str]
    codes: list[tuple[str, str]]
    at: datetime

asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
bundle = open_bundle(open(asked.bundle, "rb").read())
for delta in asked.deltas:
    bundle = bundle.updated(open(delta, "rb").read())
answers = []
for want in asked.wants:
    outcome = bundle.price(want)
    priced = outcome.priced
    answers.append(
        None if priced is None else canonical(msgspec.structs.replace(priced, trace=())).decode()
    )
flaws = [bundle.verify(signed, at=asked.at)[1] for signed in asked.signed]
found = []
for by, code in asked.codes:
    each = bundle.look_up(by, code, at=asked.at)
    read = each and each.embedded
    weighed = read is not None and read.kind == "weight"
    found.append(
        each
        and {
            "variant_id": each.article.fact.variant_id,
            "price": each.price,
            "kind": read and read.kind,
            "weight_grams": read.value if weighed else None,
            "piece": each.piece,
        }
    )
sys.stdout.buffer.write(msgspec.json.encode({"priced": answers, "flaws": flaws, "found": found}))
"""


class FoundOffline(Struct, frozen=True, kw_only=True):
    """What is found behind a code: the variant, its price on the shelf, and what the code says of the piece that it stands on."""

    variant_id: UUID
    price: int | None
    kind: str | None = None
    weight_grams: int | None = None
    piece: int | None = None


class Answer(Struct, frozen=True):
    """What the till says: each basket's price as its canonical bytes without the trace (None: it has none), each quote's flaw, what is behind
    each code.
    """

    priced: list[str | None]
    flaws: list[str | None]
    found: list[FoundOffline | None]


def offline(
    bundle: Path,
    wants: Sequence[Want],
    at: object,
    *,
    deltas: Sequence[Path] = (),
    signed: Sequence[str] = (),
    codes: Sequence[tuple[str, str]] = (),
) -> Answer:
    """Asks a till that has a bundle, and deltas over it, for the price of baskets, whether quotes are signed as they should, and what codes stand for."""
    asked = msgspec.json.encode(
        {
            "bundle": str(bundle),
            "deltas": [str(each) for each in deltas],
            "wants": list(wants),
            "signed": list(signed),
            "codes": list(codes),
            "at": at,
        }
    )
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=asked, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return msgspec.json.decode(done.stdout, type=Answer)
