"""Serving: `commerce run`, `commerce worker`, `commerce migrate`, `commerce audit`."""

import argparse
import asyncio

import structlog

from commerce.cli.surroundings import database, key_of, sandbox
from commerce.platform.settings import OperatorError, Settings, load, local_url


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`commerce run`, `worker`, `migrate`, `audit`."""
    run = commands.add_parser(
        "run", help="start the server, the embedded database and the payment sandbox where none is configured"
    )
    run.add_argument(
        "--try-it", action="store_true", help="open a demo shop in an empty database and print tokens to call with"
    )
    run.set_defaults(command=run_server)
    worker = commands.add_parser("worker", help="work on jobs and facts, without serving requests")
    worker.set_defaults(command=run_worker)
    migration = commands.add_parser("migrate", help="bring the database to this version's tables")
    migration.set_defaults(command=run_migrations)
    proof = commands.add_parser("audit", help="prove the invariants on the database; exit code 1 where one is broken")
    proof.set_defaults(command=run_audit)


def run_server(args: argparse.Namespace) -> int:
    """Serves until it is told to stop."""
    from commerce.app.prepare import prepare
    from commerce.app.serve import check_address, serve
    from commerce.cli.welcome import greet_when_ready
    from commerce.platform import logs

    settings = load()
    check_address(settings)
    with database(settings, keep=True) as dsn, sandbox(settings) as payment:
        asyncio.run(prepare(dsn))
        if args.try_it:
            greet_when_ready(dsn)
        worker = {"COMMERCE_WORKER_IN_PROCESS": str(settings.runs_worker).lower()}
        logs.configure(settings)
        say_what_runs(settings, sandboxed=bool(payment))
        serve(settings, {"DATABASE_URL": dsn, **worker, **key_of(settings), **payment})
    return 0


def say_what_runs(settings: Settings, *, sandboxed: bool) -> None:
    """Logs where the server is about to listen, on which database, and by whom payments are taken."""
    structlog.get_logger("server").info(
        "serving",
        url=local_url(settings),
        docs=f"{local_url(settings)}/docs",
        database=f"embedded in {settings.data_dir}" if settings.database_url is None else "as DATABASE_URL says",
        payments="sandbox" if sandboxed else "stripe",
        processes=settings.workers,
    )


def run_worker(_: argparse.Namespace) -> int:
    """Works until it is told to stop."""
    from commerce.app.serve import work
    from commerce.platform import logs

    settings = load()
    if settings.database_url is None:
        raise OperatorError(
            "`commerce worker` needs DATABASE_URL; with the embedded database, `commerce run` does the work itself."
        )
    logs.configure(settings)
    asyncio.run(work(settings, settings.database_url))
    return 0


def run_migrations(_: argparse.Namespace) -> int:
    """Migrates once."""
    from commerce.app.migrate import head
    from commerce.app.prepare import prepare

    with database(load()) as dsn:
        asyncio.run(prepare(dsn))
    print(f"The database is at {head()}.")
    return 0


def run_audit(_: argparse.Namespace) -> int:
    """Prints each invariant with its verdict; 1 when one is broken."""
    from commerce.app.migrate import check_tables
    from commerce.app.proof import audit
    from commerce.cli.verdict import print_findings

    with database(load()) as dsn:
        asyncio.run(check_tables(dsn))
        findings = asyncio.run(audit(dsn))
    print_findings(findings)
    return int(any(finding.rows for finding in findings))
