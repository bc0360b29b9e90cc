"""`docs/api.md`: how to call the API, with requests that are sent and answers that came back, on a world whose ids are replaced by quiet ones."""

import json
import re
from collections.abc import Sequence
from typing import Any, TypeAlias
from urllib.parse import urlencode

import httpx

from commerce.kernel.ids import new_id
from tests.fuzz.conftest import Stage
from tests.fuzz.streams import listened
from tests.fuzz.world import ON_COLLECTION

Json: TypeAlias = Any
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NUMBERS = re.compile(r"\b([ORFSPT]|TS)-[0-9A-Z]{10}\b")
HEX = re.compile(r"\b[0-9a-f]{24,64}\b")
CURSORS = re.compile(r'("next_cursor": "|cursor=)[A-Za-z0-9_-]{4,}')
SECRETS = re.compile(r'("(?:refresh_token|client_secret|signed)": "|client_secret=)[\w.-]+')
SHOWN = {"etag": "ETag", "idempotent-replayed": "Idempotent-Replayed", "content-type": "Content-Type"}
LONGEST_LIST = 2


class Page:
    """Gathers the page while it calls."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.http = stage.server.api.http
        self.lines: list[str] = []
        self.ids: dict[str, str] = {}

    def say(self, *paragraphs: str) -> None:
        """Adds text."""
        for paragraph in paragraphs:
            self.lines += [paragraph, ""]

    async def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        who: str | None = None,
        key: str | None = None,
        query: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        keep: Sequence[str] = (),
        **headers: str,
    ) -> httpx.Response:
        """Sends a request and shows it with its answer; `keep` names the members of the answer that are shown."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who is not None:
            sent["Authorization"] = f"Bearer {self.stage.world.tokens[who]}"
        if key is not None:
            sent["Idempotency-Key"] = key
        shown = path + (f"?{urlencode(query, safe=',')}" if query else "")
        request = [f"{method} {shown}", *(f"{name}: {value}" for name, value in sent.items())]
        if form is not None:
            request += ["Content-Type: application/x-www-form-urlencoded", "", urlencode(form)]
        elif body is not None:
            request += ["Content-Type: application/json", "", json.dumps(body, indent=2, ensure_ascii=False)]
        answer = await self.http.request(method, path, params=query, json=body, data=form, headers=sent)
        self.block("http", "\n".join(request))
        head = [f"{answer.status_code} {answer.reason_phrase}"]
        head += [f"{shown}: {answer.headers[name]}" for name, shown in SHOWN.items() if name in answer.headers]
        text = json.dumps(cut(answer.json(), keep), indent=2, ensure_ascii=False) if answer.content else ""
        self.block("http", "\n".join([*head, *(["", text] if text else [])]))
        return answer

    async def follow(self, path: str, query: dict[str, str], *, who: str, **headers: str) -> str:
        """Follows a stream until it ends, shows its messages with the work cut short, and gives the place of the last."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self.stage.world.tokens[who]}"
        shown = [f"GET {path}?{urlencode(query)}", *(f"{name}: {value}" for name, value in sent.items())]
        self.block("http", "\n".join(shown))
        answer = await listened(self.http, "GET", path, params=query, headers=sent)
        told = [line.partition(": ") for line in answer.text.splitlines() if line]
        lines = [f"{name}: {_short(value) if name == 'data' else value}" for name, _, value in told]
        text = "\n".join(("\n" if line.startswith("id: ") else "") + line for line in lines)
        self.block("http", f"{answer.status_code} {answer.reason_phrase}\nContent-Type: text/event-stream\n\n{text}")
        return [value for name, _, value in told if name == "id"][-1]

    def block(self, language: str, text: str) -> None:
        """Adds a block of code, quietened."""
        self.lines += [f"```{language}", self.quiet(text), "```", ""]

    def quiet(self, text: str) -> str:
        """Replaces what differs from run to run: ids by numbered ones, tokens and secrets by an ellipsis."""
        for secret in re.findall(r"eyJ[\w.-]+", text):
            text = text.replace(secret, "eyJhbGciOi…")
        text = SECRETS.sub(r"\1…", text)
        text = NUMBERS.sub(r"\1-7KQ2M9XW4T", text)
        for found in UUIDS.findall(text):
            self.ids.setdefault(found, f"019cd730-4e00-7000-8000-{len(self.ids) + 1:012d}")
        text = UUIDS.sub(lambda match: self.ids[match.group()], text)
        text = HEX.sub("4f0c…", text)
        text = re.sub(r"(?m)^(id|Last-Event-ID): \d+$", r"\1: 31", text)
        text = re.sub(r'"position": \d+(?=,\n\s+"type")', '"position": 31', text)
        return CURSORS.sub(r"\1WyIyMDI2…", text)


def cut(value: Json, keep: Sequence[str]) -> Json:
    """Gives what is shown of an answer: the members named, and no more than two of a list."""
    if isinstance(value, dict) and keep:
        value = {name: each for name, each in value.items() if name in keep}
    if isinstance(value, dict):
        return {name: cut(each, ()) for name, each in value.items()}
    if isinstance(value, list):
        return [cut(each, ()) for each in (value[:LONGEST_LIST] if value and isinstance(value[0], dict) else value)]
    return value


def _short(data: str) -> str:
    """Gives the content of a message with one piece of work, and of that what tells it from others."""
    content = json.loads(data)
    for name, value in content.items():
        if name == "fulfilment_orders":
            content[name] = [_work(each) for each in value[:1]]
        elif name == "fulfilment_order":
            content[name] = _work(value)
    return json.dumps(content, ensure_ascii=False)


def _work(work: Json) -> Json:
    return {name: work[name] for name in ("id", "number", "state", "kind", "version")}


async def api_page(stage: Stage) -> str:
    """Gives the whole page."""
    page = Page(stage)
    page.say(
        "# Calling the API",
        "Every request on this page was sent to the server, and every answer came from it; a test repeats them and compares. Ids, tokens and"
        " keys are replaced, long answers are cut to the members that matter. The whole surface is in the OpenAPI document: `/openapi.json`,"
        " shown at `/docs`, committed as [openapi/openapi.json](../openapi/openapi.json).",
    )
    await _who(page)
    await _find(page)
    cart = await _cart(page)
    await _order(page, cart)
    await _store(page)
    await _board(page)
    await _rejected(page)
    await _transfer(page)
    await _why(page)
    await _versions(page)
    await _problems(page)
    await _lists(page)
    await _services(page)
    return "\n".join(page.lines).rstrip() + "\n"


async def _who(page: Page) -> None:
    page.say(
        "## Who asks",
        "A token says who asks; the path says what for. The public catalogue needs none. A shopper without an account begins like this:",
    )
    await page.call("POST", "/v1/auth/anonymous", {})
    page.say(
        "The access token lives for some minutes; `POST /v1/auth/refresh` exchanges the refresh token, which works once, for the next pair."
        " With an account: `POST /v1/auth/register`, `/verify`, `/login`. Staff sign in at `/v1/auth/staff`, terminals and services at"
        " `/v1/auth/token` (see the end of this page). `GET /v1/auth/me` says who a token stands for and what it may do.",
        "Send `/login` and `/verify` with the anonymous shopper's token: that session ends, and its carts, orders, payments and returns are the account's from then on."
        " `GET /v1/carts` lists the open carts, `GET /v1/orders` the orders, on whatever device. An e-mail alone gives nobody an order: what was bought with another token stays with that.",
    )


async def _find(page: Page) -> None:
    world = page.stage.world
    page.say("## Find", "What is public stands in the URL, so that a CDN can hold it: `channel`, `location`, `lang`.")
    await page.call("GET", "/v1/search", query={"q": "cup", "lang": "en"}, keep=("items", "total", "next_cursor"))
    page.say(
        "A category page is a search without `q`: `GET /v1/search?category=kitchen&vendor=Casa&attribute=colour:red&sort=price` has the same"
        " filters, counts and orders, newest first unless sorted otherwise. At most 20,000 products are looked at: `total_is_exact` says whether"
        " that was all, and `order_is_exact` whether something that was not looked at may belong before what is shown, as in the order of prices."
        " `GET /v1/products` takes the same filters, without counts, and walks through everything, newest first: where brand, attributes, price or"
        " stock decide, a page may hold fewer than were asked for, or none, until `next_cursor` is null. A category that there is not is refused."
        " While others write, each product that is there throughout comes exactly once, as in a search sorted by `newest`; in other orders that holds of each whose price, title or sales stay.",
    )
    page.say("Where it can be had, and from when. Stock is told in bands; exact figures need the scope `stock:read`.")
    variant = world.seen["product.cup"]["variants"][0]["id"]
    await page.call("GET", "/v1/availability", query={"variant_id": variant, "quantity": "2", "near": "41.39,2.17"})


async def _cart(page: Page) -> Json:
    world = page.stage.world
    variant, place = world.seen["product.cup"]["variants"][0]["id"], world.id("location.gracia")
    page.say(
        "## Fill a cart",
        "Every answer is the whole priced cart. Money is in minor units with its currency: 1999 EUR is 19.99. Each POST takes an"
        " `Idempotency-Key`, a new one for each new act.",
    )
    line = {"variant_id": variant, "quantity": 2, "fulfilment": {"kind": "pickup", "location_id": place}}
    members = ("id", "version", "state", "lines", "total", "tax_total", "problems")
    made = await page.call(
        "POST", "/v1/carts", {"country": "ES", "lines": [line]}, who="shopper", key=str(new_id()), keep=members
    )
    cart = made.json()
    page.say(
        "`problems` says what stands between the cart and its order. Stock is not looked at at each change: `GET /v1/carts/{id}/problems` does,"
        " and names what could be had instead. Here it is the contact:"
    )
    contact = {"email": "shopper@example.com", "name": "A Shopper", "language": "en"}
    filled = await page.call(
        "PUT", f"/v1/carts/{cart['id']}/contact", contact, who="shopper", keep=("id", "version", "contact", "problems")
    )
    return filled.json()


async def _order(page: Page, cart: Json) -> None:
    page.say(
        "## Order",
        "`accepted_total` is what the buyer saw: if the cart costs anything else by now, nothing happens and the answer says what."
        " A card is a payment method made in the buyer's browser by the provider's library; here it is paid in the store on collection.",
    )
    path, key = f"/v1/carts/{cart['id']}/checkout", str(new_id())
    wrong = {"accepted_total": {"amount": 1, "currency": "EUR"}, "payment": ON_COLLECTION}
    await page.call("POST", path, wrong, who="shopper", key=str(new_id()))
    body = {"accepted_total": cart["total"], "payment": ON_COLLECTION}
    done = await page.call("POST", path, body, who="shopper", key=key)
    page.say(
        "The connection broke, and nobody knows whether it worked? Send it again, with the same key. It has one effect:"
    )
    await page.call("POST", path, body, who="shopper", key=key, keep=("order_id", "number", "state"))
    page.say("The same key for anything else is refused:")
    other = {**body, "accepted_total": {"amount": 5, "currency": "EUR"}}
    await page.call("POST", path, other, who="shopper", key=key)
    page.say("The order, with all that was agreed:")
    order = f"/v1/orders/{done.json()['order_id']}"
    await page.call("GET", order, who="shopper", keep=("id", "number", "state", "total", "groups", "version"))


async def _store(page: Page) -> None:
    work = page.stage.world.id("work.offered")
    page.say(
        "## Work in the store",
        "A terminal is bound to its location: it sees that one's work, and nothing of any other. Steps are sub-paths.",
    )
    path, members = f"/v1/fulfilment-orders/{work}", ("id", "number", "state", "kind", "lines", "version")
    await page.call("POST", f"{path}/accept", who="terminal", key=str(new_id()), keep=members)
    page.say("A step that the state does not allow is a 409 that says which ones it does:")
    await page.call("POST", f"{path}/hand-over", {"identity_checked": True}, who="terminal", key=str(new_id()))
    page.say("For the other store's terminal, the same work does not exist:")
    await page.call("GET", path, who="other_terminal")


async def _board(page: Page) -> None:
    place = page.stage.world.id("location.gracia")
    page.say(
        "A board of what is to be done follows a stream of server-sent events: the open work first, then each `new`, `late`, `arrived`,"
        " `cancelled` or `changed` one. It is read with `fetch`, because of the token; `seconds` says for how long, an hour unless told.",
    )
    query = {"location_id": place, "seconds": "1"}
    last = await page.follow("/v1/fulfilment-orders/stream", query, who="terminal")
    page.say(
        "The line broke, and meanwhile something was packed. The last `id` as `Last-Event-ID`, and nothing is missed:"
    )
    work = page.stage.world.id("work.picked")
    terminal = page.stage.server.api.as_(page.stage.world.tokens["terminal"])
    await terminal.post(f"/v1/fulfilment-orders/{work}/pack")
    await page.stage.server.work()
    await page.follow("/v1/fulfilment-orders/stream", query, who="terminal", Last_Event_ID=last)


async def _rejected(page: Page) -> None:
    world = page.stage.world
    page.say(
        "## When a store cannot give it",
        "Nothing is cancelled behind the customer's back: what the store rejects stays open on the order, and the customer is told.",
    )
    path = f"/v1/fulfilment-orders/{world.id('work.rejected')}/reject"
    body = {"reason": "not_in_stock"}
    await page.call("POST", path, body, who="terminal", key=str(new_id()), keep=("number", "state"))
    await page.stage.server.work()
    page.say(
        "`options` says what could be promised instead, now. Who does not answer until `choose_by` gets the `default`."
        " Each choice is held against the stock of that moment once more."
    )
    path = f"/v1/orders/{world.id('order.rejected')}/rejections"
    found = await page.call("GET", path, who="shopper")
    (case,) = found.json()["items"]
    choice = {"choice": "store", "location_id": case["options"]["stores"][0]["location_id"]}
    members = ("id", "state", "choice", "chosen_location_id", "amount")
    await page.call("POST", f"{path}/{case['id']}/choose", choice, who="shopper", key=str(new_id()), keep=members)


async def _transfer(page: Page) -> None:
    world = page.stage.world
    page.say(
        "## Goods between places",
        "A transfer is drafted by who needs the goods, and approved by who has them: its units are kept from then on.",
    )
    members = ("id", "number", "state", "lines", "version")
    way = {"origin_id": world.id("location.depot"), "destination_id": world.id("location.gracia"), "reason": "refill"}
    body = {**way, "lines": [{"variant_id": world.seen["product.cup"]["variants"][0]["id"], "quantity": 3}]}
    made = await page.call("POST", "/v1/transfers", body, who="terminal", key=str(new_id()), keep=members)
    path = f"/v1/transfers/{made.json()['id']}"
    await page.call("POST", f"{path}/approve", who="depot", key=str(new_id()), keep=("state",))
    page.say("Between the two places they are nobody's to sell: in transit, for the place that they go to.")
    van = {"carrier": "Van", "eta": "2026-03-12T10:00:00Z"}
    await page.call("POST", f"{path}/ship", van, who="depot", key=str(new_id()))
    page.say("They are received by scan. A scanner that is not sure sends the same `scan_id` again; it counts once.")
    scan = {"scan_id": str(new_id()), "barcode": "CUP-S", "quantity": 3}
    await page.call("POST", f"{path}/receive", scan, who="terminal", key=str(new_id()))


async def _why(page: Page) -> None:
    world = page.stage.world
    page.say(
        "## Why a figure is what it is",
        "Each figure of stock is the sum of movements, each from somewhere to somewhere and each with its cause.",
    )
    variant = world.seen["product.cup"]["variants"][0]["id"]
    await page.call("GET", f"/v1/stock/{variant}/why", who="terminal")


async def _versions(page: Page) -> None:
    path = f"/v1/admin/channels/{page.stage.world.id('channel.outlet')}"
    page.say(
        "## Versions",
        "What is read carries an `ETag`. Send it as `If-None-Match`, and what you have already is not sent again:",
    )
    read = await page.call("GET", path, who="administrator", keep=("id", "code", "name", "version"))
    etag = read.headers["etag"]
    await page.call("GET", path, who="administrator", If_None_Match=etag)
    page.say("What is shared is changed on the version that was read:")
    name = {"name": "Outlet store"}
    await page.call("PATCH", path, name, who="administrator", If_Match=etag, keep=("id", "name", "version"))
    page.say("Somebody who read the old one is told so, and overwrites nothing:")
    await page.call("PATCH", path, {"name": "Bargains"}, who="administrator", If_Match=etag)


async def _problems(page: Page) -> None:
    page.say(
        "## When it says no",
        "A refusal is a problem document (RFC 9457). Decide by `code`; [problems.md](problems.md) has a section for each, with what to do."
        " `errors` names the fields. Titles come in English, Spanish and Catalan.",
    )
    body = {"lines": [{"variant_id": "019cd730", "quantity": 0}]}
    await page.call("POST", "/v1/carts", body, who="shopper", key=str(new_id()), Accept_Language="ca")


async def _lists(page: Page) -> None:
    page.say(
        "## Lists",
        "`limit` (24 unless told, 100 at the most) and the `next_cursor` of the page before. A walk gives each row that is there throughout"
        " exactly once, whoever writes meanwhile.",
    )
    first = await page.call(
        "GET", "/v1/orders", who="shopper", query={"limit": "1", "state": "placed"}, keep=("items", "next_cursor")
    )
    cursor = first.json()["next_cursor"]
    page.say(
        f"The next page: `GET /v1/orders?limit=1&state=placed&cursor={page.quiet(f'cursor={cursor}').partition('=')[2]}`."
    )


async def _services(page: Page) -> None:
    page.say(
        "## Services",
        "A program of yours has client credentials, made in the back office (`POST /v1/admin/api-clients`) with the scopes that it needs.",
    )
    client = page.stage.world.seen["client.spare"]
    form = {
        "grant_type": "client_credentials",
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
    }
    await page.call("POST", "/v1/auth/token", form=form)
    page.say(
        "What happened is told by the event feed, in the order of its publication, from any place on. Facts hold no personal data: read the"
        " thing itself for it. Keep `next_cursor`, and ask again later for what is new.",
    )
    await page.call("GET", "/v1/events", who="service", query={"limit": "1", "type": "fulfilment.ready.v1"})
