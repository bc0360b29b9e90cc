"""The catalogue: products, their variants, categories, and the words by which they are found.

Owns: products, variants, variant_barcodes, categories, product_categories, assortments, slug_redirects, attributes, product_types,
custom_fields, parties, bulk_edits, kit_components, collections, collection_products,
words, synonyms.
Promises: slugs, handles, SKUs and barcodes are unique among what is not withdrawn; deleting is withdrawing, so nothing that an order names
ever vanishes; identity of what comes in files is the handle and the option values.
Emits: catalog.product_changed, catalog.products_put (a batch of a file), catalog.category_changed, catalog.collection_changed,
catalog.kit_changed (a component was withdrawn or came back).
Knows: no price, no stock, no order.
"""

from commerce.catalog.article_names import ArticleName, article_names, called, names_in
from commerce.catalog.articles import There, articles, articles_select
from commerce.catalog.by_code import variants_by_code, variants_on_hand_by_code
from commerce.catalog.clean_html import clean_html, clean_texts
from commerce.catalog.codes import barcode_key, check_digit_holds
from commerce.catalog.events import CategoryChanged, CollectionChanged, ProductChanged, ProductsPut
from commerce.catalog.facts import (
    Article,
    AttributeValue,
    Component,
    Image,
    PartyDraft,
    PlaceDraft,
    ProductDraft,
    PutBy,
    PutResult,
    Trouble,
    VariantDraft,
)
from commerce.catalog.folding import folded, search_words, slug_of
from commerce.catalog.kinds import SALE_RULES, AttributeKind, SaleRule, Stocked
from commerce.catalog.kit_told import KitChanged
from commerce.catalog.kits import any_made, components, stocked
from commerce.catalog.on_show import next_turn, on_show, turned
from commerce.catalog.option_words import value_texts
from commerce.catalog.put_products import put_products
from commerce.catalog.resident import Tree, category_tree
from commerce.catalog.set_images import (
    Pictures,
    lock_images,
    product_on_show,
    set_images,
    shown_images,
    variant_images,
)
from commerce.catalog.sought import Sought, sought
from commerce.catalog.tables import Status
from commerce.catalog.vocabulary import Facet, Vocabulary, vocabulary

__all__ = [
    "SALE_RULES",
    "Article",
    "ArticleName",
    "AttributeKind",
    "AttributeValue",
    "CategoryChanged",
    "CollectionChanged",
    "Component",
    "Facet",
    "Image",
    "KitChanged",
    "PartyDraft",
    "Pictures",
    "PlaceDraft",
    "ProductChanged",
    "ProductDraft",
    "ProductsPut",
    "PutBy",
    "PutResult",
    "SaleRule",
    "Sought",
    "Status",
    "Stocked",
    "There",
    "Tree",
    "Trouble",
    "VariantDraft",
    "Vocabulary",
    "any_made",
    "article_names",
    "articles",
    "articles_select",
    "barcode_key",
    "called",
    "category_tree",
    "check_digit_holds",
    "clean_html",
    "clean_texts",
    "components",
    "folded",
    "lock_images",
    "names_in",
    "next_turn",
    "on_show",
    "product_on_show",
    "put_products",
    "search_words",
    "set_images",
    "shown_images",
    "slug_of",
    "sought",
    "stocked",
    "turned",
    "value_texts",
    "variant_images",
    "variants_by_code",
    "variants_on_hand_by_code",
    "vocabulary",
]
