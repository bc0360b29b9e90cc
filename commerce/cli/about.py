"""What this installation is: its version and its settings."""

import argparse
import os

from commerce import __version__


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`commerce version`, `commerce settings`."""
    version = commands.add_parser("version", help="print the version")
    version.set_defaults(command=print_version)
    settings = commands.add_parser("settings", help="check the settings and print them; secrets are masked")
    settings.add_argument("--example", action="store_true", help="print a commented .env.example instead")
    settings.set_defaults(command=print_settings)


def print_version(_: argparse.Namespace) -> int:
    """One line, for scripts too."""
    print(f"commerce {__version__}")
    return 0


def print_settings(args: argparse.Namespace) -> int:
    """The settings as they are understood, or the example file that is committed as .env.example."""
    from commerce.platform.settings import describe, example, load

    print(example() if args.example else describe(load(os.environ)), end="")
    return 0
