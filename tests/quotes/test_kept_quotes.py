"""What is kept of a quote explains it for ever, and is honoured by whoever prices a cart on it."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select

from commerce import price_engine, quotes, tax
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.kernel.signatures import Signer, new_private_key
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from commerce.price_engine import Destination, Frozen, Priced, Want, WantLine
from commerce.promotions import CodeWhy
from commerce.quotes import BasketIn, BasketLineIn, QuoteNotHonoured
from commerce.quotes.codes import TEXTS
from commerce.quotes.make_quote import prepare_quote
from commerce.quotes.queries import quote
from commerce.quotes.schemas import QuoteOut
from commerce.quotes.tables import quotes as quote_rows
from tests.given import customers, pricing, promotions as given
from tests.quotes.shop import Shop, open_shop, quoted

SIGNER = Signer("2026-03", new_private_key())
SHOPPER = Caller(kind="shopper", id=new_id())
ROWS = Statement(select(quote_rows))


async def make(db: Database, clock: HeldClock, shop: Shop, **basket: Any) -> QuoteOut:
    """A quote of two pots sent and a cheese collected."""
    lines = [
        BasketLineIn(variant_id=shop.pot, quantity=2, group=shop.send),
        BasketLineIn(variant_id=shop.cheese, quantity=1, group=shop.collect),
    ]
    prepared = await prepare_quote(
        db.reading,
        await quotes.surroundings(db.reading),
        SIGNER,
        BasketIn(lines=lines, **basket),
        caller=SHOPPER,
        language="en",
        at=clock.at,
    )
    await prepared.effect.run(db, prepared.own)
    assert isinstance(prepared.value, QuoteOut)
    return prepared.value


def wanted(shop: Shop, clock: HeldClock, pots: int = 2) -> Want:
    """The same as a cart wants it."""
    return Want(
        channel_id=shop.channel,
        at=clock.at,
        lines=(
            WantLine(key="001", variant_id=shop.pot, quantity=pots, group=shop.send),
            WantLine(key="002", variant_id=shop.cheese, quantity=1, group=shop.collect),
        ),
    )


async def test_a_quote_is_explained_after_everything_it_was_priced_from_is_gone(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    promotion = await given.published(db, {"kind": "percent_off", "rate": "0.15"}, targets={"variants": [shop.cheese]})
    made = await make(db, clock, shop)
    await given.withdrawn(db, promotion)
    await pricing.prices(db, {shop.pot: None, shop.cheese: 1})
    clock.move(days=3_650)
    kept = await quote(db.reading, made.id, SHOPPER.principal)
    assert kept.basket == made.basket
    assert kept.trace is not None
    given_ = [step for step in kept.trace if isinstance(step, price_engine.Discounted)]
    assert [(step.line, step.given) for step in given_] == [("002", 157)]


async def test_a_quote_of_the_time_before_keeps_its_own_trace(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    made = await make(db, clock, shop)
    (row,) = await db.reading.fetch(ROWS)
    old = new_id()

    async def kept_then(tx: Tx) -> None:
        trace = msgspec.json.encode(price_engine.replay(row["inputs"]).trace)
        values = {**dict(row), "id": old, "inputs": None, "refused_codes": None, "trace": trace}
        await tx.execute(Statement(insert(quote_rows).values(**values)))

    await db.transact(kept_then)
    before, now = [await quote(db.reading, each, SHOPPER.principal) for each in (old, made.id)]
    assert before.trace == now.trace


async def test_a_signed_quote_is_honoured_until_it_expires_whatever_prices_are_then(
    db: Database, clock: HeldClock
) -> None:
    shop = await open_shop(db)
    promotion = await given.published(db, {"kind": "percent_off", "rate": "0.1"}, targets={"variants": [shop.pot]})
    made = await make(db, clock, shop)
    await given.withdrawn(db, promotion)
    await pricing.prices(db, {shop.pot: 9999, shop.cheese: 9999})
    clock.move(minutes=29)
    honoured = await quotes.honour(db.reading, made.signed, SIGNER.public_key, at=clock.at)
    assert (honoured.document.id, honoured.customer_id) == (made.id, None)
    frozen = Frozen(what="all", recorded=honoured.recorded)
    again = await quotes.price_basket(db.reading, db.reading, wanted(shop, clock), frozen=frozen)
    assert again.priced.total == made.basket.total.amount == 3598 + 495 + 1050
    more = await quotes.price_basket(db.reading, db.reading, wanted(shop, clock, pots=3), frozen=frozen)
    assert more.priced.lines[0].total == 5397
    clock.move(minutes=1)
    for signed, key, flaw in (
        (made.signed, SIGNER.public_key, "expired"),
        (made.signed, None, "unknown_key"),
        (made.signed[:-8] + "AAAAAAAA", SIGNER.public_key, "signature"),
        ("nonsense", SIGNER.public_key, "malformed"),
    ):
        with pytest.raises(QuoteNotHonoured) as refused:
            await quotes.honour(db.reading, signed, key, at=clock.at)
        assert refused.value.facts["flaw"] == flaw


async def test_promotions_stop_at_the_guarded_margin(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    await pricing.costs(db, {shop.pot: 1200})
    await pricing.margin_guard(db, "0.2")
    await given.published(db, {"kind": "percent_off", "rate": "0.5"}, targets={"variants": [shop.pot]})
    (line,) = (await quoted(db, (shop.pot, 1, None))).priced.lines
    # 12.00 of cost and a fifth of the net price: 15.00 net at least, which is 18.15 with 21 %.
    assert (line.total, line.discount) == (1815, 184)


async def test_a_confirmed_business_of_another_state_pays_no_tax_on_what_is_sent_there(
    db: Database, clock: HeldClock
) -> None:
    shop = await open_shop(db)
    company = await customers.customer(db)
    number = await customers.business(db, company, "PT501964843", "PT")
    around = await quotes.surroundings(db.reading)

    async def price() -> Priced:
        want = msgspec.structs.replace(
            wanted(shop, clock),
            destination=Destination(country="PT"),
            buyer=await quotes.buyer_of(db.reading, company, at=clock.at),
        )
        return (await quotes.price_basket(db.reading, around, want)).priced

    unchecked = await price()
    assert [(line.tax_country, line.relief) for line in unchecked.lines] == [("PT", None), ("ES", None)]
    await customers.confirmed(db, number)
    checked = await price()
    # 19.99 with 21 % inside is 16.52 without; what is collected in Spain is taxed there.
    assert [(line.relief, line.tax, line.total) for line in checked.lines] == [
        ("intra_community", 0, 3304),
        (None, 95, 1050),
    ]


async def test_an_outside_engine_s_taxes_are_taken_and_told_and_without_an_answer_our_own(
    db: Database, clock: HeldClock
) -> None:
    shop = await open_shop(db)

    class Flat:
        """A tenth of everything, as an engine might say."""

        async def assess(self, request: Any, *, key: str) -> Any:  # noqa: ANN401 -- two outcomes
            assert key
            lines = {part.key: part.amount // 10 for part in request.lines if part.of == "line"}
            return tax.Assessed(
                reference="1",
                lines=lines,
                deliveries={part.key: part.amount // 10 for part in request.lines if part.of == "delivery"},
            )

    class Away:
        """One that does not answer."""

        async def assess(self, request: Any, *, key: str) -> Any:  # noqa: ANN401 -- two outcomes
            return tax.Unavailable(reason="timeout")

    around = await quotes.surroundings(db.reading)
    flat = await quotes.price_assessed(db.reading, around, wanted(shop, clock), Flat())
    away = await quotes.price_assessed(db.reading, around, wanted(shop, clock), Away())
    ours = await quotes.price_basket(db.reading, around, wanted(shop, clock))
    assert [line.tax for line in flat.priced.lines] == [399, 105]
    assert flat.priced.total == ours.priced.total
    assert away.priced == ours.priced
    assert flat.assembled.facts.given_taxes is not None
    assert price_engine.canonical(price_engine.replay(price_engine.record(flat.assembled))) == price_engine.canonical(
        flat.priced
    )


def test_there_is_a_text_for_each_reason_in_each_language() -> None:
    from typing import get_args

    words = {"applied", *get_args(CodeWhy), *get_args(price_engine.PromotionWhy)}
    assert words == TEXTS.keys()
    assert all(len(texts) == 3 and all(texts) for texts in TEXTS.values())
