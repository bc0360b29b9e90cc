"""Quote a basket: price it, sign it, keep it with what it was priced from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, insert, select

from commerce.kernel.errors import FieldError, InvalidInput, invalid
from commerce.kernel.ids import new_id
from commerce.kernel.signatures import Signer
from commerce.platform.at_once import AtOnce, Prepared
from commerce.platform.database import Reading
from commerce.platform.http import Caller, Forbidden
from commerce.platform.statement import unnested
from commerce.price_engine import Destination, Override, record
from commerce.pricing import OverrideLimits, judge_override, override_limits
from commerce.promotions import opened, resolve_codes
from commerce.quotes.buyer import buyer_of
from commerce.quotes.codes import code_answers
from commerce.quotes.facts import Quoted, RefusedCode, Surroundings, Want, WantLine, at_counter
from commerce.quotes.on_wire import priced_out
from commerce.quotes.price_basket import price_assessed
from commerce.quotes.schemas import BasketIn, OverrideIn, QuoteOut
from commerce.quotes.signed import sign, write_document
from commerce.quotes.tables import quotes
from commerce.stores import Channel
from commerce.tax import TaxEngine

BY_HAND: Final = frozenset({"prices:override", "prices:write"})
HOLDS: Final = timedelta(minutes=30)
# Beside these arguments stand those of the idempotency key and of the audit entry.
_columns = [column for column in quotes.c if column.name != "trace"]
_new = unnested("new", quote_nth=Integer, **{f"quote_{column.name}": column.type for column in _columns})
_stored = (
    insert(quotes)
    .from_select([column.name for column in _columns], select(*(_new.c[f"quote_{column.name}"] for column in _columns)))
    .returning(quotes.c.id)
    .cte("stored")
)
_numbers = unnested("numbered", quote_nth=Integer)
KEEP: Final = AtOnce(select(_numbers.c.quote_nth.label("nth")).cte("kept"), _stored)


async def prepare_quote(
    reading: Reading,
    around: Surroundings,
    signer: Signer,
    data: BasketIn,
    *,
    caller: Caller,
    language: str,
    at: datetime,
    with_trace: bool = False,
    engine: TaxEngine | None = None,
) -> Prepared:
    """Quote a basket for thirty minutes: the answer, and the one statement that keeps it.

    Refuses with CannotPrice, naming each line that has no price; with InvalidInput a channel, store or customer that there is
    not or that the token is not for, a key that two lines have, and a VAT number with wrong digits; with Forbidden a customer
    or a price by hand that the caller may not name.
    """
    channel = _channel(around, data, caller)
    resolved = await resolve_codes(reading, data.codes, at=at) if data.codes else []
    buyer = await buyer_of(reading, _customer(data, caller), vat_number=data.vat_number, at=at)
    if data.customer_id is not None and buyer.customer_id is None and not caller.is_shopper:
        raise invalid("/customer_id", "There is no such customer.")
    want = Want(
        channel_id=channel.id,
        store_id=_store(around, data, caller),
        counter=at_counter(caller.kind, _store(around, data, caller)),
        destination=_destination(data, channel),
        buyer=buyer,
        codes=opened(resolved),
        tender=data.tender,
        lines=_lines(data, channel, caller),
        at=at,
    )
    quoted = await price_assessed(reading, around, want, engine)
    if any(line.override for line in want.lines):
        _judge_overrides(quoted, want, await override_limits(reading), caller)
    refused = [
        RefusedCode(code=each.code, why=each.why, promotion_id=each.promotion_id)
        for each in resolved
        if each.why is not None
    ]
    return _kept_as(
        quoted, signer, refused, principal=caller.principal, language=language, at=at, with_trace=with_trace
    )


def _kept_as(
    quoted: Quoted,
    signer: Signer,
    refused: Sequence[RefusedCode],
    *,
    principal: str,
    language: str,
    at: datetime,
    with_trace: bool,
) -> Prepared:
    at = at.replace(microsecond=0)
    quote_id, expires_at, priced = new_id(), at + HOLDS, quoted.priced
    document = write_document(
        quote_id=quote_id,
        channel_id=quoted.channel.id,
        country=quoted.country,
        at=at,
        expires_at=expires_at,
        priced=priced,
    )
    signature, signed = sign(signer, document)
    answer = QuoteOut(
        id=quote_id,
        channel_id=quoted.channel.id,
        country=quoted.country,
        basket=priced_out(priced),
        created_at=at,
        expires_at=expires_at,
        signed=signed,
        trace=list(priced.trace) if with_trace else None,
        codes=code_answers(priced, refused, language),
        taxed_by=quoted.taxed_by,
    )
    row: dict[str, Sequence[object]] = {
        "quote_id": [quote_id],
        "quote_principal": [principal],
        "quote_channel_id": [quoted.channel.id],
        "quote_currency": [priced.currency],
        "quote_total": [priced.total],
        "quote_created_at": [at],
        "quote_expires_at": [expires_at],
        "quote_key_id": [signer.key_id],
        "quote_document": [document],
        "quote_signature": [signature],
        "quote_inputs": [record(quoted.assembled)],
        "quote_refused_codes": [list(refused) or None],
    }
    return Prepared(answer, KEEP, {"quote_nth": row})


def _channel(around: Surroundings, data: BasketIn, caller: Caller) -> Channel:
    bound_to = caller.channel_id
    channel_id = data.channel_id or bound_to
    if bound_to is not None and channel_id != bound_to:
        raise invalid("/channel_id", "Your token is for another channel; leave this out.")
    if channel_id is not None:
        channel = around.channels.by_id.get(channel_id)
        if channel is None or not channel.active:
            raise invalid("/channel_id", "There is no such channel.")
    return around.channels.get(channel_id)


def _store(around: Surroundings, data: BasketIn, caller: Caller) -> UUID | None:
    """The store where it is bought: the one named, else a terminal's own."""
    if data.store_id is not None:
        if data.store_id not in around.book.places:
            raise invalid("/store_id", "There is no such store.")
        if not caller.may_at(data.store_id):
            raise invalid("/store_id", "Your token is for another store; leave this out.")
        return data.store_id
    if caller.kind == "terminal" and caller.locations is not None and len(caller.locations) == 1:
        (own,) = caller.locations
        return own if own in around.book.places else None
    return None


