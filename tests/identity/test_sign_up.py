"""Signing up, and codes that come by mail: what each answer says, and who may use a code, once."""

import asyncio
from pathlib import Path

import pytest

from commerce.identity import Tokens
from commerce.identity.errors import InvalidOneTimeToken, TooManyAttempts, WrongCredentials
from commerce.identity.schemas import (
    Accepted,
    TokensOut,
    VerifyIn,
)
from commerce.identity.set_password import ask_for_reset
from commerce.identity.sign_up import resend, verify
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.platform.database import Database
from commerce.platform.http import NOBODY
from tests.given import identity as given
from tests.identity.seen import (
    ACCOUNTS,
    EMAIL,
    log_in,
    sign_up_request,
)


async def test_signing_up_opens_an_account_only_with_the_code_from_the_mail(
    db: Database, tokens: Tokens, tmp_path: Path
) -> None:
    await sign_up_request(db, tokens, EMAIL)
    assert await db.reading.fetch_value(ACCOUNTS) == 0
    with pytest.raises(WrongCredentials):
        await log_in(db, tokens)

    (mail,) = await given.mails(db, tmp_path)
    opened = await verify(db, tokens, VerifyIn(token=given.code_in(mail)), caller=NOBODY, client=given.HERE)

    assert f"To: {EMAIL}" in mail
    assert not opened.anonymous
    assert (await log_in(db, tokens)).id == opened.id
    assert await given.mails(db, tmp_path) == []


async def test_an_e_mail_is_one_however_it_is_written(db: Database, tokens: Tokens, tmp_path: Path) -> None:
    opened = await given.account(db, tokens, tmp_path, "Shopper@EXAMPLE.com")

    assert (await log_in(db, tokens, "shopper@example.COM")).id == opened.id
    await sign_up_request(db, tokens, "SHOPPER@example.com")
    (mail,) = await given.mails(db, tmp_path)
    assert "You already have an account" in mail
    assert await db.reading.fetch_value(ACCOUNTS) == 1


async def test_what_is_no_e_mail_is_refused_without_being_repeated(db: Database, tokens: Tokens) -> None:
    for email in ("shopper@", "shopper@example", "a b@example.com", "x@@example.com"):
        with pytest.raises(InvalidInput) as refused:
            await sign_up_request(db, tokens, email)
        assert email not in str(refused.value)
        assert [each.pointer for each in refused.value.errors] == ["/email"]


@pytest.mark.usefixtures("nothing_ages")
async def test_no_answer_tells_whether_an_e_mail_has_an_account(db: Database, tokens: Tokens, tmp_path: Path) -> None:
    await given.account(db, tokens, tmp_path, EMAIL)
    unknown = "nobody@example.com"
    costs: dict[str, list[int]] = {EMAIL: [], unknown: []}

    for email, statements in costs.items():
        before = db.statements
        assert await sign_up_request(db, tokens, email) == Accepted()
        assert await resend(db, email, language="en", client=given.HERE) == Accepted()
        assert await ask_for_reset(db, email, language="en", client=given.HERE) == Accepted()
        with pytest.raises(WrongCredentials) as refused:
            await log_in(db, tokens, email, "the wrong password")
        assert refused.value.detail == "Check the e-mail and the password."
        assert refused.value.facts == {}
        statements.append(db.statements - before)

    assert costs[EMAIL] == costs[unknown]
    subjects = sorted(mail.split("Subject: ")[1].splitlines()[0] for mail in await given.mails(db, tmp_path))
    # The unknown one gets the code of its registration twice; the known one is told so twice, and gets a code to reset.
    assert subjects == [
        "Confirm your e-mail",
        "Confirm your e-mail",
        "Set a new password",
        "You already have an account",
        "You already have an account",
    ]


async def test_of_two_who_use_a_code_at_once_one_opens_the_account(
    db: Database, tokens: Tokens, tmp_path: Path
) -> None:
    await sign_up_request(db, tokens, EMAIL)
    (mail,) = await given.mails(db, tmp_path)
    code = VerifyIn(token=given.code_in(mail))

    answers = await asyncio.gather(
        *(verify(db, tokens, code, caller=NOBODY, client=given.HERE) for _ in range(6)), return_exceptions=True
    )

    assert sum(isinstance(each, TokensOut) for each in answers) == 1
    assert sum(isinstance(each, InvalidOneTimeToken) for each in answers) == 5
    assert await db.reading.fetch_value(ACCOUNTS) == 1


async def test_whoever_reads_the_mail_decides_the_password(db: Database, tokens: Tokens, tmp_path: Path) -> None:
    await sign_up_request(db, tokens, EMAIL, "a stranger's password")
    await given.mails(db, tmp_path)
    await sign_up_request(db, tokens, EMAIL, given.PASSWORD)
    (mail,) = await given.mails(db, tmp_path)

    await verify(db, tokens, VerifyIn(token=given.code_in(mail)), caller=NOBODY, client=given.HERE)

    await log_in(db, tokens)
    with pytest.raises(WrongCredentials):
        await log_in(db, tokens, password="a stranger's password")


async def test_a_code_is_too_old_after_its_time(db: Database, tokens: Tokens, tmp_path: Path, clock: HeldClock) -> None:
    await sign_up_request(db, tokens, EMAIL)
    (mail,) = await given.mails(db, tmp_path)
    clock.move(days=2)

    with pytest.raises(InvalidOneTimeToken):
        await verify(db, tokens, VerifyIn(token=given.code_in(mail)), caller=NOBODY, client=given.HERE)
    await resend(db, EMAIL, language="ca", client=given.HERE)
    (again,) = await given.mails(db, tmp_path)
    await verify(db, tokens, VerifyIn(token=given.code_in(again)), caller=NOBODY, client=given.HERE)


async def test_a_mailbox_is_not_flooded(db: Database, tokens: Tokens, tmp_path: Path) -> None:
    for _ in range(5):
        await ask_for_reset(db, "nobody@example.com", language="en", client=given.HERE)
    with pytest.raises(TooManyAttempts):
        await sign_up_request(db, tokens, "nobody@example.com")
    assert await given.mails(db, tmp_path) == []
