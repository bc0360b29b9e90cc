"""HTTP manners, each of them one mechanism: who asks, keys, versions, pages, problems, limits, the OpenAPI document.

Owns: the idempotency keys and the audit log. Promises: a key has one effect; deny by default; a problem document for each refusal.
"""

from commerce.kernel.wire import Page
from commerce.platform.http.answers import answer, answer_bytes, content_etag
from commerce.platform.http.authorise import authorise
from commerce.platform.http.call import Authenticator, Call, PreconditionRequired, Services, StaleVersion
from commerce.platform.http.caller import NOBODY, PUBLIC, Caller, Forbidden, Unauthenticated
from commerce.platform.http.limits import RateLimit, TooManyRequests
from commerce.platform.http.live import Told, last_seen, live
from commerce.platform.http.middleware import Surround
from commerce.platform.http.paging import BEGINNING, Cursor, Limit, after_cursor, after_instant, encode_cursor, paged
from commerce.platform.http.parameters import know_paths
from commerce.platform.http.perform import Ending, Kept, perform, perform_at_once, perform_ending, perform_flow
from commerce.platform.http.problems import EXCEPTION_HANDLERS, Problem
from commerce.platform.http.routing import delete, get, patch, post, put
from commerce.platform.http.short_way import by_the_short_way

__all__ = [
    "BEGINNING",
    "EXCEPTION_HANDLERS",
    "NOBODY",
    "PUBLIC",
    "Authenticator",
    "Call",
    "Caller",
    "Cursor",
    "Ending",
    "Forbidden",
    "Kept",
    "Limit",
    "Page",
    "PreconditionRequired",
    "Problem",
    "RateLimit",
    "Services",
    "StaleVersion",
    "Surround",
    "Told",
    "TooManyRequests",
    "Unauthenticated",
    "after_cursor",
    "after_instant",
    "answer",
    "answer_bytes",
    "authorise",
    "by_the_short_way",
    "content_etag",
    "delete",
    "encode_cursor",
    "get",
    "know_paths",
    "last_seen",
    "live",
    "paged",
    "patch",
    "perform",
    "perform_at_once",
    "perform_ending",
    "perform_flow",
    "post",
    "put",
]
