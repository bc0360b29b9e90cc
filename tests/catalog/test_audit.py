"""Each check of the catalogue holds in a world made by its verbs, and finds its planted fault."""

import asyncpg
import pytest

from commerce.catalog.audit import CHECKS
from commerce.catalog.schemas import VariantIn
from commerce.kernel.clock import HeldClock
from commerce.platform.audit import run_checks
from commerce.platform.database import Database
from tests.catalog.test_manage_products import category, create, mug
from tests.given import catalog as given

FAULTS = {
    "variants_fit_the_options_of_their_product": "UPDATE variants SET option_values = '{a,b}'",
    "withdrawn_products_have_no_live_variants": "UPDATE products SET status = 'withdrawn', withdrawn_at = now()",
    "what_is_on_show_is_found_by_its_words": """UPDATE products SET title = '{"en": "Something else"}'""",
    "restricted_products_have_an_assortment": "UPDATE products SET restricted = true",
    "barcodes_are_those_of_their_variant": "UPDATE variant_barcodes SET withdrawn_at = now()",
    "attributes_are_those_of_their_type": """UPDATE products SET attributes = '{"power": 7}'""",
    "parties_that_products_name_are_there": """
        INSERT INTO parties (id, code, name, postal_address, electronic_address, country, created_at, withdrawn_at)
            VALUES (gen_random_uuid(), 'a', 'A', 'B', 'C', 'ES', now(), now());
        UPDATE products SET maker_id = (SELECT id FROM parties)""",
    "kits_are_made_of_articles": "UPDATE variants SET kit = true",
    "no_stock_is_kept_of_what_has_none": """
        UPDATE variants SET stock = 'none'; ALTER TABLE stock_levels DISABLE TRIGGER ALL;
        INSERT INTO stock_levels (variant_id, location_id, on_hand) SELECT id, id, 1 FROM variants;
        ALTER TABLE stock_levels ENABLE TRIGGER ALL""",
    "collections_have_what_their_rules_find": """
        INSERT INTO collections (id, slug, name, created_at, rule) VALUES (gen_random_uuid(), 'tea', '{"en": "Tea"}', now(),
            '{"match": "all", "conditions": [{"on": "title", "value": "tassa"}]}')""",
    "categories_stand_below_live_ones": "UPDATE categories SET withdrawn_at = now() WHERE parent_id IS NULL",
}


def test_each_check_has_its_fault() -> None:
    assert {check.name for check in CHECKS} == FAULTS.keys()


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(db: Database, dsn: str, clock: HeldClock, name: str) -> None:
    home = await category(db, "Home")
    await category(db, "Kitchen", home.id)
    await create(
        db, mug(publish=True, variants=[VariantIn(sku="MUG-1", barcode="4006381333931", more_barcodes=["BOX"])])
    )
    await given.product(db, "Tassa de cafè", tags=["Te", "Cafè"], description="<p>Gran</p>", handle="tassa")
    await given.product(db, "Tassa gran", handle="tassa")
    assert [finding.rows for finding in await run_checks(db.reading, CHECKS)] == [0] * len(CHECKS)
    connection = await asyncpg.connect(dsn)
    await connection.execute(FAULTS[name])
    await connection.close()
    findings = {finding.name: finding.rows for finding in await run_checks(db.reading, CHECKS)}
    assert findings[name] > 0
