"""What is recorded of a basket prices it again to the byte, and holds no more than it needs."""

import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from commerce.price_engine import (
    ENGINE_VERSION,
    AmountOff,
    Assembled,
    BuyGet,
    Conditions,
    DeliveryOff,
    Effect,
    FeeFact,
    Frozen,
    Gift,
    Malformed,
    Measure,
    Override,
    PercentOff,
    PriceFact,
    Promotion,
    PromotionPassed,
    Targets,
    assemble,
    canonical,
    facts_recorded,
    price,
    record,
    replay,
)
from tests.given.engine import CHANNEL, COURIER, LIST_ID, STORE, article, book, one_list, tax_book, want, wanted

GOLDEN = Path(__file__).parent / "golden"
SOAP, BREAD, LAMP, MUG, VASE, ELSEWHERE = (UUID(int=number) for number in range(1, 7))
HOUSEHOLD = UUID(int=0xCA7)
ECO = FeeFact(code="raee", kind="eco_fee", amount=121, currency="EUR", includes_tax=True, tax_category="standard")


def offered(number: int, effect: Effect, **more: Any) -> Promotion:
    return Promotion(
        id=UUID(int=number),
        version=number,
        code=f"p{number}",
        currency="EUR",
        effect=effect,
        **more,
    )


PROMOTIONS = (
    offered(71, PercentOff(rate=Decimal("0.15")), targets=Targets(categories=(HOUSEHOLD,))),
    offered(72, BuyGet(buy=2, get=1), targets=Targets(variants=(BREAD,))),
    offered(73, AmountOff(amount=300, of="order"), conditions=Conditions(code=True)),
    offered(74, Gift(variant_id=MUG)),
    offered(75, DeliveryOff(rate=Decimal("0.5")), priority=5),
    offered(76, PercentOff(rate=Decimal("0.5")), conditions=Conditions(first_order=True)),
)
FOR_OTHERS = tuple(
    offered(1000 + number, PercentOff(rate=Decimal("0.1")), targets=Targets(variants=(UUID(int=5000 + number),)))
    for number in range(500)
)


def rich(*promotions: Promotion) -> Assembled:
    """Five lines: a sale, tiers, a fee, a price by hand, two groups; six promotions, a code and a gift."""
    sale = replace(one_list(version=9), id=UUID(int=0x116), code="sale", priority=5, channel_id=CHANNEL)
    prices = {
        SOAP: (_on(LIST_ID, SOAP, 1999), _on(sale.id, SOAP, 1050, compare_at=1999, prior=1500)),
        BREAD: (_on(LIST_ID, BREAD, 250), _on(LIST_ID, BREAD, 225, min_quantity=6)),
        LAMP: (_on(LIST_ID, LAMP, 4900),),
        MUG: (_on(LIST_ID, MUG, 700),),
        VASE: (_on(LIST_ID, VASE, 1300),),
        ELSEWHERE: (_on(LIST_ID, ELSEWHERE, 1),),
    }
    there = {each: article(each) for each in prices} | {
        SOAP: replace(
            article(SOAP, floor_net=500), categories=(HOUSEHOLD,), measure=Measure(thousandths=250, unit="kg")
        ),
        BREAD: article(BREAD, "food"),
        LAMP: article(LAMP, fees=(ECO,)),
    }
    by_hand = Override(unit=1000, by="staff:ana", reason="chipped")
    wish = want(
        wanted(SOAP, 3, group=f"ship:{COURIER}"),
        wanted(BREAD, 4, group=f"ship:{COURIER}"),
        wanted(BREAD, 3, key="more", group=f"pickup:{STORE}"),
        wanted(LAMP, 1, group=f"pickup:{STORE}"),
        wanted(VASE, 2, group=f"pickup:{STORE}", override=by_hand),
        codes=(("TAKE3", PROMOTIONS[2].id),),
    )
    taxes = tax_book(("ES", "standard", "21"), ("ES", "food", "4"), ("FR", "standard", "20"))
    known = book(lists=[one_list(), sale], taxes=taxes, promotions=(*PROMOTIONS, *promotions))
    return assemble(known, wish, there, prices)


def _on(list_id: UUID, variant: UUID, unit: int, **more: int) -> PriceFact:
    return PriceFact(variant_id=variant, list_id=list_id, unit=unit, version=3, **more)


def first_time(assembled: Assembled) -> bytes:
    return canonical(price(assembled.basket, assembled.facts))


