"""The catalogue: products, their variants, categories, and the words by which they are found.

Owns: products, variants, categories, product_categories.
Promises: slugs, handles, SKUs and barcodes are unique among what is not withdrawn; deleting is withdrawing, so nothing that an order names
ever vanishes; identity of what comes in files is the handle and the option values.
Emits: catalog.product_changed, catalog.products_put (a batch of a file), catalog.category_changed.
Knows: no price, no stock, no order.
"""

from commerce.catalog.articles import articles, articles_select
from commerce.catalog.codes import barcode_key, check_digit_holds
from commerce.catalog.events import CategoryChanged, ProductChanged, ProductsPut
from commerce.catalog.facts import Article, Image, ProductDraft, PutResult, Trouble, VariantDraft
from commerce.catalog.folding import folded, search_words, slug_of
from commerce.catalog.put_products import put_products
from commerce.catalog.resident import Tree, category_tree
from commerce.catalog.tables import Status

__all__ = [
    "Article",
    "CategoryChanged",
    "Image",
    "ProductChanged",
    "ProductDraft",
    "ProductsPut",
    "PutResult",
    "Status",
    "Tree",
    "Trouble",
    "VariantDraft",
    "articles",
    "articles_select",
    "barcode_key",
    "category_tree",
    "check_digit_holds",
    "folded",
    "put_products",
    "search_words",
    "slug_of",
]
