"""The till: what only a counter does. So far the bundle, with which it gives the price without a network.

Owns: nothing yet; reads.
Promises: a bundle is read in one snapshot, so it never mixes two versions of a list, a promotion or a tax; a delta laid over the bundle that
it was asked for gives the same as a fresh one; a terminal gets its own location's only. Decision: docs/decisions/0069-the-bundle.md.
Emits: nothing.
Knows: quotes' book (channels, places, methods, price lists, taxes, promotions), articles, prices, fees, costs, how the storefront reads
barcodes with a value, the event feed.
"""
