"""Whether search finds what a person would expect: products and queries written by hand, before the search was tuned.

The queries are split in two by a fixed rule. The first half may be looked at while the search is worked on, the second only at the end.
`python -m tests.relevance` prints the hit rates and the misses of the first half, `--second` those of both.
"""
