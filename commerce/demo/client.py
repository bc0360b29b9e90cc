"""An HTTP client of the API for one caller: keys for each act, versions for each change, clear words when an answer is not the expected one."""

import time
from collections.abc import Callable, Mapping
from copy import copy
from types import TracebackType
from typing import Any, Self, TypeAlias
from uuid import uuid4

import httpx

Json: TypeAlias = Any
TIMEOUT_SECONDS = 30
PATIENCE_SECONDS = 90
PAUSE_SECONDS = 0.05


class UnexpectedError(Exception):
    """The server answered something that the demo did not expect."""


class Client:
    """Speaks for one caller; those made by `as_` share its connections. `requests` counts what all of them sent."""

    def __init__(self, url: str, token: str | None = None, *, language: str = "en") -> None:
        self.url = url
        self.token = token
        self._language = language
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)
        self._sent: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return len(self._sent)

    def as_(self, token: str | None) -> "Client":
        """Gives a client for another caller."""
        other = copy(self)
        other.token = token
        return other

    def get(self, path: str, **parameters: object) -> Json:
        """Reads."""
        return self._send("GET", path, params=parameters)

    def post(self, path: str, body: object = None) -> Json:
        """Acts, under a key of its own."""
        return self._send("POST", path, json=body, headers={"idempotency-key": str(uuid4())})

    def put(self, path: str, body: object, *, version: int) -> Json:
        """Replaces what was read in this version."""
        return self._send("PUT", path, json=body, headers={"if-match": f'"{version}"'})

    def form(self, path: str, fields: Mapping[str, str]) -> Json:
        """Sends a form, as RFC 6749 wants it."""
        return self._send("POST", path, data=fields)

    def upload(self, path: str, content: bytes, media_type: str) -> Json:
        """Sends a file."""
        headers = {"content-type": media_type, "idempotency-key": str(uuid4())}
        return self._send("POST", path, content=content, headers=headers)

    def refused(self, path: str, body: object = None) -> Json:
        """Posts what should be refused, and gives the problem."""
        answer = self._raw("POST", path, json=body, headers={"idempotency-key": str(uuid4())})
        if not answer.is_client_error:
            raise UnexpectedError(f"POST {path} should have been refused and was answered {answer.status_code}")
        return answer.json()

    def until(self, path: str, done: Callable[[Json], object], **parameters: object) -> Json:
        """Reads again and again until the answer is as wished; gives up after a minute and a half."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.get(path, **parameters)
            if done(answer):
                return answer
            if time.monotonic() > until:
                raise UnexpectedError(f"{path} is not as expected after {PATIENCE_SECONDS} s: {str(answer)[:1500]}")
            time.sleep(PAUSE_SECONDS)

    def _send(self, method: str, path: str, **how: Any) -> Json:
        answer = self._raw(method, path, **how)
        if not answer.is_success:
            raise UnexpectedError(f"{method} {path} answered {answer.status_code}: {answer.text[:1500]}")
        return answer.json() if answer.content else None

    def _raw(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **how: Any) -> httpx.Response:
        sent = {"accept-language": self._language, **(headers or {})}
        if self.token is not None:
            sent["authorization"] = f"Bearer {self.token}"
        self._sent.append(path)
        return self._http.request(method, path, headers=sent, **how)
