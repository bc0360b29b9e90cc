"""Signing up, in and out: what each answer says, and what ends when."""

import asyncio
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest
from sqlalchemy import func, select, text

from commerce.identity import Passwords, Tokens, create_administrator
from commerce.identity.errors import InvalidOneTimeToken, SessionEnded, TooManyAttempts, WrongCredentials
from commerce.identity.jobs import tidy
from commerce.identity.schemas import (
    ChangePasswordIn,
    LoginIn,
    LogoutIn,
    ResetIn,
    StaffLoginIn,
    TokensOut,
)
from commerce.identity.set_password import ask_for_reset, change_password, reset
from commerce.identity.sign_in import refresh, sign_in, sign_in_staff
from commerce.identity.sign_out import sign_out
from commerce.identity.tables import attempts, mail_requests, refresh_tokens, registrations, sessions
from commerce.kernel.clock import HeldClock
from commerce.kernel.errors import InvalidInput
from commerce.platform.database import Database
from commerce.platform.http import NOBODY, Unauthenticated
from commerce.platform.statement import Statement
from tests.given import identity as given
from tests.identity.seen import (
    EMAIL,
    LIVE_SESSIONS,
    SIGNED_IN,
    STORED_HASHES,
    log_in,
    refused_access,
    sign_up_request,
)


async def test_an_unknown_e_mail_takes_as_long_as_a_wrong_password(db: Database, tmp_path: Path) -> None:
    tokens = await given.tokens(db)
    await given.account(db, tokens, tmp_path, EMAIL)
    tokens.passwords = Passwords(memory_kib=8_192)
    await log_in(db, tokens)  # the stored hash is made anew with these parameters
    took: dict[str, list[float]] = {EMAIL: [], "nobody@example.com": []}

    for _ in range(7):
        for email, times in took.items():
            began = perf_counter()
            with pytest.raises(WrongCredentials):
                await log_in(db, tokens, email, "the wrong password")
            times.append(perf_counter() - began)

    known, unknown = (median(times) for times in took.values())
    assert 0.4 < known / unknown < 2.5


async def test_an_anonymous_shopper_who_signs_in_becomes_the_account(
    db: Database, tokens: Tokens, tmp_path: Path
) -> None:
    first = await given.anonymous(db, tokens)
    account = await given.account(db, tokens, tmp_path, caller=await given.caller(tokens, first.access_token))
    second = await given.anonymous(db, tokens)
    caller = await given.caller(tokens, second.access_token)
    again = await sign_in(db, tokens, LoginIn(email=EMAIL, password=given.PASSWORD), caller=caller, client=given.HERE)

    assert again.id == account.id
    facts = [row["payload"] for row in await db.reading.fetch(SIGNED_IN)]
    assert [str(each.id) in fact for each, fact in zip([first, second], facts, strict=True)] == [True, True]
    assert await refused_access(tokens, first)
    assert await refused_access(tokens, second)
    with pytest.raises(SessionEnded):
        await refresh(db, tokens, second.refresh_token)


async def test_signing_in_while_signed_in_takes_nobodys_cart(db: Database, tokens: Tokens, tmp_path: Path) -> None:
    one = await given.account(db, tokens, tmp_path, "one@example.com")
    await given.account(db, tokens, tmp_path, "two@example.com")

    caller = await given.caller(tokens, one.access_token)
    await sign_in(db, tokens, LoginIn(email="two@example.com", password=given.PASSWORD), caller=caller, client="a")

    facts = [row["payload"] for row in await db.reading.fetch(SIGNED_IN)]
    assert not any(f'"from_shopper_id": "{one.id}"' in fact for fact in facts)
    assert not await refused_access(tokens, one)


async def test_a_refresh_token_works_once_and_gives_the_next(db: Database, tokens: Tokens, clock: HeldClock) -> None:
    shopper = await given.anonymous(db, tokens)
    clock.move(days=80)

    second = await refresh(db, tokens, shopper.refresh_token)
    clock.move(days=80)
    third = await refresh(db, tokens, second.refresh_token)

    assert third.id == shopper.id
    assert len({shopper.refresh_token, second.refresh_token, third.refresh_token}) == 3
    stored = [bytes(row["hash"]) for row in await db.reading.fetch(STORED_HASHES)]
    assert not any(third.refresh_token.encode() in each for each in stored)


async def test_a_session_that_is_not_renewed_ends(db: Database, tokens: Tokens, clock: HeldClock) -> None:
    shopper = await given.anonymous(db, tokens)
    admin = await given.administrator(db, tokens)

    clock.move(hours=11, minutes=59)
    admin = await refresh(db, tokens, admin.refresh_token)
    clock.move(minutes=2)
    with pytest.raises(SessionEnded):
        await refresh(db, tokens, admin.refresh_token)
    clock.move(days=91)
    with pytest.raises(SessionEnded):
        await refresh(db, tokens, shopper.refresh_token)


