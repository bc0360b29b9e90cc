"""A small S3-speaking server that believes nobody: each request's signature (AWS Signature Version 4) is reckoned anew and compared."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

KEY_ID, SECRET, REGION, BUCKET = "media-key", "media-secret-that-nobody-sees", "eu-west-3", "shop-media"
LATE = timedelta(minutes=15)


class Stored:
    """An object."""

    def __init__(self, content: bytes, headers: dict[str, str]) -> None:
        self.content, self.headers = content, headers
        self.at = datetime.now(UTC)


class S3Server:
    """`with S3Server() as s3:` serves one bucket at `s3.url`; `s3.objects` is what is in it, `s3.faults` the statuses of the next answers."""

    def __init__(self, secret: str = SECRET) -> None:
        self.objects: dict[str, Stored] = {}
        self.faults: list[int] = []
        self.requests: list[str] = []
        self.secret = secret
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        """Answers one request."""
        body = call.rfile.read(int(call.headers.get("content-length") or 0))
        path = urlsplit(call.path)
        self.requests.append(f"{call.command} {path.path}")
        if self.faults:
            return _send(call, self.faults.pop(0), b"<Error><Code>InternalError</Code></Error>")
        if (wrong := self._wrong(call, body)) is not None:
            return _send(call, 403, f"<Error><Code>{wrong}</Code></Error>".encode())
        bucket, _, key = unquote(path.path).removeprefix("/").partition("/")
        if bucket != BUCKET:
            return _send(call, 404, b"<Error><Code>NoSuchBucket</Code></Error>")
        if not key:
            return _send(call, 200, self._listed(dict(parse_qsl(path.query, keep_blank_values=True))))
        if call.command == "PUT":
            kept = {name: value for name, value in call.headers.items() if name in {"content-type", "cache-control"}}
            self.objects[key] = Stored(body, kept)
            return _send(call, 200, b"", etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        if call.command == "DELETE":
            self.objects.pop(key, None)
            return _send(call, 204, b"")
        if (found := self.objects.get(key)) is None:
            return _send(call, 404, b"<Error><Code>NoSuchKey</Code></Error>")
        said = found.at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return _send(call, 200, found.content, **found.headers, last_modified=said, etag='"x"')

    def _listed(self, query: dict[str, str]) -> bytes:
        after, prefix = query.get("start-after", ""), query.get("prefix", "")
        after = max(after, query.get("continuation-token", ""))
        most = int(query.get("max-keys", "1000"))
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key].content)}</Size><ETag>x</ETag>"
            f"<LastModified>{self.objects[key].at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"
            for key in keys[:most]
        )
        more = f"<NextContinuationToken>{escape(keys[most - 1])}</NextContinuationToken>" if len(keys) > most else ""
        cut = "true" if len(keys) > most else "false"
        return f"<ListBucketResult><IsTruncated>{cut}</IsTruncated>{rows}{more}</ListBucketResult>".encode()

    def _wrong(self, call: BaseHTTPRequestHandler, body: bytes) -> str | None:
        """Says what is wrong with a request's signature (docs.aws.amazon.com, "Signature calculations for the authorization header")."""
        method, _, rest = call.headers.get("authorization", "").partition(" ")
        if method != "AWS4-HMAC-SHA256":
            return "AccessDenied"
        parts = dict(each.strip().split("=", 1) for each in rest.split(","))
        key_id, day, region, service, end = parts["Credential"].split("/")
        if (key_id, region, service, end) != (KEY_ID, REGION, "s3", "aws4_request"):
            return "InvalidAccessKeyId"
        stamp = call.headers["x-amz-date"]
        if abs(datetime.now(UTC) - datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)) > LATE:
            return "RequestTimeTooSkewed"
        digest = call.headers["x-amz-content-sha256"]
        if digest != hashlib.sha256(body).hexdigest():
            return "XAmzContentSHA256Mismatch"
        names = parts["SignedHeaders"].split(";")
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names):
            return "AccessDenied"
        path = urlsplit(call.path)
        query = "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
            for name, value in sorted(parse_qsl(path.query, keep_blank_values=True))
        )
        headers = "".join(f"{name}:{' '.join(call.headers[name].split())}\n" for name in names)
        canonical = "\n".join([call.command, path.path, query, headers, ";".join(names), digest])
        scope = f"{day}/{region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"AWS4{self.secret}".encode()
        for part in (day, region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        return None if hmac.compare_digest(signature, parts["Signature"]) else "SignatureDoesNotMatch"


def _send(call: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    call.send_response(status)
    for name, value in headers.items():
        call.send_header(name.replace("_", "-"), value)
    call.send_header("content-length", str(len(body)))
    call.end_headers()
    call.wfile.write(body)
