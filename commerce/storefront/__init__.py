"""The storefront: what anybody sees of the catalogue, with prices and stock, in one statement each. Its pages only read.

Owns: product_popularity, embedded_codes (how barcodes with a weight or a price in them are read).
Promises: prices are list prices with tax included, the same as a quote's; stock is told in bands (in, few, out), the very figures only with
`stock:read`; a full walk of the list in its default order gives each product that exists throughout exactly once.
Knows: catalogue, pricing and inventory by their tables; channels, locations, tax rates, attributes and categories by their resident values.
"""

from commerce.storefront.asked import MOVED, moved
from commerce.storefront.cache import PublicCache
from commerce.storefront.embedded import embedded_rules
from commerce.storefront.json_ld import led_to

__all__ = ["MOVED", "PublicCache", "embedded_rules", "led_to", "moved"]
