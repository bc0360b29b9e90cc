"""Quotes for every channel: price a basket, look at a quote with its trace, check a signed one."""

from typing import Annotated, Protocol
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.identity import Tokens
from commerce.kernel import clock
from commerce.kernel.errors import Bug, InvalidInput, NotFound
from commerce.kernel.signatures import Signer
from commerce.platform.http import Call, Forbidden, answer, get, perform, perform_at_once, post
from commerce.pricing import OverrideReasonMissing, OverrideTooDeep
from commerce.quotes import queries
from commerce.quotes.errors import CannotPrice, NotSoldThisWay
from commerce.quotes.make_quote import prepare_quote
from commerce.quotes.schemas import BasketIn, QuoteOut, SignedQuoteIn, VerifiedOut
from commerce.quotes.signed import key_named
from commerce.quotes.surroundings import surroundings
from commerce.quotes.verify_quote import verify_quote
from commerce.tax import tax_engine

TAG = "quotes"
Explained = FromQuery[
    Annotated[
        queries.Explain,
        Meta(description="`all`: the trace also says of every promotion that was published then why it gave nothing"),
    ]
]
WithTrace = FromQuery[Annotated[bool, Meta(description="Whether the answer says how each figure came about")]]


@post(
    "/v1/quotes",
    operation="makeQuote",
    scope="quotes",
    tag=TAG,
    refusals=[CannotPrice, NotSoldThisWay, InvalidInput, Forbidden, OverrideTooDeep, OverrideReasonMissing],
)
async def quote_basket(request: Call, data: JSONBody[BasketIn], trace: WithTrace = False) -> Response[QuoteOut]:
    """Price any basket and sign the price for thirty minutes. Creates nothing but the quote; holds no stock, uses up no code."""
    reading = request.db.reading
    made = await perform_at_once(
        request,
        prepare_quote,
        reading,
        await surroundings(reading),
        await _keys(request).signer(),
        data,
        caller=request.caller,
        language=request.language,
        at=clock.now(),
        with_trace=trace,
        engine=tax_engine(request.services.settings),
    )
    if made is None:
        raise Bug("a new quote was not kept, and nothing refused it")
    return made


@get("/v1/quotes/{quote_id:uuid}", operation="getQuote", scope="quotes", tag=TAG, refusals=[NotFound])
async def get_quote(request: Call, quote_id: FromPath[UUID], explain: Explained = "looked_at") -> Response[QuoteOut]:
    """Get a quote of one's own with its full trace, also years after it expired."""
    return answer(
        request,
        await queries.quote(
            request.db.reading, quote_id, request.caller.principal, language=request.language, explain=explain
        ),
    )


@post("/v1/quotes/verify", operation="verifyQuote", scope="quotes", tag=TAG, status=200)
async def check_quote(request: Call, data: JSONBody[SignedQuoteIn]) -> Response[VerifiedOut]:
    """Check a signed quote from any channel: whether it is ours, holds now, and comes to the total that was shown."""
    key_id = key_named(data.signed)
    public_key = None if key_id is None else await _keys(request).public_key(key_id)
    return await perform(request, verify_quote, public_key, data, at=clock.now())


class _Keys(Protocol):
    async def signer(self) -> Signer: ...

    async def public_key(self, key_id: str) -> bytes | None: ...


def _keys(request: Call) -> _Keys:
    """The keys in use now: a key that was exchanged or revoked after this process started is not signed with any more."""
    tokens = request.services.tokens
    if not isinstance(tokens, Tokens):
        raise Bug("quotes are signed with the keys of identity")
    return tokens.keys


ROUTES: list[HTTPRouteHandler] = [quote_basket, get_quote, check_quote]
