"""The program's source as trees, for tests that read it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import commerce

ROOT = Path(commerce.__file__).parent
OPEN = {"kernel", "platform"}  # their modules are named one by one
FRAME = {"app", "cli", "demo", "sandbox", "terminal"}


@cache
def modules() -> dict[str, ast.Module]:
    """Gives each module of the program by its dotted name."""
    return {_name(path): ast.parse(path.read_text()) for path in sorted(ROOT.rglob("*.py"))}


def slice_of(module: str) -> str:
    """Gives the folder right below `commerce` that a module is in."""
    return [*module.split("."), ""][1]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Gives every function of a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(tree: ast.AST) -> Iterator[str]:
    """Gives the modules of the program that a tree imports; `from a.b import c` counts as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("commerce"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("commerce"):
            yield str(node.module)


def is_step(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Says whether a function's first parameter is a `Tx`."""
    first = function.args.args[:1]
    return bool(first) and isinstance(first[0].annotation, ast.Name) and first[0].annotation.id == "Tx"


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