async def test_a_refresh_token_that_is_used_again_ends_its_session(db: Database, tokens: Tokens) -> None:
    shopper = await given.anonymous(db, tokens)
    other = await given.anonymous(db, tokens)
    second = await refresh(db, tokens, shopper.refresh_token)

    with pytest.raises(SessionEnded):
        await refresh(db, tokens, shopper.refresh_token)

    with pytest.raises(SessionEnded):
        await refresh(db, tokens, second.refresh_token)
    assert await refused_access(tokens, second)
    assert not await refused_access(tokens, other)
    assert (await refresh(db, tokens, other.refresh_token)).id == other.id


async def test_of_two_who_use_a_refresh_token_at_once_one_wins_and_the_session_ends(
    db: Database, tokens: Tokens
) -> None:
    for _ in range(10):
        shopper = await given.anonymous(db, tokens)

        answers = await asyncio.gather(
            *(refresh(db, tokens, shopper.refresh_token) for _ in range(2)), return_exceptions=True
        )

        won = [each for each in answers if isinstance(each, TokensOut)]
        assert len(won) <= 1  # the winner may already find its session ended
        assert all(isinstance(each, TokensOut | SessionEnded | Unauthenticated) for each in answers)
        for each in won:
            assert await refused_access(tokens, each)
            with pytest.raises(SessionEnded):
                await refresh(db, tokens, each.refresh_token)
    assert await db.reading.fetch_value(LIVE_SESSIONS) == 0


async def test_a_new_password_ends_all_sessions(db: Database, tokens: Tokens, tmp_path: Path) -> None:
    phone = await given.account(db, tokens, tmp_path)
    laptop = await log_in(db, tokens)
    bystander = await given.anonymous(db, tokens)
    await ask_for_reset(db, EMAIL, language="en", client=given.HERE)
    await ask_for_reset(db, EMAIL, language="en", client=given.HERE)
    one, two = (given.code_in(mail) for mail in await given.mails(db, tmp_path))

    await reset(db, tokens, ResetIn(token=one, password="another password"), client=given.HERE)

    for device in (phone, laptop):
        assert await refused_access(tokens, device)
        with pytest.raises(SessionEnded):
            await refresh(db, tokens, device.refresh_token)
    assert not await refused_access(tokens, bystander)
    with pytest.raises(WrongCredentials):
        await log_in(db, tokens)
    for used in (one, two):
        with pytest.raises(InvalidOneTimeToken):
            await reset(db, tokens, ResetIn(token=used, password="yet another one"), client=given.HERE)
    assert (await log_in(db, tokens, password="another password")).id == phone.id


async def test_changing_the_password_ends_the_other_sessions_and_opens_one(
    db: Database, tokens: Tokens, tmp_path: Path
) -> None:
    phone = await given.account(db, tokens, tmp_path)
    laptop = await log_in(db, tokens)
    caller = await given.caller(tokens, laptop.access_token)
    wrong = ChangePasswordIn(current_password="no idea", new_password="another password")
    right = ChangePasswordIn(current_password=given.PASSWORD, new_password="another password")

    with pytest.raises(WrongCredentials):
        await change_password(db, tokens, wrong, caller=caller, client=given.HERE)
    assert not await refused_access(tokens, phone)
    opened = await change_password(db, tokens, right, caller=caller, client=given.HERE)

    assert await refused_access(tokens, phone)
    assert await refused_access(tokens, laptop)
    assert not await refused_access(tokens, opened)
    assert (await refresh(db, tokens, opened.refresh_token)).id == phone.id


async def test_who_has_no_password_cannot_change_it(db: Database, tokens: Tokens) -> None:
    shopper = await given.anonymous(db, tokens)
    asked = ChangePasswordIn(current_password="no idea", new_password="another password")

    for caller in (NOBODY, await given.caller(tokens, shopper.access_token)):
        with pytest.raises(Unauthenticated):
            await change_password(db, tokens, asked, caller=caller, client=given.HERE)


async def test_signing_out_ends_this_session_or_all(db: Database, tokens: Tokens, tmp_path: Path) -> None:
    phone = await given.account(db, tokens, tmp_path)
    laptop, tablet = await log_in(db, tokens), await log_in(db, tokens)

    await sign_out(db, LogoutIn(), caller=await given.caller(tokens, laptop.access_token))
    assert [await refused_access(tokens, each) for each in (phone, laptop, tablet)] == [False, True, False]
    with pytest.raises(SessionEnded):
        await refresh(db, tokens, laptop.refresh_token)

    await sign_out(db, LogoutIn(refresh_token=tablet.refresh_token), caller=NOBODY)
    assert [await refused_access(tokens, each) for each in (phone, laptop, tablet)] == [False, True, True]

    laptop = await log_in(db, tokens)
    await sign_out(db, LogoutIn(everywhere=True), caller=await given.caller(tokens, laptop.access_token))
    assert [await refused_access(tokens, each) for each in (phone, laptop, tablet)] == [True, True, True]
    with pytest.raises(Unauthenticated):
        await sign_out(db, LogoutIn(), caller=NOBODY)


