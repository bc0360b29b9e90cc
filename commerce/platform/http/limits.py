"""Request limits: a fixed window of a minute per caller, counted in each process (so the whole is the limit times the processes)."""

from time import time

from commerce.kernel.errors import Refusal

WINDOW_SECONDS = 60
MOST_CALLERS = 100_000


class TooManyRequests(Refusal):
    """Too many requests in the last minute."""

    code = "too_many_requests"
    status = 429
    es = "Demasiadas peticiones en el último minuto."
    ca = "Massa peticions en l'últim minut."


class RateLimit:
    """Counts requests by caller; gives the `RateLimit` header's text (IETF draft ietf-httpapi-ratelimit-headers)."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._window = 0
        self._counts: dict[str, int] = {}

    def count(self, caller: str) -> tuple[int, int]:
        """Counts a request; gives what remains (negative when none did) and the seconds to the next window."""
        now = time()
        window = int(now // WINDOW_SECONDS)
        if window != self._window or len(self._counts) > MOST_CALLERS:
            self._window, self._counts = window, {}
        used = self._counts[caller] = self._counts.get(caller, 0) + 1
        return self.per_minute - used, int((window + 1) * WINDOW_SECONDS - now) + 1
