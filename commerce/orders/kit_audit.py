"""What must hold of kits in orders: their parts name one kit, and are in the numbers in which it was sold."""

from sqlalchemy import func, or_, select

from commerce.orders.tables import order_lines
from commerce.platform.audit import Check
from commerce.platform.statement import Statement

_line = order_lines.c
_nth = _line.kit.op("->>")("nth")
KITS = Check(
    code="G2",
    name="parts_of_a_kit_name_the_same_one",
    statement=Statement(
        select(_line.order_id, _nth.label("nth"), func.count(func.distinct(_line.kit)).label("kits"))
        .where(_line.kit.is_not(None))
        .group_by(_line.order_id, _nth)
        .having(
            or_(
                func.count(func.distinct(_line.kit)) > 1,
                func.bool_or(_line.kit.op("->>")("units").is_(None)),
            )
        )
    ),
)
