"""The request as routes see it, and what composition gives them."""

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from litestar import Request

from commerce.kernel.errors import FieldError, Refusal
from commerce.platform.database import Database
from commerce.platform.following import Following
from commerce.platform.http.body import check_media_type, decoded
from commerce.platform.http.caller import NOBODY, Caller
from commerce.platform.http.instants import check_body

if TYPE_CHECKING:
    from commerce.kernel.signatures import Signer
    from commerce.platform.mail import Mailer
    from commerce.platform.settings import Settings

T = TypeVar("T")
LANGUAGES = ("en", "es", "ca")
VERSION_DIGITS = 9


class PreconditionRequired(Refusal):
    """The change needs the version that it is made on."""

    code = "precondition_required"
    status = 428
    es = "Este cambio necesita la versión sobre la que se hace."
    ca = "Aquest canvi necessita la versió sobre la qual es fa."


class StaleVersion(Refusal):
    """The thing was changed in the meantime."""

    code = "stale_version"
    status = 412
    es = "El recurso ha cambiado entretanto."
    ca = "El recurs ha canviat mentrestant."


class Authenticator(Protocol):
    """Turns an Authorization header into a Caller; refuses with Unauthenticated. No header gives the public caller."""

    async def authenticate(self, authorization: str | None) -> Caller:
        """Gives the caller that the header stands for."""


class Services:
    """What composition gives to routes: the database, settings, mail, keys, and providers by their type."""

    def __init__(
        self,
        *,
        db: Database,
        settings: "Settings",
        tokens: Authenticator,
        mailer: "Mailer",
        signing: "Signer",
        payment_provider: Any = None,
        media_store: Any = None,
    ) -> None:
        self.db = db
        self.settings = settings
        self.tokens = tokens
        self.mailer = mailer
        self.signing = signing
        self.payment_provider = payment_provider
        self.media_store = media_store
        self.following = Following(db.reading)


class Call(Request[Any, Any, Any]):
    """A request with its caller. `db`, `caller` and `language` are what most handlers need."""

    @property
    def services(self) -> Services:
        """What composition gave."""
        services: Services = self.scope["litestar_app"].state["services"]
        return services

    @property
    def db(self) -> Database:
        """The database."""
        return self.services.db

    @property
    def caller(self) -> Caller:
        """Who asks, as the authorisation found; the public caller where no token was sent."""
        caller: Caller = self.scope["state"].get("caller", NOBODY)
        return caller

    def header(self, name: bytes) -> str | None:
        """Gives a header by its name in lower case, without making all of them ready to be asked for."""
        for each, value in self.scope["headers"]:
            if each == name:
                return value.decode("latin-1")
        return None

    async def json(self) -> Any:
        """Gives the body, decoded strictly as what the route declares; the framework's own decoding would take "3" for 3."""
        field = self.route_handler.parsed_data_field
        if field is None:
            return await super().json()
        check_media_type(self.headers.get("content-type"))
        body = await self.body()
        value = decoded(body, field.annotation)
        check_body(body, value)
        return value

    @property
    def language(self) -> str:
        """The language of the answer's messages and contents, from Accept-Language: en, es or ca; en where none fits."""
        return preferred_language(self.header(b"accept-language"))

    def expected_version(self) -> int:
        """Gives the version in If-Match; refuses with PreconditionRequired when there is none, StaleVersion when it is not one of ours.

        The version of a thing is the same in each language; its ETag names the language where the body has one.
        """
        header = self.headers.get("if-match")
        if header is None:
            raise PreconditionRequired(
                "Send the ETag of the version that you read, as If-Match.",
                errors=[FieldError("If-Match", "is missing")],
            )
        text, _, language = header.strip().removeprefix("W/").strip('"').partition("-")
        if language not in {"", *LANGUAGES} or not text.isascii() or not text.isdigit() or len(text) > VERSION_DIGITS:
            raise StaleVersion("The If-Match header holds no version of this thing.")
        return int(text)


def preferred_language(header: str | None) -> str:
    """Gives the best of our languages for an Accept-Language header (RFC 9110, section 12.5.4)."""
    if not header:
        return "en"
    best, weight = "en", 0.0
    for part in header[:200].split(","):
        tag, _, parameters = part.partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language not in LANGUAGES:
            continue
        quality = _quality(parameters)
        if quality > weight:
            best, weight = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
