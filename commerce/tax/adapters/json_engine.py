"""An outside tax engine that speaks JSON over HTTP; whoever sells tax computations is put behind this shape.

POST <base>/assess with the request as `commerce.tax.ports.AssessRequest` has it, an `Idempotency-Key` that is the same
for the same request, and `Authorization: Bearer <key>` where a key is set. The answer is
`{"reference": "…", "parts": [{"key": "a", "of": "line", "tax": 347}, {"key": "ship:…", "of": "delivery", "tax": 86}]}`
with whole minor units; anything else counts as no answer.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from commerce.platform.settings import Settings
from commerce.tax.adapters.asking import OK, ask
from commerce.tax.ports import Assessed, AssessRequest, TaxEngine, Unavailable

SECONDS: Final = 2.0
"""A quote waits this long at the most; then our own rates are taken."""


class _Part(Struct, frozen=True):
    key: str
    of: Literal["line", "delivery"]
    tax: Annotated[int, Meta(ge=0)]


class _Answer(Struct, frozen=True):
    reference: Annotated[str, Meta(min_length=1, max_length=200)]
    parts: Annotated[list[_Part], Meta(max_length=1_000)]


class JsonTaxEngine:
    """Asks the engine at a base address."""

    def __init__(self, base: str, *, secret: str | None = None, seconds: float = SECONDS) -> None:
        self._url = f"{base.rstrip('/')}/assess"
        self._headers = {} if secret is None else {"authorization": f"Bearer {secret}"}
        self._seconds = seconds

    async def assess(self, request: AssessRequest, *, key: str) -> Assessed | Unavailable:
        """Asks for the tax of a basket."""
        answer = await ask(
            self._url,
            msgspec.json.encode(request),
            headers={**self._headers, "idempotency-key": key},
            seconds=self._seconds,
        )
        if isinstance(answer, Unavailable):
            return answer
        if answer.status != OK:
            return Unavailable(reason=f"http_{answer.status}")
        try:
            said = msgspec.json.decode(answer.body, type=_Answer)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Unavailable(reason="not_understood")
        if len({(part.of, part.key) for part in said.parts}) != len(said.parts):
            return Unavailable(reason="part_twice")
        return Assessed(
            reference=said.reference,
            lines={part.key: part.tax for part in said.parts if part.of == "line"},
            deliveries={part.key: part.tax for part in said.parts if part.of == "delivery"},
        )


def tax_engine(settings: Settings) -> TaxEngine | None:
    """Gives the engine that is configured, or None: then our own rates are taken."""
    if settings.tax_engine_url is None:
        return None
    return JsonTaxEngine(settings.tax_engine_url, secret=settings.tax_engine_key)
