"""Each audit check finds the fault that is planted for it, and nothing in a world that the verbs made."""

from pathlib import Path

import asyncpg
import pytest

from commerce.identity import Tokens
from commerce.identity.audit import CHECKS
from commerce.kernel.ids import new_id
from commerce.platform.audit import Check, run_checks
from commerce.platform.database import Database
from tests.given import identity as given

FAULTS = {
    "a_session_has_one_refresh_token_to_use": "INSERT INTO refresh_tokens (hash, session_id, created_at) "
    "SELECT sha256('another'), session_id, created_at FROM refresh_tokens LIMIT 1",
    "nobody_switched_off_has_a_session": "UPDATE staff_members SET active = false",
    "passwords_are_kept_as_argon2id": "UPDATE accounts SET password_hash = 'correct horse battery'",
    "every_scope_held_is_known": """UPDATE terminals SET scopes = '["carts", "root"]'""",
}


async def world(db: Database, tokens: Tokens, folder: Path) -> None:
    await given.account(db, tokens, folder)
    await given.administrator(db, tokens)
    await given.terminal(db, new_id())
    await given.service(db, ["stock:read"])


async def test_what_the_verbs_make_is_in_order(db: Database, tokens: Tokens, tmp_path: Path) -> None:
    await world(db, tokens, tmp_path)
    assert [found for found in await run_checks(db.reading, CHECKS) if found.rows] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_a_planted_fault_is_found(db: Database, dsn: str, tokens: Tokens, tmp_path: Path, check: Check) -> None:
    await world(db, tokens, tmp_path)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(FAULTS[check.name])
    finally:
        await connection.close()
    assert [found.name for found in await run_checks(db.reading, CHECKS) if found.rows] == [check.name]
