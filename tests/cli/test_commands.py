"""The commands as an operator types them: what they print, and the exit code that a script looks at."""

import asyncio
import lzma
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
import pytest

from commerce import __version__
from commerce.app.migrate import migrate
from commerce.cli import main
from commerce.kernel.ids import new_id
from commerce.platform import embedded
from tests.conftest import on

BUNDLED = Path(__file__).parents[2] / "commerce" / "demo" / "catalog.csv"
ORPHAN = """INSERT INTO events (id, tag, aggregate_id, aggregate_version, occurred_at, payload)
VALUES (gen_random_uuid(), 'orders.placed.v1', gen_random_uuid(), 1, now(), '{}')"""
KEY = "ab" * 32

Run: TypeAlias = Callable[..., Coroutine[Any, Any, tuple[int, str, str]]]


@pytest.fixture
async def untouched(postgres: embedded.EmbeddedServer) -> AsyncIterator[str]:
    """A database with nothing in it."""
    name = f"cli_{new_id().hex}"
    admin = await asyncpg.connect(postgres.dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    yield on(postgres.dsn, name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def migrated(untouched: str) -> str:
    """An empty database with this version's tables, made by the migrations as `commerce migrate` does it."""
    await migrate(untouched)
    return untouched


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in a folder of its own: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    async def command(*arguments: object, **environment: str) -> tuple[int, str, str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        code = await asyncio.to_thread(main, [str(each) for each in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


async def test_a_product_file_goes_in_once_and_a_second_time_changes_nothing(run: Run, migrated: str) -> None:
    at = {"DATABASE_URL": migrated, "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    code, printed, told = await run("import", BUNDLED, "--currency", "EUR", **at)
    assert (code, told) == (0, "")
    assert "12 products new, 0 changed, 0 as they were; 23 variants new, 23 prices set" in printed
    code, printed, told = await run("import", BUNDLED, "--currency", "EUR")
    assert (code, told) == (0, "")
    assert "0 products new, 0 changed, 12 as they were; 0 variants new, 0 prices set" in printed


async def test_the_catalogue_goes_out_to_a_file_that_changes_nothing_when_it_comes_in(
    run: Run, migrated: str, tmp_path: Path
) -> None:
    at = {"DATABASE_URL": migrated, "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    _, printed, _ = await run("import", BUNDLED, "--currency", "EUR", "--dry-run", **at)
    assert "12 products new" in printed
    assert "nothing of it was done: a dry run." in printed
    await run("import", BUNDLED, "--currency", "EUR")
    for name, format_ in (("out.csv", "csv"), ("out.jsonl", "jsonl")):  # known by their first line too
        file = tmp_path / name
        code, printed, told = await run("export", file)
        assert (code, told, "12 products" in printed) == (0, "", True)
        packed = file.with_name(f"{file.name}.xz")
        packed.write_bytes(lzma.compress(file.read_bytes()))
        for as_it_is in (("--format", format_, file), (file,), (packed,)):
            code, printed, told = await run("import", "--currency", "eur", *as_it_is)
            assert (code, told) == (0, ""), as_it_is
            assert "0 products new, 0 changed, 12 as they were" in printed
    assert (await run("export", tmp_path / "out.csv"))[0] == 2, "a file that is there is not written over"


async def test_each_row_that_cannot_go_in_is_told_and_the_others_go_in(run: Run, migrated: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("Handle,Title,Variant SKU,Variant Price\na,A,S1,a lot\nb,B,S2,3.00\n")
    at = {"DATABASE_URL": migrated, "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    code, printed, told = await run("import", file, "--currency", "EUR", **at)
    assert code == 1
    assert "1 products new" in printed
    assert "line 2, Variant Price: " in told


async def test_what_an_operator_must_mend_is_one_line_and_exit_code_2(run: Run, migrated: str, tmp_path: Path) -> None:
    at = {"DATABASE_URL": migrated, "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    assert await run("import", BUNDLED, **at) == (
        2,
        "",
        "commerce: there is no channel yet, so name the currency of the prices: --currency EUR\n",
    )
    assert (await run("import", BUNDLED, "--currency", "EUR", "--location", "moon"))[2] == (
        "commerce: there is no location moon; there are: none yet\n"
    )
    missing = tmp_path / "missing.csv"
    assert await run("import", missing) == (2, "", f"commerce: there is no file {missing}\n")
    assert await run("demo", "--catalog", missing) == (2, "", f"commerce: there is no file {missing}\n")
    nowhere = tmp_path / "nowhere" / "out.csv"
    assert await run("export", nowhere) == (2, "", f"commerce: there is no folder {nowhere.parent}\n")
    assert await run("export", tmp_path, "--force") == (
        2,
        "",
        f"commerce: {tmp_path} cannot be written: Is a directory\n",
    )
    assert (await run("import", BUNDLED, "--currency", "euros"))[2] == (
        "commerce: currency: Not the ISO 4217 code of a currency in use.\n"
    )


async def test_a_packed_file_that_was_cut_is_told_in_one_line_and_goes_in_once_it_is_whole(
    run: Run, migrated: str, tmp_path: Path
) -> None:
    at = {"DATABASE_URL": migrated, "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    packed = tmp_path / "products.csv.xz"
    whole = lzma.compress(BUNDLED.read_bytes())
    packed.write_bytes(whole[:-200])
    code, printed, told = await run("import", packed, "--currency", "EUR", **at)
    assert (code, printed, told.count("\n")) == (2, "", 1)
    assert told.startswith(f"commerce: {packed} is no whole file packed with xz: ")
    packed.write_bytes(whole)
    code, printed, told = await run("import", packed, "--currency", "EUR")
    assert (code, told, "12 products" in printed) == (0, "", True)


async def test_a_file_that_is_no_product_file_is_told_in_whole_sentences(
    run: Run, migrated: str, tmp_path: Path
) -> None:
    at = {"DATABASE_URL": migrated, "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    file = tmp_path / "notes.txt"
    file.write_text("a,b\n1,2\n")
    assert (await run("import", file, "--currency", "EUR", **at))[::2] == (
        1,
        "commerce: stopped: Line 1: there is no column Handle or Title; the first columns are: a, b. What stood before it went in.\n",
    )
    told = (await run("import", file, "--currency", "EUR", "--dry-run"))[2]
    assert told.endswith("the first columns are: a, b. What stood before it would go in.\n")


async def test_the_audit_ends_with_1_and_shows_the_rows_where_a_promise_is_broken(run: Run, migrated: str) -> None:
    at = {"DATABASE_URL": migrated, "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    code, printed, _ = await run("audit", **at)
    assert code == 0
    assert "all hold" in printed
    connection = await asyncpg.connect(migrated)
    await connection.execute(ORPHAN)
    await connection.close()
    code, printed, _ = await run("audit")
    assert code == 1
    assert "G17 every_fact_is_published_or_waits: 1 rows" in printed
    assert "tag=orders.placed.v1" in printed


async def test_an_administrator_is_made_once(run: Run, migrated: str) -> None:
    password = {"COMMERCE_ADMIN_PASSWORD": "a long enough password"}
    at = {"DATABASE_URL": migrated, "COMMERCE_KEY_ENCRYPTION_KEY": KEY, **password}
    code, printed, _ = await run("admin", "create", "--email", "admin@example.com", **at)
    assert (code, printed) == (0, "admin@example.com may do everything, everywhere.\n")
    code, printed, told = await run("admin", "create", "--email", "admin@example.com")
    assert (code, printed) == (2, "")
    assert told == ("commerce: Another staff member has this e-mail. Choose another e-mail, or change that member.\n")


async def test_an_empty_database_is_told_in_one_line_and_not_taken_for_the_shop(
    run: Run, untouched: str, tmp_path: Path
) -> None:
    at = {"DATABASE_URL": untouched, "COMMERCE_KEY_ENCRYPTION_KEY": KEY, "COMMERCE_ADMIN_PASSWORD": "a long enough one"}
    for command in (("audit",), ("repair",), ("keys", "rotate"), ("backup", tmp_path / "shop.backup")):
        code, printed, told = await run(*command, **at)
        assert (code, printed, told.count("\n")) == (2, "", 1), command
        assert told.startswith("commerce: The database is empty: is it the one that you mean?")
    assert not (tmp_path / "shop.backup").exists()

    code, printed, told = await run("admin", "create", "--email", "first@example.com")
    assert (code, printed, told) == (0, "first@example.com may do everything, everywhere.\n", "")
    connection = await asyncpg.connect(untouched)
    await connection.execute("UPDATE alembic_version SET version_num = '0001_first'")
    await connection.close()
    code, printed, told = await run("audit")
    assert (code, printed) == (2, "")
    assert told.startswith("commerce: The database is at 0001_first, and this release works on ")


async def test_a_database_that_does_not_answer_is_told_in_one_line(run: Run) -> None:
    at = {"DATABASE_URL": "postgresql://shop:hidden-word@127.0.0.1:1/shop", "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    for command in ("audit", "migrate"):
        code, printed, told = await run(command, **at)
        assert (code, printed, told.count("\n"), "hidden-word" in told) == (2, "", 1, False)
        assert told.startswith("commerce: The database cannot be reached: ")


async def test_the_version_and_the_settings_are_told_and_secrets_are_not(run: Run) -> None:
    assert await run("version") == (0, f"commerce {__version__}\n", "")
    at = {"DATABASE_URL": "postgresql://shop:hidden-word@db.example.com/shop", "COMMERCE_KEY_ENCRYPTION_KEY": KEY}
    code, printed, _ = await run("settings", **at)
    assert code == 0
    assert "hidden-word" not in printed
    assert KEY not in printed
