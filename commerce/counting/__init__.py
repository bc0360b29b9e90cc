"""Counting: what truly stands on the shelves, and how the ledger is brought there.

Owns: stock_counts with lines and scans (append-only), stock_figures (append-only), stock_corrections with lines, stock_correction_reasons,
stock_limits, stock_snapshots (append-only) and stock_snapshot_marks, stock_shortfalls, stock_figure_locations.
Promises: a figure speaks of the position of the ledger at which it was seen, and only its difference there is booked, so that what is sold
before, while and after somebody counts is neither lost nor doubled; a scan, a count, a correction and a snapshot have their effect once; who
counts never sees what is expected; what is beyond a limit is decided by somebody else; a shelf keeps what is promised from it, and what is
missing of that is told with the orders at risk.
Emits: CountBooked, CorrectionWaits, CorrectionBooked, ShelfShort.
Knows: inventory (moves units), the catalogue (articles by code), locations, roles, orders by id.
"""

from commerce.counting.events import CorrectionBooked, CorrectionWaits, CountBooked, ShelfShort
from commerce.counting.facts import AtRisk
from commerce.counting.want_count import want_count

__all__ = ["AtRisk", "CorrectionBooked", "CorrectionWaits", "CountBooked", "ShelfShort", "want_count"]
