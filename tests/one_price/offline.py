"""A till without a network: a process of its own that has the kernel, the price engine and the bytes of a bundle, and nothing else.

Reads from its standard input one line of JSON: the path of a bundle, the instant, and baskets. Writes for each its canonical bytes.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID

from msgspec.structs import replace

from commerce.price_engine import Buyer, Override, Want, WantLine, canonical, open_bundle

FORBIDDEN = {"asyncio", "asyncpg", "litestar", "sqlalchemy", "socket", "ssl", "httpx"}


def main() -> None:
    """Prices each basket."""
    asked = json.loads(sys.stdin.readline())
    bundle = open_bundle(Path(asked["bundle"]).read_bytes())
    for basket in asked["baskets"]:
        codes = bundle.opened(basket["codes"])
        want = Want(
            channel_id=bundle.head.channel_id,
            store_id=UUID(basket["store_id"]),
            buyer=Buyer(
                customer_id=None if asked["customer"] is None else UUID(asked["customer"]),
                groups=tuple(UUID(each) for each in asked["groups"]),
                orders_before=asked["orders_before"],
            ),
            codes=codes,
            tender=basket["tender"],
            lines=tuple(
                WantLine(
                    key=line["key"],
                    variant_id=UUID(line["variant_id"]),
                    quantity=line["quantity"],
                    group=line["group"],
                    override=None if (by_hand := line.get("override")) is None else Override(by="till", **by_hand),
                )
                for line in basket["lines"]
            ),
            at=datetime.fromisoformat(basket["at"]),
        )
        outcome = bundle.price(want)
        assert outcome.priced is not None, outcome.assembled.problems
        print(canonical(replace(outcome.priced, trace=())).decode())
    ours = {name for name in sys.modules if name.startswith("commerce.")}
    strangers = sorted(name for name in ours if not name.startswith(("commerce.kernel", "commerce.price_engine")))
    print(json.dumps(strangers + sorted(FORBIDDEN & set(sys.modules))))


main()
