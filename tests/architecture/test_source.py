"""How the code is cut: sizes, faces, and what may stand where."""

import ast

from tests.architecture.source import FRAME, OPEN, ROOT, functions, imported, is_step, modules, slice_of

MOST_LINES = 400
MOST_FUNCTION_LINES = 60
MONEY = {"price_engine", "pricing", "tax", "payments", "orders", "quotes", "carts", "checkout", "aftersale", "delivery"}
OUTSIDE = {"provider", "mailer", "client", "http"}
VAGUE = {"utils", "helpers", "common", "base", "manager", "service", "misc"}


def test_no_file_is_longer_than_400_lines() -> None:
    long = {path.name: lines for path in ROOT.rglob("*.py") if (lines := path.read_text().count("\n")) > MOST_LINES}
    assert long == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{name}.{function.name}: {size}"
        for name, tree in modules().items()
        for function in functions(tree)
        if (size := (function.end_lineno or 0) - function.lineno + 1) > MOST_FUNCTION_LINES
    ]
    assert long == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name for name in modules() if name.rpartition(".")[2] in VAGUE] == []


def test_slices_are_used_by_their_faces_only() -> None:
    reached = [
        f"{name} imports {target}"
        for name, tree in modules().items()
        for target in imported(tree)
        if slice_of(target) not in {"", *OPEN, slice_of(name)} and target.count(".") > 1 and slice_of(name) not in FRAME
    ]
    assert reached == []


def test_only_the_database_module_begins_and_ends_transactions() -> None:
    ending = [
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.strip() in {"BEGIN", "COMMIT", "ROLLBACK"}
        and name != "commerce.platform.database"
    ]
    assert [name for name in ending if slice_of(name) != "sandbox"] == []


def test_no_float_and_no_inexact_division_where_money_is() -> None:
    found = []
    for name, tree in modules().items():
        if (slice_of(name) not in MONEY and name != "commerce.kernel.money") or ".adapters." in name:
            continue  # a provider's adapter has time-outs; what it does to amounts is kernel.money's
        exact = {
            id(node)
            for function in functions(tree)
            if "Fraction" in (text := ast.unparse(function)) or "Decimal" in text
            for node in ast.walk(function)
        }
        for node in ast.walk(tree):
            if (isinstance(node, ast.Name) and node.id == "float") or (
                isinstance(node, ast.Constant) and type(node.value) is float
            ):
                found.append(f"{name}:{node.lineno} float")
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and id(node) not in exact:
                found.append(f"{name}:{node.lineno} /")
    assert found == []


def test_a_step_never_gets_hold_of_the_network() -> None:
    reaching = [
        f"{name}.{function.name}"
        for name, tree in modules().items()
        for function in functions(tree)
        if is_step(function)
        and any(
            argument.arg in OUTSIDE
            for argument in (*function.args.args, *function.args.kwonlyargs, *function.args.posonlyargs)
        )
    ]
    assert reaching == []


def test_every_slice_says_what_it_owns_and_promises() -> None:
    silent = []
    for folder in sorted(path.parent for path in ROOT.glob("*/__init__.py")):
        said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
        if folder.name not in {*OPEN, *FRAME} and not {"Owns", "Promises"} <= set(said.replace(":", " ").split()):
            silent.append(folder.name)
    assert silent == []
