"""The engine runs where nothing else of the product does: a till with no network."""

import subprocess
import sys

ALLOWED = {"commerce", "commerce.kernel", "commerce.price_engine"}
PROGRAM = """
import sys
import commerce.price_engine
print(*sorted(name for name in sys.modules if name.startswith("commerce")))
print(*sorted({"asyncio", "asyncpg", "litestar", "sqlalchemy", "socket", "ssl"} & set(sys.modules)))
"""


def test_the_engine_imports_the_kernel_and_nothing_else() -> None:
    answer = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
    ours, outside = answer.splitlines()
    assert "commerce.price_engine" in ours.split()
    for name in ours.split():
        assert name in ALLOWED or name.startswith(("commerce.kernel.", "commerce.price_engine.")), name
    assert outside == ""
