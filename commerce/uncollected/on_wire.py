"""From pickups and policies to answers, and back."""

from datetime import datetime
from uuid import UUID

import msgspec

from commerce.kernel.errors import invalid
from commerce.orders import Order
from commerce.stores import Location
from commerce.uncollected.extend import longer_by_asking
from commerce.uncollected.facts import NoShows, Policy, Terms, Wait
from commerce.uncollected.policies import TERMS
from commerce.uncollected.schemas import (
    AsideLineOut,
    CollectionPolicyOut,
    NoShowsOut,
    PickupOut,
    TermsIn,
    ToPutAwayOut,
    UncollectedLineOut,
)
from commerce.uncollected.to_put_away import SetAside

ACCOUNT = "account:"


def pickup_out(
    wait: Wait, order: Order, place: Location, language: str, at: datetime, *, staff: bool, let_go: NoShows | None
) -> PickupOut:
    """Shapes a pickup as it is at an instant; how often its customer let others go is for staff alone."""
    over = wait.overdue(at)
    lines = {line.id: line for line in order.lines}
    return PickupOut(
        id=wait.id,
        version=wait.version,
        order_id=wait.order_id,
        fulfilment_order_id=wait.fulfilment_order_id,
        location_id=wait.location_id,
        timezone=place.timezone,
        state=wait.state,
        ready_at=wait.ready_at,
        deadline=wait.deadline,
        over=over,
        extension_until=None if over else longer_by_asking(wait, place),
        extended_at=wait.extended_at,
        closed_at=wait.closed_at,
        put_away_at=wait.put_away_at,
        lines=[
            UncollectedLineOut(
                line_id=each.line_id,
                order_line_id=each.order_line_id,
                variant_id=each.variant_id,
                sku=lines[each.order_line_id].sku,
                title=lines[each.order_line_id].title.said(language),
                option_text=lines[each.order_line_id].option_text,
                units=each.units,
                damaged=each.damaged,
                codes=[trace.code for trace in each.traces] if staff else [],
            )
            for each in wait.units
        ],
        uncollected=(0 if let_go is None else let_go.uncollected) if staff else None,
        signed=(let_go is not None and let_go.signed) if staff else None,
    )


def to_put_away_out(aside: SetAside, language: str) -> ToPutAwayOut:
    """Shapes what waits to be put away."""
    return ToPutAwayOut(
        id=aside.id,
        order_id=aside.order_id,
        order_number=aside.order_number,
        fulfilment_order_id=aside.fulfilment_order_id,
        location_id=aside.location_id,
        expired_at=aside.expired_at,
        lines=[
            AsideLineOut(
                line_id=each.line_id,
                variant_id=each.variant_id,
                sku=each.sku,
                title=each.title.said(language),
                option_text=each.option_text,
                units=each.units,
                codes=[trace.code for trace in each.traces],
            )
            for each in aside.units
        ],
    )


def terms_in(data: TermsIn) -> Terms:
    """Gives the terms of a request. Refuses with InvalidInput both ways of waiting, none, and a reminder that stands twice."""
    if (data.wait_days is None) is (data.wait_hours is None):
        raise invalid("/wait_days", "is needed, or `wait_hours`; not both")
    if len(set(data.reminders)) < len(data.reminders):
        raise invalid("/reminders", "stands twice")
    figures = {name: getattr(data, name) for name in TERMS} | {"reminders": tuple(sorted(data.reminders))}
    return Terms(**figures)


def policy_out(found: Policy) -> CollectionPolicyOut:
    """Shapes a policy."""
    figures = msgspec.structs.asdict(found.terms) | {"reminders": list(found.terms.reminders)}
    return CollectionPolicyOut(
        id=found.id,
        version=found.version,
        location_id=found.location_id,
        category_id=found.category_id,
        **figures,
    )


def no_shows_out(found: NoShows) -> NoShowsOut:
    """Shapes how often somebody did not come."""
    account = found.customer.removeprefix(ACCOUNT) if found.customer.startswith(ACCOUNT) else None
    return NoShowsOut(
        customer=found.customer,
        account_id=None if account is None else UUID(account),
        uncollected=found.uncollected,
        last_at=found.last_at,
        signed=found.signed,
    )
