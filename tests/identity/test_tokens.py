"""Access tokens: what they say, how they are refused, and how soon what was revoked ends."""

import asyncio
import base64
import json
from time import monotonic, perf_counter, process_time
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from commerce.identity import SCOPES, SHOPPER_SCOPES, Tokens, ensure_signing_key, rotate_keys
from commerce.identity.keys import Keys, seal_of
from commerce.identity.sessions import end_session
from commerce.kernel.clock import HeldClock
from commerce.kernel.ids import new_id
from commerce.platform.database import Database
from commerce.platform.http import NOBODY, Unauthenticated
from commerce.platform.settings import OperatorError, Settings
from tests.given import identity as given

ANOTHER_KEY = Settings(key_encryption_key="ff" * 32)


def parts(token: str) -> tuple[dict[str, object], dict[str, object]]:
    header, payload, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(payload)


async def test_no_header_is_the_public_caller(tokens: Tokens) -> None:
    assert await tokens.authenticate(None) is NOBODY


async def test_an_anonymous_shopper_may_do_what_shoppers_may(db: Database, tokens: Tokens, clock: HeldClock) -> None:
    shopper = await given.anonymous(db, tokens)

    caller = await given.caller(tokens, shopper.access_token)

    assert (caller.kind, caller.id, caller.scopes, caller.locations) == ("shopper", shopper.id, SHOPPER_SCOPES, None)
    assert shopper.anonymous
    assert shopper.expires_in == 900


async def test_any_library_can_verify_a_token_with_the_public_key(db: Database, tokens: Tokens) -> None:
    shopper = await given.anonymous(db, tokens)
    header, _ = parts(shopper.access_token)
    public_key = await tokens.keys.public_key(str(header["kid"]))
    assert public_key is not None

    claims = jwt.decode(
        shopper.access_token, Ed25519PublicKey.from_public_bytes(public_key), algorithms=["EdDSA"], issuer="commerce"
    )

    assert (header["alg"], header["typ"]) == ("EdDSA", "JWT")
    assert UUID(claims["sub"]) == shopper.id
    assert set(claims["scope"].split()) == SHOPPER_SCOPES


async def test_a_token_holds_no_personal_data(db: Database, tokens: Tokens) -> None:
    admin = await given.administrator(db, tokens)

    _, payload = parts(admin.access_token)

    assert set(payload) == {"iss", "sub", "iat", "exp", "kind", "gen", "scope", "sid"}
    assert set(str(payload["scope"]).split()) == set(SCOPES)


async def test_a_token_is_good_for_fifteen_minutes(db: Database, tokens: Tokens, clock: HeldClock) -> None:
    shopper = await given.anonymous(db, tokens)

    clock.move(minutes=14, seconds=59)
    assert (await given.caller(tokens, shopper.access_token)).id == shopper.id
    clock.move(seconds=1)
    with pytest.raises(Unauthenticated):
        await given.caller(tokens, shopper.access_token)
    with pytest.raises(Unauthenticated):
        await given.caller(await given.tokens(db), shopper.access_token)


async def test_a_known_token_costs_no_statement_and_little_time(db: Database, tokens: Tokens) -> None:
    shopper = await given.anonymous(db, tokens)
    await given.caller(tokens, shopper.access_token)
    before, began, worked = db.statements, perf_counter(), process_time()

    for _ in range(1_000):
        await given.caller(tokens, shopper.access_token)

    took = perf_counter() - began
    assert db.statements - before <= 1 + int(took / 0.5)
    assert process_time() - worked < 1.0


async def test_a_forged_token_is_refused(db: Database, tokens: Tokens) -> None:
    shopper = await given.anonymous(db, tokens)
    header, payload = parts(shopper.access_token)
    stranger = Ed25519PrivateKey.generate()
    more = {**payload, "scope": "staff:manage", "kind": "staff"}
    kid = str(header["kid"])
    first, second, third = shopper.access_token.split(".")
    stolen_signature = base64.urlsafe_b64encode(json.dumps(more).encode()).rstrip(b"=").decode()

    forged = [
        jwt.encode(payload, stranger, algorithm="EdDSA", headers={"kid": kid}),
        jwt.encode(payload, stranger, algorithm="EdDSA", headers={"kid": str(new_id())}),
        jwt.encode(more, "", algorithm="none", headers={"kid": kid}),
        jwt.encode(more, (await tokens.keys.public_key(kid)) or b"", algorithm="HS256", headers={"kid": kid}),
        f"{first}.{stolen_signature}.{third}",
        f"{first}.{second}",
        f"{first}.{second}.",
        "not-a-token",
        "",
        "é.é.é",
        "x" * 20_000,
    ]

    for token in forged:
        with pytest.raises(Unauthenticated):
            await tokens.authenticate(f"Bearer {token}")
    with pytest.raises(Unauthenticated):
        await tokens.authenticate(f"Token {shopper.access_token}")


