"""An HTTP client of the API for one caller: keys for each act, versions for each change, clear words when an answer is not the expected one."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from uuid import uuid4

import httpx

Json: TypeAlias = Any
TIMEOUT_SECONDS = 30
PATIENCE_SECONDS = 20
PAUSE_SECONDS = 0.05


class UnexpectedError(Exception):
    """The server answered something that the demo did not expect."""


class Client:
    """Speaks for one caller. `requests` counts what was sent."""

    requests = 0

    def __init__(self, url: str, token: str | None = None, *, language: str = "en") -> None:
        self.url = url
        self.token = token
        self._language = language
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)

    def as_(self, token: str) -> "Client":
        """Gives a client for another caller."""
        return Client(self.url, token, language=self._language)

    def get(self, path: str, **parameters: object) -> Json:
        """Reads."""
        return self._send("GET", path, params=parameters)

    def post(self, path: str, body: object = None, *, expect: int | None = None) -> Json:
        """Acts, under a key of its own."""
        return self._send("POST", path, json=body, headers={"idempotency-key": str(uuid4())}, expect=expect)

    def put(self, path: str, body: object, *, version: int | None = None) -> Json:
        """Replaces."""
        return self._send("PUT", path, json=body, headers=_if_match(version))

    def patch(self, path: str, body: object, *, version: int | None = None) -> Json:
        """Changes."""
        return self._send("PATCH", path, json=body, headers=_if_match(version))

    def form(self, path: str, fields: Mapping[str, str]) -> Json:
        """Sends a form, as RFC 6749 wants it."""
        return self._send("POST", path, data=fields)

    def upload(self, path: str, content: bytes, media_type: str, **parameters: object) -> Json:
        """Sends a file."""
        headers = {"content-type": media_type, "idempotency-key": str(uuid4())}
        return self._send("POST", path, content=content, headers=headers, params=parameters)

    def refused(self, method: str, path: str, body: object = None) -> Json:
        """Sends what should be refused, and gives the problem."""
        answer = self._raw(method, path, json=body, headers={"idempotency-key": str(uuid4())})
        if answer.is_success:
            raise UnexpectedError(f"{method} {path} should have been refused and was not")
        return answer.json()

    def until(self, path: str, done: Callable[[Json], object], **parameters: object) -> Json:
        """Reads again and again until the answer is as wished; gives up after twenty seconds."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.get(path, **parameters)
            if done(answer):
                return answer
            if time.monotonic() > until:
                raise UnexpectedError(
                    f"{path} did not become as expected in {PATIENCE_SECONDS} s: {str(answer)[:1500]}"
                )
            time.sleep(PAUSE_SECONDS)

    def _send(self, method: str, path: str, *, expect: int | None = None, **how: Any) -> Json:
        answer = self._raw(method, path, **how)
        if not answer.is_success or (expect is not None and answer.status_code != expect):
            raise UnexpectedError(f"{method} {path} answered {answer.status_code}: {answer.text[:1500]}")
        return answer.json() if answer.content else None

    def _raw(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **how: Any) -> httpx.Response:
        sent = {"accept-language": self._language, **(headers or {})}
        if self.token is not None:
            sent["authorization"] = f"Bearer {self.token}"
        Client.requests += 1
        return self._http.request(method, path, headers=sent, **how)


def _if_match(version: int | None) -> dict[str, str]:
    return {} if version is None else {"if-match": f'"{version}"'}
