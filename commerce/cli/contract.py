"""The contract with clients: `commerce openapi` writes the document that is committed, `commerce openapi --check` compares."""

import argparse
import sys
from pathlib import Path

import commerce

COMMITTED = Path(commerce.__file__).parents[1] / "openapi" / "openapi.json"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`commerce openapi`."""
    openapi = commands.add_parser("openapi", help="write openapi/openapi.json from the code")
    openapi.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 when the file is not what the code makes"
    )
    openapi.set_defaults(command=write_document)


def write_document(args: argparse.Namespace) -> int:
    """The document depends on the code alone, not on the settings at hand."""
    from commerce.app.documents import encoded_document
    from commerce.app.http import create_http
    from commerce.platform.settings import load

    made = encoded_document(create_http(load({}, env_file=None)))
    if args.check:
        if COMMITTED.exists() and COMMITTED.read_bytes() == made:
            return 0
        print(
            f"{COMMITTED} is not what the code makes: run `make openapi` and look at the difference.", file=sys.stderr
        )
        return 1
    COMMITTED.parent.mkdir(exist_ok=True)
    COMMITTED.write_bytes(made)
    return 0
