"""Importing: a merchant's files become the catalogue, with its prices and its first stock.

Owns: imports, import_pieces, import_troubles.
Promises: each row that cannot go in is reported with its line, its column and the reason, and the good ones go in; the same file again
changes nothing; a run that was killed goes on where it was, and nothing is done twice; memory does not grow with the file.
Emits: importing.import_finished.
Knows: catalogue, pricing, inventory.
"""

from commerce.importing.events import ImportFinished
from commerce.importing.run_import import import_file, run_import
from commerce.importing.schemas import JobOut
from commerce.importing.start_import import ImportOf, start_import

__all__ = ["ImportFinished", "ImportOf", "JobOut", "import_file", "run_import", "start_import"]
