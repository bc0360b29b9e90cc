"""The floors of quote and cart: a bare Litestar handler that decodes the same request, runs the price engine over facts held in memory, runs
one hand-written durable statement and encodes the same answer.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from litestar import Response, post
from litestar.params import FromPath, JSONBody
from sqlalchemy import select

from commerce import price_engine
from commerce.carts.schemas import (
    AddLinesIn,
    CartFulfilmentOut,
    CartGroupOut,
    CartLineOut,
    CartOut,
    CartProblemOut,
    CartTaxOut,
)
from commerce.catalog import Article
from commerce.catalog.tables import variants
from commerce.kernel import clock
from commerce.kernel.ids import CartId, CartLineId, VariantId, new_id
from commerce.kernel.money import Money
from commerce.kernel.signatures import Signer, new_private_key
from commerce.platform.database import Database
from commerce.platform.statement import Statement
from commerce.price_engine import (
    Assembled,
    Basket,
    BasketLine,
    Circumstances,
    DeliveryCharge,
    ListPrice,
    Priced,
    PricedLine,
)
from commerce.pricing import Audience
from commerce.quotes import surroundings
from commerce.quotes.make_quote import HOLDS
from commerce.quotes.on_wire import priced_out
from commerce.quotes.read_facts import read_facts
from commerce.quotes.schemas import BasketIn, QuoteOut
from commerce.quotes.signed import sign, write_document
from tests.bench.floor_connections import Held

CURRENCY, COUNTRY = "EUR", "ES"
VARIANTS = Statement(select(variants.c.id))
KEEP = """
INSERT INTO quotes (id, principal, channel_id, currency, total, created_at, expires_at, key_id, document, signature, inputs)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"""
ADD = """
WITH moved AS (
  UPDATE carts SET version = version + 1, updated_at = $2 WHERE id = $1 AND state = 'active' RETURNING *),
put AS (
  INSERT INTO cart_lines (id, cart_id, variant_id, quantity, "group")
  SELECT w.id, moved.id, w.variant_id, w.quantity, w."group"
  FROM moved, unnest($3::uuid[], $4::uuid[], $5::integer[], $6::text[]) AS w (id, variant_id, quantity, "group")
  ON CONFLICT (cart_id, variant_id, "group") DO UPDATE SET quantity = cart_lines.quantity + excluded.quantity
  RETURNING id, variant_id, quantity, "group", seq)
