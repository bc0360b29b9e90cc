"""The two kinds of failure: a Refusal is an answer, a Bug is a state that cannot be.

A refusal's docstring is its English title; `es` and `ca` hold the Spanish and the Catalan ones. The instance says in `detail` what to
change, names the fields at fault in `errors`, and carries facts that a client can act on, which become members of the problem document
(RFC 9457, section 3.2).
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec

PROBLEM_BASE = "https://commerce.example/problems/"


class FieldError(msgspec.Struct, frozen=True):
    """One field of a request that is at fault; `pointer` is a JSON pointer (RFC 6901) into the body, "" for all of it, or `?name` for a parameter."""

    pointer: str
    detail: str

    def told(self) -> str:
        """Gives it as a sentence."""
        return f"{self.pointer}: {self.detail}" if self.pointer else f"The body {self.detail}"


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not an error of the program
    """The request cannot be carried out."""

    code: ClassVar[str] = ""
    status: ClassVar[int] = 409
    es: ClassVar[str] = ""
    ca: ClassVar[str] = ""

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        retry_after_seconds: int | None = None,
        **facts: object,
    ) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after_seconds = retry_after_seconds
        self.facts = facts

    @classmethod
    def title(cls, language: str = "en") -> str:
        """Gives the message in a language: es, ca, or English for any other."""
        return {"es": cls.es, "ca": cls.ca}.get(language) or (cls.__doc__ or "").strip().partition("\n")[0]

    @classmethod
    def type_uri(cls) -> str:
        """Gives the stable URI of the problem; its last part is the code."""
        return PROBLEM_BASE + cls.code


def all_refusals(root: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Gives each kind of refusal that has a code, of all the modules imported so far."""
    for kind in root.__subclasses__():
        if kind.__dict__.get("code"):
            yield kind
        yield from all_refusals(kind)


class Bug(Exception):  # noqa: N818 -- named for what it is
    """A state that cannot be: it is logged with all that is needed and becomes a 500."""


class InvalidInput(Refusal):
    """Some fields of the request are not valid."""

    code = "invalid_input"
    status = 400
    es = "Algunos campos de la petición no son válidos."
    ca = "Alguns camps de la petició no són vàlids."


class NotFound(Refusal):
    """There is no such thing here."""

    code = "not_found"
    status = 404
    es = "No existe nada así aquí."
    ca = "No hi ha res així aquí."


class IllegalMove(Refusal):
    """The thing is in a state from which this step is not possible."""

    code = "illegal_move"
    status = 409
    es = "El estado actual no permite este paso."
    ca = "L'estat actual no permet aquest pas."


class AlreadyExists(Refusal):
    """There is already one with the same unique value."""

    code = "already_exists"
    status = 409
    es = "Ya existe uno con el mismo valor único."
    ca = "Ja n'hi ha un amb el mateix valor únic."


def invalid(pointer: str, detail: str) -> InvalidInput:
    """Makes the refusal for one field at fault, told by its JSON pointer."""
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, detail)])
