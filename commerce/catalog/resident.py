"""The version of the catalogue: what caches of public pages compare."""

from commerce.platform.database import Reading, Tx
from commerce.platform.resident import Resident


async def _nothing(_: Reading) -> object:
    return object()


CATALOGUE: Resident[object] = Resident("catalog", _nothing)


async def catalogue_changed(tx: Tx) -> None:
    """Says that something on show changed; last in its transaction, since all writers of the catalogue meet on this row."""
    await CATALOGUE.changed(tx)
