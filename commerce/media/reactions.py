"""What media do when the catalogue changes: follow what became of a product's pictures, in the same transaction."""

from commerce.catalog import ProductChanged, ProductsPut
from commerce.kernel import clock
from commerce.media.arrange import keep_up
from commerce.platform.database import Tx
from commerce.platform.work import Reaction, within


async def follow_product(tx: Tx, changed: ProductChanged) -> None:
    """Follows one product."""
    await keep_up(tx, [changed.product_id], at=clock.now())


async def follow_file(tx: Tx, put: ProductsPut) -> None:
    """Follows the products of a batch of a file: one statement where none of them is arranged here."""
    await keep_up(tx, put.product_ids, at=clock.now())


REACTIONS: list[Reaction] = [within(ProductChanged, follow_product), within(ProductsPut, follow_file)]
