"""What payments do about their own facts: a lost attempt is given up at the provider, part by part."""

from commerce.payments.events import PaymentDeclined, PaymentMismatched
from commerce.payments.ports import PaymentProvider
from commerce.payments.pursue import pursue
from commerce.platform.database import Database
from commerce.platform.work import Reaction, after_flow


def reactions(provider: PaymentProvider) -> list[Reaction]:
    """Gives the reactions, which call the provider."""

    async def give_up(db: Database, event: PaymentDeclined | PaymentMismatched) -> None:
        await pursue(db, provider, event.payment_id)

    return [
        after_flow(PaymentDeclined, give_up, name="payments.give_up_declined"),
        after_flow(PaymentMismatched, give_up, name="payments.give_up_mismatched"),
    ]
