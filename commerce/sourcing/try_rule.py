"""What a rule would decide now for a basket, with all that it looked at. Nothing is kept."""

from datetime import datetime

import msgspec

from commerce.kernel.ids import VariantId
from commerce.platform.database import Reading, Tx
from commerce.sourcing.decide import decide
from commerce.sourcing.facts import Decision, Rates, Rule
from commerce.sourcing.gather import candidates
from commerce.sourcing.queries import rule_of
from commerce.sourcing.rule_now import rule_now
from commerce.sourcing.schemas import (
    SourcedOut,
    SourcingDecisionOut,
    SourcingMissingOut,
    SourcingTriedOut,
    TrySourcingIn,
)
from commerce.stores import Locations, channel


async def asked_rule(reading: Reading, data: TrySourcingIn) -> Rule:
    """Gives the rule that is to be tried; refuses with NotFound an unknown rule or channel."""
    if data.rule_id is not None:
        return await rule_of(reading, data.rule_id, published=data.published)
    return await rule_now(reading, (await channel(reading, data.channel_id)).id)


async def try_rule(
    tx: Tx, rule: Rule, rates: Rates, places: Locations, data: TrySourcingIn, *, at: datetime
) -> SourcingDecisionOut:
    """Gives what the rule decides for the basket from stock as it is. What is not known here is no bound: open work, capacity of the day."""
    wanted: dict[VariantId, int] = {}
    for line in data.lines:
        variant_id = VariantId(line.variant_id)
        wanted[variant_id] = wanted.get(variant_id, 0) + line.quantity
    to = None if data.to is None else (data.to.latitude, data.to.longitude)
    found = await candidates(tx, places, wanted, to=to, at=at, ages=rule.wants_age, rates=rates)
    return decision_out(decide(wanted, found, rule, value=data.value, at=at))


def decision_out(decision: Decision) -> SourcingDecisionOut:
    """Gives a decision as clients see it."""
    return SourcingDecisionOut(
        rule_id=decision.rule_id,
        rule_version=decision.rule_version,
        parcels=decision.parcels,
        exact=decision.exact,
        demands=[
            SourcedOut(variant_id=each.variant_id, location_id=each.location_id, quantity=each.quantity)
            for each in decision.demands
        ],
        missing=[
            SourcingMissingOut(variant_id=each.variant_id, requested=each.requested, available=each.available)
            for each in decision.missing
        ],
        steps=[msgspec.convert(each, SourcingTriedOut, from_attributes=True) for each in decision.why],
    )
