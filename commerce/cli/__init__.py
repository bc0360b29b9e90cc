"""The command line: one file per group of commands, heavy imports inside the command that needs them."""

from commerce.cli.main import main

__all__ = ["main"]