SELECT moved.*, lines.* FROM moved, LATERAL (
  SELECT array_agg(id ORDER BY seq) AS line_ids, array_agg(variant_id ORDER BY seq) AS variant_ids,
         array_agg(quantity ORDER BY seq) AS quantities, array_agg("group" ORDER BY seq) AS groups
  FROM (SELECT id, variant_id, quantity, "group", seq FROM cart_lines WHERE cart_id = $1 AND id NOT IN (SELECT id FROM put)
        UNION ALL SELECT * FROM put) AS every) AS lines"""


class Facts:
    """All that a basket of this shop may ask for, in memory."""

    channel_id: UUID
    zone: str
    articles: Mapping[VariantId, Article]
    places: Mapping[str, str]
    charge: DeliveryCharge
    engine: price_engine.Facts
    signer: Signer

    async def load(self, dsn: str) -> None:
        """Reads it once."""
        db = Database(dsn, most_connections=1)
        around = await surroundings(db.reading)
        now = clock.now()
        channel = around.channels.get(None)
        every = [row["id"] for row in await db.reading.fetch(VARIANTS)]
        self.channel_id, self.zone = channel.id, channel.zone
        audience = Audience(currency=CURRENCY, channel_id=channel.id, zone=channel.zone, country=channel.country)
        found = await read_facts(db.reading, every, audience=audience, at=now, lists=around.lists)
        self.articles = found.articles()
        self.engine = price_engine.Facts(
            lists=found.lists.by_id,
            prices=found.prices,
            articles=found.facts(around.tree),
            taxes=around.book.taxes.at(now),
        )
        self.places = {str(each.id): each.name for each in around.locations.all}
        method = around.methods.pickup(CURRENCY)
        assert method is not None
        self.charge = DeliveryCharge(
            group="",
            method_id=method.id,
            amount=method.amount,
            tax_category=method.tax_category,
            includes_tax=method.includes_tax,
            tax_country=COUNTRY,
        )
        self.signer = Signer(str(new_id()), new_private_key())
        await db.close()

    def price(self, lines: Sequence[BasketLine], at: datetime) -> tuple[Assembled, Priced]:
        """Runs the engine; gives what it priced and the price."""
        groups = dict.fromkeys(line.group for line in lines)
        charges = tuple(msgspec.structs.replace(self.charge, group=group) for group in groups)
        basket = Basket(
            currency=CURRENCY,
            country=COUNTRY,
            circumstances=Circumstances(at=at, zone=self.zone, channel_id=self.channel_id),
            lines=tuple(lines),
            deliveries=charges,
        )
        return Assembled(basket=basket, facts=self.engine, problems=()), price_engine.price(basket, self.engine)


def handlers(held: Held, facts: Facts) -> list[Any]:
    """Gives the two handlers."""

    @post("/litestar/quotes")
    async def quote(data: JSONBody[BasketIn]) -> Response[bytes]:
        lines = [
            BasketLine(
                key=f"{nth:03}",
                variant_id=line.variant_id,
                quantity=line.quantity,
                group=line.group or "",
                tax_country=COUNTRY,
            )
            for nth, line in enumerate(data.lines, start=1)
        ]
        at = clock.now().replace(microsecond=0)
        return _json(await _quoted(held, facts, *facts.price(lines, at), at))

    @post("/litestar/carts/{cart_id:uuid}/lines")
    async def add(cart_id: FromPath[UUID], data: JSONBody[AddLinesIn]) -> Response[bytes]:
        connection = await held.get()
        try:
            row = await connection.fetchrow(
                ADD,
                cart_id,
                clock.now(),
                [new_id() for _ in data.lines],
                [line.variant_id for line in data.lines],
                [line.quantity for line in data.lines],
                [f"pickup:{line.fulfilment.location_id}" if line.fulfilment else "" for line in data.lines],
            )
        finally:
            held.put(connection)
        assert row is not None
        return _json(_cart(facts, row))

    return [quote, add]


def _json(value: object) -> Response[bytes]:
    return Response(msgspec.json.encode(value), media_type="application/json", status_code=201)


async def _quoted(held: Held, facts: Facts, assembled: Assembled, priced: Priced, at: datetime) -> QuoteOut:
    quote_id, expires_at = new_id(), at + HOLDS
    document = write_document(
        quote_id=quote_id, channel_id=facts.channel_id, country=COUNTRY, at=at, expires_at=expires_at, priced=priced
    )
    signature, signed = sign(facts.signer, document)
    inputs = price_engine.record(assembled)
    who = (quote_id, "shopper:bench", facts.channel_id, CURRENCY, priced.total, at, expires_at)
    connection = await held.get()
    try:
        await connection.execute(KEEP, *who, facts.signer.key_id, document, signature, inputs)
    finally:
        held.put(connection)
    return QuoteOut(
        id=quote_id,
        channel_id=facts.channel_id,
        country=COUNTRY,
        basket=priced_out(priced),
        created_at=at,
        expires_at=expires_at,
        signed=signed,
    )


def _cart(facts: Facts, row: asyncpg.Record) -> CartOut:
    cart_lines = list(zip(row["line_ids"], row["variant_ids"], row["quantities"], row["groups"], strict=True))
    _, priced = facts.price(
        [
            BasketLine(key=str(line_id), variant_id=variant_id, quantity=quantity, group=group, tax_country=COUNTRY)
            for line_id, variant_id, quantity, group in cart_lines
        ],
        row["updated_at"],
    )
    by_key = {line.key: line for line in priced.lines}
    listed = {step.line: step for step in priced.trace if isinstance(step, ListPrice)}
    lines = [_line(facts, *each, by_key[str(each[0])], listed[str(each[0])]) for each in cart_lines]

    def money(amount: int) -> Money:
        return Money(amount, CURRENCY)

    return CartOut(
        id=CartId(row["id"]),
        version=row["version"],
        state="active",
        order_id=None,
        channel_id=row["channel_id"],
        country=row["country"],
        currency=CURRENCY,
        contact=None,
        shipping_address=None,
        billing_address=None,
        lines=lines,
        groups=[
            CartGroupOut(
                fulfilment=_fulfilment(facts, group.group),
                lines=money(group.lines),
                delivery=money(group.delivery),
                rounding=money(group.rounding),
                total=money(group.total),
                delivery_discount=money(0),
                delivery_discounts=[],
            )
            for group in priced.groups
        ],
        taxes=[
            CartTaxOut(
                country=tax.country, category=tax.category, rate=str(tax.rate), net=money(tax.net), tax=money(tax.tax)
            )
            for tax in priced.taxes
        ],
        subtotal=money(priced.subtotal),
        discount_total=money(priced.discount_total),
        tax_added=money(priced.tax_added),
        delivery_total=money(priced.delivery_total),
        tax_total=money(priced.tax_total),
        rounding=money(priced.rounding),
        total=money(priced.total),
        problems=[_problem()],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        fees=[],
        gifts=[],
        codes=[],
        promotions=[],
        store_id=row["store_id"],
        customer_id=row["shopper_id"],
        vat_number=row["vat_number"],
        tender=row["tender"],
        frozen=None,
    )


def _line(
    facts: Facts, line_id: UUID, variant_id: UUID, quantity: int, group: str, priced: PricedLine, listed: ListPrice
) -> CartLineOut:
    article = facts.articles[VariantId(variant_id)]
    return CartLineOut(
        id=CartLineId(line_id),
        variant_id=VariantId(variant_id),
        product_id=article.product_id,
        sku=article.sku,
        title=article.title.said("en"),
        option_text=article.option_text,
        image_url=article.image_url,
        quantity=quantity,
        fulfilment=_fulfilment(facts, group),
        unit=Money(priced.unit, CURRENCY),
        compare_at=None,
        subtotal=Money(priced.subtotal, CURRENCY),
        discount=Money(priced.discount, CURRENCY),
        tax=Money(priced.tax, CURRENCY),
        total=Money(priced.total, CURRENCY),
        discounts=[],
        list_unit=None,
        prior=None,
        unit_price=None,
        override=None,
        points=None,
        price_list_id=listed.list_id,
        price_list_version=listed.list_version,
    )


def _fulfilment(facts: Facts, group: str) -> CartFulfilmentOut:
    place = group.removeprefix("pickup:")
    return CartFulfilmentOut(kind="pickup", location_id=UUID(place), method_id=None, name=facts.places[place])


def _problem() -> CartProblemOut:
    return CartProblemOut(
        code="no_contact",
        detail="Say how the buyer is reached.",
        line_id=None,
        variant_id=None,
        available=None,
        location_id=None,
        alternatives=[],
    )
