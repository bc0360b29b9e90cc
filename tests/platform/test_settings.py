"""Settings are read from environment and file, and every mistake is told with what to do about it."""

from pathlib import Path

import pytest

from commerce.platform.settings import SettingsError, describe, example, load

ROOT = Path(__file__).parents[2]
KEY = "ab" * 32


def test_with_nothing_set_the_embedded_server_does_all_by_itself() -> None:
    settings = load({}, env_file=None)
    assert settings.embedded
    assert settings.runs_worker
    assert settings.data_dir == Path(".commerce")
    assert (settings.host, settings.port, settings.workers, settings.pool_size) == ("127.0.0.1", 8000, 1, 8)
    assert settings.base_url == "http://localhost:8000"


def test_with_a_database_the_worker_is_a_program_of_its_own() -> None:
    settings = load({"DATABASE_URL": "postgresql://db/shop", "COMMERCE_KEY_ENCRYPTION_KEY": KEY}, env_file=None)
    assert not settings.embedded
    assert not settings.runs_worker


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("COMMERCE_HTTP_PORT=9000\nCOMMERCE_WORKERS=2\n")
    settings = load({"COMMERCE_HTTP_PORT": "9100"}, env_file=env_file)
    assert (settings.port, settings.workers) == (9100, 2)


def test_the_file_understands_comments_quotes_export_and_empty_values(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(
        "# a comment\n\nexport COMMERCE_MAIL_FROM='Shop <shop@example.com>'\nCOMMERCE_LOG_LEVEL=debug # loud\n"
        'COMMERCE_DATA_DIR="/srv/a b"\nCOMMERCE_HTTP_PORT=\nPATH_OF_ANOTHER_PROGRAM=1\n'
    )
    settings = load({}, env_file=env_file)
    assert settings.mail_from == "Shop <shop@example.com>"
    assert settings.log_level == "debug"
    assert settings.data_dir == Path("/srv/a b")
    assert settings.port == 8000


def test_lists_and_truth_values_are_read_from_text() -> None:
    settings = load(
        {
            "COMMERCE_CORS_ORIGINS": "https://shop.example.com/, http://localhost:3000",
            "COMMERCE_WORKER_IN_PROCESS": "false",
        },
        env_file=None,
    )
    assert settings.cors_origins == ("https://shop.example.com", "http://localhost:3000")
    assert settings.worker_in_process is False
    assert not settings.runs_worker


@pytest.mark.parametrize(
    ("environ", "named", "told"),
    [
        ({"COMMERCE_HTTP_PORT": "70000"}, "COMMERCE_HTTP_PORT", "1 to 65535"),
        ({"COMMERCE_HTTP_PORT": "tcp://10.0.0.1:80"}, "COMMERCE_HTTP_PORT", "1 to 65535"),
        ({"COMMERCE_WORKER_IN_PROCESS": "maybe"}, "COMMERCE_WORKER_IN_PROCESS", "true or false"),
        ({"COMMERCE_LOG_LEVEL": "loud"}, "COMMERCE_LOG_LEVEL", "debug, info, warning or error"),
        ({"COMMERCE_PUBLIC_URL": "https://shop.example.com/"}, "COMMERCE_PUBLIC_URL", "address that clients see"),
        ({"COMMERCE_CORS_ORIGINS": "shop.example.com"}, "COMMERCE_CORS_ORIGINS", "https://shop.example.com"),
        ({"COMMERCE_POOL_SIZE": "0"}, "COMMERCE_POOL_SIZE", "1 to 50"),
        ({"DATABASE_URL": "mysql://db/shop"}, "DATABASE_URL", "postgresql://"),
        ({"DATABASE_URL": "postgresql://db/shop"}, "COMMERCE_KEY_ENCRYPTION_KEY", "openssl rand -hex 32"),
        ({"COMMERCE_KEY_ENCRYPTION_KEY": "short"}, "COMMERCE_KEY_ENCRYPTION_KEY", "64 hexadecimal digits"),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, "STRIPE_WEBHOOK_SECRET", "needed with STRIPE_SECRET_KEY"),
        ({"STRIPE_SECRET_KEY": "pk_test_1"}, "STRIPE_SECRET_KEY", "sk_"),
        ({"SMTP_URL": "smtp://mail.example.com"}, "COMMERCE_MAIL_FROM", "needed with SMTP_URL"),
    ],
)
def test_a_setting_that_is_wrong_is_named_with_what_is_expected(environ: dict[str, str], named: str, told: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load(environ, env_file=None)
    (problem,) = refusal.value.problems
    assert named in problem
    assert told in problem


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as refusal:
        load({"COMMERCE_HTTP_PORT": "x", "COMMERCE_WORKERS": "many"}, env_file=None)
    assert len(refusal.value.problems) == 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("COMMERCE_HTP_PORT=1", "line 2: there is no setting COMMERCE_HTP_PORT"),
        ("just words", "line 2: expected NAME=value"),
    ],
)
def test_a_line_of_the_file_that_means_nothing_is_refused(tmp_path: Path, line: str, told: str) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(f"COMMERCE_HTTP_PORT=8000\n{line}\n")
    with pytest.raises(SettingsError, match=told):
        load({}, env_file=env_file)


def test_secrets_are_shown_nowhere() -> None:
    secrets = {
        "DATABASE_URL": "postgresql://u:hush-db@db/shop",
        "COMMERCE_KEY_ENCRYPTION_KEY": KEY,
        "STRIPE_SECRET_KEY": "sk_hush",
        "STRIPE_WEBHOOK_SECRET": "whsec_hush",
        "SMTP_URL": "smtp://u:hush-mail@mail",
        "COMMERCE_MAIL_FROM": "shop@example.com",
    }
    settings = load(secrets, env_file=None)
    with pytest.raises(SettingsError) as refusal:
        load({**secrets, "DATABASE_URL": "hush://x", "COMMERCE_KEY_ENCRYPTION_KEY": "hush"}, env_file=None)
    for text in (repr(settings), str(settings), describe(settings), str(refusal.value)):
        assert "hush" not in text
        assert KEY not in text
    assert "STRIPE_SECRET_KEY=(set)" in describe(settings)


def test_the_committed_example_is_what_the_settings_make() -> None:
    assert (ROOT / ".env.example").read_text() == example(), "run `commerce settings --example > .env.example`"


def test_the_example_with_everything_commented_in_is_understood(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(
        "\n".join(line.removeprefix("#") for line in example().splitlines() if not line.startswith("# "))
    )
    assert load({}, env_file=env_file) == load({}, env_file=None)
