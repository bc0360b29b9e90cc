"""Back office: what products are described by, and who answers for them."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commerce.catalog import manage_definitions as manage
from commerce.catalog.definition_schemas import (
    AttributeIn,
    AttributeOut,
    AttributePatch,
    CustomFieldIn,
    CustomFieldOut,
    CustomFieldPatch,
    PartyIn,
    PartyOut,
    PartyPatch,
    ProductTypeIn,
    ProductTypeOut,
    ProductTypePatch,
)
from commerce.catalog.errors import DefinitionInUse
from commerce.kernel import clock
from commerce.kernel.errors import AlreadyExists, NotFound
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
CodeInPath = FromPath[Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z")]]


@get("/v1/admin/attributes", operation="listAttributes", scope=SCOPE, tag=TAG)
async def list_attributes(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[AttributeOut]]:
    """List attributes by code."""
    (after,) = after_cursor(cursor, str) or (None,)
    rows = await manage.ATTRIBUTES.listed(request.db.reading, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@post("/v1/admin/attributes", operation="createAttribute", scope=SCOPE, tag=TAG, refusals=[AlreadyExists])
async def post_attribute(request: Call, data: JSONBody[AttributeIn]) -> Response[AttributeOut]:
    """Make an attribute."""
    return await perform(request, manage.create_attribute, data, at=clock.now())


@get("/v1/admin/attributes/{attribute:str}", operation="getAttribute", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def get_attribute(request: Call, attribute: CodeInPath) -> Response[AttributeOut]:
    """Get an attribute."""
    return answer(request, await manage.ATTRIBUTES.found(request.db.reading, attribute))


@patch(
    "/v1/admin/attributes/{attribute:str}",
    operation="changeAttribute",
    scope=SCOPE,
    tag=TAG,
    refusals=[DefinitionInUse],
)
async def patch_attribute(
    request: Call, attribute: CodeInPath, data: JSONBody[AttributePatch]
) -> Response[AttributeOut]:
    """Change an attribute."""
    return await perform(request, manage.change_attribute, attribute, request.expected_version(), data)


@delete(
    "/v1/admin/attributes/{attribute:str}",
    operation="deleteAttribute",
    scope=SCOPE,
    tag=TAG,
    refusals=[DefinitionInUse],
)
async def remove_attribute(request: Call, attribute: CodeInPath) -> Response[None]:
    """Take away an attribute that no product uses."""
    return await perform(request, manage.delete_attribute, attribute, request.expected_version())


@get("/v1/admin/product-types", operation="listProductTypes", scope=SCOPE, tag=TAG)
async def list_product_types(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[ProductTypeOut]]:
    """List product types by code."""
    (after,) = after_cursor(cursor, str) or (None,)
    rows = await manage.TYPES.listed(request.db.reading, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@post("/v1/admin/product-types", operation="createProductType", scope=SCOPE, tag=TAG, refusals=[AlreadyExists])
async def post_product_type(request: Call, data: JSONBody[ProductTypeIn]) -> Response[ProductTypeOut]:
    """Make a product type."""
    return await perform(request, manage.create_product_type, data, at=clock.now())


@get(
    "/v1/admin/product-types/{product_type:str}", operation="getProductType", scope=SCOPE, tag=TAG, refusals=[NotFound]
)
async def get_product_type(request: Call, product_type: CodeInPath) -> Response[ProductTypeOut]:
    """Get a product type."""
    return answer(request, await manage.TYPES.found(request.db.reading, product_type))


@patch(
    "/v1/admin/product-types/{product_type:str}",
    operation="changeProductType",
    scope=SCOPE,
    tag=TAG,
    refusals=[DefinitionInUse],
)
async def patch_product_type(
    request: Call, product_type: CodeInPath, data: JSONBody[ProductTypePatch]
) -> Response[ProductTypeOut]:
    """Change a product type."""
    return await perform(request, manage.change_product_type, product_type, request.expected_version(), data)


@delete(
    "/v1/admin/product-types/{product_type:str}",
    operation="deleteProductType",
    scope=SCOPE,
    tag=TAG,
    refusals=[DefinitionInUse],
)
async def remove_product_type(request: Call, product_type: CodeInPath) -> Response[None]:
    """Take away a product type that no product uses."""
    return await perform(request, manage.delete_product_type, product_type, request.expected_version())


@get("/v1/admin/custom-fields", operation="listCustomFields", scope=SCOPE, tag=TAG)
async def list_custom_fields(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[CustomFieldOut]]:
    """List custom fields by code."""
    (after,) = after_cursor(cursor, str) or (None,)
    rows = await manage.CUSTOM.listed(request.db.reading, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@post("/v1/admin/custom-fields", operation="createCustomField", scope=SCOPE, tag=TAG, refusals=[AlreadyExists])
async def post_custom_field(request: Call, data: JSONBody[CustomFieldIn]) -> Response[CustomFieldOut]:
    """Make a custom field."""
    return await perform(request, manage.create_custom_field, data, at=clock.now())


@get(
    "/v1/admin/custom-fields/{custom_field:str}", operation="getCustomField", scope=SCOPE, tag=TAG, refusals=[NotFound]
)
async def get_custom_field(request: Call, custom_field: CodeInPath) -> Response[CustomFieldOut]:
    """Get a custom field."""
    return answer(request, await manage.CUSTOM.found(request.db.reading, custom_field))


@patch(
    "/v1/admin/custom-fields/{custom_field:str}",
    operation="changeCustomField",
    scope=SCOPE,
    tag=TAG,
    refusals=[NotFound],
)
async def patch_custom_field(
    request: Call, custom_field: CodeInPath, data: JSONBody[CustomFieldPatch]
) -> Response[CustomFieldOut]:
    """Change a custom field."""
    return await perform(request, manage.change_custom_field, custom_field, request.expected_version(), data)


@delete(
    "/v1/admin/custom-fields/{custom_field:str}",
    operation="deleteCustomField",
    scope=SCOPE,
    tag=TAG,
    refusals=[DefinitionInUse],
)
async def remove_custom_field(request: Call, custom_field: CodeInPath) -> Response[None]:
    """Take away a custom field that no product uses."""
    return await perform(request, manage.delete_custom_field, custom_field, request.expected_version())


@get("/v1/admin/parties", operation="listParties", scope=SCOPE, tag=TAG)
async def list_parties(request: Call, limit: Limit = 24, cursor: Cursor = None) -> Response[Page[PartyOut]]:
    """List makers and responsible parties by code."""
    (after,) = after_cursor(cursor, str) or (None,)
    rows = await manage.PARTIES.listed(request.db.reading, after=after, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@post("/v1/admin/parties", operation="createParty", scope=SCOPE, tag=TAG, refusals=[AlreadyExists])
async def post_party(request: Call, data: JSONBody[PartyIn]) -> Response[PartyOut]:
    """Make a maker or responsible party."""
    return await perform(request, manage.create_party, data, at=clock.now())


@get("/v1/admin/parties/{party_id:uuid}", operation="getParty", scope=SCOPE, tag=TAG, refusals=[NotFound])
async def get_party(request: Call, party_id: FromPath[UUID]) -> Response[PartyOut]:
    """Get a maker or responsible party."""
    return answer(request, await manage.PARTIES.found(request.db.reading, party_id))


@patch("/v1/admin/parties/{party_id:uuid}", operation="changeParty", scope=SCOPE, tag=TAG, refusals=[AlreadyExists])
async def patch_party(request: Call, party_id: FromPath[UUID], data: JSONBody[PartyPatch]) -> Response[PartyOut]:
    """Change a maker or responsible party."""
    return await perform(request, manage.change_party, party_id, request.expected_version(), data)


@delete("/v1/admin/parties/{party_id:uuid}", operation="deleteParty", scope=SCOPE, tag=TAG, refusals=[DefinitionInUse])
async def remove_party(request: Call, party_id: FromPath[UUID]) -> Response[None]:
    """Take away a maker or responsible party that no product uses."""
    return await perform(request, manage.delete_party, party_id, request.expected_version(), at=clock.now())


ROUTES: list[HTTPRouteHandler] = [
    list_attributes,
    post_attribute,
    get_attribute,
    patch_attribute,
    remove_attribute,
    list_product_types,
    post_product_type,
    get_product_type,
    patch_product_type,
    remove_product_type,
    list_custom_fields,
    post_custom_field,
    get_custom_field,
    patch_custom_field,
    remove_custom_field,
    list_parties,
    post_party,
    get_party,
    patch_party,
    remove_party,
]
