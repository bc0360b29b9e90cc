"""The entry point: reads the arguments, starts one command, turns what the operator must mend into one clear line."""

import argparse
import sys
from collections.abc import Sequence

from commerce import __version__
from commerce.cli import about, contract, data, demo, people, products, repair, serving
from commerce.platform.settings import OperatorError

GROUPS = (demo, serving, repair, products, people, data, contract, about)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give the exit code: 0 done, 1 the answer is no, 2 something must be mended first."""
    args = build_parser().parse_args(argv)
    try:
        return int(args.command(args))
    except OperatorError as error:
        print(f"commerce: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    """All commands; each group adds its own and names the function that runs it."""
    parser = argparse.ArgumentParser(prog="commerce", description="A headless commerce backend.")
    parser.add_argument("--version", action="version", version=f"commerce {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add_commands(commands)
    for listed in commands._choices_actions:  # its own help says what the list of commands says of it
        commands.choices[listed.dest].description = f"{(listed.help or '')[:1].upper()}{(listed.help or '')[1:]}."
    return parser
