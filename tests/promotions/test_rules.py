"""Bad rules are refused with the field at fault; good ones come back as they were sent."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from commerce import catalog
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.platform.database import Database
from commerce.price_engine import BuyGet, Gift, Targets
from commerce.promotions.cycles import Feeding, feeding, ring
from commerce.promotions.facts import Rule
from commerce.promotions.judge import flaws, minutes_of_week
from commerce.promotions.on_wire import Reader, rule_out
from commerce.promotions.queries import promotion
from commerce.promotions.schemas import PromotionIn
from tests.given import catalog as given_catalog, promotions as given, stores as given_stores
from tests.given.pricing import delivery_method
from tests.given.promotions import written

Json = dict[str, Any]
A, B, C = (str(UUID(int=nth)) for nth in (1, 2, 3))
EUR, JPY = {"amount": 500, "currency": "EUR"}, {"amount": 500, "currency": "JPY"}


def pointers_of(effect: Json | None = None, **fields: Any) -> list[str]:
    """The fields at fault of a rule that is looked at by itself."""
    data = written(effect, **fields)
    reader = Reader(data.currency)
    rule = reader.rule(data)
    return [pointer for pointer, _ in [*reader.flaws, *flaws(rule)]]


PERCENT = {"kind": "percent_off", "rate": "0.1"}
WRONG: list[tuple[str, Json, Json, str]] = [
    ("a share of nothing", {"kind": "percent_off", "rate": "0"}, {}, "/effect/rate"),
    ("a negative amount", {"kind": "amount_off", "amount": {"amount": -1, "currency": "EUR"}}, {"currency": "EUR"}, "/effect/amount/amount"),
    ("an amount of nothing", {"kind": "amount_off", "amount": {"amount": 0, "currency": "EUR"}}, {"currency": "EUR"}, "/effect/amount/amount"),
    ("a negative price", {"kind": "fixed_price", "amount": {"amount": -1, "currency": "EUR"}}, {"currency": "EUR"}, "/effect/amount/amount"),
    ("another currency", {"kind": "amount_off", "amount": JPY}, {"currency": "EUR"}, "/effect/amount/currency"),
    ("an amount without a currency", {"kind": "amount_off", "amount": EUR}, {}, "/effect/amount"),
    ("a budget in another currency", PERCENT, {"currency": "EUR", "limits": {"amount_most": JPY}}, "/limits/amount_most/currency"),
    ("a need in another currency", PERCENT, {"currency": "EUR", "conditions": {"needs": [{"amount": JPY}]}}, "/conditions/needs/0/amount/currency"),
    ("no currency", PERCENT, {"currency": "XXX"}, "/currency"),
    ("a window without a length", PERCENT, {"window": {"starts_at": "2026-05-01T00:00:00Z", "ends_at": "2026-05-01T00:00:00Z"}}, "/window/ends_at"),
    ("hours without a length", PERCENT, {"conditions": {"hours": [{"since": "09:00", "until": "09:00"}]}}, "/conditions/hours/0/until"),
    ("hours that overlap", PERCENT, {"conditions": {"hours": [{"since": "09:00", "until": "12:00"}, {"since": "11:59", "until": "13:00", "weekdays": [7]}]}}, "/conditions/hours/1"),
    ("hours that overlap after midnight", PERCENT, {"conditions": {"hours": [{"since": "22:00", "until": "02:00", "weekdays": [7]}, {"since": "01:00", "until": "03:00", "weekdays": [1]}]}}, "/conditions/hours/1"),
    ("a need of nothing", PERCENT, {"conditions": {"needs": [{}]}}, "/conditions/needs/0"),
    ("targets that leave out what they name", PERCENT, {"targets": {"variants": [A], "not_variants": [A]}}, "/targets"),
    ("a need that its own targets leave out", PERCENT, {"targets": {"not_variants": [A]}, "conditions": {"needs": [{"targets": {"variants": [A]}, "quantity": 1}]}}, "/conditions/needs/0/targets"),
    ("tiers that fall", {"kind": "tiered", "by": "quantity", "tiers": [{"from_quantity": 5, "rate": "0.1"}, {"from_quantity": 5, "rate": "0.2"}]}, {}, "/effect/tiers/1/from_quantity"),
    ("a tier of two kinds", {"kind": "tiered", "by": "quantity", "tiers": [{"from_quantity": 5, "rate": "0.1", "amount": EUR}]}, {"currency": "EUR"}, "/effect/tiers/0"),
    ("a tier by the other measure", {"kind": "tiered", "by": "amount", "tiers": [{"from_quantity": 5, "rate": "0.1"}]}, {}, "/effect/tiers/0"),
    ("a delivery without an effect", {"kind": "delivery_off"}, {}, "/effect"),
    ("a delivery with two effects", {"kind": "delivery_off", "rate": "1", "price": EUR}, {"currency": "EUR"}, "/effect"),
    ("a delivery of what is taken away", {"kind": "delivery_off", "rate": "1"}, {"conditions": {"fulfilment": ["none"]}}, "/conditions/fulfilment"),
    ("a part inside another", {"kind": "bundle_price", "amount": EUR, "parts": [{"targets": {"variants": [A, B]}, "quantity": 1}, {"targets": {"variants": [B]}, "quantity": 1}]}, {"currency": "EUR"}, "/effect/parts/1/targets"),
    ("what is got is all that is bought", {"kind": "buy_get", "buy": 1, "get": 1, "get_targets": {"variants": [A, B]}}, {"targets": {"variants": [A]}}, "/effect/get_targets"),
    ("a gift that is its own condition", {"kind": "gift", "variant_id": A}, {"targets": {"variants": [B, A]}}, "/effect/variant_id"),
    ("no points", {"kind": "points", "times": "0"}, {}, "/effect/times"),
    ("a limit that limits nobody", PERCENT, {"limits": {"uses_most": 2, "per_customer_most": 3}}, "/limits/per_customer_most"),
    ("a blank brand", PERCENT, {"targets": {"brands": [" "]}}, "/targets/brands"),
    ("too much money", {"kind": "amount_off", "amount": {"amount": 10**12 + 1, "currency": "EUR"}}, {"currency": "EUR"}, "/effect/amount/amount"),
]  # fmt: skip


@pytest.mark.parametrize(("effect", "fields", "pointer"), [each[1:] for each in WRONG], ids=[each[0] for each in WRONG])
def test_a_bad_rule_is_refused_by_its_field(effect: Json, fields: Json, pointer: str) -> None:
    assert pointer in pointers_of(effect, **fields)


def test_more_ids_than_a_rule_may_name_are_refused() -> None:
    half = [str(UUID(int=nth)) for nth in range(1, 5_001)]
    full = {"variants": half, "not_products": half}
    assert pointers_of(targets=full) == []
    assert pointers_of(targets={**full, "categories": [A]}) == ["/targets"]


SOUND: list[tuple[Json, Json]] = [
    (PERCENT, {}),
    ({"kind": "percent_off", "rate": "1", "of": "order"}, {"alone": True, "exclusion": "spring"}),
    ({"kind": "amount_off", "amount": EUR, "of": "order"}, {"currency": "EUR", "limits": {"uses_most": 5, "amount_most": EUR, "per_customer_most": 1}}),
    ({"kind": "fixed_price", "amount": {"amount": 0, "currency": "EUR"}}, {"currency": "EUR"}),
    ({"kind": "buy_get", "buy": 2, "get": 1, "rate": "0.5", "times_most": 3}, {"targets": {"variants": [A]}}),
    ({"kind": "buy_get", "buy": 2, "get": 1, "get_targets": {"variants": [B]}}, {"targets": {"variants": [A, B]}}),
    ({"kind": "bundle_price", "amount": EUR, "parts": [{"targets": {"variants": [A]}, "quantity": 1}, {"targets": {"variants": [B]}, "quantity": 2}]}, {"currency": "EUR"}),
    ({"kind": "tiered", "by": "amount", "tiers": [{"from_amount": EUR, "rate": "0.1"}, {"from_amount": {"amount": 900, "currency": "EUR"}, "amount": EUR}]}, {"currency": "EUR"}),
    ({"kind": "tiered", "by": "quantity", "tiers": [{"from_quantity": 3, "rate": "0.125"}]}, {}),
    ({"kind": "gift", "variant_id": A, "quantity": 2}, {"targets": {"variants": [B]}}),
    ({"kind": "delivery_off", "price": {"amount": 0, "currency": "EUR"}, "methods": [C]}, {"currency": "EUR"}),
    ({"kind": "points", "times": "2.5"}, {}),
    (PERCENT, {"window": {"starts_at": "2026-05-01T00:00:00Z", "ends_at": None, "store_time": True}, "conditions": {
        "channels": [A], "stores": [B], "groups": [C], "customers": [A], "first_order": True, "tenders": ["cash"],
        "hours": [{"since": "22:00", "until": "02:00", "weekdays": [5, 6]}, {"since": "09:00", "until": "24:00", "weekdays": [1]}],
        "fulfilment": ["pickup"], "code": True, "needs": [{"targets": {"brands": ["acme"], "not_products": [C]}, "quantity": 3}]}}),
]  # fmt: skip


@pytest.mark.parametrize(("effect", "fields"), SOUND)
def test_a_sound_rule_reads_back_as_it_was_sent(effect: Json, fields: Json) -> None:
    data = written(effect, **fields)
    reader = Reader(data.currency)
    rule = reader.rule(data)
    assert [*reader.flaws, *flaws(rule)] == []
    out = rule_out(rule)
    assert (out.effect, out.conditions, out.targets) == (data.effect, data.conditions, data.targets)
    assert (out.window, out.limits, out.exclusion, out.alone) == (data.window, data.limits, data.exclusion, data.alone)
    assert Reader(data.currency).rule(out) == rule


def test_hours_over_midnight_and_over_the_weeks_end_are_spans_of_the_week() -> None:
    reader = Reader(None)
    conditions = {"hours": [{"since": "22:00", "until": "02:00", "weekdays": [7]}]}
    (hours,) = reader.rule(written(conditions=conditions)).conditions.hours
    assert minutes_of_week(hours) == [(6 * 1440 + 1320, 10_080), (0, 120)]


# --- what a rule names ---------------------------------------------------------------------------------------------


async def refused(db: Database, effect: Json | None = None, **fields: Any) -> list[str]:
    with pytest.raises(InvalidInput) as refusal:
        await given.draft(db, effect, **fields)
    return [each.pointer for each in refusal.value.errors]


async def test_what_is_not_there_is_refused_by_its_place_in_the_request(db: Database, clock: HeldClock) -> None:
    pot = await given_catalog.variant(db)
    gone = str(new_id())
    nobody = {"channels": [gone], "stores": [gone], "groups": [gone], "customers": [gone]}
    fields: Json = {
        "targets": {"variants": [str(pot), gone], "categories": [gone], "brands": ["nobody"], "not_products": [gone]},
        "conditions": {**nobody, "needs": [{"quantity": 1, "targets": {"products": [str(new_id())]}}]},
    }
    assert sorted(await refused(db, **fields)) == [
        "/conditions/channels/0",
        "/conditions/customers/0",
        "/conditions/groups/0",
        "/conditions/needs/0/targets/products/0",
        "/conditions/stores/0",
        "/targets/brands",
        "/targets/categories/0",
        "/targets/not_products/0",
        "/targets/variants/1",
    ]
    assert await refused(db, {"kind": "gift", "variant_id": gone}) == ["/effect/variant_id"]
    assert await refused(db, {"kind": "delivery_off", "rate": "1", "methods": [gone]}) == ["/effect/methods/0"]


async def test_what_is_there_may_be_named(db: Database, clock: HeldClock) -> None:
    pot, lamp = await given_catalog.product(db, vendor="Acme Works"), await given_catalog.variant(db)
    found = await catalog.articles(db.reading, pot)
    web, store = await given_stores.channel(db), await given_stores.location(db)
    method = await delivery_method(db)
    wanted = await given.draft(
        db,
        {"kind": "delivery_off", "rate": "1", "methods": [str(method)]},
        currency="EUR",
        targets={"variants": [str(pot[0])], "products": [str(found[pot[0]].product_id)], "brands": ["ACME works"]},
        conditions={
            "channels": [str(web)],
            "stores": [str(store)],
            "needs": [{"targets": {"variants": [str(lamp)]}, "quantity": 1}],
        },
    )
    assert (await promotion(db.reading, wanted)).rule.targets.brands == ("acme works",)


async def test_a_channel_or_method_of_another_currency_is_refused(db: Database, clock: HeldClock) -> None:
    web = await given_stores.channel(db)
    method = await delivery_method(db)
    off = {"kind": "delivery_off", "amount": JPY, "methods": [str(method)]}
    assert await refused(db, off, currency="JPY", conditions={"channels": [str(web)]}) == [
        "/conditions/channels/0",
        "/effect/methods/0",
    ]


async def test_the_currency_stays_once_a_promotion_was_published(db: Database, clock: HeldClock) -> None:
    off = {"kind": "amount_off", "amount": EUR}
    wanted = await given.published(db, off, currency="EUR")
    with pytest.raises(InvalidInput, match="/currency"):
        await given.rewritten(db, wanted, currency="JPY", effect={"kind": "amount_off", "amount": JPY})
    assert await given.live(db) != {}
    assert Money(500, "EUR") == (await promotion(db.reading, wanted)).rule.effect.amount  # type: ignore[union-attr]


async def test_what_became_wrong_after_it_was_written_is_refused_when_it_is_published(
    db: Database, clock: HeldClock
) -> None:
    pot, lamp = await given_catalog.variant(db), await given_catalog.variant(db)
    pot_for_lamp = {"kind": "gift", "variant_id": str(pot)}
    first = await given.draft(db, pot_for_lamp, targets={"variants": [str(lamp)]})
    lamp_for_pot = {"kind": "gift", "variant_id": str(lamp)}
    await given.published(db, lamp_for_pot, targets={"variants": [str(pot)]})
    with pytest.raises(InvalidInput, match="/effect/variant_id"):
        await given.publish(db, first)
    assert first not in await given.live(db)


# --- rings ---------------------------------------------------------------------------------------------------------


async def test_a_gift_for_a_gift_is_refused(db: Database, clock: HeldClock) -> None:
    pot, lamp, cup = [await given_catalog.variant(db) for _ in range(3)]

    def for_(bought: UUID, gift: UUID) -> tuple[Json, Json]:
        return {"kind": "gift", "variant_id": str(gift)}, {"targets": {"variants": [str(bought)]}}

    for bought, gift in ((pot, lamp), (lamp, cup)):
        effect, fields = for_(bought, gift)
        await given.published(db, effect, **fields)
    effect, fields = for_(cup, pot)
    assert await refused(db, effect, **fields) == ["/effect/variant_id"]
    effect, fields = for_(pot, cup)
    await given.published(db, effect, **fields)


def feeds(buy: str, get: str, exclusion: str = "set") -> Feeding:
    effect = BuyGet(buy=1, get=1, get_targets=Targets(variants=(UUID(get),)))
    found = feeding(Rule(effect=effect, targets=Targets(variants=(UUID(buy), UUID(get))), exclusion=exclusion))
    assert found is not None
    return found


def test_buy_one_get_the_other_both_ways_is_a_ring_within_one_exclusion() -> None:
    other = UUID(int=9)
    assert ring(feeds(A, B), {other: [feeds(B, A)]}) == [other]
    assert ring(feeds(A, B), {other: [feeds(B, A, "another")]}) is None
    assert ring(feeds(A, B), {other: [feeds(B, C)]}) is None
    third = UUID(int=8)
    assert ring(feeds(A, B), {other: [feeds(B, C)], third: [feeds(C, A)]}) == [other, third]
    loose = Rule(effect=BuyGet(buy=1, get=1, get_targets=Targets(variants=(UUID(B),))))
    assert feeding(loose) is None
    assert feeding(Rule(effect=Gift(variant_id=UUID(A)))) is not None


def test_the_wire_refuses_shares_above_one_and_below_zero() -> None:
    for rate in ("1.1", "-0.1", "1.000001", "0.1234567", "10", "abc", ".5"):
        with pytest.raises(msgspec.ValidationError, match=r"effect\.rate"):
            msgspec.convert(
                {"code": "a", "name": {"en": "A"}, "effect": {"kind": "percent_off", "rate": rate}}, PromotionIn
            )
