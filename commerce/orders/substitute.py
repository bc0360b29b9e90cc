"""Units of a line become units of another article, since their buyer agreed: the line is cut, the money is not touched."""

from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Integer, Uuid, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from commerce.kernel import clock
from commerce.kernel.ids import OrderId, OrderLineId
from commerce.orders import rules
from commerce.orders.change_units import keep
from commerce.orders.events import OrderChanged
from commerce.orders.facts import Order, OrderState, SubstituteArticle
from commerce.orders.open_order import documents
from commerce.orders.queries import lock
from commerce.orders.split import Split, substituted
from commerce.orders.tables import order_lines, order_substitutions
from commerce.platform.database import Tx
from commerce.platform.statement import Statement, given, unnested

Consent = Literal["beforehand", "asked"]
FIGURES = ("quantity", "subtotal", "discounts", "discount", "net", "tax", "total")
_cut = unnested(
    "cut",
    line_id=Uuid,
    quantity=Integer,
    subtotal=BigInteger,
    discounts=JSONB,
    discount=BigInteger,
    net=BigInteger,
    tax=BigInteger,
    total=BigInteger,
)
_kept = (
    update(order_lines)
    .where(order_lines.c.id == _cut.c.line_id, order_lines.c.order_id == given("order_id", Uuid))
    .values({name: _cut.c[name] for name in FIGURES})
    .returning(order_lines.c.id)
    .cte("lines_cut")
)
_new = documents(order_lines, "lines")
_added = (
    insert(order_lines)
    .from_select(["order_id", *_new.c.keys()], select(given("order_id", Uuid), *_new.c))
    .returning(order_lines.c.id)
    .cte("lines_added")
)
SPLIT = Statement(
    insert(order_substitutions)
    .values({each.name: given(each.name, each.type) for each in order_substitutions.c})
    .add_cte(_kept, _added)
)


async def substitute(
    tx: Tx,
    order_id: OrderId,
    line_id: OrderLineId,
    units: int,
    article: SubstituteArticle,
    *,
    location_id: UUID,
    consent: Consent,
    by: str,
    agreed_by: str,
) -> tuple[Order, Split]:
    """Make units of a line, which no place has, units of another article that a location promises; gives the order and what was cut.

    The header stays as it was, to the cent: the new line has its units' exact share of the money. What the other article is cheaper is a
    line of its own that is not charged; dearer it may be, and costs no more than was agreed. Fees of the article go with its units: who
    calls this sees that the other article has the same ones, and the same tax; and reserves its units at the location.
    Only a placed order is changed: refuses with IllegalMove, NotThatManyUnits, UnknownOrderLine, NotFound. Emits OrderChanged.
    """
    before = await lock(tx, order_id)
    if before.state is not OrderState.PLACED:
        raise rules.ORDER.refusal(before.state, OrderState.COMPLETED)
    split, at = substituted(before, line_id, units, article, location_id), clock.now()
    await tx.execute(
        SPLIT,
        **{name: [getattr(line, name) for line in split.kept] for name in FIGURES},
        line_id=[line.id for line in split.kept],
        lines=split.added,
        order_id=order_id,
        order_line_id=split.line.id,
        instead_of_line_id=line_id,
        difference_line_id=None if split.difference is None else split.difference.id,
        units=units,
        agreed_total=split.agreed.total,
        agreed_tax=split.agreed.tax,
        consent=consent,
        by=agreed_by,
        at=at,
    )
    cut = msgspec.structs.replace(split.order, elsewhere=before.elsewhere)
    after = await keep(tx, cut, split.order, reason=None, by=by, at=at)
    tx.emit(
        OrderChanged(
            order_id=after.id,
            order=after.facts(),
            change="units_substituted",
            units=((split.line.id, units),),
            amount=split.amount,
            by=by,
        )
    )
    return after, split