async def test_after_ten_wrong_passwords_from_one_place_it_waits(
    db: Database, tokens: Tokens, tmp_path: Path, clock: HeldClock
) -> None:
    await given.account(db, tokens, tmp_path)

    async def attempt(email: str, password: str, client: str = "192.0.2.66") -> None:
        await sign_in(db, tokens, LoginIn(email=email, password=password), caller=NOBODY, client=client)

    for email in (EMAIL, "nobody@example.com"):
        for _ in range(10):
            with pytest.raises(WrongCredentials):
                await attempt(email, "the wrong password")
        with pytest.raises(TooManyAttempts) as refused:
            await attempt(email, given.PASSWORD)
        assert refused.value.retry_after_seconds == 901

    await attempt(EMAIL, given.PASSWORD, "198.51.100.7")  # its owner, from elsewhere, is not locked out
    clock.move(minutes=15)
    await attempt(EMAIL, given.PASSWORD)


async def test_attempts_at_once_are_all_counted(db: Database, tokens: Tokens) -> None:
    async def attempt() -> type[BaseException]:
        try:
            await log_in(db, tokens, password="the wrong password")
        except (WrongCredentials, TooManyAttempts) as refused:
            return type(refused)
        raise AssertionError

    outcomes = await asyncio.gather(*(attempt() for _ in range(25)))

    assert outcomes.count(WrongCredentials) == 10
    assert outcomes.count(TooManyAttempts) == 15


async def test_a_staff_member_is_no_shopper_and_the_other_way_round(
    db: Database, tokens: Tokens, tmp_path: Path
) -> None:
    await given.administrator(db, tokens, "both@example.com")
    with pytest.raises(WrongCredentials):
        await log_in(db, tokens, "both@example.com")
    await given.account(db, tokens, tmp_path, "shopper@example.com")
    with pytest.raises(WrongCredentials):
        await sign_in_staff(
            db, tokens, StaffLoginIn(email="shopper@example.com", password=given.PASSWORD), client=given.HERE
        )


async def test_facts_jobs_and_throttles_hold_no_e_mail(db: Database, tokens: Tokens, tmp_path: Path) -> None:
    await given.account(db, tokens, tmp_path, "private.person@example.com")
    await ask_for_reset(db, "private.person@example.com", language="en", client=given.HERE)

    everything = Statement(
        select(text("string_agg(t.row, ' ') AS all_text")).select_from(
            text(
                "(SELECT events::text AS row FROM events UNION ALL SELECT jobs::text FROM jobs "
                "UNION ALL SELECT attempts::text FROM attempts UNION ALL SELECT one_time_tokens::text FROM one_time_tokens) t"
            )
        )
    )
    found = await db.reading.fetch_value(everything)
    assert "identity.signed_in.v1" in found
    assert "private" not in found


async def test_an_administrator_needs_an_e_mail_and_a_password(db: Database) -> None:
    for email, password in (("admin", given.PASSWORD), ("a@example.com", "short"), ("a@example.com", "x" * 201)):
        with pytest.raises(InvalidInput):
            await create_administrator(db, email, password, passwords=Passwords(memory_kib=64))


async def test_what_expired_a_week_ago_is_cleared_away_and_nothing_else(
    db: Database, tokens: Tokens, tmp_path: Path, clock: HeldClock
) -> None:
    await sign_up_request(db, tokens, "never@example.com")
    shopper = await given.anonymous(db, tokens)
    admin = await given.administrator(db, tokens)
    await sign_out(db, LogoutIn(), caller=await given.caller(tokens, admin.access_token))
    counted = Statement(
        select(
            *(
                select(func.count()).select_from(table).scalar_subquery().label(table.name)
                for table in (sessions, refresh_tokens, registrations, mail_requests, attempts)
            )
        )
    )

    clock.move(days=8)
    await db.transact(tidy)

    assert dict((await db.reading.fetch_one(counted)) or {}) == {
        "sessions": 1,
        "refresh_tokens": 1,
        "registrations": 1,  # valid for seven days, kept for seven more
        "mail_requests": 0,
        "attempts": 0,
    }
    assert (await refresh(db, tokens, shopper.refresh_token)).id == shopper.id
    clock.move(days=7)
    await db.transact(tidy)
    assert dict((await db.reading.fetch_one(counted)) or {})["registrations"] == 0
