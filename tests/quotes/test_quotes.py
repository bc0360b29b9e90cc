"""Quotes: signed, kept with their trace, honoured while they hold, and nobody else's."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import insert, select

from commerce import price_engine, quotes
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.ids import new_id
from commerce.kernel.money import Money
from commerce.kernel.signatures import Signer, from_base64, new_private_key
from commerce.platform.audit import run_checks
from commerce.platform.database import Database, Tx
from commerce.platform.http import Caller
from commerce.platform.statement import Statement
from commerce.price_engine import ListPrice
from commerce.quotes import BasketIn, BasketLineIn, CannotPrice
from commerce.quotes.audit import CHECKS
from commerce.quotes.make_quote import prepare_quote
from commerce.quotes.queries import quote
from commerce.quotes.schemas import QuoteOut, SignedQuoteIn, VerifiedOut
from commerce.quotes.tables import quotes as quote_rows
from commerce.quotes.verify_quote import verify_quote
from tests.given import pricing as given, promotions, stores
from tests.quotes.shop import Shop, open_shop

SIGNER = Signer("2026-03", new_private_key())
SHOPPER_ID = new_id()
SHOPPER = f"shopper:{SHOPPER_ID}"
ROWS = Statement(select(quote_rows))


async def make(
    db: Database,
    clock: HeldClock,
    *lines: BasketLineIn,
    caller: Caller | None = None,
    bound_to: UUID | None = None,
    with_trace: bool = False,
    **basket: Any,
) -> QuoteOut:
    around = await quotes.surroundings(db.reading)
    prepared = await prepare_quote(
        db.reading,
        around,
        SIGNER,
        BasketIn(lines=list(lines), **basket),
        caller=caller or Caller(kind="shopper", id=SHOPPER_ID, channel_id=bound_to),
        language="en",
        at=clock.at,
        with_trace=with_trace,
    )
    await prepared.effect.run(db, prepared.own)
    assert isinstance(prepared.value, QuoteOut)
    return prepared.value


async def some(db: Database, clock: HeldClock, shop: Shop) -> QuoteOut:
    return await make(
        db,
        clock,
        BasketLineIn(variant_id=shop.pot, quantity=2, group=shop.send),
        BasketLineIn(variant_id=shop.cheese, quantity=1, group=shop.collect),
    )


async def check(
    db: Database, clock: HeldClock, signed: str, total: Money | None = None, signer: Signer = SIGNER
) -> VerifiedOut:
    known = quotes.key_named(signed) == signer.key_id
    public_key = signer.public_key if known else None
    return await db.transact(verify_quote, public_key, SignedQuoteIn(signed=signed, total=total), at=clock.at)


def forged(signed: str, part: int, change: Callable[[dict[str, Any]], object]) -> str:
    """The same with one of its three parts changed, as JSON."""
    parts = signed.split(".")
    content = json.loads(from_base64(parts[part]))
    change(content)
    parts[part] = base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
    return ".".join(parts)


# --- making ------------------------------------------------------------------------------------------------------


async def test_a_quote_says_each_figure_and_holds_for_thirty_minutes(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    made = await some(db, clock, shop)
    basket = made.basket
    assert [(line.key, line.unit, line.total, line.tax_rate) for line in basket.lines] == [
        ("001", Money(1999, "EUR"), Money(3998, "EUR"), "0.21"),
        ("002", Money(1050, "EUR"), Money(1050, "EUR"), "0.1"),
    ]
    assert (basket.delivery_total, basket.total) == (Money(495, "EUR"), Money(5543, "EUR"))
    assert sum(group.total.amount for group in basket.groups) == 5543
    assert (made.created_at, made.expires_at) == (clock.at, clock.at + timedelta(minutes=30))
    assert (made.channel_id, made.country, made.trace) == (shop.channel, "ES", None)


async def test_the_same_variant_may_stand_in_several_lines(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    line = BasketLineIn(variant_id=shop.pot, quantity=1)
    made = await make(db, clock, line, line, BasketLineIn(key="gift", variant_id=shop.pot, quantity=3))
    assert [(line.key, line.total.amount) for line in made.basket.lines] == [
        ("001", 1999),
        ("002", 1999),
        ("gift", 5997),
    ]


async def test_baskets_that_contradict_themselves_are_refused_with_the_field_at_fault(
    db: Database, clock: HeldClock
) -> None:
    shop, line = await open_shop(db), BasketLineIn(key="a", variant_id=new_id(), quantity=1)
    app = await stores.channel(db, "app")
    wrong: list[tuple[list[BasketLineIn], dict[str, Any], str]] = [
        ([line, line], {}, "/lines/1/key"),
        ([line], {"channel_id": new_id()}, "/channel_id"),
        ([line], {"channel_id": shop.channel, "bound_to": app}, "/channel_id"),
    ]
    for lines, more, pointer in wrong:
        with pytest.raises(InvalidInput) as refused:
            await make(db, clock, *lines, **more)
        assert [error.pointer for error in refused.value.errors] == [pointer]
    with pytest.raises(CannotPrice) as unpriced:
        await make(db, clock, line)
    assert [error.pointer for error in unpriced.value.errors] == ["/lines/0/variant_id"]
    assert await db.reading.fetch(ROWS) == []


async def test_a_bound_token_quotes_for_its_own_channel(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    app = await stores.channel(db, "app", country="PT")
    await given.prices(db, {shop.pot: 1799}, list_id=await given.price_list(db, channel_id=app))
    made = await make(db, clock, BasketLineIn(variant_id=shop.pot, quantity=1), bound_to=app)
    assert (made.channel_id, made.country, made.basket.total) == (app, "PT", Money(1799, "EUR"))


# --- keeping -----------------------------------------------------------------------------------------------------


async def test_a_quote_is_given_back_with_its_trace_to_whom_it_was_made_for_alone(
    db: Database, clock: HeldClock
) -> None:
    shop = await open_shop(db)
    made = await some(db, clock, shop)
    await given.prices(db, {shop.pot: 9999})
    clock.move(days=400)
    kept = await quote(db.reading, made.id, SHOPPER)
    assert msgspec.structs.replace(kept, trace=None) == made
    assert kept.trace is not None
    assert {type(step).__name__ for step in kept.trace} == {"ListPrice", "Taxed"}
    for principal in ("shopper:2", "staff:1", "public"):
        with pytest.raises(NotFound):
            await quote(db.reading, made.id, principal)
    with pytest.raises(NotFound):
        await quote(db.reading, new_id(), SHOPPER)


async def test_the_trace_is_answered_at_once_where_it_was_asked_for(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    made = await make(db, clock, BasketLineIn(variant_id=shop.pot, quantity=1), with_trace=True)
    assert made.trace is not None
    assert [step.unit for step in made.trace if isinstance(step, ListPrice)] == [1999]


@pytest.mark.parametrize(
    ("currency", "prices"), [("EUR", (1999, 1050, 990)), ("JPY", (80, 1, 1)), ("KWD", (1234, 5678, 1))]
)
async def test_replaying_a_kept_quote_gives_the_signed_bytes_and_the_trace(
    db: Database, clock: HeldClock, currency: str, prices: tuple[int, int, int]
) -> None:
    shop = await open_shop(db, currency=currency, prices=prices)
    made = await some(db, clock, shop)
    clock.move(days=4_000)
    (row,) = await db.reading.fetch(ROWS)
    again = price_engine.replay(row["inputs"])
    assert row["trace"] is None
    signed = msgspec.json.decode(row["document"], type=dict[str, msgspec.Raw])["basket"]
    assert price_engine.canonical(msgspec.structs.replace(again, trace=())) == bytes(signed)
    kept = await quote(db.reading, made.id, SHOPPER)
    assert kept.trace == list(again.trace)


async def test_what_was_quoted_can_not_be_rewritten(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    await some(db, clock, shop)

    async def rewrite(tx: Tx) -> None:
        await tx.execute(Statement(quote_rows.update().values(total=1)))

    with pytest.raises(Exception, match="append-only"):
        await db.transact(rewrite)
    assert [row["total"] for row in await db.reading.fetch(ROWS)] == [5543]


# --- verifying ---------------------------------------------------------------------------------------------------


async def test_a_signed_quote_is_honoured_until_it_expires_and_for_its_own_total_only(
    db: Database, clock: HeldClock
) -> None:
    shop = await open_shop(db)
    made = await some(db, clock, shop)
    good = await check(db, clock, made.signed, Money(5543, "EUR"))
    assert (good.valid, good.flaw, good.id, good.basket) == (True, None, made.id, made.basket)
    assert (await check(db, clock, made.signed)).valid
    for wrong in (Money(5542, "EUR"), Money(5543, "USD")):
        assert (await check(db, clock, made.signed, wrong)).flaw == "figures"
    clock.move(minutes=29, seconds=59)
    assert (await check(db, clock, made.signed)).valid
    clock.move(seconds=1)
    expired = await check(db, clock, made.signed)
    assert (expired.valid, expired.flaw, expired.id) == (False, "expired", made.id)


async def test_whatever_is_changed_of_a_signed_quote_its_signature_breaks(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    signed = (await some(db, clock, shop)).signed
    body, _, signature = signed.rpartition(".")
    other = await some(db, clock, shop)

    def cheaper(document: dict[str, Any]) -> None:
        document["basket"]["total"] = 1

    def longer(document: dict[str, Any]) -> None:
        document["exp"] += 3600

    for text, flaw in (
        (forged(signed, 1, cheaper), "signature"),
        (forged(signed, 1, longer), "signature"),
        (f"{body}.{other.signed.rpartition('.')[2]}", "signature"),
        (f"{body}.{'A' * len(signature)}", "signature"),
        (f"{body}.", "signature"),
        (forged(signed, 0, lambda header: header.update(kid="other")), "unknown_key"),
        (forged(signed, 0, lambda header: header.update(alg="none")), "malformed"),
        (forged(signed, 0, lambda header: header.update(alg="HS256")), "malformed"),
        (body, "malformed"),
        ("nonsense", "malformed"),
        ("a.b.c", "malformed"),
    ):
        answer = await check(db, clock, text)
        assert (answer.valid, answer.flaw, answer.basket) == (False, flaw, None), text
    stranger = Signer(SIGNER.key_id, new_private_key())
    assert (await check(db, clock, signed, signer=stranger)).flaw == "signature"


async def test_any_jose_library_can_check_a_quote_with_the_public_key_alone(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    made = await some(db, clock, shop)
    key = Ed25519PublicKey.from_public_bytes(SIGNER.public_key)
    assert jwt.get_unverified_header(made.signed) == {"alg": "EdDSA", "kid": SIGNER.key_id, "typ": "quote+jws"}
    claims = jwt.decode(made.signed, key, algorithms=["EdDSA"], options={"verify_exp": False, "verify_iat": False})
    assert (claims["id"], claims["basket"]["total"]) == (str(made.id), 5543)
    assert claims["exp"] == int((clock.at + timedelta(minutes=30)).timestamp())
    assert claims["basket"]["trace"] == []


# --- the audit ---------------------------------------------------------------------------------------------------


async def test_a_kept_quote_whose_header_is_not_the_sum_of_its_parts_is_found(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db, currency="KWD", prices=(1234, 5678, 1))
    await some(db, clock, shop)
    assert [finding.rows for finding in await run_checks(db.reading, CHECKS)] == [0, 0]
    (good,) = await db.reading.fetch(ROWS)

    async def plant(tx: Tx, old: bytes, new: bytes, total: int) -> None:
        document = good["document"].replace(old, new)
        assert document != good["document"] or total != good["total"]
        await tx.execute(KEEP, **{**good, "id": new_id(), "document": document, "total": total})

    whole = good["total"]
    basket = json.loads(good["document"])["basket"]
    line = basket["lines"][0]
    await db.transact(plant, b"", b"", whole + 1)
    await db.transact(plant, f'"total":{line["total"]},'.encode(), b'"total":1,', whole)
    await db.transact(plant, f'"tax":{line["tax"]},'.encode(), b'"tax":1,', whole)
    sums, _ = await run_checks(db.reading, CHECKS)
    assert (sums.code, sums.name, sums.rows) == ("G2", "quote_is_the_sum_of_its_parts", 3)


async def test_a_kept_quote_whose_discounts_are_not_what_was_given_is_found(db: Database, clock: HeldClock) -> None:
    shop = await open_shop(db)
    for rate in ("0.1", "0.2"):
        await promotions.published(db, {"kind": "percent_off", "rate": rate})
    await some(db, clock, shop)
    assert [finding.rows for finding in await run_checks(db.reading, CHECKS)] == [0, 0]
    (good,) = await db.reading.fetch(ROWS)
    line = json.loads(good["document"])["basket"]["lines"][0]
    first = line["discounts"][0]["amount"]

    async def plant(tx: Tx, old: str, new: str) -> None:
        document = good["document"].replace(old.encode(), new.encode())
        assert document != good["document"]
        await tx.execute(KEEP, **{**good, "id": new_id(), "document": document})

    await db.transact(plant, f'"amount":{first}', f'"amount":{first + 1}')
    await db.transact(plant, f'"discount":{line["discount"]}', f'"discount":{line["discount"] + 1}')
    _, given_ = await run_checks(db.reading, CHECKS)
    assert (given_.code, given_.name, given_.rows) == ("G3", "quote_discounts_sum_to_what_was_given", 2)


KEEP = Statement(insert(quote_rows))
