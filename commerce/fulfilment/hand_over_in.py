"""What a hand-over says, as the verb takes it."""

import base64
import binascii
from collections.abc import Sequence
from uuid import UUID

from commerce.fulfilment.counter_tables import SIGNATURE_MOST
from commerce.fulfilment.proof import PNG, Proof
from commerce.fulfilment.schemas import HandOverIn, LineSerialsIn
from commerce.fulfilment.serials import Serials
from commerce.kernel.errors import invalid


def proof_of(data: HandOverIn) -> Proof:
    """Gives the proof; refuses a document or a person that nobody checked, and a signature that is no PNG image."""
    if not data.identity_checked and (data.document is not None or data.person != "customer"):
        raise invalid("/identity_checked", "must be true where a document or a person is told")
    return Proof(
        code=data.code,
        identity_checked=data.identity_checked,
        person=data.person,
        document=data.document,
        signature=None if data.signature is None else _image(data.signature),
        device=data.device,
        age_checked=data.age_checked,
    )


def serials_of(lines: Sequence[LineSerialsIn]) -> Serials:
    """Gives serial numbers by line; refuses a line that stands twice."""
    told: dict[UUID, Sequence[str]] = {}
    for position, line in enumerate(lines):
        if line.line_id in told:
            raise invalid(f"/serials/{position}/line_id", "stands twice")
        told[line.line_id] = line.serials
    return told


def _image(text: str) -> bytes:
    try:
        image = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise invalid("/signature", "is no base64") from None
    if not image.startswith(PNG) or len(image) > SIGNATURE_MOST:
        raise invalid("/signature", f"is no PNG image of at most {SIGNATURE_MOST} bytes")
    return image
