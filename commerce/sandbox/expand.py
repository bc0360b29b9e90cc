"""`expand[]=latest_charge.refunds`: an id becomes the object that it names (https://docs.stripe.com/api/expanding_objects)."""

from commerce.sandbox.errors import Document, invalid
from commerce.sandbox.objects import page, show
from commerce.sandbox.records import Charge, Customer, Intent, Method, Record, Refund
from commerce.sandbox.store import Change

DEEPEST = 4
KINDS: dict[str, type[Record]] = {
    "latest_charge": Charge,
    "charge": Charge,
    "payment_intent": Intent,
    "payment_method": Method,
    "customer": Customer,
}


def expand(document: Document, paths: list[str], change: Change) -> Document:
    """The document with these fields replaced. Refuses what cannot be expanded."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise invalid(f"You cannot expand more than {DEEPEST} levels of a property ({path}).", param="expand")
        if steps[0] == "data" and document.get("object") == "list":
            found = document.get("data")
            for item in found if isinstance(found, list) else []:
                _expand(item, steps[1:], path, change)
        else:
            _expand(document, steps, path, change)
    return document


def _expand(document: Document, steps: list[str], path: str, change: Change) -> None:
    if not steps:
        return
    name, rest = steps[0], steps[1:]
    if name == "refunds" and document.get("object") == "charge":
        refunds = [record for record in change.all(Refund) if record.charge == document["id"]]
        shown = [show(record, change) for record in reversed(refunds)]
        document[name] = page(shown, f"/v1/charges/{document['id']}/refunds", has_more=False)
        return
    if name not in KINDS or name not in document:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    value = document[name]
    if isinstance(value, str):
        document[name] = value = show(change.get(KINDS[name], value), change)
    if isinstance(value, dict):
        _expand(value, rest, path, change)
