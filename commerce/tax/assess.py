"""Have a basket taxed by an outside engine, and fall back to our own rates when its answer does not come or does not add up."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec
import structlog

from commerce.price_engine import Destination, Priced, delivery_key
from commerce.tax.ports import Assessed, AssessLine, AssessRequest, TaxEngine, Unavailable

log = structlog.get_logger("tax")


def assess_request(
    priced: Priced, destination: Destination, *, at: datetime, vat_number: str | None = None
) -> AssessRequest:
    """Makes the question about a basket that was priced with our own rates: what is paid for each part, after discounts."""
    lines = [
        AssessLine(
            key=line.key,
            of="line",
            amount=line.total if line.includes_tax else line.net,
            includes_tax=line.includes_tax,
            category=line.tax_category,
            zone=line.tax_country,
            quantity=line.quantity,
            variant_id=line.variant_id,
            relieved=line.relief is not None,
        )
        for line in priced.lines
    ]
    deliveries = [
        AssessLine(
            key=delivery.group,
            of="delivery",
            amount=delivery.total if delivery.includes_tax else delivery.net,
            includes_tax=delivery.includes_tax,
            category=delivery.tax_category,
            zone=delivery.tax_country,
            relieved=delivery.relief is not None,
        )
        for delivery in priced.deliveries
    ]
    return AssessRequest(
        currency=priced.currency,
        at=at,
        country=destination.country,
        region=destination.region,
        postal_code=destination.postal_code,
        vat_number=vat_number,
        lines=(*lines, *deliveries),
    )


async def assess(engine: TaxEngine | None, request: AssessRequest) -> Mapping[str, int] | None:
    """Gives the taxes that the engine computed, for `Facts.given_taxes`: by line key and `delivery_key(group)`.

    None: our own rates are to be taken, since there is no engine, it did not answer, or its answer is no tax of this
    basket. Never called inside a transaction.
    """
    if engine is None or not request.lines:
        return None
    key = hashlib.sha256(msgspec.json.encode(request)).hexdigest()
    answer = await engine.assess(request, key=key)
    fault = answer.reason if isinstance(answer, Unavailable) else _fault(request, answer)
    if fault is not None or isinstance(answer, Unavailable):
        log.warning("tax engine not used", reason=fault, request=key)
        return None
    return {**answer.lines, **{delivery_key(group): tax for group, tax in answer.deliveries.items()}}


def _fault(request: AssessRequest, answer: Assessed) -> str | None:
    """Says why an answer is none: a part too few or too many, or a tax that cannot be one of what is paid."""
    asked = {(part.of, part.key): part for part in request.lines}
    told = {("line", key): tax for key, tax in answer.lines.items()}
    told |= {("delivery", group): tax for group, tax in answer.deliveries.items()}
    if asked.keys() != told.keys():
        return "other_parts"
    for name, part in asked.items():
        if not 0 <= told[name] <= (0 if part.relieved else part.amount):
            return "impossible_tax"
    return None
