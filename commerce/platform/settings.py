"""Settings: the environment first, a `.env` file second, checked once at start with errors that say what to do.

`.env.example` is made from what stands here (`commerce settings --example`). Names that others know keep their name (DATABASE_URL,
STRIPE_SECRET_KEY, SMTP_URL); ours begin with COMMERCE_.
"""

import os
import textwrap
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from commerce.platform.env_file import read_env_file

MASK: Final = "(set)"


class OperatorError(Exception):
    """Something that whoever runs the program must change; the message says what to do."""


class SettingsError(OperatorError):
    """One or more settings are wrong; the message names each of them and says what is expected."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("these settings must be changed:\n" + "\n".join(f"  - {problem}" for problem in problems))


def _is(env: str, group: str, description: str, *, secret: bool = False, **limits: typing.Any) -> Meta:
    return Meta(description=description, extra={"env": env, "group": group, "secret": secret}, **limits)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that can be configured; what is None is explained in its description."""

    database_url: Annotated[
        str | None,
        _is(
            "DATABASE_URL",
            "Data",
            "PostgreSQL 15 or newer, such as postgresql://user:password@host:5432/name. Not set: an embedded PostgreSQL in COMMERCE_DATA_DIR.",
            secret=True,
            pattern="^postgres(ql)?://.+",
        ),
    ] = None
    data_dir: Annotated[
        Path, _is("COMMERCE_DATA_DIR", "Data", "Where the embedded server, local keys and unsent mail are kept.")
    ] = Path(".commerce")
    pool_size: Annotated[
        int, _is("COMMERCE_POOL_SIZE", "Data", "Connections to the database per process, 1 to 50.", ge=1, le=50)
    ] = 8

    host: Annotated[
        str, _is("COMMERCE_HTTP_HOST", "Server", "The address to listen on; 0.0.0.0 for all.", min_length=1)
    ] = "127.0.0.1"
    port: Annotated[int, _is("COMMERCE_HTTP_PORT", "Server", "The port to listen on, 1 to 65535.", ge=1, le=65_535)] = (
        8000
    )
    public_url: Annotated[
        str | None,
        _is(
            "COMMERCE_PUBLIC_URL",
            "Server",
            "The address that clients see, for links in mails and return pages. Not set: http://localhost and the port.",
            pattern="^https?://[^/]+[^/]$",
        ),
    ] = None
    workers: Annotated[
        int,
        _is(
            "COMMERCE_WORKERS",
            "Server",
            "Processes that answer requests, 1 to 64; one per core is plenty.",
            ge=1,
            le=64,
        ),
    ] = 1
    worker_in_process: Annotated[
        bool | None,
        _is(
            "COMMERCE_WORKER_IN_PROCESS",
            "Server",
            "Whether jobs and events are worked on beside the requests (true or false). Not set: true with the embedded server, "
            "false with DATABASE_URL, where `commerce worker` does it.",
        ),
    ] = None
    cors_origins: Annotated[
        tuple[str, ...],
        _is(
            "COMMERCE_CORS_ORIGINS",
            "Server",
            "Origins of browsers that may call, separated by commas, such as https://shop.example.com.",
        ),
    ] = ()
    public_cache: Annotated[
        bool,
        _is(
            "COMMERCE_PUBLIC_CACHE",
            "Server",
            "Whether public pages are answered from memory for up to a second (true or false).",
        ),
    ] = True
    rate_limit_per_minute: Annotated[
        int, _is("COMMERCE_RATE_LIMIT_PER_MINUTE", "Server", "Requests per caller and minute; 0 for no limit.", ge=0)
    ] = 600
    max_body_bytes: Annotated[
        int,
        _is(
            "COMMERCE_MAX_BODY_BYTES",
            "Server",
            "The largest request body in bytes, imports aside; at least 10000.",
            ge=10_000,
        ),
    ] = 1_000_000
    max_import_bytes: Annotated[
        int, _is("COMMERCE_MAX_IMPORT_BYTES", "Server", "The largest import file in bytes; at least 10000.", ge=10_000)
    ] = 100_000_000
    key_encryption_key: Annotated[
        str | None,
        _is(
            "COMMERCE_KEY_ENCRYPTION_KEY",
            "Server",
            "What signing keys are encrypted with at rest: 32 random bytes as 64 hexadecimal digits (openssl rand -hex 32). Needed with "
            "DATABASE_URL; keep it apart from backups. Not set: made at the first start and kept in COMMERCE_DATA_DIR.",
            secret=True,
            pattern="^[0-9a-fA-F]{64}$",
        ),
    ] = None

    stripe_secret_key: Annotated[
        str | None,
        _is(
            "STRIPE_SECRET_KEY",
            "Payments",
            "Stripe's secret or restricted key (sk_… or rk_…). Not set: payments go to the sandbox that ships with this.",
            secret=True,
            pattern="^[sr]k_",
        ),
    ] = None
    stripe_webhook_secret: Annotated[
        str | None,
        _is(
            "STRIPE_WEBHOOK_SECRET",
            "Payments",
            "The signing secret of the webhook endpoint (whsec_…).",
            secret=True,
            pattern="^whsec_",
        ),
    ] = None
    stripe_api_base: Annotated[
        str | None,
        _is(
            "STRIPE_API_BASE",
            "Payments",
            "Another address for Stripe's API. Not set: Stripe, or the sandbox without a key.",
            pattern="^https?://",
        ),
    ] = None

    vies_url: Annotated[
        str | None,
        _is(
            "COMMERCE_VIES_URL",
            "Tax",
            "Where VAT numbers are looked up: https://ec.europa.eu/taxation_customs/vies/rest-api. Not set: no number is known to be "
            "valid, so that no supply to a business in another member state is exempt.",
            pattern="^https?://",
        ),
    ] = None
    vies_requester: Annotated[
        str | None,
        _is(
            "COMMERCE_VIES_REQUESTER",
            "Tax",
            "The shop's own VAT number with its prefix, such as ESB58378431, so that a look-up gives a reference that proves it.",
            pattern="^[A-Z]{2}[0-9A-Z+*]{2,13}$",
        ),
    ] = None
    tax_engine_url: Annotated[
        str | None,
        _is(
            "COMMERCE_TAX_ENGINE_URL",
            "Tax",
            "The address of an outside tax engine. Not set: the shop's own rates are taken, as they are when it does not answer.",
            pattern="^https?://",
        ),
    ] = None
    tax_engine_key: Annotated[
        str | None,
        _is("COMMERCE_TAX_ENGINE_KEY", "Tax", "What the outside tax engine knows the shop by.", secret=True),
    ] = None

    smtp_url: Annotated[
        str | None,
        _is(
            "SMTP_URL",
            "Mail",
            "smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465. Not set: mail is written to a folder in COMMERCE_DATA_DIR.",
            secret=True,
            pattern="^smtps?://.+",
        ),
    ] = None
    mail_from: Annotated[str, _is("COMMERCE_MAIL_FROM", "Mail", "The sender of mails.", pattern=".+@.+")] = (
        "shop@localhost"
    )

    media_folder: Annotated[
        Path | None,
        _is(
            "COMMERCE_MEDIA_FOLDER",
            "Media",
            "The folder of pictures and documents, shared by all processes. Not set: media in COMMERCE_DATA_DIR, or the bucket.",
        ),
    ] = None
    media_s3_bucket: Annotated[
        str | None,
        _is(
            "COMMERCE_MEDIA_S3_BUCKET",
            "Media",
            "The bucket of an S3-compatible store that takes the place of the folder. Not set: the folder.",
            pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        ),
    ] = None
    media_s3_endpoint: Annotated[
        str | None,
        _is(
            "COMMERCE_MEDIA_S3_ENDPOINT",
            "Media",
            "The store's address, such as https://s3.eu-west-3.amazonaws.com; needed with a bucket.",
            pattern="^https?://[^/]+$",
        ),
    ] = None
    media_s3_region: Annotated[
        str, _is("COMMERCE_MEDIA_S3_REGION", "Media", "The region that requests to the store are signed for.")
    ] = "us-east-1"
    media_s3_key_id: Annotated[
        str | None,
        _is("COMMERCE_MEDIA_S3_KEY_ID", "Media", "The access key's id; needed with a bucket.", min_length=1),
    ] = None
    media_s3_secret: Annotated[
        str | None,
        _is("COMMERCE_MEDIA_S3_SECRET", "Media", "The access key's secret; needed with a bucket.", secret=True),
    ] = None
    media_url: Annotated[
        str | None,
        _is(
            "COMMERCE_MEDIA_URL",
            "Media",
            "Where everybody reads media, such as a CDN before the folder or the bucket. Not set: /v1/media of this server, or the "
            "bucket at its endpoint, which must then let anybody read.",
            pattern="^https?://[^/]+(/.*)?[^/]$",
        ),
    ] = None
    max_media_bytes: Annotated[
        int,
        _is("COMMERCE_MAX_MEDIA_BYTES", "Media", "The largest file in bytes, to 50000000.", ge=10_000, le=50_000_000),
    ] = 20_000_000

    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        _is("COMMERCE_LOG_LEVEL", "Observation", "debug, info, warning or error."),
    ] = "info"
    log_format: Annotated[
        Literal["auto", "json", "console"],
        _is("COMMERCE_LOG_FORMAT", "Observation", "json, console, or auto: console on a terminal, json elsewhere."),
    ] = "auto"
    otel_endpoint: Annotated[
        str | None,
        _is(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "Observation",
            "Where OpenTelemetry traces go (OTLP over HTTP), such as http://localhost:4318. Not set: no traces.",
            pattern="^https?://",
        ),
    ] = None

    @property
    def embedded(self) -> bool:
        """Whether the embedded PostgreSQL is used."""
        return self.database_url is None

    @property
    def runs_worker(self) -> bool:
        """Whether the server process works on jobs and events itself."""
        return self.embedded if self.worker_in_process is None else self.worker_in_process

    @property
    def base_url(self) -> str:
        """The address that clients see, without a slash at the end."""
        return self.public_url or f"http://localhost:{self.port}"

    def __repr__(self) -> str:
        """Secrets are masked, so that none ends in a log or a traceback."""
        return f"Settings({', '.join(f'{env}={value}' for env, value in _shown(self))})"


