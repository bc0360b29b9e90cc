"""Back office: how the shop sells from a country, how tax is rounded in a zone, and which exempt supplies lack a proof."""

from datetime import datetime
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Country
from commerce.platform.http import (
    Call,
    Cursor,
    Limit,
    Page,
    after_cursor,
    answer,
    get,
    paged,
    patch,
    perform,
    post,
)
from commerce.tax.errors import (
    DestinationOptionBinds,
    OneThresholdOnly,
    TaxProfileExists,
    TaxSellerExists,
    TooManyProofs,
)
from commerce.tax.exempt import add_proof, exempt_supplies_page, exempt_supply
from commerce.tax.profiles import add_profile, change_profile, profile, profiles_page
from commerce.tax.schemas import Zone
from commerce.tax.schemas_sellers import (
    ExemptSupplyOut,
    TaxProfileIn,
    TaxProfileOut,
    TaxProfilePatch,
    TaxSellerIn,
    TaxSellerOut,
    TaxSellerPatch,
    TransportProofIn,
)
from commerce.tax.sellers import add_seller, change_seller, sellers_page, tax_seller

SCOPE = "tax:write"
TAG = "tax"
LackingFilter = FromQuery[bool]


@get("/v1/admin/tax-profiles", operation="listTaxProfiles", scope=SCOPE, tag=TAG)
async def list_tax_profiles(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[TaxProfileOut]]:
    """List how tax is rounded, by zone. A zone that is not here takes its country's profile, else each line is rounded."""
    after = after_cursor(cursor, Zone)
    rows = await profiles_page(request.db.reading, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.zone]))


@post(
    "/v1/admin/tax-profiles",
    operation="addTaxProfile",
    scope=SCOPE,
    tag=TAG,
    refusals=[InvalidInput, TaxProfileExists],
)
async def create_tax_profile(request: Call, data: JSONBody[TaxProfileIn]) -> Response[TaxProfileOut]:
    """Set how tax is rounded in a zone."""
    return await perform(request, add_profile, data, at=clock.now())


@get("/v1/admin/tax-profiles/{zone:str}", operation="getTaxProfile", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def get_tax_profile(request: Call, zone: FromPath[Zone]) -> Response[TaxProfileOut]:
    """Get how tax is rounded in a zone, where that is set."""
    return answer(request, await profile(request.db.reading, zone))


@patch("/v1/admin/tax-profiles/{zone:str}", operation="changeTaxProfile", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def patch_tax_profile(
    request: Call, zone: FromPath[Zone], data: JSONBody[TaxProfilePatch]
) -> Response[TaxProfileOut]:
    """Change how tax is rounded in a zone."""
    return await perform(request, change_profile, zone, request.expected_version(), data, at=clock.now())


@get("/v1/admin/tax-sellers", operation="listTaxSellers", scope=SCOPE, tag=TAG)
async def list_tax_sellers(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[TaxSellerOut]]:
    """List how the shop sells from each member state, with its yearly sales to consumers in the others."""
    after = after_cursor(cursor, Country)
    rows = await sellers_page(request.db.reading, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.country]))


@post(
    "/v1/admin/tax-sellers",
    operation="addTaxSeller",
    scope=SCOPE,
    tag=TAG,
    refusals=[InvalidInput, TaxSellerExists, OneThresholdOnly],
)
async def create_tax_seller(request: Call, data: JSONBody[TaxSellerIn]) -> Response[TaxSellerOut]:
    """Set how the shop sells from a member state. One that is not set taxes distance sales at destination."""
    return await perform(request, add_seller, data, at=clock.now())


@get("/v1/admin/tax-sellers/{country:str}", operation="getTaxSeller", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def get_tax_seller(request: Call, country: FromPath[Country]) -> Response[TaxSellerOut]:
    """Get how the shop sells from a member state."""
    return answer(request, await tax_seller(request.db.reading, country))


@patch(
    "/v1/admin/tax-sellers/{country:str}",
    operation="changeTaxSeller",
    scope=SCOPE,
    tag=TAG,
    refusals=[InvalidInput, NotFound, OneThresholdOnly, DestinationOptionBinds],
)
async def patch_tax_seller(
    request: Call, country: FromPath[Country], data: JSONBody[TaxSellerPatch]
) -> Response[TaxSellerOut]:
    """Change how the shop sells from a member state: at origin below the threshold or at destination; what is reverse-charged."""
    return await perform(request, change_seller, country, request.expected_version(), data, at=clock.now())


@get("/v1/admin/exempt-supplies", operation="listExemptSupplies", scope=SCOPE, tag=TAG)
async def list_exempt_supplies(
    request: Call, lacking: LackingFilter = False, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[ExemptSupplyOut]]:
    """List supplies without tax, oldest first; with `lacking=true` those of which, after 45 days, a proof is missing."""
    after = after_cursor(cursor, datetime, UUID)
    rows = await exempt_supplies_page(request.db.reading, lacking=lacking, at=clock.now(), after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.supplied_at, row.id]))


@get(
    "/v1/admin/exempt-supplies/{supply_id:uuid}",
    operation="getExemptSupply",
    scope=SCOPE,
    tag=TAG,
    refusals=[NotFound],
)
async def get_exempt_supply(request: Call, supply_id: FromPath[UUID]) -> Response[ExemptSupplyOut]:
    """Get a supply without tax, with its proofs and what is missing."""
    return answer(request, await exempt_supply(request.db.reading, supply_id))


@post(
    "/v1/admin/exempt-supplies/{supply_id:uuid}/proofs",
    operation="addTransportProof",
    scope=SCOPE,
    tag=TAG,
    refusals=[NotFound, TooManyProofs],
)
async def create_transport_proof(
    request: Call, supply_id: FromPath[UUID], data: JSONBody[TransportProofIn]
) -> Response[ExemptSupplyOut]:
    """Add a document that shows that the goods left; the same one twice counts once."""
    return await perform(request, add_proof, supply_id, data, at=clock.now())


ROUTES: list[HTTPRouteHandler] = [
    list_tax_profiles,
    create_tax_profile,
    get_tax_profile,
    patch_tax_profile,
    list_tax_sellers,
    create_tax_seller,
    get_tax_seller,
    patch_tax_seller,
    list_exempt_supplies,
    get_exempt_supply,
    create_transport_proof,
]
