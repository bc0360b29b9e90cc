"""VIES, the European Commission's look-up of VAT numbers, by its REST service.

Source: https://ec.europa.eu/assets/taxud/vow-information/swagger_publicVAT.yaml. POST /check-vat-number with countryCode
and vatNumber gives `valid`; with the requester's own number it gives a `requestIdentifier` too, which is the proof of the
check. Errors come as `errorWrappers` with a word: MS_UNAVAILABLE, TIMEOUT, GLOBAL_MAX_CONCURRENT_REQ, …; all but
INVALID_INPUT mean that nobody knows. Greece is EL, Northern Ireland XI.
"""

import re
from typing import Any, Final

import msgspec
from msgspec import Struct

from commerce.platform.settings import Settings
from commerce.tax.adapters.asking import OK, Answered, ask
from commerce.tax.ports import Invalid, Unavailable, Valid, VatRegistry

SECONDS: Final = 8.0
REASON_MOST: Final = 64
CONSULTATION_MOST: Final = 100
_NOT_NUMBER = re.compile(r"[^0-9A-Z+*]")


class _Error(Struct, frozen=True):
    error: str


class _Answer(Struct, frozen=True, rename="camel"):
    country_code: str | None = None
    vat_number: str | None = None
    valid: bool | None = None
    request_identifier: str | None = None
    error_wrappers: tuple[_Error, ...] = ()


class Vies:
    """Looks numbers up at a base address; `requester` is the shop's own number, with its prefix."""

    def __init__(self, base: str, *, requester: str | None = None, seconds: float = SECONDS) -> None:
        self._url = f"{base.rstrip('/')}/check-vat-number"
        self._requester = requester
        self._seconds = seconds

    async def look_up(self, number: str) -> Valid | Invalid | Unavailable:
        """Asks for one number, in compact form with its prefix."""
        wanted: dict[str, Any] = {"countryCode": number[:2], "vatNumber": number[2:]}
        if self._requester is not None:
            wanted |= {"requesterMemberStateCode": self._requester[:2], "requesterNumber": self._requester[2:]}
        answer = await ask(self._url, msgspec.json.encode(wanted), headers={}, seconds=self._seconds)
        return answer if isinstance(answer, Unavailable) else _read(number, answer)


def _read(number: str, answer: Answered) -> Valid | Invalid | Unavailable:
    try:
        said = msgspec.json.decode(answer.body, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unavailable(reason="not_understood" if answer.status == OK else f"http_{answer.status}")
    if said.error_wrappers:
        word = said.error_wrappers[0].error[:REASON_MOST]
        return Invalid() if word == "INVALID_INPUT" else Unavailable(reason=word or "error")
    if answer.status != OK or said.valid is None:
        return Unavailable(reason="not_understood" if answer.status == OK else f"http_{answer.status}")
    if said.vat_number is not None and _NOT_NUMBER.sub("", said.vat_number.upper()) != number[2:]:
        return Unavailable(reason="other_number")
    consultation = (said.request_identifier or "")[:CONSULTATION_MOST] or None
    return Valid(consultation=consultation) if said.valid else Invalid(consultation=consultation)


def vat_registry(settings: Settings) -> VatRegistry | None:
    """Gives the registry that is configured, or None: then no number is known to be valid."""
    return None if settings.vies_url is None else Vies(settings.vies_url, requester=settings.vies_requester)
