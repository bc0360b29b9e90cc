"""What a command needs around it: the configured or the embedded database, the payment sandbox, the key for keys at rest."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from commerce.kernel.errors import Refusal
from commerce.platform.settings import OperatorError, Settings

SANDBOX_KEY = "sk_test_sandbox"
SANDBOX_START_SECONDS = 20


@contextmanager
def database(settings: Settings, *, keep: bool = False) -> Iterator[str]:
    """Gives the address of the configured database, or of the embedded one: started here, or joined where it runs already.

    `keep` starts one of our own and refuses to share it with another `commerce run`.
    """
    from commerce.platform import embedded

    if settings.database_url is not None:
        yield settings.database_url
        return
    folder = settings.data_dir / "postgres"
    server = embedded.start(folder) if keep else embedded.join_or_start(folder)
    try:
        yield server.dsn
    finally:
        server.stop()


@contextmanager
def sandbox(settings: Settings) -> Iterator[Mapping[str, str]]:
    """Starts the payment sandbox where no Stripe key is configured; gives the settings that lead the program to it."""
    if settings.stripe_secret_key is not None or settings.stripe_api_base is not None:
        yield {}
        return
    from commerce.platform.embedded import free_port
    from commerce.platform.settings import local_url

    port = free_port()
    url = f"http://127.0.0.1:{port}"
    webhook = f"{local_url(settings)}/v1/payments/webhooks/stripe"
    process = _start_sandbox(port, webhook, settings.data_dir / "sandbox")
    try:
        yield {
            "STRIPE_API_BASE": url,
            "STRIPE_SECRET_KEY": SANDBOX_KEY,
            "STRIPE_WEBHOOK_SECRET": "whsec_sandbox",
        }
    finally:
        process.terminate()
        process.wait(timeout=SANDBOX_START_SECONDS)


def _start_sandbox(port: int, webhook: str, folder: Path) -> "subprocess.Popen[str]":
    from commerce.platform.embedded_processes import die_with_parent

    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "commerce.sandbox", "--port", str(port), "--api-key", SANDBOX_KEY]
    command += ["--webhook-url", webhook, "--webhook-secret", "whsec_sandbox", "--data-dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)  # noqa: PLW1509
    if process.stdout is None or not process.stdout.readline():
        raise OperatorError("The payment sandbox did not start.")
    return process


def completed(settings: Settings, dsn: str) -> Settings:
    """Gives the settings with what the embedded default adds to them."""
    return msgspec.structs.replace(
        settings,
        database_url=dsn,
        key_encryption_key=settings.key_encryption_key or key_of(settings)["COMMERCE_KEY_ENCRYPTION_KEY"],
    )


def key_of(settings: Settings) -> dict[str, str]:
    """Gives the key that signing keys are encrypted with, for the server's processes: from the settings or the data folder."""
    if settings.key_encryption_key is not None:
        return {}
    path = settings.data_dir / "key_encryption_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(os.urandom(32).hex())
        path.chmod(0o600)
    return {"COMMERCE_KEY_ENCRYPTION_KEY": path.read_text().strip()}


def to_mend(refused: Refusal) -> OperatorError:
    """Gives a refusal as what whoever typed the command must change: the fields by their names, since there was no body to point into."""
    fields = " ".join(error.told().lstrip("/?") for error in refused.errors)
    return OperatorError(fields or f"{refused.title()} {refused.detail}".rstrip())
