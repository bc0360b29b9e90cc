"""Which message each happening makes. They run after the commit, at least once; a message goes out once."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from commerce.aftersale import ReturnApproved, ReturnDeclined
from commerce.care import tell, tell_changes, tell_pickups, tell_substitutes
from commerce.fulfilment import FulfilmentReady, PromiseMoved, Shipped
from commerce.kernel.events import Event
from commerce.orders import OrderCancelled, OrderChanged, OrderPlaced
from commerce.payments import RefundSucceeded
from commerce.platform.database import Database
from commerce.platform.mail import Mailer
from commerce.platform.work import Reaction, after_flow
from commerce.recourse import ChoiceMade, ChoiceWanted, SubstituteAnswered, SubstituteProposed
from commerce.uncollected import PickupExpired, PickupExtended, PickupReminded

E = TypeVar("E", bound=Event)


def reactions(mailer: Mailer) -> list[Reaction]:
    """Gives the reactions, which send mail."""

    def on(event: type[E], telling: Callable[[Database, Mailer, E], Awaitable[None]]) -> Reaction:
        async def flow(db: Database, fact: Any) -> None:  # noqa: ANN401 -- a reaction's flow takes any fact
            await telling(db, mailer, fact)

        return after_flow(event, flow, name=f"care.{telling.__name__}")

    return [
        on(OrderPlaced, tell.order_confirmed),
        on(FulfilmentReady, tell.ready_for_pickup),
        on(Shipped, tell.shipped),
        on(OrderChanged, tell.not_supplied),
        on(OrderCancelled, tell.order_cancelled),
        on(RefundSucceeded, tell.refunded),
        on(ReturnApproved, tell.return_approved),
        on(ReturnDeclined, tell.return_declined),
        on(PromiseMoved, tell_changes.promise_moved),
        on(ChoiceWanted, tell_changes.choice_wanted),
        on(ChoiceMade, tell_changes.choice_made),
        on(SubstituteProposed, tell_substitutes.substitute_proposed),
        on(SubstituteAnswered, tell_substitutes.substitute_taken),
        on(PickupReminded, tell_pickups.pickup_reminder),
        on(PickupExtended, tell_pickups.pickup_extended),
        on(PickupExpired, tell_pickups.pickup_expired),
    ]
