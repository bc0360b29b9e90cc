"""An outside tax engine as one request uses it: asked once about a basket, and no more once it did not answer."""

from collections.abc import Mapping

from msgspec.structs import replace

from commerce.tax import Assessed, AssessRequest, TaxEngine, Unavailable


class AskedOnce:
    """Asks the engine and remembers its answers; after the first silence nobody is asked again, so that a request waits for one at most."""

    def __init__(self, engine: TaxEngine) -> None:
        self._engine = engine
        self._answers: list[tuple[AssessRequest, Assessed]] = []
        self._away: Unavailable | None = None

    async def assess(self, request: AssessRequest, *, key: str) -> Assessed | Unavailable:
        """Gives what is known of a basket, and asks where that is nothing. Never called inside a transaction."""
        known = self.known(request)
        if known is not None or self._away is not None:
            return known or self._away or Unavailable(reason="away")
        answer = await self._engine.assess(request, key=key)
        if isinstance(answer, Unavailable):
            self._away = answer
        else:
            self._answers.append((request, answer))
        return answer

    def known(self, request: AssessRequest) -> Assessed | None:
        """Gives the answer for a basket that differs at most in the names of its parts and by moments, under the names of now."""
        for asked, answer in self._answers:
            if _bare(asked, request) == _bare(request, request):
                lines = {was.key: now.key for was, now in zip(asked.lines, request.lines, strict=True)}
                return replace(
                    answer, lines=_renamed(answer.lines, lines), deliveries=_renamed(answer.deliveries, lines)
                )
        return None

    @property
    def remembered(self) -> "Remembered":
        """The same without the network, for inside a transaction."""
        return Remembered(self)


class Remembered:
    """Answers what an engine was asked before, and asks nobody."""

    def __init__(self, asked: AskedOnce) -> None:
        self._asked = asked

    async def assess(self, request: AssessRequest, *, key: str) -> Assessed | Unavailable:
        """Gives what is known of a basket; a basket that nobody asked about is not taxed by the engine."""
        return self._asked.known(request) or Unavailable(reason="not_asked")


def _bare(request: AssessRequest, like: AssessRequest) -> AssessRequest:
    return replace(request, at=like.at, lines=tuple(replace(line, key="") for line in request.lines))


def _renamed(taxes: Mapping[str, int], names: Mapping[str, str]) -> dict[str, int]:
    return {names.get(key, key): tax for key, tax in taxes.items()}
