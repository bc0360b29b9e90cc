"""What must hold of carts beyond what their constraints can say."""

from sqlalchemy import func, select

from commerce.carts.facts import LINES_MOST
from commerce.carts.tables import cart_lines
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

CHECKS: list[Check] = [
    Check(
        code="G16",
        name="carts_are_not_too_long",
        statement=Statement(
            select(cart_lines.c.cart_id, func.count().label("lines"))
            .group_by(cart_lines.c.cart_id)
            .having(func.count() > LINES_MOST)
        ),
    ),
]