async def test_an_ended_session_ends_at_once_here_and_within_a_second_in_another_process(
    db: Database, tokens: Tokens
) -> None:
    shopper = await given.anonymous(db, tokens)
    elsewhere_db = Database(db.dsn)
    elsewhere = await given.tokens(elsewhere_db)
    caller = await given.caller(elsewhere, shopper.access_token)
    assert caller.session_id is not None
    other = await given.anonymous(db, tokens)

    ending = Database(db.dsn)  # a third process, whose commit tells nobody
    await ending.transact(_silently_end, caller.session_id)
    await asyncio.sleep(0.6)

    for known in (tokens, elsewhere):
        with pytest.raises(Unauthenticated):
            await given.caller(known, shopper.access_token)
        assert (await given.caller(known, other.access_token)).id == other.id
    await ending.close()
    await elsewhere_db.close()


async def _silently_end(tx: object, session_id: UUID) -> None:
    from commerce.platform.database import Tx

    assert isinstance(tx, Tx)
    await end_session(tx, session_id)
    tx._after_commit.clear()


async def test_the_process_that_ends_a_session_knows_at_once(db: Database, tokens: Tokens) -> None:
    shopper = await given.anonymous(db, tokens)
    caller = await given.caller(tokens, shopper.access_token)
    assert caller.session_id is not None

    await db.transact(end_session, caller.session_id)

    with pytest.raises(Unauthenticated):
        await given.caller(tokens, shopper.access_token)


async def test_a_thousand_requests_that_wait_read_the_endings_once(db: Database, tokens: Tokens) -> None:
    shopper = await given.anonymous(db, tokens)
    await given.caller(tokens, shopper.access_token)
    tokens._revoked.read_anew()
    before, began = db.statements, monotonic()

    await asyncio.gather(*(given.caller(tokens, shopper.access_token) for _ in range(1_000)))

    halves = int((monotonic() - began) / 0.5)  # on a busy machine the thousand take longer than one reading holds
    assert 1 <= db.statements - before <= 1 + halves


async def test_a_rotated_key_still_verifies_what_it_signed(db: Database, tokens: Tokens, clock: HeldClock) -> None:
    before = await given.anonymous(db, tokens)

    await rotate_keys(db, given.SETTINGS)

    fresh = await given.tokens(db)
    after = await given.anonymous(db, fresh)
    assert parts(before.access_token)[0]["kid"] != parts(after.access_token)[0]["kid"]
    assert (await given.caller(fresh, before.access_token)).id == before.id
    assert (await given.caller(tokens, after.access_token)).id == after.id


async def test_a_revoked_key_verifies_nothing_and_signs_nothing(db: Database, tokens: Tokens) -> None:
    before = await given.anonymous(db, tokens)
    await given.caller(tokens, before.access_token)

    await rotate_keys(db, given.SETTINGS, revoke=True)

    for each in (tokens, await given.tokens(db)):
        with pytest.raises(Unauthenticated):
            await given.caller(each, before.access_token)
        after = await given.anonymous(db, each)
        assert (await given.caller(each, after.access_token)).id == after.id


async def test_the_private_key_is_not_readable_without_the_settings(db: Database, tokens: Tokens) -> None:
    signer = await ensure_signing_key(db, given.SETTINGS)
    assert signer.public_key == await tokens.keys.public_key(signer.key_id)

    with pytest.raises(OperatorError, match="COMMERCE_KEY_ENCRYPTION_KEY"):
        await ensure_signing_key(db, ANOTHER_KEY)
    with pytest.raises(OperatorError):
        await Keys(db.reading, seal_of(ANOTHER_KEY)).signer()
    with pytest.raises(OperatorError):
        seal_of(Settings())


async def test_two_processes_that_start_at_once_make_one_key(db: Database) -> None:
    signers = await asyncio.gather(*(ensure_signing_key(db, given.SETTINGS) for _ in range(6)))

    assert len({signer.key_id for signer in signers}) == 1
