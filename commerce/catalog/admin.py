"""Back office: products, their variants, the tree of categories."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from commerce.catalog import admin_bulk, admin_definitions, admin_synonyms, collections_admin, kits_admin, queries
from commerce.catalog.change_product import change_product, publish_product, withdraw_product
from commerce.catalog.change_variants import add_variant, change_variant, withdraw_variant
from commerce.catalog.create_product import create_product
from commerce.catalog.errors import (
    BarcodeTaken,
    CategoryInUse,
    HandleTaken,
    NothingToSell,
    OptionsTaken,
    ShortCodeTaken,
    SkuTaken,
    SlugTaken,
)
from commerce.catalog.manage_categories import change_category, create_category, withdraw_category
from commerce.catalog.schemas import (
    AdminCategoryOut,
    AdminProductOut,
    AdminProductRow,
    AdminVariantOut,
    CategoryIn,
    CategoryPatch,
    ProductIn,
    ProductPatch,
    VariantIn,
    VariantPatch,
)
from commerce.catalog.tables import Status
from commerce.kernel import clock
from commerce.kernel.errors import IllegalMove
from commerce.kernel.wire import Name
from commerce.platform.database import Tx
from commerce.platform.http import (
    Call,
    Cursor,
    Limit,
    Page,
    after_cursor,
    answer,
    delete,
    get,
    paged,
    patch,
    perform,
    post,
)

SCOPE = "catalog:write"
TAG = "products"
TAKEN = (SlugTaken, HandleTaken, SkuTaken, BarcodeTaken, ShortCodeTaken, OptionsTaken)
SearchText = FromQuery[
    Annotated[str | None, Meta(min_length=1, max_length=200, description="Words of title, vendor or code")]
]


@get("/v1/admin/products", operation="listAdminProducts", scope=SCOPE, tag=TAG)
async def list_products(
    request: Call,
    limit: Limit = 24,
    cursor: Cursor = None,
    status: FromQuery[Status | None] = None,
    q: SearchText = None,
    vendor: FromQuery[Name | None] = None,
    product_type: FromQuery[Name | None] = None,
    tag: FromQuery[Name | None] = None,
    category_id: FromQuery[UUID | None] = None,
) -> Response[Page[AdminProductRow]]:
    """List products of every status, newest first: all, or those that fit all that is said; of a category those that stand in it, not below it."""
    after = after_cursor(cursor, UUID)
    among = queries.Among(vendor=vendor, product_type=product_type, tag=tag, category_id=category_id)
    rows = await queries.products_page(
        request.db.reading, status=status, text=q, among=among, after=after[0] if after else None, most=limit + 1
    )
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post("/v1/admin/products", operation="createProduct", scope=SCOPE, tag=TAG, refusals=TAKEN)
async def post_product(request: Call, data: JSONBody[ProductIn]) -> Response[AdminProductOut]:
    """Make a product with its variants, as a draft or at once on show."""
    return await perform(request, create_product, data, at=clock.now())


@get("/v1/admin/products/{product_id:uuid}", operation="getAdminProduct", scope=SCOPE, tag=TAG)
async def get_product(request: Call, product_id: FromPath[UUID]) -> Response[AdminProductOut]:
    """Get a product of any status, with its withdrawn variants too."""
    return answer(request, await queries.product(request.db.reading, product_id))


@patch("/v1/admin/products/{product_id:uuid}", operation="changeProduct", scope=SCOPE, tag=TAG, refusals=[SlugTaken])
async def patch_product(
    request: Call, product_id: FromPath[UUID], data: JSONBody[ProductPatch]
) -> Response[AdminProductOut]:
    """Change a product."""
    return await perform(request, change_product, product_id, request.expected_version(), data, at=clock.now())


@delete("/v1/admin/products/{product_id:uuid}", operation="deleteProduct", scope=SCOPE, tag=TAG, refusals=[IllegalMove])
async def delete_product(request: Call, product_id: FromPath[UUID]) -> Response[None]:
    """Withdraw a product: nobody sees it any more, its slug and codes are free, and orders keep what they say."""
    return await perform(request, _withdraw, product_id, request.expected_version())


async def _withdraw(tx: Tx, product_id: UUID, expected_version: int) -> None:
    await withdraw_product(tx, product_id, at=clock.now(), expected_version=expected_version)


@post(
    "/v1/admin/products/{product_id:uuid}/publish",
    operation="publishProduct",
    scope=SCOPE,
    tag=TAG,
    status=200,
    refusals=(IllegalMove, NothingToSell, *TAKEN),
)
async def post_publish(request: Call, product_id: FromPath[UUID]) -> Response[AdminProductOut]:
    """Put a draft on show, or bring a withdrawn product back."""
    return await perform(request, publish_product, product_id, at=clock.now())


@post(
    "/v1/admin/products/{product_id:uuid}/withdraw",
    operation="withdrawProduct",
    scope=SCOPE,
    tag=TAG,
    status=200,
    refusals=[IllegalMove],
)
async def post_withdraw(request: Call, product_id: FromPath[UUID]) -> Response[AdminProductOut]:
    """Take a product away, with all of its variants."""
    return await perform(request, withdraw_product, product_id, at=clock.now())


@post(
    "/v1/admin/products/{product_id:uuid}/variants",
    operation="addVariant",
    scope=SCOPE,
    tag=TAG,
    refusals=(IllegalMove, SkuTaken, BarcodeTaken, ShortCodeTaken, OptionsTaken),
)
async def post_variant(
    request: Call, product_id: FromPath[UUID], data: JSONBody[VariantIn]
) -> Response[AdminVariantOut]:
    """Add a variant to a product."""
    return await perform(request, add_variant, product_id, data, at=clock.now())


@get("/v1/admin/variants/{variant_id:uuid}", operation="getVariant", scope=SCOPE, tag=TAG)
async def get_variant(request: Call, variant_id: FromPath[UUID]) -> Response[AdminVariantOut]:
    """Get a variant."""
    return answer(request, await queries.variant(request.db.reading, variant_id))


@patch(
    "/v1/admin/variants/{variant_id:uuid}",
    operation="changeVariant",
    scope=SCOPE,
    tag=TAG,
    refusals=(SkuTaken, BarcodeTaken, ShortCodeTaken, OptionsTaken),
)
async def patch_variant(
    request: Call, variant_id: FromPath[UUID], data: JSONBody[VariantPatch]
) -> Response[AdminVariantOut]:
    """Change a variant."""
    return await perform(request, change_variant, variant_id, request.expected_version(), data, at=clock.now())


@delete(
    "/v1/admin/variants/{variant_id:uuid}", operation="deleteVariant", scope=SCOPE, tag=TAG, refusals=[NothingToSell]
)
async def delete_variant(request: Call, variant_id: FromPath[UUID]) -> Response[None]:
    """Withdraw a variant; the last one of a product on show goes with its product only."""
    return await perform(request, withdraw_variant, variant_id, request.expected_version(), at=clock.now())


@get("/v1/admin/categories", operation="listAdminCategories", scope=SCOPE, tag=TAG)
async def list_categories(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[AdminCategoryOut]]:
    """List categories with their names in all languages, newest first; `parent_id` makes the tree."""
    after = after_cursor(cursor, UUID)
    rows = await queries.categories_page(request.db.reading, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.id]))


@post("/v1/admin/categories", operation="createCategory", scope=SCOPE, tag=TAG, refusals=[SlugTaken])
async def post_category(request: Call, data: JSONBody[CategoryIn]) -> Response[AdminCategoryOut]:
    """Make a category."""
    return await perform(request, create_category, data, at=clock.now())


@get("/v1/admin/categories/{category_id:uuid}", operation="getAdminCategory", scope=SCOPE, tag=TAG)
async def get_category(request: Call, category_id: FromPath[UUID]) -> Response[AdminCategoryOut]:
    """Get a category."""
    return answer(request, await queries.category(request.db.reading, category_id))


@patch(
    "/v1/admin/categories/{category_id:uuid}", operation="changeCategory", scope=SCOPE, tag=TAG, refusals=[SlugTaken]
)
async def patch_category(
    request: Call, category_id: FromPath[UUID], data: JSONBody[CategoryPatch]
) -> Response[AdminCategoryOut]:
    """Change a category, or move it in the tree."""
    return await perform(request, change_category, category_id, request.expected_version(), data, at=clock.now())


@delete(
    "/v1/admin/categories/{category_id:uuid}",
    operation="deleteCategory",
    scope=SCOPE,
    tag=TAG,
    refusals=[CategoryInUse],
)
async def delete_category(request: Call, category_id: FromPath[UUID]) -> Response[None]:
    """Withdraw a category; its products leave it."""
    return await perform(request, withdraw_category, category_id, request.expected_version(), at=clock.now())


ROUTES: list[HTTPRouteHandler] = [
    list_products,
    post_product,
    get_product,
    patch_product,
    delete_product,
    post_publish,
    post_withdraw,
    post_variant,
    get_variant,
    patch_variant,
    delete_variant,
    list_categories,
    post_category,
    get_category,
    patch_category,
    delete_category,
    *admin_definitions.ROUTES,
    *admin_bulk.ROUTES,
    *admin_synonyms.ROUTES,
    *kits_admin.ROUTES,
    *collections_admin.ROUTES,
]
