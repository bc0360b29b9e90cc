"""Each check of media holds in a world made by its verbs, and finds its planted fault."""

from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from commerce.kernel import clock as kernel_clock
from commerce.kernel.clock import HeldClock
from commerce.kernel.wire import Text3
from commerce.media.adapters import FolderStore
from commerce.media.arrange import add_product_media
from commerce.media.audit import CHECKS
from commerce.media.prepare import prepare
from commerce.media.schemas import ShownIn
from commerce.media.take_in import MediaDue, looked_at, take_in
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.given import catalog as articles, orders
from tests.media.pictures import PDF, jpeg

FAULTS = {
    "pictures_of_orders_are_kept": "UPDATE media SET state = 'leaving', unattached_since = now() WHERE kind = 'image'",
    "arranged_pictures_are_those_on_pages": "UPDATE products SET images = '[]'",
    "what_no_product_shows_is_known_to_be_so": "UPDATE media SET unattached_since = now() WHERE kind = 'image'",
    "what_waits_has_its_bytes": "DELETE FROM media_uploads",
}


def test_each_check_has_its_fault() -> None:
    assert {check.name for check in CHECKS} == FAULTS.keys()


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(db: Database, dsn: str, clock: HeldClock, tmp_path: Path, name: str) -> None:
    store = FolderStore(tmp_path, url="https://shop.example.com/v1/media")
    photo, manual, waiting = [
        await db.transact(take_in, await looked_at(each), file_name="", at=clock.at)
        for each in (jpeg(), PDF, jpeg(shade=9))
    ]
    for each in (photo, manual):
        await prepare(db, store, MediaDue(each.id))
    (variant,) = await articles.product(db, "Mug", handle="mug")
    connection = await asyncpg.connect(dsn)
    product: UUID = await connection.fetchval("SELECT id FROM products")
    for shown in (photo, manual):
        await db.transact(
            add_product_media, product, ShownIn(media_id=shown.id, alt=Text3(en="A")), at=kernel_clock.now()
        )
    order = await orders.opened(db, orders.Want(variant_id=variant))
    await connection.execute(
        "UPDATE order_lines SET image_url = (SELECT url FROM media WHERE id = $1) WHERE order_id = $2",
        photo.id,
        order.id,
    )
    assert waiting.state == "waiting"
    assert [finding.rows for finding in await run_checks(db.reading, CHECKS)] == [0] * len(CHECKS)
    await connection.execute(FAULTS[name])
    await connection.close()
    findings = {finding.name: finding.rows for finding in await run_checks(db.reading, CHECKS)}
    assert findings[name] > 0
