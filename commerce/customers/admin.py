"""Back office: customer groups, segments, their members, and the businesses that customers buy for."""

from uuid import UUID

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from commerce.customers import queries
from commerce.customers.errors import CustomerGroupCodeTaken
from commerce.customers.manage_groups import change_group, change_members, create_group, withdraw_group
from commerce.customers.schemas import (
    BusinessIn,
    BusinessOut,
    CustomerGroupIn,
    CustomerGroupOut,
    CustomerGroupPatch,
    Kind,
    MemberOut,
    MembersChangedOut,
    MembersIn,
)
from commerce.customers.set_business import remove_business, set_business
from commerce.kernel import clock
from commerce.kernel.errors import InvalidInput, NotFound
from commerce.kernel.wire import Code
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
    put,
)

READ, WRITE = "customers:read", "customers:write"
TAG = "customers"
KindFilter = FromQuery[Kind | None]


@get("/v1/admin/customer-groups", operation="listCustomerGroups", scope=READ, tag=TAG)
async def list_customer_groups(
    request: Call, kind: KindFilter = None, limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[CustomerGroupOut]]:
    """List customer groups and segments, by code."""
    after = after_cursor(cursor, Code)
    rows = await queries.groups_page(request.db.reading, kind=kind, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@post(
    "/v1/admin/customer-groups",
    operation="createCustomerGroup",
    scope=WRITE,
    tag=TAG,
    refusals=[InvalidInput, CustomerGroupCodeTaken],
)
async def create_customer_group(request: Call, data: JSONBody[CustomerGroupIn]) -> Response[CustomerGroupOut]:
    """Make a customer group, or a segment."""
    return await perform(request, create_group, data, at=clock.now())


@get(
    "/v1/admin/customer-groups/{group_id:uuid}",
    operation="getCustomerGroup",
    scope=READ,
    tag=TAG,
    refusals=[NotFound],
)
async def get_customer_group(request: Call, group_id: FromPath[UUID]) -> Response[CustomerGroupOut]:
    """Get a customer group."""
    return answer(request, await queries.group(request.db.reading, group_id))


@patch(
    "/v1/admin/customer-groups/{group_id:uuid}",
    operation="changeCustomerGroup",
    scope=WRITE,
    tag=TAG,
    refusals=[InvalidInput, NotFound, CustomerGroupCodeTaken],
)
async def change_customer_group(
    request: Call, group_id: FromPath[UUID], data: JSONBody[CustomerGroupPatch]
) -> Response[CustomerGroupOut]:
    """Change a customer group's code or name. Its kind never changes."""
    return await perform(request, change_group, group_id, request.expected_version(), data, at=clock.now())


@delete(
    "/v1/admin/customer-groups/{group_id:uuid}",
    operation="deleteCustomerGroup",
    scope=WRITE,
    tag=TAG,
    refusals=[NotFound],
)
async def delete_customer_group(request: Call, group_id: FromPath[UUID]) -> Response[None]:
    """Take a customer group away with its members. Prices and promotions for it hold for nobody from now on."""
    return await perform(request, withdraw_group, group_id, request.expected_version(), at=clock.now())


@get(
    "/v1/admin/customer-groups/{group_id:uuid}/members",
    operation="listCustomerGroupMembers",
    scope=READ,
    tag=TAG,
    refusals=[NotFound],
)
async def list_customer_group_members(
    request: Call, group_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[MemberOut]]:
    """List who is in a customer group, by id."""
    after = after_cursor(cursor, UUID)
    rows = await queries.members_page(request.db.reading, group_id, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.customer_id]))


@post(
    "/v1/admin/customer-groups/{group_id:uuid}/members",
    operation="changeCustomerGroupMembers",
    scope=WRITE,
    tag=TAG,
    status=200,
    refusals=[InvalidInput, NotFound],
)
async def change_customer_group_members(
    request: Call, group_id: FromPath[UUID], data: JSONBody[MembersIn]
) -> Response[MembersChangedOut]:
    """Let customers join and leave a group, up to 1,000 each way; all of them or none. Prices follow at once."""
    return await perform(request, change_members, group_id, data, at=clock.now())


@get(
    "/v1/customers/{customer_id:uuid}/groups",
    operation="listGroupsOfCustomer",
    scope=READ,
    tag=TAG,
    refusals=[NotFound],
)
async def list_groups_of_customer(
    request: Call, customer_id: FromPath[UUID], limit: Limit = 24, cursor: Cursor = None
) -> Response[Page[CustomerGroupOut]]:
    """List the groups and segments that a customer is in, by code."""
    after = after_cursor(cursor, Code)
    rows = await queries.groups_of(request.db.reading, customer_id, after=after[0] if after else None, most=limit + 1)
    return answer(request, paged(rows, limit, key=lambda row: [row.code]))


@get(
    "/v1/customers/{customer_id:uuid}/business",
    operation="getBusinessOfCustomer",
    scope=READ,
    tag=TAG,
    refusals=[NotFound],
)
async def get_business_of_customer(request: Call, customer_id: FromPath[UUID]) -> Response[BusinessOut]:
    """Get the business that a customer buys for."""
    return answer(request, await queries.business(request.db.reading, customer_id))


@put(
    "/v1/customers/{customer_id:uuid}/business",
    operation="setBusinessOfCustomer",
    scope=WRITE,
    tag=TAG,
    refusals=[InvalidInput, NotFound],
)
async def set_business_of_customer(
    request: Call, customer_id: FromPath[UUID], data: JSONBody[BusinessIn]
) -> Response[BusinessOut]:
    """Say which business a customer buys for; If-Match is "0" where they have none yet. Its VAT number is checked by its digits here, and by the registry before a supply is exempt."""
    version = request.expected_version()
    return await perform(request, set_business, customer_id, data, at=clock.now(), expected_version=version)


@delete(
    "/v1/customers/{customer_id:uuid}/business",
    operation="removeBusinessOfCustomer",
    scope=WRITE,
    tag=TAG,
    refusals=[NotFound],
)
async def remove_business_of_customer(request: Call, customer_id: FromPath[UUID]) -> Response[None]:
    """Say that a customer buys for no business."""
    return await perform(request, remove_business, customer_id, request.expected_version())


ROUTES: list[HTTPRouteHandler] = [
    list_customer_groups,
    create_customer_group,
    get_customer_group,
    change_customer_group,
    delete_customer_group,
    list_customer_group_members,
    change_customer_group_members,
    list_groups_of_customer,
    get_business_of_customer,
    set_business_of_customer,
    remove_business_of_customer,
]