def load(environ: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings from the environment and, for what it does not set, from the file, if there is one.

    An empty value counts as not set. Refuses with SettingsError, which names every setting at fault.
    """
    environ = os.environ if environ is None else environ
    problems: list[str] = []
    known = {meta["env"] for _, meta in _fields()}
    written = read_env_file(env_file, known, problems) if env_file is not None and env_file.exists() else {}
    values: dict[str, object] = {}
    for field, meta in _fields():
        env = meta["env"]
        text = environ.get(env, "").strip() or written.get(env, "").strip()
        if not text:
            continue
        try:
            values[field.name] = _convert(text, field.type)
        except msgspec.ValidationError:
            fault = "has a value that does not fit" if meta["secret"] else f"is {text!r}, which does not fit"
            problems.append(f"{env} {fault}. {meta['description']}")
    settings = Settings(**values)  # type: ignore[arg-type]  # each value was converted to its field's type above
    problems += _contradictions(settings)
    if problems:
        raise SettingsError(problems)
    return settings


def local_url(settings: Settings) -> str:
    """The address of the server for programs on the same machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"


def describe(settings: Settings) -> str:
    """The settings as lines of NAME=value, secrets masked, what is not set left out."""
    return "".join(f"{env}={value}\n" for env, value in _shown(settings))


def example() -> str:
    """The text of `.env.example`: each setting with what it does, its default, commented out."""
    lines = [
        "# Made by `commerce settings --example`. Copy to .env and change what you need; the environment wins over the file."
    ]
    group, defaults = "", dict(_shown(Settings()))
    for _, meta in _fields():
        if meta["group"] != group:
            group = meta["group"]
            lines += ["", f"# ---- {group}"]
        lines += ["", *textwrap.wrap(meta["description"], 110, initial_indent="# ", subsequent_indent="# ")]
        lines.append(f"#{meta['env']}={defaults.get(meta['env'], '')}")
    return "\n".join(lines) + "\n"


def _fields() -> Iterator[tuple[msgspec.structs.FieldInfo, dict[str, typing.Any]]]:
    """Each field with the name of its variable, its group, whether it is a secret, and its description."""
    for field in msgspec.structs.fields(Settings):
        (meta,) = field.type.__metadata__
        yield field, {**meta.extra, "description": meta.description}


def _convert(text: str, kind: typing.Any) -> object:
    bare, limits = typing.get_args(kind)
    if isinstance(bare, types.UnionType):  # what may be absent: here it is not
        (bare,) = (part for part in typing.get_args(bare) if part is not types.NoneType)
    if bare is Path:
        return Path(text).expanduser()
    if bare == tuple[str, ...]:
        return tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    return msgspec.convert(text, Annotated[bare, limits], strict=False)


def _contradictions(settings: Settings) -> Iterator[str]:
    if settings.stripe_secret_key and not settings.stripe_webhook_secret:
        yield "STRIPE_WEBHOOK_SECRET is needed with STRIPE_SECRET_KEY: without it no payment is ever confirmed."
    if settings.database_url and not settings.key_encryption_key:
        yield "COMMERCE_KEY_ENCRYPTION_KEY is needed with DATABASE_URL: set it to what `openssl rand -hex 32` prints."
    if settings.smtp_url and settings.mail_from == "shop@localhost":
        yield "COMMERCE_MAIL_FROM is needed with SMTP_URL: set it to the address that mails are sent from."
    if settings.media_s3_bucket and not (
        settings.media_s3_endpoint and settings.media_s3_key_id and settings.media_s3_secret
    ):
        yield "COMMERCE_MEDIA_S3_BUCKET needs COMMERCE_MEDIA_S3_ENDPOINT, COMMERCE_MEDIA_S3_KEY_ID and COMMERCE_MEDIA_S3_SECRET beside it."
    for origin in settings.cors_origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
            yield f"COMMERCE_CORS_ORIGINS has {origin!r}: an origin is scheme, host and port, such as https://shop.example.com."


def _shown(settings: Settings) -> Iterator[tuple[str, str]]:
    for field, meta in _fields():
        value = getattr(settings, field.name)
        if value is not None and value != ():
            plain = ",".join(value) if isinstance(value, tuple) else str(value)
            plain = plain.lower() if isinstance(value, bool) else plain
            yield meta["env"], MASK if meta["secret"] else plain
