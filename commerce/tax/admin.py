"""Back office: tax categories and rates."""

from datetime import date
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from commerce.kernel import clock
from commerce.kernel.wire import Code
from commerce.platform.http import Call, Cursor, Limit, Page, after_cursor, answer, get, paged, patch, perform, post
from commerce.tax import admin_fees, admin_sellers, queries
from commerce.tax.errors import TaxCategoryTaken, TaxRatesOverlap
from commerce.tax.manage_rates import add_category, add_rate, change_rate
from commerce.tax.schemas import TaxCategoryIn, TaxCategoryOut, TaxRateIn, TaxRateOut, TaxRatePatch, Zone

SCOPE = "tax:write"
TAG = "tax"
CountryFilter = FromQuery[Zone | None]
CategoryFilter = FromQuery[Code | None]


@get("/v1/admin/tax-categories", operation="listTaxCategories", scope=SCOPE, tag=TAG)
async def list_tax_categories(
    request: Call, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[TaxCategoryOut]]:
    """List tax categories, by code."""
    after = after_cursor(cursor, Code)
    rows = await queries.tax_categories_page(request.db.reading, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@post("/v1/admin/tax-categories", operation="addTaxCategory", scope=SCOPE, tag=TAG, refusals=[TaxCategoryTaken])
async def add_tax_category(request: Call, data: JSONBody[TaxCategoryIn]) -> Response[TaxCategoryOut]:
    """Add a category of goods and services that are taxed alike."""
    return await perform(request, add_category, data, at=clock.now())


@get("/v1/admin/tax-rates", operation="listTaxRates", scope=SCOPE, tag=TAG)
async def list_tax_rates(
    request: Call,
    country: CountryFilter = None,
    category: CategoryFilter = None,
    limit: Limit = 24,
    cursor: Cursor = None,
) -> Response[Page[TaxRateOut]]:
    """List tax rates, by country, category and first day."""
    after = after_cursor(cursor, Zone, Code, date, UUID)
    rows = await queries.tax_rates_page(
        request.db.reading, country=country, category=category, after=after, most=limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.country, row.category, row.valid_from, row.id]))


@post("/v1/admin/tax-rates", operation="addTaxRate", scope=SCOPE, tag=TAG, refusals=[TaxRatesOverlap])
async def add_tax_rate(request: Call, data: JSONBody[TaxRateIn]) -> Response[TaxRateOut]:
    """Add a rate for a category in a country or a part of it, from a day on. It may share no day with another one."""
    return await perform(request, add_rate, data, at=clock.now())


@get("/v1/admin/tax-rates/{rate_id:uuid}", operation="getTaxRate", scope=SCOPE, tag=TAG)
async def get_tax_rate(request: Call, rate_id: FromPath[UUID]) -> Response[TaxRateOut]:
    """Get a tax rate."""
    return answer(request, await queries.tax_rate(request.db.reading, rate_id))


@patch(
    "/v1/admin/tax-rates/{rate_id:uuid}", operation="changeTaxRate", scope=SCOPE, tag=TAG, refusals=[TaxRatesOverlap]
)
async def change_tax_rate(request: Call, rate_id: FromPath[UUID], data: JSONBody[TaxRatePatch]) -> Response[TaxRateOut]:
    """Rename a tax rate, or set the day up to which it holds. Its figure never changes: end it and add another."""
    return await perform(request, change_rate, rate_id, request.expected_version(), data, at=clock.now())


ROUTES: list[HTTPRouteHandler] = [
    list_tax_categories,
    add_tax_category,
    list_tax_rates,
    add_tax_rate,
    get_tax_rate,
    change_tax_rate,
    *admin_sellers.ROUTES,
    *admin_fees.ROUTES,
]
