"""The pages that are made from the code are current: docs/problems.md, docs/api.md. `WRITE_PAGES=1` writes them anew."""

import os
from pathlib import Path

from commerce.app import problem_page
from commerce.app.http import create_http
from commerce.app.problem_advice import ADVICE
from commerce.platform.settings import load
from tests.contract.api_page import api_page
from tests.fuzz.conftest import Stage

API = Path(__file__).parents[2] / "docs" / "api.md"


def current(path: Path, made: str) -> bool:
    """Whether a page is as it would be made now; written anew when that is asked for."""
    if os.environ.get("WRITE_PAGES"):
        path.write_text(made)
    return path.read_text() == made


def test_every_problem_has_its_section() -> None:
    made = problem_page.page(create_http(load({}, env_file=None)))
    assert current(problem_page.PAGE, made), "run `python -m commerce.app.problem_page`"
    unused = [code for code in ADVICE if f"\n## {code}\n" not in made]
    assert unused == []


async def test_the_page_about_the_api_tells_what_the_server_answers(stage: Stage) -> None:
    assert current(API, await api_page(stage)), (
        "run `WRITE_PAGES=1 pytest tests/contract/test_pages.py`, and look at the difference"
    )
