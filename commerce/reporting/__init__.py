"""Reporting: what the figures say. So far simulations: what a promotion would have cost, run over the orders of a time before it goes live.

Owns: simulations, simulation_figures, simulation_promotions, simulation_articles.
Promises: a simulation changes nothing but its own rows; each order is counted once, also when the run is killed and taken up again; its
figures are exact sums of what the price engine says for each order with and without the rule. Decision: docs/decisions/0070-simulations.md.
Emits: nothing.
Knows: orders, promotions, prices and costs, customers' groups, the book of quotes; reads others' tables and writes none of them.
"""
