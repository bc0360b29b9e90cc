"""What lists and searches can be narrowed by, as it stands in an address, and what that means; the same for both."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar.params import FromQuery
from msgspec import Meta
from sqlalchemy import Text, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.kernel import clock
from commerce.kernel.errors import FieldError, NotFound
from commerce.platform.database import Reading
from commerce.platform.statement import Statement, given
from commerce.storefront.lists import named
from commerce.storefront.search import wanted
from commerce.storefront.search_filters import Filters
from commerce.storefront.search_places import places_for
from commerce.storefront.shop import Shop

_CategoryName = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00]*\Z")]
_VendorName = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*\Z")]
_AttributeValue = Annotated[str, Meta(min_length=3, max_length=200, pattern=r"^[^\x00]*\Z")]
Categories = FromQuery[
    Annotated[list[_CategoryName], Meta(max_length=20, description="Ids or slugs; any of them, those below count too")]
    | None
]
Vendors = FromQuery[Annotated[list[_VendorName], Meta(max_length=20, description="Any of them")] | None]
Attributes = FromQuery[
    Annotated[
        list[_AttributeValue],
        Meta(
            max_length=50,
            description="What it has to be: `colour:red`; the same code again for one of several values, another code for both. "
            "Numbers and dates also `weight:1..5`, where either bound may be left out",
        ),
    ]
    | None
]
Price = FromQuery[
    Annotated[int, Meta(ge=0, le=10**15, description="Of the lowest price, in minor units of the channel's currency")]
    | None
]
InStock = FromQuery[Annotated[bool, Meta(description="Only what can be had at the places whose stock is shown")]]
AvailableAt = FromQuery[Annotated[UUID, Meta(description="Only what is in stock at this location")] | None]
ReadyBy = FromQuery[
    Annotated[
        datetime,
        Meta(
            tz=True,
            description="Only what can be collected by then if it is ordered now, at `available_at` or at any location",
        ),
    ]
    | None
]

_each = func.unnest(given("names", ARRAY(Text))).table_valued("name", name="each").render_derived()
UNKNOWN = Statement(select(_each.c.name).where(~named(_each.c.name).correlate(_each).exists()))


async def filters_asked(
    reading: Reading,
    shop: Shop,
    *,
    category: Sequence[str] | None,
    vendor: Sequence[str] | None,
    attribute: Sequence[str] | None,
    price_from: int | None,
    price_to: int | None,
    in_stock: bool,
    available_at: UUID | None,
    ready_by: datetime | None,
) -> Filters:
    """Gives what was asked to be shown only.

    Refuses with NotFound a category or a location that there is not, and as `wanted` does. Categories that are known by their id or slug in the
    process cost no statement.
    """
    await _require_categories(reading, shop, category or ())
    return Filters(
        categories=category or (),
        vendors=vendor or (),
        attributes=await wanted(reading, attribute or ()),
        price_from=price_from,
        price_to=price_to,
        in_stock=in_stock,
        places=await places_for(reading, available_at, ready_by, at=clock.now()),
    )


async def _require_categories(reading: Reading, shop: Shop, names: Sequence[str]) -> None:
    new = [each for each in names if not shop.categories.has(each)]
    for row in await reading.fetch(UNKNOWN, names=new) if new else ():
        detail = f"There is no category {row['name']}."
        raise NotFound(detail, errors=[FieldError("?category", detail)])
