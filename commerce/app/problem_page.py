"""`docs/problems.md`: one section for each problem that the API answers with, made from the code. Written by `python -m commerce.app.problem_page`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from litestar import Litestar

import commerce
from commerce.app.documents import refusal_types
from commerce.app.http import create_http
from commerce.app.problem_advice import ADVICE
from commerce.app.shapes import handlers
from commerce.kernel.errors import PROBLEM_BASE
from commerce.platform.http.problems import PLAIN
from commerce.platform.settings import load

PAGE: Final = Path(commerce.__file__).parents[1] / "docs" / "problems.md"
HEAD: Final = f"""\
# Problems

Whatever the API refuses, it answers with a problem document (RFC 9457, `application/problem+json`):

```json
{{
  "type": "{PROBLEM_BASE}insufficient_stock",
  "title": "Fewer units can be promised than were asked for.",
  "status": 409,
  "detail": "0 of 1 of article 019cd730-4e00-7000-8000-000000000001 can be had at 019cd730-4e00-7000-8000-000000000002. Ask for no more than that, or elsewhere.",
  "code": "insufficient_stock",
  "request_id": "019cd7304e007000800000000000000a",
  "lines": [{{"variant_id": "019cd730-4e00-7000-8000-000000000001", "location_id": "019cd730-4e00-7000-8000-000000000002", "requested": 1, "available": 0}}]
}}
```

- `type` ends in the `code`; both stay as they are. Decide by `code`, show `title` (in the language of `Accept-Language`: en, es, ca) and
  `detail` (in English, it names the facts at hand) to people.
- `errors` names the fields at fault where there are any: a JSON pointer into the body (`/lines/0/quantity`), `?name` for a parameter of the
  query, a header by its name.
- Further members are the facts of the problem, as named below. Ignore those that you do not know.
- A refused request has changed nothing (wrong passwords and codes are counted). Only 409 `idempotency_still_running`, 429 and 503 are worth repeating as they are, after
  `Retry-After` seconds and with the same `Idempotency-Key`. After a 500 or a lost connection, repeat with the same key: what was done already
  is answered, not done again.

"""


def page(app: Litestar) -> str:
    """Gives the whole page."""
    return HEAD + "\n".join(_sections(app))


def _sections(app: Litestar) -> Iterator[str]:
    known = {kind.code: kind for kind in refusal_types()}
    plain = {code: (status, titles) for status, (code, *titles) in PLAIN.items()}
    where = _operations(app)
    for code in sorted({*known, *plain}):
        if code in known:
            status, titles = known[code].status, [known[code].title(language) for language in ("en", "es", "ca")]
        else:
            status, titles = plain[code]
        yield f"## {code}\n"
        yield f"**{status}** · {titles[0]} · *{titles[1]}* · *{titles[2]}*\n"
        yield f"{ADVICE[code]}\n"
        if operations := where.get(code):
            yield f"Declared by {', '.join(f'`{name}`' for name in operations)}.\n"


def _operations(app: Litestar) -> dict[str, list[str]]:
    """Gives the operations that declare each problem; those that every operation may answer with are declared by none."""
    found: dict[str, list[str]] = {}
    for handler in handlers(app):
        for refusal in handler.opt["refusals"]:
            found.setdefault(refusal.code, []).append(str(handler.operation_id))
    return {code: sorted(set(names)) for code, names in found.items() if code not in {"not_found", "invalid_input"}}


if __name__ == "__main__":
    PAGE.write_text(page(create_http(load({}, env_file=None))))
