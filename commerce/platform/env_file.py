"""The file beside the program that sets what the environment does not."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

PREFIX: Final = "COMMERCE_"


def read_env_file(path: Path, known: Collection[str], problems: list[str]) -> dict[str, str]:
    """Gives what lines of NAME=value set; `export`, comments and quotes are understood.

    What is wrong is added to the problems, with its line: also a name with our prefix that is not among the known ones.
    """
    values: dict[str, str] = {}
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip().removeprefix("export ").strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier():
            problems.append(f"{path}, line {number}: expected NAME=value.")
        elif name.startswith(PREFIX) and name not in known:
            problems.append(
                f"{path}, line {number}: there is no setting {name}; `commerce settings --example` lists them."
            )
        elif value[:1] in {"'", '"'} and value[-1:] == value[:1] and len(value) > 1:
            values[name] = value[1:-1]
        else:
            values[name] = value.partition(" #")[0].rstrip()
    return values
