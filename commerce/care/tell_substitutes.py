"""What the customer is told when a place has another article instead of a missing one."""

from commerce import orders, stores
from commerce.care.dates import moment_said
from commerce.care.facts import Kind
from commerce.care.goods import item_said, items_said
from commerce.care.letters import known
from commerce.care.send import send
from commerce.kernel.money import format_money
from commerce.orders import Order
from commerce.platform.database import Database
from commerce.platform.mail import Mailer
from commerce.recourse import Substitute, SubstituteAnswered, SubstituteProposed, SubstituteState, substitute


async def substitute_proposed(db: Database, mailer: Mailer, proposed: SubstituteProposed) -> None:
    """Asks whether another article will do, with what it costs and until when the answer counts; nothing once that is decided."""
    offered = proposed.substitute
    if (await substitute(db.reading, offered.id)).state is not SubstituteState.PROPOSED:
        return
    order = await orders.order(db.reading, proposed.order_id)
    place = (await stores.locations(db.reading)).get(offered.location_id)
    language = known(order.language)
    costs = orders.substitute_costs(order, offered.order_line_id, offered.units, offered.unit)
    facts = {
        **_said(order, offered, costs, language),
        "place": place.name,
        "when": moment_said(proposed.answer_by, place.timezone, language),
    }
    await send(db, mailer, Kind.SUBSTITUTE_PROPOSED, f"substitute_proposed:{offered.id}", order, facts)


async def substitute_taken(db: Database, mailer: Mailer, answered: SubstituteAnswered) -> None:
    """Says what comes instead of what is missing, and what it costs; nothing of one that was declined."""
    taken = answered.substitute
    if taken.state is not SubstituteState.ACCEPTED:
        return
    order = await orders.order(db.reading, answered.order_id)
    costs = sum(line.total for line in order.lines if line.id == taken.new_line_id)
    facts = _said(order, taken, costs, known(order.language))
    await send(db, mailer, Kind.SUBSTITUTE_TAKEN, f"substitute_taken:{taken.id}", order, facts)


def _said(order: Order, other: Substitute, costs: int, language: str) -> dict[str, str]:
    return {
        "items": items_said(order, language, [(other.order_line_id, other.units)]),
        "instead": item_said(other.units, other.title.said(language), other.option_text),
        "costs": format_money(order.money(costs), language),
    }
