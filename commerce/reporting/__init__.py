"""Reporting: what the figures say. So far simulations: what a promotion would have cost, run over the orders of a time before it goes live;
and where a sourcing rule would have sent them from.

Owns: simulations, simulation_figures, simulation_promotions, simulation_articles; sourcing_simulations, sourcing_simulation_figures,
sourcing_simulation_orders.
Promises: a simulation changes nothing but its own rows; each order is counted once, also when the run is killed and taken up again; its
figures are exact sums of what the price engine says for each order with and without the rule. Decision: docs/decisions/0070-simulations.md and
0085-shadow-runs-of-sourcing-rules.md.
Emits: nothing.
Knows: orders, promotions, sourcing rules, movements of stock, prices and costs, customers' groups, the book of quotes; reads others' tables and writes none of them.
"""