def _customer(data: BasketIn, caller: Caller) -> UUID | None:
    if caller.is_shopper:
        if data.customer_id is not None and data.customer_id != caller.id:
            raise invalid("/customer_id", "You are your own customer; leave this out.")
        return caller.id
    return data.customer_id


def _destination(data: BasketIn, channel: Channel) -> Destination | None:
    if data.country is None and data.region is None and data.postal_code is None:
        return None
    return Destination(country=data.country or channel.country, region=data.region, postal_code=data.postal_code)


def _lines(data: BasketIn, channel: Channel, caller: Caller) -> tuple[WantLine, ...]:
    keys: set[str] = set()
    lines: list[WantLine] = []
    for number, line in enumerate(data.lines, start=1):
        key = line.key or f"{number:03}"
        if key in keys:
            raise InvalidInput(
                "Each line needs a key of its own.",
                errors=[FieldError(f"/lines/{number - 1}/key", f"Another line has the key {key}.")],
            )
        keys.add(key)
        lines.append(
            WantLine(
                key=key,
                variant_id=line.variant_id,
                quantity=line.quantity,
                group=line.group,
                override=None
                if line.override is None
                else _override(line.override, f"/lines/{number - 1}/override", channel, caller),
            )
        )
    return tuple(lines)


def _override(given_: OverrideIn, pointer: str, channel: Channel, caller: Caller) -> Override:
    if not caller.scopes & BY_HAND:
        raise Forbidden("A price by hand needs the scope prices:override.", scope="prices:override")
    if given_.unit.currency != channel.currency:
        raise invalid(f"{pointer}/unit/currency", f"Prices of this channel are in {channel.currency}.")
    if given_.unit.amount < 0:
        raise invalid(f"{pointer}/unit/amount", "A price is not below zero.")
    return Override(unit=given_.unit.amount, by=caller.principal, reason=given_.reason or "")


def _judge_overrides(quoted: Quoted, want: Want, limits: OverrideLimits, caller: Caller) -> None:
    """Holds each price by hand against the list's own: how far below it may be, and whether it has to be said why."""
    listed = {line.key: line.list_unit for line in quoted.priced.lines}
    for position, line in enumerate(want.lines):
        unit = listed.get(line.key)
        if line.override is not None and unit is not None:
            judge_override(
                limits,
                caller.scopes,
                listed=unit,
                unit=line.override.unit,
                reason=line.override.reason,
                pointer=f"/lines/{position}/override",
            )