def write_golden() -> None:
    """Writes the pair of files of this version: once, when ENGINE_VERSION was raised."""
    assembled = rich(*FOR_OTHERS)
    (GOLDEN / f"engine-{ENGINE_VERSION}.record").write_bytes(record(assembled))
    (GOLDEN / f"engine-{ENGINE_VERSION}.json").write_bytes(first_time(assembled) + b"\n")


def test_what_is_recorded_prices_the_same_to_the_byte() -> None:
    assembled = rich(*FOR_OTHERS)
    data = record(assembled)
    assert canonical(replay(data)) == first_time(assembled)
    assert record(facts_recorded(data)) == data


def test_five_lines_with_six_promotions_take_less_than_four_thousand_bytes() -> None:
    assert len(record(rich(*FOR_OTHERS))) < 4_000


def test_only_what_the_basket_needs_is_recorded() -> None:
    kept = facts_recorded(record(rich(*FOR_OTHERS))).facts
    assert set(kept.articles) == {SOAP, BREAD, LAMP, VASE, MUG}
    assert set(kept.prices) == set(kept.articles)
    assert {each.id for each in kept.promotions.all} == {each.id for each in PROMOTIONS}
    assert set(kept.taxes) == {("standard", "ES"), ("food", "ES")}


@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("*.record")), ids=lambda path: path.stem)
def test_what_was_recorded_years_ago_still_prices_the_same(golden: Path) -> None:
    """Each pair of files was written by a version of the engine that was in use, and is never written anew."""
    assert canonical(replay(golden.read_bytes())) == golden.with_suffix(".json").read_bytes().rstrip(b"\n")


def test_there_is_a_golden_file_of_this_version() -> None:
    assert (GOLDEN / f"engine-{ENGINE_VERSION}.record").exists()


def test_promotions_that_were_live_then_can_be_explained_later() -> None:
    data = record(rich(*FOR_OTHERS))
    explained = replay(data, more=(*FOR_OTHERS, *PROMOTIONS), explain_all=True)
    passed = {step.promotion: step.why for step in explained.trace if isinstance(step, PromotionPassed)}
    assert {passed[each.id] for each in FOR_OTHERS} == {"no_article"}
    assert replace(explained, trace=()) == replace(replay(data), trace=())


def test_a_draft_can_be_tried_on_what_was_recorded() -> None:
    data = record(rich())
    draft = offered(99, PercentOff(rate=Decimal("0.5")), targets=Targets(variants=(LAMP,)))
    before, after = replay(data), replay(data, more=[draft])
    assert {each.promotion for each in after.applied} - {each.promotion for each in before.applied} == {draft.id}
    assert after.total < before.total


def test_what_was_priced_on_frozen_prices_and_with_given_taxes_is_recorded_with_them() -> None:
    then = rich()
    now = rich()
    for what in ("prices", "all"):
        frozen = Frozen(what="all" if what == "all" else "prices", recorded=then)
        wish = want(wanted(SOAP, 3, group=f"ship:{COURIER}"))
        assembled = assemble(book(), wish, now.facts.articles, {SOAP: (_on(LIST_ID, SOAP, 1),)}, frozen=frozen)
        assert canonical(replay(record(assembled))) == first_time(assembled)
        assert price(assembled.basket, assembled.facts).lines[0].unit == 1050
    lamp = assemble(book(), want(wanted(LAMP)), now.facts.articles, {LAMP: (_on(LIST_ID, LAMP, 4900),)})
    taxed = replace(lamp, facts=replace(lamp.facts, given_taxes={"3": 333, "3+raee": 7}))
    assert canonical(replay(record(taxed))) == first_time(taxed)


@pytest.mark.parametrize("data", [b"", b"\x00", b"{}", msgspec.msgpack.encode({"format": 1})])
def test_what_is_no_record_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        replay(data)


@pytest.mark.parametrize("field", ["format", "engine"])
def test_arithmetic_that_this_program_does_not_have_is_not_guessed(field: str) -> None:
    kept = msgspec.msgpack.decode(record(rich()))
    with pytest.raises(Malformed, match="version"):
        replay(msgspec.msgpack.encode({**kept, field: 99}))


def test_recording_takes_a_fraction_of_a_millisecond() -> None:
    """The best of many runs; on an idle machine about 0.03 ms."""
    assembled = rich(*FOR_OTHERS)

    def taken() -> int:
        started = time.process_time_ns()
        record(assembled)
        return time.process_time_ns() - started

    assert min(taken() for _ in range(200)) < 500_000
