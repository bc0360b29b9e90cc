"""What a call costs does not grow with the variants of a product (CAT-04)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from commerce.catalog import VariantDraft
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import VariantId
from tests.catalog.test_on_show import shopper_of
from tests.given import catalog, checkout as given, pricing
from tests.served import Api, Served

MANY = 1_000


@pytest.fixture(autouse=True)
async def all_work_done(server: Served) -> AsyncIterator[None]:
    """Lets the worker do what the test left to be done, before the invariants are looked at."""
    yield
    await server.work()


@pytest.mark.usefixtures("nothing_ages")
async def test_statements_are_as_many_for_a_thousand_variants_as_for_one(
    server: Served, admin: Api, clock: HeldClock
) -> None:
    db = server.program.db
    await given.shop(db, stock=0)
    shopper = await shopper_of(server)
    one = await catalog.product(db, "Rope", options=["Length"], variants=[_length(0)], handle="rope")
    many = await catalog.product(
        db, "Cord", options=["Length"], variants=[_length(n) for n in range(1, MANY + 1)], handle="cord"
    )
    for begin in range(0, MANY, 500):
        await pricing.prices(db, dict.fromkeys(many[begin : begin + 500], 500))
    await pricing.prices(db, {one[0]: 500})
    found = {}
    for word, variants in (("Rope", one), ("Cord", many)):
        found[word] = {name: await _counted(server, call) for name, call in _calls(admin, shopper, word, variants)}
    assert found["Cord"] == found["Rope"]
    # A cart of a hundred lines is put together and shown with as many statements as one of a single line.

    async def begun(lines: list[VariantId]) -> None:
        await shopper.post("/v1/carts", {"lines": [{"variant_id": str(each)} for each in lines]})

    assert await _counted(server, lambda: begun(many[:100])) == await _counted(server, lambda: begun(many[:1]))


def _length(metres: int) -> VariantDraft:
    return VariantDraft(option_values=(f"{metres} m",), sku=f"L-{metres}", barcode=f"BAR-{metres}")


def _calls(
    admin: Api, shopper: Api, word: str, variants: list[VariantId]
) -> list[tuple[str, Callable[[], Awaitable[Any]]]]:
    last = f"/v1/admin/variants/{variants[-1]}"

    async def product() -> dict[str, Any]:
        variant = await admin.get(last)
        return await admin.get(f"/v1/admin/products/{variant['product_id']}")  # type: ignore[no-any-return]

    async def listed() -> None:
        path = f"/v1/admin/products/{(await product())['id']}/variants"
        assert len((await admin.get(f"{path}?limit=100"))["items"]) == min(100, len(variants))

    async def read() -> None:
        shown = await product()
        assert (shown["variant_count"], len(shown["variants"])) == (len(variants), min(250, len(variants)))

    async def changed() -> None:
        version = (await admin.get(last))["version"]
        await admin.patch(last, {"weight_grams": 5}, if_match=f'"{version}"')

    return [
        ("detail", lambda: shopper.get(f"/v1/products/{word.lower()}")),
        ("search", lambda: shopper.get(f"/v1/search?q={word}")),
        ("list", lambda: shopper.get("/v1/products?limit=24")),
        ("look-up", lambda: shopper.get(f"/v1/variants/lookup?barcode=BAR-{len(variants) - 1 and len(variants)}")),
        ("admin read", read),
        ("admin variants", listed),
        ("change", changed),
    ]


async def _counted(server: Served, call: Callable[[], Awaitable[Any]]) -> int:
    """Gives how many statements a call takes once what lives in the process is there."""
    counts = []
    for _ in range(2):
        before = server.program.db.statements
        await call()
        counts.append(server.program.db.statements - before)
    return min(counts)


async def test_too_many_options_and_variants_are_refused_with_their_field(admin: Api) -> None:
    options = [{"en": f"Option {nth}"} for nth in range(2_000)]
    body = {"title": {"en": "Rope"}, "options": options, "variants": [{"option_values": ["x"] * 2_000}]}
    answer = await admin.call("POST", "/v1/admin/products", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith("/options")
    variants = [{"option_values": [str(nth)]} for nth in range(300)]
    answer = await admin.call("POST", "/v1/admin/products", {**body, "options": options[:1], "variants": variants})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith("/variants")
