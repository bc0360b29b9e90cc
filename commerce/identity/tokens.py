"""Access tokens: JWTs signed with Ed25519 (RFC 7519, RFC 8037), short-lived, verified once and then known."""

from collections import OrderedDict
from uuid import UUID

import msgspec

from commerce.identity.keys import Keys, seal_of
from commerce.identity.passwords import Passwords
from commerce.identity.revoked import ACCESS_LIFE, Revoked
from commerce.kernel import clock
from commerce.kernel.signatures import Signer, from_base64, to_base64, verify
from commerce.platform.database import Database
from commerce.platform.http import NOBODY, Caller, Unauthenticated
from commerce.platform.settings import Settings

ISSUER = "commerce"
ALGORITHM = "EdDSA"
MOST_VERIFIED = 20_000
LONGEST_HEADER = 8_000


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token says: who, since which generation, what they may do and where (None: everywhere)."""

    kind: str
    subject_id: UUID
    generation: int = 1
    scopes: frozenset[str]
    locations: frozenset[UUID] | None = None
    channel_id: UUID | None = None
    session_id: UUID | None = None


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """A signed token and its life."""

    token: str
    expires_in: int
    scope: str


class _Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    iss: str
    sub: UUID
    iat: int
    exp: int
    kind: str
    gen: int
    scope: str
    loc: list[UUID] | None = None
    ch: UUID | None = None
    sid: UUID | None = None


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: UUID
    typ: str = "JWT"


class _Verified(msgspec.Struct, frozen=True, gc=False):
    caller: Caller
    expires_at: float
    generation: int
    key_id: UUID


class Tokens:
    """Makes and checks access tokens. Composition makes one for each process: `Tokens(db, settings)`.

    Revocation is by session, by subject (what their roles were when the token was given) and by signing key.
    """

    def __init__(self, db: Database, settings: Settings, *, passwords: Passwords | None = None) -> None:
        self.keys = Keys(db.reading, seal_of(settings))
        self.passwords = passwords or Passwords()
        self._revoked = Revoked(db.reading)
        self._verified: OrderedDict[str, _Verified] = OrderedDict()

    async def authenticate(self, authorization: str | None) -> Caller:
        """Gives the caller that an Authorization header stands for, and the public caller for none.

        Refuses with Unauthenticated a token that is not ours, has expired or was revoked. Client credentials in the header (Basic) are
        the token route's own matter: they stand for nobody here.
        """
        if authorization is None:
            return NOBODY
        known = self._verified.get(authorization)
        if known is None:
            if authorization[:6].lower() == "basic ":
                return NOBODY
            known = await self._verify(authorization)
        else:
            self._verified.move_to_end(authorization)
        if known.expires_at <= clock.now().timestamp():
            del self._verified[authorization]
            raise Unauthenticated("The access token has expired; refresh it.")
        await self._revoked.fresh()
        caller, ended = known.caller, self._revoked.has_ended
        if ended(caller.session_id) or ended(caller.id, known.generation) or ended(known.key_id):
            raise Unauthenticated("The access token was revoked; sign in again, or refresh it.")
        return caller

    async def issue(self, grant: Grant) -> AccessToken:
        """Signs an access token of fifteen minutes."""
        await self._revoked.fresh()
        signer = await self.keys.signer()
        if self._revoked.has_ended(UUID(signer.key_id)):
            self.keys.forget()
            signer = await self.keys.signer()
        now = int(clock.now().timestamp())
        life = int(ACCESS_LIFE.total_seconds())
        scope = " ".join(sorted(grant.scopes))
        claims = _Claims(
            iss=ISSUER,
            sub=grant.subject_id,
            iat=now,
            exp=now + life,
            kind=grant.kind,
            gen=grant.generation,
            scope=scope,
            loc=None if grant.locations is None else sorted(grant.locations),
            ch=grant.channel_id,
            sid=grant.session_id,
        )
        return AccessToken(token=_signed(claims, signer), expires_in=life, scope=scope)

    async def _verify(self, authorization: str) -> _Verified:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(authorization) > LONGEST_HEADER:
            raise Unauthenticated("Send the token as `Authorization: Bearer <access token>`.")
        try:
            header_part, payload_part, signature_part = token.split(".")
            header = msgspec.json.decode(from_base64(header_part), type=_Header)
            payload, signature = from_base64(payload_part), from_base64(signature_part)
        except (ValueError, msgspec.MsgspecError):
            raise Unauthenticated("The access token is not one of ours.") from None
        public_key = await self.keys.public_key(str(header.kid)) if header.alg == ALGORITHM else None
        signed = token.rpartition(".")[0].encode()
        if public_key is None or not verify(public_key, signed, signature):
            raise Unauthenticated("The access token is not signed with a key that is in use; sign in again.")
        try:
            claims = msgspec.json.decode(payload, type=_Claims)
        except msgspec.ValidationError:  # signed by us, for another use or by another version
            raise Unauthenticated("The access token is not one of ours.") from None
        verified = _Verified(_caller(claims), float(claims.exp), claims.gen, header.kid)
        self._verified[authorization] = verified
        if len(self._verified) > MOST_VERIFIED:
            self._verified.popitem(last=False)
        return verified


def _signed(claims: _Claims, signer: Signer) -> str:
    """Gives the compact form of a JSON Web Signature (RFC 7515, section 3.1)."""
    header = msgspec.json.encode(_Header(alg=ALGORITHM, kid=UUID(signer.key_id)))
    message = f"{to_base64(header)}.{to_base64(msgspec.json.encode(claims))}"
    return f"{message}.{to_base64(signer.sign(message.encode()))}"


def _caller(claims: _Claims) -> Caller:
    return Caller(
        kind=claims.kind,
        id=claims.sub,
        scopes=frozenset(claims.scope.split()),
        locations=None if claims.loc is None else frozenset(claims.loc),
        channel_id=claims.ch,
        session_id=claims.sid,
    )
