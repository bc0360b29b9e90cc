"""Which pictures orders still show: a line keeps the address that its article had when it was ordered (G13)."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Text, any_, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from commerce.orders.tables import order_lines
from commerce.platform.database import Reads
from commerce.platform.statement import Statement, given

# As `ix_order_lines_picture` has it: the SHA-256 in the address of a medium of ours.
PICTURE_OF_OURS = text("order_lines.image_url ~ '/[0-9a-f]{64}/'")


def picture_sha256() -> ColumnElement[str]:
    """Gives the SHA-256 in the address of an order line's picture, where it is one of ours."""
    return func.substring(order_lines.c.image_url, text("'/([0-9a-f]{64})/'"), type_=Text)


PICTURED = Statement(
    select(picture_sha256().label("sha256"))
    .distinct()
    .where(PICTURE_OF_OURS, picture_sha256() == any_(given("sha256s", ARRAY(Text))))
)


async def pictured(reads: Reads, sha256s: Sequence[str]) -> set[str]:
    """Gives those of some SHA-256 that stand in the picture's address of any order line."""
    return {row["sha256"] for row in await reads.fetch(PICTURED, sha256s=list(sha256s))}
