"""What `commerce run --try-it` prints: the address, the docs page, and tokens to call with at once. For trying out only.

The first time it opens the demo's shop in the empty database. The administrator that it makes is kept in the data folder, readable by its
owner alone, so that the next start can sign in again.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from commerce.cli.people import create_administrator
from commerce.platform.settings import Settings, load, local_url

PATIENCE_SECONDS = 60
EMAIL = "admin@example.com"
ADDRESS_VARIABLE = "COMMERCE_TRY_IT_DATABASE"


def greet_when_ready(dsn: str) -> None:
    """Prints beside the server, once it answers: in a process of its own, since the server forks and no thread may be about then."""
    from commerce.platform.embedded_processes import die_with_parent

    subprocess.Popen(
        [sys.executable, "-m", "commerce.cli.welcome"],
        env={**os.environ, ADDRESS_VARIABLE: dsn},
        preexec_fn=die_with_parent,  # noqa: PLW1509 -- no thread runs yet
    )


def _greet(settings: Settings, dsn: str) -> None:
    from commerce.demo.client import Client, UnexpectedError

    console, url = Console(highlight=False), local_url(settings)
    if not _ready(url):
        console.print("[red]The server did not become ready; its log says why.[/red]")
        return
    kept = settings.data_dir / "try-it.json"
    try:
        credentials = _credentials(kept, dsn)
        with Client(url) as public:
            staff = public.post("/v1/auth/staff", {"email": EMAIL, "password": credentials["password"]})
            terminal = _shop(public.as_(staff["access_token"]), credentials, kept)
            shopper = public.post("/v1/auth/anonymous", {})
    except (UnexpectedError, httpx.HTTPError) as failure:
        console.print(f"[red]The tokens could not be made: {failure}[/red]", markup=True)
        return
    console.print(f"\n[bold]{url}[/bold]   docs: [bold]{url}/docs[/bold]")
    console.print("Access tokens, good for a few minutes (send as `Authorization: Bearer …`):", markup=False)
    for name, token in (
        ("shopper", shopper["access_token"]),
        ("store", terminal),
        ("administrator", staff["access_token"]),
    ):
        console.print(f"\n[bold]{name}[/bold]")
        console.print(token, soft_wrap=True)
    console.print(
        f"\nNew ones: POST /v1/auth/anonymous; POST /v1/auth/token with the client id and secret, or POST /v1/auth/staff with "
        f"the e-mail and password in {kept}.\n",
        markup=False,
    )


def _credentials(path: Path, dsn: str) -> dict[str, Any]:
    if path.exists():
        return dict(json.loads(path.read_text()))
    made = {"email": EMAIL, "password": secrets.token_urlsafe(18)}
    create_administrator(dsn, EMAIL, made["password"])
    _keep(path, made)
    return made


def _shop(admin: Any, credentials: dict[str, Any], path: Path) -> str:  # noqa: ANN401 -- the demo's client
    """Gives a token of a store's terminal, in a shop that is opened where there is none."""
    from commerce.demo.shop import BUNDLED, open_shop, terminal_token

    if "terminal" not in credentials:
        if not admin.get("/v1/admin/channels")["items"]:
            open_shop(admin, BUNDLED)
        location = next(each for each in admin.get("/v1/admin/locations")["items"] if each["kind"] == "store")
        made = admin.post("/v1/terminals", {"name": "Try-it counter", "location_id": location["id"]})
        credentials["terminal"] = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
        _keep(path, credentials)
    return terminal_token(admin, credentials["terminal"])


def _keep(path: Path, credentials: dict[str, Any]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(credentials, indent=2))


def _ready(url: str) -> bool:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/ready", timeout=2).is_success:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    address = os.environ.pop(ADDRESS_VARIABLE)
    _greet(load(), address)
