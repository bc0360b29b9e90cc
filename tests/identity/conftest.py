"""What the tests of identity share."""

import pytest

from commerce.identity import Tokens
from commerce.platform.database import Database
from tests.given import identity as given


@pytest.fixture
async def tokens(db: Database) -> Tokens:
    """Access tokens on the test's database, as composition makes them."""
    return await given.tokens(db)
